import time
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from mutoscope.sort.hysteresis import frame_edges
from mutoscope.sort.model import FrameTable
from mutoscope.sort.params import SortParams
from mutoscope.sort.verdicts import judge
from mutoscope.testing.planted_faults import PLANTS, Manner, draw_manner, plan_film
from mutoscope.testing.planted_tables import planted_table

TICKS = 1000
METERS = SortParams(method="meters")


def table_of(num_frames: int, cuts: tuple[int, ...] = (), **columns: object) -> FrameTable:
    """Twenty-five frames a second of a calm, sharp film, but for what is given."""
    calm = {"sharpness_best": 0.6, "exposure": 0.0, "shake": 0.02, "black": 0.0, "frozen": 0.0}
    made = {n: np.broadcast_to(np.asarray(v, np.float32), num_frames).copy() for n, v in (calm | columns).items()}
    return FrameTable(np.arange(num_frames) * 40, Fraction(1, TICKS), made, cuts)


def film(seed: int) -> FrameTable:
    return planted_table(plan_film(draw_manner(seed), seed, 150))


def wandering(seed: int, column: str) -> FrameTable:
    """One column wanders slowly about its threshold, unknown here and there."""
    chance = np.random.default_rng(seed)

    def walk(middle: float, spread: float) -> np.ndarray:
        wave = np.convolve(chance.normal(0, 1, 140), np.hanning(21) / 3, "valid")
        return np.where(chance.random(120) < 0.02, np.nan, middle * np.exp(spread * wave))

    odds = walk(1, 1.5)
    made = {
        "sharpness_best": walk(0.27, 0.8),
        "p_blurred": odds / (1 + odds),
        "exposure": chance.choice([-1, 1]) * walk(1.4, 0.6),
        "shake": walk(0.25, 0.8),
        "noise": walk(6, 0.6),
        "pumping": walk(0.6, 0.5),
    }
    columns = {column: made[column]}
    if column == "pumping":
        columns["brightness"] = np.sin(np.arange(120)) * 2
    if column == "p_blurred":
        columns["sharpness_best"] = np.where(np.arange(120) < 90, 0.7, 0.3)
    return table_of(120, (70,), **columns)


def rejected(table: FrameTable, **params: object) -> np.ndarray:
    out = np.zeros(len(table), bool)
    for s in judge(table, SortParams(method="meters", **params)):
        out[s.first : s.end] = s.verdict == "reject"
    return out


def test_a_film_without_frames_has_no_segments():
    assert judge(FrameTable(np.zeros(0, np.int64), Fraction(1, 25), {}), METERS) == ()


def test_one_frame_is_one_segment():
    (segment,) = judge(table_of(1, black=1.0), METERS)
    assert (segment.first, segment.end, segment.verdict, segment.fault) == (0, 1, "reject", "black")


def test_nothing_known_is_kept():
    table = FrameTable(np.arange(60) * 40, Fraction(1, TICKS), {})
    assert [s.verdict for s in judge(table, METERS)] == ["keep"]


@pytest.mark.parametrize("method", ["meters", "recurrent", "both"])
@pytest.mark.parametrize("seed", range(8))
def test_segments_cover_the_clip_and_never_cross_cuts(seed, method):
    table = film(seed)
    segments = judge(table, SortParams(method=method))
    assert segments[0].first == 0
    assert segments[-1].end == len(table)
    assert all(a.end == b.first for a, b in pairwise(segments))
    assert all(not s.first < cut < s.end for s in segments for cut in table.cuts)
    assert all(s.first <= s.worst < s.end for s in segments)
    assert all(0 <= s.confidence <= 1 for s in segments)


@pytest.mark.parametrize("seed", range(8))
def test_only_a_short_shot_makes_a_short_segment(seed):
    table = film(seed)
    table = replace(table, cuts=tuple(sorted({*table.cuts, 5, 40, 47, 140})))
    edges = frame_edges(table.seconds())
    shots = table.shots()
    for s in judge(table, METERS):
        assert edges[s.end] - edges[s.first] >= 0.5 - 1e-6 or (s.first, s.end) in shots


@pytest.mark.parametrize(
    ("field", "column", "mild", "strict"),
    [
        ("sharpness", "sharpness_best", 0.1, 0.4),
        ("relative_percent", "sharpness_best", 20, 90),
        ("blur_probability", "p_blurred", 0.8, 0.2),
        ("under_stops", "exposure", 2.5, 1.0),
        ("over_stops", "exposure", 2.5, 1.0),
        ("pumping_stops", "pumping", 1.0, 0.3),
        ("shake_percent", "shake", 0.9, 0.1),
        ("noise_levels", "noise", 20, 2),
        ("leave", "shake", 1.0, 0.5),
    ],
)
def test_a_stricter_threshold_never_rejects_a_frame_less(field, column, mild, strict):
    more = 0
    for seed in range(12):
        table = wandering(seed, column)
        few, many = rejected(table, **{field: mild}), rejected(table, **{field: strict})
        assert (many >= few).all()
        more += int(many.sum() - few.sum())
    assert more > 0


