"""Coding with loss."""

import torch

from mutoscope.sort.compression import compress


def test_less_quality_is_farther_from_the_picture():
    x_3HW = torch.rand(3, 37, 51, generator=torch.Generator().manual_seed(1))
    errors = [float((compress(x_3HW, quality) - x_3HW).square().mean()) for quality in (95, 50, 10)]
    assert errors == sorted(errors)


def test_a_plain_picture_stays_as_it_is_at_any_size():
    x_3HW = torch.full((3, 17, 23), 0.5)
    assert float((compress(x_3HW, 50) - x_3HW).abs().max()) < 3 / 255


def test_softened_blocks_have_smaller_steps_at_their_edges():
    ramp = torch.linspace(0.3, 0.5, 64).expand(3, 64, 64)
    hard, soft = compress(ramp, 8), compress(ramp, 8, smooth=True)
    step = lambda y: float((y[:, :, 8::8] - y[:, :, 7:-1:8]).abs().mean())  # noqa: E731
    assert step(soft) < step(hard)
