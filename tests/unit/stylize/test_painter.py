"""Style pictures of a painter: opened once, measured once, blended, recoloured."""

from pathlib import Path

import pytest
import torch
from pieces_of_style import params, picture

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.stylize import gallery
from mutoscope.stylize.objective import Memory
from mutoscope.stylize.painter import Painter, StyledRegion, painter_for
from mutoscope.testing.clips import gradient_clip
from mutoscope.video.picture import save_picture

QUICK = {"iterations": 8, "iterations_next": 8, "coarsest": 16}


@pytest.fixture
def files(tmp_path) -> tuple[str, str]:
    paths = tmp_path / "dark.png", tmp_path / "bright.png"
    for path, power in zip(paths, (3.0, 0.3), strict=True):
        clip = gradient_clip(1, 29, 31, seed=5)
        save_picture(clip.with_pixels(clip.pixels_TCHW**power), path)
    return str(paths[0]), str(paths[1])


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_mix_is_blended_from_targets_that_are_measured_once(files, monkeypatch):
    dark, bright = files
    painter = Painter(params(style=f"{dark} + {bright}", **QUICK))
    measured = []
    plain = gallery.measure_style
    monkeypatch.setattr(gallery, "measure_style", lambda *a, **k: measured.append(1) or plain(*a, **k))

    apart = [painter.targets((17, 23), {file: 1.0}) for file in files]
    mixed = painter.targets((17, 23), {dark: 1, bright: 3})

    assert len(measured) == 2
    got = mixed.moments["block0"][0]
    torch.testing.assert_close(got, 0.25 * apart[0].moments["block0"][0] + 0.75 * apart[1].moments["block0"][0])


def test_without_a_mix_the_styles_of_the_first_moment_are_meant(files):
    dark, bright = files
    painter = Painter(params(style=f"0s: {bright}, 3s: {dark}", **QUICK))

    assert painter.targets((17, 23)) is painter.targets((17, 23), {bright: 1.0})


def test_painting_follows_the_mix(files):
    dark, bright = files
    p = params(style=f"{dark} + {bright}", alpha=0, **QUICK)
    painter = Painter(p)
    means = [
        painter.paint(picture(0), p, generator(), mix={dark: 1 - share, bright: share}).mean().item()
        for share in (0.0, 0.5, 1.0)
    ]

    assert means[0] < means[1] - 0.01 < means[2] - 0.02


def test_repainting_follows_mix_and_regions(files):
    dark, bright = files
    p = params(style=f"{dark} + {bright}", alpha=0, gamma=0, **QUICK)
    painter = Painter(p)
    memory = Memory(picture(0), torch.zeros(1, 1, 17, 23))
    left = torch.zeros(1, 1, 17, 23)
    left[..., :11] = 1

    def repaint(**how: object) -> torch.Tensor:
        return painter.repaint(picture(0), memory, p, generator(), **how)

    assert repaint(mix={dark: 1.0}).mean() < repaint(mix={bright: 1.0}).mean()
    both = repaint(regions=(StyledRegion(left, {dark: 1.0}), StyledRegion(1 - left, {bright: 1.0})))
    assert both[..., 2:8].mean() < both[..., 15:21].mean() - 0.02


def test_regions_are_painted_from_coarse_to_fine(files):
    dark, bright = files
    p = params(style=dark, **QUICK)
    painter = Painter(p, more_styles=(bright,))
    mask = torch.ones(1, 1, 33, 47)

    x = painter.paint(picture(0, 33, 47), p, generator(), regions=(StyledRegion(mask, {bright: 1.0}),))
    wanted = painter.paint(picture(0, 33, 47), p, generator(), mix={bright: 1.0})

    torch.testing.assert_close(x, wanted, atol=0.02, rtol=0)


def test_new_colours_are_measured_anew_and_the_same_ones_are_not(files, monkeypatch):
    painter = Painter(params(style=files[0], **QUICK))
    before = painter.targets((17, 23))

    def invert(a: torch.Tensor) -> torch.Tensor:
        return 1 - a

    painter.recolour = invert
    inverted = painter.targets((17, 23))
    painter.recolour = invert

    assert not torch.equal(inverted.moments["block0"][0], before.moments["block0"][0])
    assert painter.targets((17, 23)) is inverted
    painter.recolour = None
    assert torch.equal(painter.targets((17, 23)).moments["block0"][0], before.moments["block0"][0])


def test_a_picture_that_was_not_named_is_no_style(files):
    painter = Painter(params(style=files[0], **QUICK))

    with pytest.raises(ParameterError, match="not among the style pictures"):
        painter.targets((17, 23), {files[1]: 1.0})
    with pytest.raises(ParameterError, match="weight"):
        painter.targets((17, 23), {files[0]: 0.0})


def test_every_picture_of_the_list_is_opened_at_the_start(files, tmp_path):
    missing = str(tmp_path / "missing.png")

    with pytest.raises(InputError, match=r"missing\.png"):
        Painter(params(style=f"0s: {files[0]}, 3s: {missing}", **QUICK))


def test_painters_are_kept_by_the_bytes_of_all_their_pictures(files):
    p = params(style=files[0], **QUICK)
    first = painter_for(p, "cpu", (files[1],))

    assert painter_for(p, "cpu", (files[1],)) is first
    save_picture(gradient_clip(1, 29, 31, seed=8), Path(files[1]))
    assert painter_for(p, "cpu", (files[1],)) is not first