@pytest.mark.parametrize("method", ["meters", "recurrent", "both"])
def test_the_time_base_does_not_matter(method):
    table = film(3)
    other = replace(table, pts_T=table.pts_T * 7 + 12345, time_base=table.time_base / 7)
    ours, theirs = (judge(t, SortParams(method=method)) for t in (table, other))
    assert [(s.first, s.end, s.verdict, s.fault) for s in ours] == [
        (s.first, s.end, s.verdict, s.fault) for s in theirs
    ]


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_fault_is_found_and_named(plant):
    names = {"defocus": {"blurred", "defocus"}, "whip": {"blurred", "camera blur", "shaky"}, "under": {"underexposed"}}
    names |= {"over": {"overexposed"}, "pumping": {"pumping"}, "shake": {"shaky"}}
    # Pumping by more than a stop may fairly be called wrongly exposed.
    hits = []
    for seed in range(16):
        plan = plan_film(Manner(plants=(plant,)), seed)
        truth = plan.bad_T()
        if (truth == 1).sum() < 15:
            continue  # planted too mildly to be one
        found = [s for s in judge(planted_table(plan), METERS) if s.verdict == "reject"]
        hits.append(any(s.fault in names.get(plant, {plant}) for s in found if (truth[s.first : s.end] == 1).any()))
    assert len(hits) >= 5
    assert np.mean(hits) >= 0.75


def test_a_reject_tells_value_unit_threshold_and_worst_frame():
    shake = np.full(100, 0.05)
    shake[40:70], shake[55] = 0.8, 0.9
    segment = next(s for s in judge(table_of(100, shake=shake), METERS) if s.verdict == "reject")
    assert (segment.first, segment.end, segment.worst) == (40, 70, 55)
    assert (segment.fault, segment.unit, segment.threshold) == ("shaky", "% of width", 0.3)
    assert segment.value == pytest.approx(0.9)


def test_a_blink_makes_no_segment():
    black = np.zeros(100)
    black[40:50] = 1
    assert [s.verdict for s in judge(table_of(100, black=black), METERS)] == ["keep"]


def test_faults_that_follow_each_other_are_told_apart():
    black, frozen = np.zeros(100), np.zeros(100)
    black[20:50], frozen[50:80] = 1, 1
    faults = [(s.first, s.end, s.fault) for s in judge(table_of(100, black=black, frozen=frozen), METERS)]
    assert faults == [(0, 20, None), (20, 50, "black"), (50, 80, "frozen"), (80, 100, None)]


def test_between_the_thresholds_one_is_asked():
    shake = np.full(100, 0.05)
    shake[40:80] = 0.27
    verdicts = [(s.verdict, s.fault) for s in judge(table_of(100, shake=shake), METERS)]
    assert verdicts == [("keep", None), ("unsure", "shaky"), ("keep", None)]


def test_a_sharp_ground_behind_a_moving_subject_is_no_blur():
    table = table_of(100, sharpness=0.05, sharpness_best=0.55, p_blurred=0.9, moving_share=24.0)
    assert not rejected(table).any()


def test_one_meter_alone_condemns_no_blur():
    best = np.full(100, 0.8)
    best[30:60] = 0.3  # little beside the rest, but sharp enough by itself
    assert not rejected(table_of(100, sharpness_best=best, p_blurred=0.1)).any()
    assert rejected(table_of(100, sharpness_best=best, p_blurred=0.95)).sum() == 30


def test_a_fault_may_be_ignored():
    table = table_of(100, black=1.0)
    assert rejected(table).all()
    assert not rejected(table, ignore="black, frozen").any()


def test_a_ramp_of_light_is_no_pumping_and_a_swing_is():
    ramp = np.concatenate([np.zeros(40), np.linspace(0, 1.2, 15), np.full(45, 1.2)])
    swing = 0.7 * np.sin(np.arange(100) / 25 * 2 * np.pi * 1.2)
    assert not rejected(table_of(100, brightness=ramp - 2.5, pumping=1.0)).any()
    assert rejected(table_of(100, brightness=swing - 2.5, pumping=1.4)).all()


def test_shake_ends_where_the_path_is_calm_again():
    chance = np.random.default_rng(0)
    path = np.zeros(150)
    path[50:100] = chance.normal(0, 1.0, 50)
    shake = np.full(150, 0.02)
    shake[38:112] = 0.9  # as it is told within a second
    found = np.flatnonzero(rejected(table_of(150, shake=shake, path_x=path, path_y=0.0)))
    assert abs(found.min() - 50) <= 7
    assert abs(found.max() + 1 - 100) <= 7


@pytest.mark.parametrize("method", ["meters", "both"])
def test_the_time_to_judge_grows_with_the_length_and_not_its_square(method):
    def cost(num_frames: int) -> float:
        chance = np.random.default_rng(0)
        noisy = {name: np.abs(chance.normal(0.5, 0.2, num_frames)) for name in ("shake", "noise", "p_blurred")}
        table = table_of(num_frames, tuple(range(50, num_frames, 50)), **noisy)
        start = time.process_time()
        judge(table, SortParams(method=method, leave=1.0))
        return time.process_time() - start

    cost(100)  # reads the weights
    assert cost(4000) < 12 * max(cost(1000), 0.02)
