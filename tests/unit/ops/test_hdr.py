"""PQ, HLG and the tone curve."""

import pytest
import torch

from mutoscope.ops.hdr import hlg_to_linear, pq_to_linear, tone_map


def test_pq_gives_the_light_of_the_standard():
    """SMPTE ST 2084: code 0.5081 is 100 cd/m², 0.7518 is 1,000 and 1.0 is 10,000; white is 203."""
    x = torch.tensor([0.0, 0.5081, 0.7518, 1.0])
    torch.testing.assert_close(
        pq_to_linear(x) * 203, torch.tensor([0.0, 100.0, 1000.0, 10_000.0]), rtol=2e-3, atol=0.01
    )


def test_hlg_gives_the_light_of_the_standard():
    """BT.2408: at a peak of 1,000 cd/m², 75 % is 203 cd/m² and 100 % is 1,000; 38 % is 26 (18 % grey)."""
    x = torch.tensor([0.0, 0.38, 0.75, 1.0]).view(4, 1, 1, 1).expand(4, 3, 1, 1)
    light = hlg_to_linear(x)[:, 0, 0, 0] * 203
    torch.testing.assert_close(light, torch.tensor([0.0, 26.0, 203.0, 1000.0]), rtol=0.02, atol=0.1)


def test_the_tone_curve_rises_and_ends_at_white():
    light = torch.linspace(0, 1000 / 203, 200).view(-1, 1, 1, 1).expand(-1, 3, 1, 1)
    mapped = tone_map(light)[:, 0, 0, 0]
    assert (mapped.diff() > 0).all()
    assert mapped[0] == 0
    assert mapped[-1] == pytest.approx(1, abs=1e-3)


def test_dark_tones_are_left_as_they_are():
    light = torch.tensor([0.05, 0.2, 0.5]).view(3, 1, 1, 1).expand(3, 3, 17, 23)
    srgb = torch.tensor([0.24780, 0.48453, 0.73536])  # 1.055 * x ** (1 / 2.4) - 0.055
    torch.testing.assert_close(tone_map(light)[:, 1, 0, 0], srgb, atol=1e-3, rtol=0)


def test_light_above_the_peak_is_white_not_more():
    out = tone_map(torch.full((1, 3, 2, 2), 40.0))
    assert out.max() <= 1
