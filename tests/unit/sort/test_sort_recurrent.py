from dataclasses import replace

import numpy as np
import torch

from mutoscope.sort.model import FrameTable
from mutoscope.sort.params import SortParams
from mutoscope.sort.recurrent import HEARD, NUM_INPUTS, OverTime, inputs_of, load_over_time, recurrent_curves
from mutoscope.sort.signs import read_signs
from mutoscope.sort.thresholds import fault_curves
from mutoscope.testing.planted_faults import Manner, plan_film
from mutoscope.testing.planted_tables import planted_table

SEED = next(s for s in range(99) if plan_film(Manner(plants=("shake",)), s).truth["shaky"].sum() > 40)
PLAN = plan_film(Manner(plants=("shake",)), SEED)
TABLE = planted_table(PLAN)


def heard(table: FrameTable, params: SortParams | None = None, network: OverTime | None = None) -> dict:
    found = params or SortParams()
    signs = read_signs(table, found)
    return recurrent_curves(table, signs, fault_curves(table, found, signs), network)


def test_the_shipped_network_is_small():
    assert sum(p.numel() for p in load_over_time().parameters()) < 6000


def test_it_reads_numbers_only_even_where_nothing_is_known():
    bare = replace(TABLE, columns={})
    for table in (TABLE, bare):
        ((_, x_TF, _),) = inputs_of(table, read_signs(table, SortParams()))
        assert x_TF.shape[1] == NUM_INPUTS
        assert torch.isfinite(x_TF).all()
    curves = heard(bare)
    assert all(np.isfinite(c.excess_T).all() for c in curves.values())


def test_it_sees_the_same_at_twice_the_frame_rate():
    fast = plan_film(Manner(plants=("shake",)), SEED, 400, 50)
    slow = replace(TABLE, **vars(planted_table(fast)))
    curve = heard(slow)["shaky"].excess_T
    truth = fast.truth["shaky"] == 1
    assert curve[truth].mean() > 0 > curve[~truth].mean()


def test_shots_do_not_hear_each_other():
    table = replace(TABLE, cuts=(90,))
    changed = {name: column.copy() for name, column in table.columns.items()}
    changed["shake"][:90] = 2.0
    changed["path_x"][:90] = 5.0
    other = replace(table, columns=changed)
    ours, theirs = (heard(t) for t in (table, other))
    assert all((ours[g].excess_T[90:] == theirs[g].excess_T[90:]).all() for g in HEARD)


def test_a_persons_threshold_reaches_the_network():
    strict, mild = SortParams(shake_percent=0.02), SortParams(shake_percent=3)
    means = [heard(TABLE, p)["shaky"].excess_T.mean() for p in (strict, mild)]
    assert means[0] > means[1]


def test_ignored_faults_are_not_heard():
    params = SortParams(ignore="shaky")
    assert "shaky" not in heard(TABLE, params, OverTime())
