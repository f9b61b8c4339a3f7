import numpy as np
import pytest

from mutoscope.sort.hysteresis import drop_short, fill_short, frame_edges, hold, lasting, runs


def marks(text: str) -> np.ndarray:
    return np.array([c == "#" for c in text])


def text(mask: np.ndarray) -> str:
    return "".join("#" if m else "." for m in mask)


EDGES = np.arange(13) / 10


def test_a_fault_begins_at_the_entering_threshold_and_ends_at_the_leaving_one():
    excess = np.array([-0.1, 0.1, -0.1, -0.2, -0.4, -0.1, -0.2])
    assert text(hold(excess, 0.0, -0.3)) == "####..."


def test_unknown_values_hold_nothing():
    assert not hold(np.array([np.nan, np.nan]), 0.0, -0.3).any()


def test_short_pauses_are_filled_before_short_faults_are_dropped():
    assert text(lasting(marks("##.##......#"), EDGES, 0.35)) == "#####......."


def test_short_rests_at_the_ends_of_a_shot_are_filled():
    assert text(lasting(marks("..######...."), EDGES, 0.35)) == "########...."


def test_a_stretch_shorter_than_a_segment_goes_by_majority():
    edges = np.array([0.0, 0.04, 0.2])
    assert text(lasting(marks("#."), edges, 0.5)) == ".."
    assert text(lasting(marks(".#"), edges, 0.5)) == "##"


def test_a_lone_frame_stays_a_twenty_fifth_of_a_second():
    assert frame_edges(np.array([3.0])).tolist() == [3.0, 3.04]


def test_runs_are_found_at_both_ends():
    assert list(runs(marks("##..#.##"))) == [(0, 2), (4, 5), (6, 8)]


@pytest.mark.parametrize("seed", range(30))
def test_every_step_is_increasing(seed):
    chance = np.random.default_rng(seed)
    edges = np.cumsum(chance.uniform(0.02, 0.3, 31))
    small = chance.random(30) < 0.4
    large = small | (chance.random(30) < 0.3)
    for step in (drop_short, fill_short, lasting):
        assert (step(large, edges, 0.5) >= step(small, edges, 0.5)).all()


@pytest.mark.parametrize("seed", range(30))
def test_nothing_that_remains_is_short(seed):
    chance = np.random.default_rng(seed)
    edges = np.cumsum(chance.uniform(0.02, 0.1, 61))
    mask = lasting(chance.random(60) < chance.random(), edges, 0.5)
    for part in (mask, ~mask):
        assert all(edges[b] - edges[a] >= 0.5 - 1e-6 for a, b in runs(part))
