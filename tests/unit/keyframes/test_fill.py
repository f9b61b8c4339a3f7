import torch

from mutoscope.keyframes.fill import CELL_PX, describe, fill_offsets
from mutoscope.testing.motion import smooth_noise


def cells_of(x_CHW):
    return describe(x_CHW[None])


def test_a_hole_takes_the_place_that_looks_like_it():
    key = torch.zeros(3, 40, 64)
    key[0, :, :32], key[2, :, 32:] = 1, 1
    now = key.flip(2)
    height, width = cells_of(key).shape[1:]
    none = torch.zeros(height, width, dtype=torch.long)

    _, to_x = fill_offsets((none, none), torch.ones(height, width, dtype=torch.bool), cells_of(now), cells_of(key))

    place = torch.arange(width) + to_x
    assert bool((place[:, :6] >= 8).all())
    assert bool((place[:, 10:] < 8).all())


def test_places_that_are_known_stay():
    cells = cells_of(smooth_noise(43, 67))
    height, width = cells.shape[1:]
    known = torch.randint(-1, 2, (height, width), generator=torch.Generator().manual_seed(0))
    holes = torch.zeros(height, width, dtype=torch.bool)
    holes[3:6, 4:9] = True

    to_y, to_x = fill_offsets((known, known), holes, cells, cells)

    assert torch.equal(to_y[~holes], known[~holes])
    assert torch.equal(to_x[~holes], known[~holes])


def test_every_place_lies_inside_and_far_enough_away():
    cells = cells_of(smooth_noise(53, 91))
    height, width = cells.shape[1:]
    none = torch.zeros(height, width, dtype=torch.long)

    to_y, to_x = fill_offsets((none, none), torch.ones(height, width, dtype=torch.bool), cells, cells, apart=3)

    y, x = torch.arange(height)[:, None] + to_y, torch.arange(width)[None] + to_x
    assert bool(((y >= 0) & (y < height) & (x >= 0) & (x < width)).all())
    assert bool((torch.maximum(to_y.abs(), to_x.abs()) >= 3).all())


def test_neighbours_borrow_together():
    cells = cells_of(smooth_noise(128, 192))
    height, width = cells.shape[1:]
    none = torch.zeros(height, width, dtype=torch.long)

    to_y, to_x = fill_offsets((none, none), torch.ones(height, width, dtype=torch.bool), cells, cells, apart=6)

    same = (to_y[:, 1:] == to_y[:, :-1]) & (to_x[:, 1:] == to_x[:, :-1])
    assert same.float().mean() > 0.5
    assert CELL_PX == 4
