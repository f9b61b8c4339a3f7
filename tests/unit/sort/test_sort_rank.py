import functools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from mutoscope.ops.resize import resize
from mutoscope.sort.model import ClipReport, FrameTable
from mutoscope.sort.params import SortParams
from mutoscope.sort.rank import best_second, percentiles, ranked
from mutoscope.sort.signature import distance, far_between, signature
from mutoscope.sort.verdicts import judge
from mutoscope.testing.motion import smooth_noise

METERS = SortParams(method="meters")


@functools.cache
def grey(seed: int, height: int = 151, width: int = 271) -> np.ndarray:
    picture = resize(smooth_noise(151, 271, seed)[None], height, width)[0]
    return (picture.mean(0) * 255).to(torch.uint8).numpy()


def report(path: str, sharpness: float, scene: int | None = None, num_frames: int = 100) -> ClipReport:
    columns = {
        "sharpness_best": np.full(num_frames, sharpness, np.float32),
        "shake": np.full(num_frames, 0.05, np.float32),
    }
    looks = () if scene is None else (int(signature(grey(scene))),)
    table = FrameTable(np.arange(num_frames), Fraction(1, 25), columns, (), looks)
    return ClipReport(path, table=table, segments=judge(table, METERS))


def test_a_signature_hardly_depends_on_size_light_and_grain():
    chance = np.random.default_rng(0)
    first = grey(1)
    others = [
        grey(1, 269, 485),
        (first * 0.6).astype(np.uint8),
        np.clip(first + chance.normal(0, 6, first.shape), 0, 255).astype(np.uint8),
    ]
    assert all(distance(signature(first), signature(other)) <= 6 for other in others)


def test_other_scenes_have_other_signatures():
    marks = [signature(grey(seed)) for seed in range(12)]
    apart = [distance(a, b) for i, a in enumerate(marks) for b in marks[:i]]
    assert min(apart) > 11


def test_a_frame_smaller_than_the_grid_has_a_signature():
    assert signature(np.full((1, 3), 9, np.uint8)) == signature(np.full((2, 5), 200, np.uint8))


def test_clips_without_signatures_are_alike_to_nothing():
    assert far_between(np.zeros(0, np.uint64), np.zeros(2, np.uint64)) == float("inf")


def test_percentiles_are_places_among_the_others():
    assert percentiles([3.0, 1.0, 2.0]) == [100.0, 0.0, 50.0]
    assert percentiles([1.0, 1.0]) == [50.0, 50.0]
    assert percentiles([7.0]) == [100.0]
    assert percentiles([]) == []


def test_takes_of_the_same_are_grouped_and_the_best_is_marked():
    found = ranked([report("a", 0.3, 1), report("b", 0.5, 2), report("c", 0.6, 1), report("d", 0.4)])
    assert [r.group for r in found] == [0, None, 0, None]
    assert [r.is_best_of_group for r in found] == [False, False, True, False]
    assert [r.score for r in found] == pytest.approx([0.0, 200 / 3, 100.0, 100 / 3])


def test_what_cannot_be_read_has_no_rank():
    broken = ClipReport("x", error="zero bytes")
    assert ranked([broken, report("a", 0.5)])[0] == broken


def test_the_order_of_clips_changes_no_score():
    clips = [report(str(i), 0.2 + 0.05 * i, i % 3) for i in range(7)]
    scores = {r.path: (r.score, r.is_best_of_group) for r in ranked(clips)}
    assert {r.path: (r.score, r.is_best_of_group) for r in ranked(clips[::-1])} == scores


def test_a_shaken_clip_with_a_calm_end_is_judged_by_its_best_seconds():
    clip = report("a", 0.6)
    shake = np.full(100, 1.5, np.float32)
    shake[40:] = 0.05
    table = replace(clip.table, columns={**clip.table.columns, "shake": shake})
    frame, _ = best_second(table, judge(table, METERS), METERS)
    assert 60 <= frame <= 80


def test_one_frame_has_a_best_second():
    clip = report("a", 0.6, num_frames=1)
    assert best_second(clip.table, clip.segments, METERS)[0] == 0
