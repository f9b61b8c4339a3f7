"""A film is measured frame by frame: what is compared with what."""

import math

import pytest
import torch

from mutoscope.flow.estimate import estimate
from mutoscope.measure.stream import FramePair, measure_frames
from mutoscope.testing.motion import exact_clip, smooth_noise

MOVING = ("e_warp_short", "e_warp_long", "e_warp_first", "flicker")


def no_flow(one, other):
    return torch.zeros(2, *one.shape[1:])


def grey(value):
    return torch.full((3, 17, 23), float(value))


def numbers(pairs, flow=no_flow, **options):
    return [values for _, values in measure_frames(pairs, flow, **options)]


def test_the_source_beside_itself_stands_on_its_own_floor():
    clip = exact_clip(smooth_noise(120, 150, 1), smooth_noise(120, 150, 2), 65, 97, 5)

    found = numbers([FramePair(x, x) for x in clip.frames_TCHW], estimate, gap=2, judge=lambda x: float(x.mean()))

    assert found[-1]["out.e_warp_short"] > 0
    for values in found:
        assert values["out.edges"] == pytest.approx(1)
        for name in ("contrast", "mean", "style", *MOVING):
            assert values[f"out.{name}"] == pytest.approx(values[f"source.{name}"], nan_ok=True)


def test_a_flat_film_has_neither_error_nor_contrast():
    frames = torch.rand(5, 3, 17, 23, generator=torch.Generator().manual_seed(0))

    found = numbers([FramePair(grey(0.5), x) for x in frames], gap=2)

    assert [v["out.contrast"] for v in found] == [0] * 5
    assert [v["out.e_warp_short"] for v in found[1:]] == [0] * 4
    assert all(v["source.e_warp_short"] > 0 for v in found[1:])


def test_each_error_is_against_its_own_frame():
    # Frame i has the value i / 10: an error tells by its size how far back it reached.
    pairs = [FramePair(grey(i / 10), grey(0.5)) for i in range(6)]

    found = numbers(pairs, gap=3)

    def back(name):
        return [None if math.isnan(v[f"out.{name}"]) else round(10 * v[f"out.{name}"] ** 0.5) for v in found]

    assert back("e_warp_short") == [None, 1, 1, 1, 1, 1]
    assert back("e_warp_long") == [None, None, None, 3, 3, 3]
    assert back("e_warp_first") == [None, None, None, 3, 4, 5]


def test_nothing_is_compared_across_a_cut():
    pairs = [FramePair(grey(i / 10), grey(0.5), shot=int(i >= 3)) for i in range(6)]

    found = numbers(pairs, gap=2)

    assert [math.isnan(v["out.e_warp_short"]) for v in found] == [True, False, False, True, False, False]
    assert [math.isnan(v["out.flicker"]) for v in found] == [True, False, False, True, False, False]
    assert found[5]["out.e_warp_first"] == pytest.approx(0.2**2)
    assert all(v["out.e_warp_long"] == pytest.approx(0.2**2) for v in (found[2], found[5]))


def test_the_flow_is_that_of_the_source():
    asked = []

    def flow(one, other):
        asked.append((float(one.mean()), float(other.mean())))
        return no_flow(one, other)

    numbers([FramePair(grey(0.9), grey(0.1)), FramePair(grey(0.8), grey(0.2))], flow)

    assert asked == [(pytest.approx(0.2), pytest.approx(0.1)), (pytest.approx(0.1), pytest.approx(0.2))]


def test_only_a_few_frames_are_kept():
    import weakref

    kept = []

    def pairs():
        for i in range(30):
            x = grey(i / 30)
            kept.append(weakref.ref(x))
            yield FramePair(x, x)

    most = 0
    for _ in measure_frames(pairs(), no_flow, gap=4):
        most = max(most, sum(ref() is not None for ref in kept))

    assert most <= 4 + 3  # the gap, the first of the shot, this one, and the generator's own variable
