"""Point spread functions."""

import pytest
import torch

from mutoscope.sort.kernels import disc, gaussian, hand_path, streak


@pytest.mark.parametrize("kernel", [disc(0.4), disc(2.3), gaussian(1.7), streak(hand_path(torch.Generator()), 9.0)])
def test_light_is_neither_made_nor_lost(kernel):
    assert float(kernel.sum()) == pytest.approx(1.0, abs=1e-5)
    assert kernel.shape[0] == kernel.shape[1]
    assert kernel.shape[0] % 2 == 1


def test_a_disc_of_no_size_is_a_point():
    kernel = disc(0.1)
    assert float(kernel.max()) > 0.99


def test_a_disc_has_the_area_of_its_radius():
    kernel = disc(6.0)
    assert float((kernel > kernel.max() / 2).sum()) == pytest.approx(3.14159 * 36, rel=0.05)


def test_a_straight_path_smears_along_it_only():
    path = torch.stack([torch.linspace(-0.5, 0.5, 50), torch.zeros(50)], 1)
    kernel = streak(path, 10.0)
    rows, columns = kernel.sum(1), kernel.sum(0)
    assert int((rows > 1e-3).sum()) <= 2
    assert 10 <= int((columns > 1e-3).sum()) <= 12


def test_a_hand_goes_the_same_way_for_the_same_seed_and_spreads_as_a_line_of_length_one():
    first, second = (hand_path(torch.Generator().manual_seed(8)) for _ in range(2))
    assert torch.equal(first, second)
    assert float((first.square().sum(1).mean() * 12).sqrt()) == pytest.approx(1.0, abs=1e-4)
