from fractions import Fraction

import numpy as np
import pytest
from meter_scenes import detail, grey

from mutoscope.sort.sampled import spread
from mutoscope.sort.sound_meter import SILENCE_DB, sound_of_frames
from mutoscope.sort.technical import dropped_frames, is_black, standing_frames, tile_change
from mutoscope.video.sound_samples import SoundBlock

AT_T = np.arange(100) / 25


def test_black_is_black_and_a_lamp_is_not() -> None:
    night = np.full((90, 160), 9, np.uint8)
    assert is_black(night)
    night[40:52, 60:72] = 240
    assert not is_black(night)
    assert not is_black(np.full((90, 160), 40, np.uint8))


def test_the_tile_that_changed_most_counts() -> None:
    before = grey(detail(90, 160))
    now = before.copy()
    assert tile_change(before, now) == 0
    now[40:46, 80:88] ^= 16
    assert tile_change(before, now) > 5


def test_half_a_second_is_frozen_and_less_is_duplicated() -> None:
    change_T = np.full(100, 9.0)
    change_T[0] = np.nan
    change_T[21:40] = 0.1  # 20 frames alike: 20..39
    change_T[60:62] = 0.0
    frozen_T, duplicated_T = standing_frames(change_T, AT_T, [(0, 100)])
    assert np.flatnonzero(frozen_T).tolist() == list(range(20, 40))
    assert np.flatnonzero(duplicated_T).tolist() == [60, 61]


def test_a_repeat_where_hardly_anything_moves_is_no_duplicate() -> None:
    change_T = np.full(100, 1.0)
    change_T[50] = 0.3
    assert standing_frames(change_T, AT_T, [(0, 100)])[1].sum() == 0


def test_standing_ends_at_a_cut() -> None:
    change_T = np.zeros(100)
    change_T[[0, 50]] = np.nan
    frozen_T, _ = standing_frames(change_T, AT_T, [(0, 50), (50, 100)])
    assert frozen_T.all()
    change_T[:] = 9
    change_T[40:50] = 0
    change_T[51:60] = 0
    assert standing_frames(change_T, AT_T, [(0, 50), (50, 100)])[0].sum() == 0


def test_a_gap_in_time_is_a_dropped_frame() -> None:
    at_T = np.delete(AT_T, [30, 60, 61])
    assert np.flatnonzero(dropped_frames(at_T)).tolist() == [30, 59]
    wobbling = np.cumsum(np.random.default_rng(0).uniform(0.033, 0.042, 100))
    assert dropped_frames(wobbling).sum() == 0
    assert dropped_frames(np.concatenate([AT_T, 4 + np.arange(40) / 12.5])).sum() <= 15  # a slower part is no loss
    assert len(dropped_frames(AT_T[:1])) == 1
    assert len(dropped_frames(AT_T[:0])) == 0


def test_loudness_is_in_decibels_of_full_scale() -> None:
    rate = 48_000
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.float32)
    tone[rate // 2 :] = 0
    tone[100:148] = 1
    loud_T, clipped_T = sound_of_frames([SoundBlock(0.0, rate, np.stack([tone, tone]))], AT_T[:30], 0.04)
    assert loud_T[2:12] == pytest.approx(-9.03, abs=0.1)
    assert loud_T[13:25] == pytest.approx(SILENCE_DB)
    assert np.isnan(loud_T[25:]).all()
    assert clipped_T[0] == pytest.approx(100 * 48 / 1920)
    assert clipped_T[1] == 0


def test_blocks_of_sound_are_invisible() -> None:
    rng = np.random.default_rng(1)
    samples = rng.uniform(-1, 1, (2, 20_000)).astype(np.float32)
    whole = sound_of_frames([SoundBlock(0.1, 8000, samples)], AT_T, 0.04)
    blocks = [SoundBlock(0.1 + i / 8000, 8000, samples[:, i : i + 777]) for i in range(0, 20_000, 777)]
    parts = sound_of_frames(blocks, AT_T, 0.04)
    for a, b in zip(whole, parts, strict=True):
        assert a == pytest.approx(b, rel=1e-5, nan_ok=True)


def test_samples_are_spread_within_their_shot() -> None:
    at_T = np.arange(10) * float(Fraction(1, 10))
    found = spread([0, 4], {"p": np.array([0.0, 1.0], np.float32)}, at_T, [(0, 6), (6, 10)])["p"]
    assert found[:6] == pytest.approx([0, 0.25, 0.5, 0.75, 1, 1])
    assert np.isnan(found[6:]).all()
    assert spread([], {}, at_T, [(0, 10)]) == {}
