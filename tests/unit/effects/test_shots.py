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
