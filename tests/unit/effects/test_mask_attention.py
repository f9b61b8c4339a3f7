"""The mask of what a classifier looks at: cut at a threshold, along the picture's edges."""

from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.effects.mask_attention import MaskAttention, mask_of
from mutoscope.effects.mask_attention_params import MaskAttentionParams
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context
from mutoscope.video.read import read_picture


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def panda() -> Clip:
    path = Path(str(files("mutoscope.data").joinpath("photographs", "panda.jpg")))
    return Clip(read_picture(path, size=201).pixels_TCHW, (0,), Fraction(1))


def mask(clip: Clip, **told: object) -> torch.Tensor:
    return Clip.join(list(MaskAttention(make_params(MaskAttentionParams, told))(clip.frames(), Context()))).pixels_TCHW


def test_the_subject_of_a_photograph_is_white_and_the_rest_is_black(panda):
    white = mask(panda)[0, 0] > 0.5
    height, width = white.shape
    box = torch.zeros_like(white)
    box[int(0.05 * height) : int(0.87 * height), int(0.21 * width) : int(0.85 * width)] = True

    assert float((white & box).sum() / white.sum()) > 0.9
    assert float(white[box].float().mean()) > 0.5


def test_inverted_it_is_the_rest(panda):
    torch.testing.assert_close(mask(panda, invert=True), 1 - mask(panda))


def test_a_threshold_moves_over_time(panda):
    film = Clip(panda.pixels_TCHW.expand(3, -1, -1, -1), (0, 1, 2), Fraction(1))

    shares = mask(film, threshold="0s:0.2, 2s:0.8").mean((1, 2, 3)).tolist()

    assert shares[0] > shares[1] > shares[2] > 0


@pytest.mark.parametrize("softness", [0.0, 0.2, 1.0])
def test_a_slope_is_as_wide_as_was_asked_for(softness):
    frame = torch.full((1, 3, 36, 640), 0.5)
    ramp = torch.linspace(0, 1, 64).expand(1, 1, 4, 64).contiguous()

    found = mask_of(ramp, frame, 0.5, softness)[0, 0, 18]

    between = ((found > 0.02) & (found < 0.98)).float().mean()
    # The windows of the edge-keeping filter soften a little on their own.
    assert float(between) == pytest.approx(max(softness, 0.04), abs=0.06)
    assert found[320].item() == pytest.approx(0.5, abs=0.05)


def test_the_edge_lies_along_the_edge_of_the_picture():
    frame = torch.zeros(1, 3, 120, 200)
    frame[..., 108:] = 1
    small = torch.zeros(1, 1, 38, 64)
    small[..., 33:] = 1  # 103 px: five too far to the left

    found = mask_of(small, frame, 0.5, 0.2)

    assert found[..., :104].max() < 0.15
    assert found[..., 112:].min() > 0.85
