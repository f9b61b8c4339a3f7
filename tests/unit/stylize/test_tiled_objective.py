"""Pictures in tiles against the same pictures whole."""

import pytest
import torch
from pieces_of_style import params, picture, style_of

from mutoscope.core.errors import ParameterError
from mutoscope.models.backbones import load_backbone
from mutoscope.ops.tiles import Tile
from mutoscope.stylize import painter as painting
from mutoscope.stylize import units
from mutoscope.stylize.objective import Memory, Objective, Region
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.style import measure_style
from mutoscope.stylize.tiled import TiledObjective
from mutoscope.stylize.tiles import STRIDE, pieces
from mutoscope.testing.clips import gradient_clip
from mutoscope.video.picture import save_picture

HEIGHT, WIDTH = 150, 203


def objective(backbone: str = "tiny", **values: object) -> Objective:
    p = params(backbone=backbone, **values)
    net = load_backbone(backbone)
    memory = Memory(picture(5, HEIGHT, WIDTH), picture(6, HEIGHT, WIDTH)[:, :1])
    return Objective(net, p, picture(0, HEIGHT, WIDTH), measure_style(net, picture(1, 64, 64), p), memory)


def with_regions(whole: Objective) -> Objective:
    mask = picture(7, HEIGHT, WIDTH)[:, :1]
    mask[..., :40] = 0
    regions = (Region(mask, style_of(2, whole.params)), Region(1 - mask, style_of(3, whole.params)))
    return Objective(whole.backbone, whole.params, whole.content_p_1CHW, whole.style, whole.memory, regions)


def assert_same(tiled: TiledObjective, whole: Objective, shift: tuple[int, int], seed: int) -> None:
    x = picture(2, HEIGHT, WIDTH)

    loss, gradient = tiled.gradient(x, shift, seed)

    wanted_loss, wanted = whole.gradient(x, shift)
    assert loss == pytest.approx(wanted_loss, rel=1e-4)
    # Content counts in units of the content's variance, which the rim changes a little; so in float rounding.
    assert (gradient - wanted).norm() < 1e-4 * wanted.norm()
    assert (gradient - wanted).abs().max() < 1e-3 * wanted.abs().max()


@pytest.mark.parametrize("statistics", ["mean_covariance", "gram"])
@pytest.mark.parametrize(("jitter", "shift"), [(0, (0, 0)), (16, (3, 13))])
def test_the_gradient_in_tiles_is_that_of_the_whole(statistics, jitter, shift):
    whole = objective(statistics=statistics, jitter=jitter)

    for seed in (0, 1, 2):  # three places of the grid
        assert_same(TiledObjective(whole, 64, 32), whole, shift, seed)


@pytest.mark.parametrize("statistics", ["mean_covariance", "gram"])
def test_regions_in_tiles_are_those_of_the_whole(statistics):
    whole = with_regions(objective(statistics=statistics))

    assert_same(TiledObjective(whole, 64, 32), whole, (5, 2), 1)


@pytest.mark.parametrize("without", ["alpha", "beta", "gamma", "total_variation"])
def test_each_term_may_be_missing(without):
    whole = objective(**{without: 0})

    assert_same(TiledObjective(whole, 64, 32), whole, (5, 2), 1)


def test_lite0_in_tiles_is_lite0_when_it_sees_all_it_can_see():
    whole = objective("efficientnet_lite0", jitter=0)

    assert_same(TiledObjective(whole, 64, 160), whole, (0, 0), 1)


@pytest.mark.parametrize("offset", [(0, 0), (37, 63), (63, 1)])
@pytest.mark.parametrize(("height", "width"), [(150, 203), (17, 23), (64, 65), (128, 96)])
def test_each_pixel_has_one_owner(height, width, offset):
    owners = torch.zeros(1, 1, height, width)

    for part in pieces(height, width, 64, 32, offset):
        part.own.of(owners).add_(1)
        assert (part.own.top % STRIDE, part.own.left % STRIDE, part.shown.top % STRIDE) == (0, 0, 0)
        assert part.shown.top <= part.own.top < part.own.bottom <= part.shown.bottom

    assert torch.equal(owners, torch.ones_like(owners))


