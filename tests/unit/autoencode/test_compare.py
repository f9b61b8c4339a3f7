"""Numbers of frames and shots beside each other; which frames are picked."""

import math
from statistics import fmean

import pytest
import torch

from mutoscope.autoencode.compare import (
    LAYERS,
    FrameNumbers,
    Pick,
    Picks,
    learned_similarity,
    numbers_of,
    shots_of,
)
from mutoscope.autoencode.quality import FrameQuality
from mutoscope.core.random import generator
from mutoscope.models.backbones import load_backbone


def frame(number, psnr, shot=0, *, similarity=None, source_motion=None, motion=None):
    return FrameNumbers(number, number / 25, shot, FrameQuality(psnr, 0.5, 1.0, 0.1, source_motion, motion), similarity)


def picked(which, psnrs, shots=None, *, num=3, num_shots=1, apart=2):
    picks = Picks(which, num, num_shots, apart)
    tiny = torch.zeros(3, 1, 1, dtype=torch.uint8)
    for number, psnr in enumerate(psnrs):
        one = frame(number, psnr, shots[number] if shots else 0)
        if picks.wants(one):
            picks.add(Pick(one, tiny, tiny))
    return [pick.frame.number for pick in picks]


@pytest.fixture(scope="module")
def backbone():
    return load_backbone("efficientnet_lite0")


def noisy(x, sigma):
    return (x + sigma * torch.randn(x.shape, generator=generator(5, 0, "noise"))).clamp(0, 1)


def test_similarity_of_equal_pictures_is_one(backbone):
    x = torch.rand(1, 3, 45, 61, generator=generator(1, 0, "picture"))
    assert learned_similarity(backbone, x, x) == pytest.approx([1], abs=1e-5)


def test_similarity_falls_with_noise(backbone):
    y, x = torch.meshgrid(torch.linspace(0, 9, 45), torch.linspace(0, 12, 61), indexing="ij")
    picture = torch.stack([y.sin(), x.cos(), (x * y).sin()])[None] * 0.5 + 0.5
    values = [learned_similarity(backbone, picture, noisy(picture, sigma))[0] for sigma in (0.02, 0.1, 0.4)]
    assert 1 > values[0] > values[1] > values[2] > 0


def test_similarity_is_the_mean_cosine_over_layers_and_places(backbone):
    x, y = (torch.rand(1, 3, 40, 52, generator=generator(2, i, "picture")) for i in (0, 1))
    ours, theirs = backbone.features(x, LAYERS), backbone.features(y, LAYERS)
    expected = []
    for name in LAYERS:
        a, b = ours[name][0].flatten(1).double(), theirs[name][0].flatten(1).double()
        expected.append(float(((a * b).sum(0) / (a.norm(dim=0) * b.norm(dim=0))).mean()))
    assert learned_similarity(backbone, x, y)[0] == pytest.approx(fmean(expected), abs=1e-4)


def test_pairs_do_not_touch_each_other(backbone):
    x, y = (torch.rand(2, 3, 40, 52, generator=generator(3, i, "picture")) for i in (0, 1))
    together = learned_similarity(backbone, x, y)
    alone = [learned_similarity(backbone, x[i : i + 1], y[i : i + 1])[0] for i in (0, 1)]
    assert together == pytest.approx(alone, abs=1e-5)


def test_numbers_leave_out_what_is_not_known():
    found = numbers_of([frame(0, 20.0), frame(1, 30.0)])
    assert found["psnr"] == 25
    assert "similarity" not in found
    assert not any(name.startswith("motion") for name in found)


def test_similarity_is_the_mean_of_the_frames_looked_at():
    frames = [frame(0, 20.0, similarity=0.5), frame(1, 20.0), frame(2, 20.0, similarity=0.9)]
    assert numbers_of(frames)["similarity"] == pytest.approx(0.7)


def test_motion_is_the_median_and_leaves_out_what_is_like_a_cut():
    frames = [frame(i, 20.0, source_motion=0.02, motion=share) for i, share in enumerate((0.2, 0.6, 0.7))]
    frames.append(frame(3, 20.0, source_motion=0.3, motion=9.0))
    assert numbers_of(frames)["motion"] == 0.6


def test_a_twentieth_of_the_frames_lies_below_psnr_low():
    found = numbers_of([frame(i, float(i)) for i in range(101)])
    assert found["psnr_low"] == 5


def test_shots_cover_all_frames_once():
    frames = [frame(i, 10.0 + i, shot) for i, shot in enumerate((0, 0, 1, 3, 3, 3))]
    shots = list(shots_of(frames))
    assert [(s.shot, s.frames, s.start, s.end) for s in shots] == [
        (0, 2, 0.0, 1 / 25),
        (1, 1, 2 / 25, 2 / 25),
        (3, 3, 3 / 25, 5 / 25),
    ]
    assert [s.numbers["psnr"] for s in shots] == [10.5, 12, 14]
    assert math.isclose(sum(s.frames * s.numbers["psnr"] for s in shots), sum(f.quality.psnr for f in frames))


def test_no_frames_have_no_numbers():
    assert list(shots_of([])) == []


def test_the_worst_frame_is_always_picked_first():
    psnrs = [30.0] * 50
    psnrs[17] = 11.0
    assert picked("worst", psnrs, apart=10)[0] == 17


def test_neighbours_are_picked_once():
    psnrs = [30.0] * 20 + [5.0, 4.0, 5.0, 6.0] + [30.0] * 20
    worst = picked("worst", psnrs, apart=5)
    assert worst[0] == 21
    assert all(abs(a - b) >= 5 for a in worst for b in worst if a != b)
    assert len(worst) == 3


def test_of_many_shots_each_gives_one():
    shots = [i // 4 for i in range(40)]
    psnrs = [40.0 - shot - 0.1 * (i % 4) for i, shot in enumerate(shots)]
    assert picked("worst", psnrs, shots, num_shots=10, apart=1) == [39, 35, 31]
    assert picked("best", psnrs, shots, num_shots=10, apart=1) == [0, 4, 8]


def test_picks_hold_few_pictures_however_long_the_film():
    assert len(picked("best", [float(i % 97) for i in range(1000)], num=6, apart=3)) == 6
