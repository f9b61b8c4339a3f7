"""Cuts: found where they are, and nowhere else."""

from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.effects.shots import Shots, detect_cuts
from mutoscope.testing.motion import smooth_noise

H, W = 68, 90


def scene(seed: int, num_frames: int, pan: float = 1.0) -> torch.Tensor:
    """A picture that pans by `pan` px a frame; each seed has a light of its own."""
    big = smooth_noise(H, W + 200, seed) * (0.4 + 0.15 * (seed % 5))
    big = torch.roll(big, seed % 3, 0)
    starts = [int(i * pan) for i in range(num_frames)]
    return torch.stack([big[:, :, s : s + W] for s in starts])


def film(*parts: torch.Tensor, pts: list[int] | None = None) -> Clip:
    pixels = torch.cat(parts)
    return Clip(pixels, tuple(pts or range(len(pixels))), Fraction(1, 25))


def test_hard_cuts_are_found():
    clip = film(scene(1, 20), scene(2, 15), scene(3, 25))

    assert detect_cuts(clip.frames()).cuts_pts == (20, 35)


def test_pieces_of_any_length_give_the_same_cuts():
    clip = film(scene(1, 20), scene(2, 15), scene(3, 25))

    assert detect_cuts([clip]) == detect_cuts(clip[i : i + 7] for i in range(0, 60, 7))


def test_a_fast_pan_is_no_cut():
    assert detect_cuts(film(scene(4, 30, pan=6)).frames()).cuts_pts == ()


def test_a_fade_in_is_no_cut():
    frames = scene(1, 30) * torch.linspace(0.2, 1, 30).view(-1, 1, 1, 1)

    assert detect_cuts(film(frames).frames()).cuts_pts == ()


def test_a_flash_is_no_cut():
    frames = scene(1, 30)
    frames[14] = 1.0

    assert detect_cuts(film(frames).frames()).cuts_pts == ()


def test_uneven_time_stamps_are_given_back():
    pts = [3 + 10 * i + i % 4 for i in range(35)]

    assert detect_cuts(film(scene(1, 20), scene(2, 15), pts=pts).frames()).cuts_pts == (pts[20],)


@pytest.mark.parametrize("num_frames", [0, 1, 2])
def test_very_short_films_have_no_cuts(num_frames):
    clip = film(scene(1, 3))[:num_frames]

    assert detect_cuts(clip.frames()).cuts_pts == ()


def test_tiny_frames_have_cuts_too():
    dark, light = torch.full((9, 3, 17, 23), 0.1), torch.full((9, 3, 17, 23), 0.9)

    assert detect_cuts(film(dark, light).frames()).cuts_pts == (9,)


def test_a_cut_counts_though_its_own_frame_is_gone():
    shots = Shots((10, 20), Fraction(1, 25))

    assert shots.is_cut(10)
    assert not shots.is_cut(11)
    assert shots.is_cut_between(9, 11)
    assert not shots.is_cut_between(10, 19)
    assert [shots.index(p) for p in (0, 10, 25)] == [0, 1, 2]


def test_a_clip_is_split_at_its_cuts():
    clip = film(scene(1, 12))

    assert [len(part) for part in Shots((5, 9), clip.time_base).split(clip)] == [5, 4, 3]


def test_each_shot_after_a_fade_through_black_is_found():
    out, up = torch.linspace(1, 0, 12), torch.linspace(0, 1, 12)
    light = torch.cat([torch.ones(10), out, torch.zeros(3), up]).view(-1, 1, 1, 1)
    frames = torch.cat([scene(1, 24), scene(2, 13)]) * light

    (cut,) = detect_cuts(film(frames).frames()).cuts_pts

    assert 25 <= cut <= 28  # the first frame that is not black


def test_black_at_the_start_is_part_of_the_first_shot():
    frames = scene(1, 30) * torch.linspace(0, 1, 30).sub(0.2).clamp(0).view(-1, 1, 1, 1)

    assert detect_cuts(film(frames).frames()).cuts_pts == ()


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("num_frames", [1, 2, 3])
def test_blinks_and_flashes_up_to_three_frames_are_no_cuts(value, num_frames):
    frames = scene(1, 30)
    frames[14 : 14 + num_frames] = value

    assert detect_cuts(film(frames).frames()).cuts_pts == ()


@pytest.mark.parametrize("cut", [4, 26, 28, 29])
def test_cuts_near_the_ends_are_found(cut):
    clip = film(scene(1, cut), scene(2, 30 - cut))

    assert detect_cuts(clip.frames()).cuts_pts == (cut,)


def test_shots_that_would_be_too_short_join_the_one_before():
    clip = film(scene(1, 20), scene(2, 5), scene(3, 20))

    assert detect_cuts(clip.frames()).cuts_pts == (20, 25)
    assert detect_cuts(clip.frames(), min_frames=6).cuts_pts == (20,)


def test_one_pixel_is_a_frame_too():
    assert detect_cuts(film(torch.full((9, 3, 1, 1), 0.5)).frames()).cuts_pts == ()


def test_film_is_pulled_clip_by_clip_and_left_as_it_was():
    clip = film(scene(1, 20), scene(2, 10))
    before = clip.pixels_TCHW.clone()

    detect_cuts(clip.frames())

    assert torch.equal(clip.pixels_TCHW, before)


def test_a_clip_in_other_units_of_time_is_not_split():
    with pytest.raises(ValueError, match="1/25"):
        list(Shots((5,), Fraction(1, 30)).split(film(scene(1, 12))))


def test_an_empty_clip_has_no_pieces():
    clip = film(scene(1, 3))

    assert list(Shots((1,), clip.time_base).split(clip[:0])) == []


def test_after_a_short_black_the_shot_starts_with_its_first_light():
    light = torch.tensor([1.0] * 12 + [0.4, 0.0, 0.0, 0.3] + [1.0] * 12).view(-1, 1, 1, 1)
    frames = torch.cat([scene(1, 14), scene(2, 14)]) * light

    assert detect_cuts(film(frames).frames()).cuts_pts == (15,)


def test_a_hard_cut_to_black_and_back_is_two_cuts():
    frames = torch.cat([scene(1, 15), torch.zeros(9, 3, H, W), scene(2, 15)])

    assert detect_cuts(film(frames).frames()).cuts_pts == (15, 24)