def test_the_grid_lies_elsewhere_in_every_step(monkeypatch):
    seen: list[Tile] = []
    tiled = TiledObjective(objective(), 64, 32)
    own = tiled._own
    monkeypatch.setattr(
        TiledObjective, "_own", lambda _self, x, part, names: seen.append(part.own) or own(x, part, names)
    )

    for seed in range(4):
        tiled.gradient(picture(2, HEIGHT, WIDTH), (0, 0), seed)

    assert len({tile.top for tile in seen}) > 3
    assert len({tile.left for tile in seen}) > 4


@pytest.fixture
def large(tmp_path, monkeypatch):
    path = tmp_path / "style.png"
    save_picture(gradient_clip(1, 29, 31, seed=5), path)
    monkeypatch.setattr(painting, "LARGE_PX", 50 * 60)
    return {"style": str(path), "coarsest": 16, "iterations": 6, "tile": 256}


def test_a_large_picture_is_painted_in_tiles_with_fewer_steps(large):
    p = params(**large)
    painter = Painter(p)
    steps = []

    x = painter.paint(picture(0, 60, 70), p, torch.Generator().manual_seed(0), lambda: steps.append(1))

    assert painter.scales(60, 70) == [(15, 18), (30, 35), (60, 70)]
    assert len(steps) == painter.num_steps(60, 70) == 6 + 6 + 2
    assert (x - picture(0, 60, 70)).abs().mean() > 0.01


def test_tiles_hardly_show_in_the_result(large):
    def painted(tile: int | None) -> torch.Tensor:
        p = params(**{**large, "tile": tile, "iterations_next": 10, "jitter": 0})
        memory = Memory(picture(0, 60, 70), torch.ones(1, 1, 60, 70))
        return Painter(p).repaint(picture(0, 60, 70), memory, p, torch.Generator().manual_seed(0))

    torch.testing.assert_close(painted(256), painted(None), atol=0.01, rtol=0)


@pytest.mark.parametrize("values", [{"statistics": "sliced_wasserstein"}, {"histogram": 1}])
def test_what_cannot_be_done_in_tiles_is_told(large, values):
    p = params(**large, **values)

    with pytest.raises(ParameterError, match="tile=none"):
        Painter(p).paint(picture(0, 60, 70), p, torch.Generator().manual_seed(0))


def test_units_of_a_large_picture_are_measured_on_a_small_one(large, monkeypatch):
    monkeypatch.setattr(units, "_MOST_PX", 30 * 35)
    p = params(**large, normalise=True)

    x = Painter(p).paint(picture(0, 60, 70), p, torch.Generator().manual_seed(0))

    assert x.isfinite().all()


def test_an_empty_region_without_content_pulls_at_nothing():
    whole = objective(alpha=0, gamma=0, total_variation=0)
    empty = (Region(torch.zeros(1, 1, HEIGHT, WIDTH), style_of(2, whole.params)),)
    whole = Objective(whole.backbone, whole.params, whole.content_p_1CHW, whole.style, None, empty)

    _, gradient = TiledObjective(whole, 64, 32).gradient(picture(2, HEIGHT, WIDTH), (5, 2), 1)

    assert (gradient == 0).all()


@pytest.mark.parametrize("size", [(20, 203), (203, 9)])
def test_a_thin_picture_is_judged_as_the_whole(size):
    p, net = params(backbone="tiny", jitter=16), load_backbone("tiny")
    whole = Objective(net, p, picture(0, *size), measure_style(net, picture(1, 64, 64), p))
    x = picture(2, *size)

    _, gradient = TiledObjective(whole, 64, 32).gradient(x, (3, 13), 1)
    _, wanted = whole.gradient(x, (3, 13))

    assert (gradient - wanted).norm() < 0.02 * wanted.norm()
