"""Colours of one picture, painting of another."""

import pytest
import torch

from mutoscope.ops.colour_transfer import colour_statistics, into_gamut, keep_colours, match_colours
from mutoscope.ops.oklab import from_oklab, to_oklab
from mutoscope.testing.motion import smooth_noise

GREY = torch.tensor([0.2126, 0.7152, 0.0722])


def picture(seed: int) -> torch.Tensor:
    return torch.rand(2, 3, 17, 23, generator=torch.Generator().manual_seed(seed))


def muted(seed: int) -> torch.Tensor:
    """Colours in the middle of the range, whose map to each other stays inside it."""
    return 0.4 + 0.2 * picture(seed) + 0.1 * picture(seed + 10).mean(1, keepdim=True)


def close(a, b, atol):
    torch.testing.assert_close(a, b, atol=atol, rtol=0)


def test_a_picture_keeps_its_own_colours():
    close(keep_colours(picture(0), picture(0)), picture(0), 1 / 255)


@pytest.mark.parametrize("seeds", [(0, 1), (2, 3)])
def test_lightness_is_the_paintings_whatever_the_colours(seeds):
    painted, source = (picture(seed) for seed in seeds)

    kept = keep_colours(painted, source)

    close(to_oklab(kept)[:, :1], to_oklab(painted)[:, :1], 2e-3)
    assert kept.min() >= 0
    assert kept.max() <= 1


def test_colours_that_a_screen_shows_are_the_sources():
    kept = keep_colours(0.4 + 0.2 * picture(0), 0.45 + 0.1 * picture(1))

    close(to_oklab(kept)[:, 1:], to_oklab(0.45 + 0.1 * picture(1))[:, 1:], 1e-4)


def test_colours_that_no_screen_shows_keep_their_hue_and_touch_the_edge():
    lab = torch.tensor([[0.9, 0.3, 0.1], [0.2, -0.2, 0.1], [0.5, 0.05, -0.4]]).view(3, 3, 1, 1)

    inside = into_gamut(lab)

    close(inside[:, 0], lab[:, 0], 0)
    cosine = torch.cosine_similarity(inside[:, 1:].flatten(1), lab[:, 1:].flatten(1))
    close(cosine, torch.ones(3), 1e-5)
    shown = from_oklab(inside)
    assert (torch.minimum(shown, 1 - shown).amin((1, 2, 3)) < 0.02).all()
    close(to_oklab(shown), inside, 2e-3)


def test_black_and_white_stay_so_under_any_colour():
    ends = torch.tensor([0.0, 1.0]).view(2, 1, 1, 1).expand(2, 3, 17, 23)

    close(keep_colours(ends, picture(0)), ends.contiguous(), 1 / 255)


def test_matched_colours_have_the_wanted_mean_and_covariance():
    wanted = colour_statistics(muted(1))

    got = colour_statistics(match_colours(muted(0) * 0.5, wanted))

    close(got.mean_C, wanted.mean_C, 1e-6)
    close(got.covariance_CC, wanted.covariance_CC, 1e-6)


def test_statistics_are_those_of_all_pixels_of_all_pictures():
    two = torch.stack([torch.full((3, 17, 23), 0.25), torch.full((3, 17, 23), 0.75)])

    got = colour_statistics(two)

    close(got.mean_C, torch.full((3,), 0.5, dtype=torch.float64), 1e-9)
    close(got.covariance_CC, torch.full((3, 3), 0.0625, dtype=torch.float64), 1e-9)


def test_a_style_that_has_the_wanted_colours_stays_as_it_is():
    close(match_colours(picture(0), colour_statistics(picture(0))), picture(0), 1e-5)


def test_grey_footage_makes_the_style_grey():
    grey = picture(1).mean(1, keepdim=True).expand(-1, 3, -1, -1)

    matched = match_colours(picture(0), colour_statistics(grey))

    assert (matched.amax(1) - matched.amin(1)).max() < 1e-4
    assert matched.std() > 0.1


def test_noise_of_a_grey_style_does_not_become_colour():
    noise = 1 / 255 * (picture(3) - 0.5)
    grey = (picture(0).mean(1, keepdim=True) + noise).clamp(0, 1)

    matched = match_colours(grey, colour_statistics(picture(1)))

    assert matched.isfinite().all()
    assert (matched - matched.mean(1, keepdim=True)).std() < 0.12 * picture(1).std()


def test_flat_pictures_have_the_wanted_mean():
    matched = match_colours(torch.full((1, 3, 17, 23), 0.3), colour_statistics(muted(1)))

    close(matched.double().mean((0, 2, 3)), colour_statistics(muted(1)).mean_C, 1e-6)


def test_what_lies_outside_is_bent_in_and_keeps_its_order():
    ramp = torch.linspace(0.3, 0.7, 391).view(1, 1, 17, 23).expand(1, 3, 17, 23)
    wide = colour_statistics(torch.tensor([0.0, 1.0]).view(2, 1, 1, 1).expand(2, 3, 17, 23))

    bent = match_colours(ramp.contiguous(), wide)[0, 0].flatten()

    assert bent.min() >= 0
    assert bent.max() <= 1
    # Clipping would make one flat area of the brightest fifth.
    assert (bent.diff() > 1e-6).all()


def test_bright_colours_lose_chroma_and_not_hue():
    style = 0.5 + 0.4 * (smooth_noise(17, 23)[None] - 0.5)
    wanted = colour_statistics(style)
    brighter = wanted._replace(mean_C=wanted.mean_C + 0.4)

    matched = match_colours(style, brighter)

    hue_before = style - style.mean(1, keepdim=True)
    hue_after = matched - matched.mean(1, keepdim=True)
    seen = (hue_after.norm(dim=1) > 0.02) & (hue_before.norm(dim=1) > 0.02)
    assert torch.cosine_similarity(hue_before, hue_after, dim=1)[seen].min() > 0.9
