"""Pixel sorting moves pixels along lines and changes none."""

from dataclasses import replace

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.pixel_sort import PixelSort
from mutoscope.corrupt.pixel_sort_params import PixelSortParams
from mutoscope.effects.protocol import Context
from mutoscope.testing.clips import gradient_clip

_WHOLE = {"intervals": "whole", "length": 1}


def done(clip: Clip, seed: int = 0, **params) -> torch.Tensor:
    return Clip.join(list(PixelSort(PixelSortParams(**params))([clip], Context(seed=seed)))).pixels_TCHW


def grey(x_TCHW: torch.Tensor) -> torch.Tensor:
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    return ((x_TCHW * weights).sum(1) * 255 + 0.5).floor()


@pytest.mark.parametrize("angle", [0, 17.5, 45, 63, 90, 100, 180, 225, 270, -33, 725])
def test_every_pixel_of_the_source_is_there_once_at_any_angle(angle):
    clip = gradient_clip(1)

    result = done(clip, angle=angle, **_WHOLE)

    pixels = [x.flatten(2)[0].T.tolist() for x in (clip.pixels_TCHW, result)]
    assert sorted(pixels[0]) == sorted(pixels[1])


@pytest.mark.parametrize(("angle", "dimension", "way"), [(0, 2, 1), (90, 1, 1), (180, 2, -1), (270, 1, -1)])
def test_whole_lines_rise_in_brightness(angle, dimension, way):
    result = grey(done(gradient_clip(1), angle=angle, **_WHOLE))

    assert (result.diff(dim=dimension) * way >= 0).all()


def test_reverse_begins_with_the_brightest():
    result = grey(done(gradient_clip(1), angle=0, reverse=True, **_WHOLE))

    assert (result.diff(dim=2) <= 0).all()


def test_equal_keys_keep_their_order():
    clip = gradient_clip(1, 17, 101)
    flat = clip.with_pixels(torch.cat([clip.pixels_TCHW[:, :1] * 0 + 0.5, clip.pixels_TCHW[:, 1:]], 1))

    assert torch.equal(done(flat, angle=0, key="red", **_WHOLE), flat.pixels_TCHW)


@pytest.mark.parametrize("key", ["hue", "saturation", "red", "green", "blue"])
def test_lines_rise_by_the_key_that_was_asked_for(key):
    red, green, blue = done(gradient_clip(1), angle=0, key=key, **_WHOLE)[0].double()
    most, spread = torch.stack([red, green, blue]).amax(0), torch.stack([red, green, blue])
    spread = spread.amax(0) - spread.amin(0)
    hue = torch.where(most == red, ((green - blue) / spread) % 6, (blue - red) / spread + 2)
    hue = torch.where((most == blue) & (most != red), (red - green) / spread + 4, hue) / 6
    values = {"hue": hue, "saturation": spread / most, "red": red, "green": green, "blue": blue}

    assert (values[key].diff(dim=1) > -1 / 255 - 1e-6).all()


def test_pixels_outside_the_threshold_stay():
    clip = gradient_clip(1)
    light = grey(clip.pixels_TCHW)[:, None].expand(-1, 3, -1, -1)
    outside = (light < 76) | (light > 153)

    result = done(clip, angle=0, low=0.3, high=0.6)

    assert torch.equal(result[outside], clip.pixels_TCHW[outside])
    assert not torch.equal(result, clip.pixels_TCHW)


def test_a_run_is_no_longer_than_its_limit():
    falling = torch.linspace(1, 0, 64).expand(1, 3, 17, 64).contiguous()
    clip = Clip(falling, (0,), gradient_clip().time_base)

    result = done(clip, angle=0, intervals="whole", length=0.125)

    moved = (result - falling).abs().amax() * 63
    assert 0 < moved <= 7.01  # a run of 8 pixels turned over


def test_short_runs_stay():
    clip = gradient_clip(1)

    assert torch.equal(done(clip, min_length=1.0), clip.pixels_TCHW)


def test_edges_end_runs():
    line = torch.tensor([0.9, 0.85, 0.8, 0.2, 0.15, 0.1]).expand(1, 3, 3, 6).contiguous()
    clip = Clip(line, (0,), gradient_clip().time_base)

    result = done(clip, angle=0, intervals="edges", length=1, edge=0.2)

    assert torch.equal(result[0, 0, 0], torch.tensor([0.8, 0.85, 0.9, 0.1, 0.15, 0.2]))


def test_a_share_of_the_lines_is_sorted():
    clip = gradient_clip(1, 200, 23)

    result = done(clip, angle=0, share=0.3, **_WHOLE)

    moved = (result != clip.pixels_TCHW).any(dim=3).any(dim=1).float().mean()
    assert 0.2 < moved < 0.4


def test_threads_change_no_bit():
    clip = gradient_clip(2, 61, 47)
    before, results = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            results.append(done(clip, angle=30, intervals="random", share=0.7))
    finally:
        torch.set_num_threads(before)

    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])


def test_chance_stands_for_its_time_and_then_draws_anew():
    still = gradient_clip(1).pixels_TCHW.expand(4, -1, -1, -1).contiguous()
    clip = replace(gradient_clip(4), pixels_TCHW=still, pts_T=(0, 50, 60, 119))  # rate 4: a new one at 60 of 240

    x_TCHW = done(clip, intervals="random", rate=4)

    assert torch.equal(x_TCHW[0], x_TCHW[1])
    assert torch.equal(x_TCHW[2], x_TCHW[3])
    assert not torch.equal(x_TCHW[1], x_TCHW[2])


def test_another_seed_gives_other_pixels():
    clip = gradient_clip(1)

    assert not torch.equal(done(clip, intervals="random"), done(clip, seed=1, intervals="random"))


def test_a_threshold_that_nothing_passes_is_refused():
    with pytest.raises(ParameterError, match=r"low=0.9 lies above high=0.2, .*exchange"):
        PixelSort(PixelSortParams(low=0.9, high=0.2))
