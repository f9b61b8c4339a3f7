"""Sums of ranges of time."""

from fractions import Fraction

import pytest
import torch

from mutoscope.autoencode.arithmetic import Term, parse_terms, sum_of
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.moments import Timeline
from mutoscope.core.errors import ParameterError


def timeline():
    z = torch.randn(40, 5, generator=torch.Generator().manual_seed(1))
    latents = Latents(z, tuple(range(40)), Fraction(1, 10), tuple(i // 20 for i in range(40)), (0,) * 40)
    return Timeline(latents, ["my-film.mp4"]), z


def test_a_minus_b_plus_c_moves_as_c():
    found, z = timeline()
    total = sum_of("0s..1s - 1s..2s + 3s..4s", found)
    wanted = z[30:40] + z[:10].mean(0) - z[10:20].mean(0)
    assert torch.allclose(total.z_TL, wanted, atol=1e-5)
    assert total.seconds_T == pytest.approx([i / 10 for i in range(10)])
    assert total.shot_T == (1,) * 10


def test_weights_and_single_frames_count():
    found, z = timeline()
    total = sum_of("- 0.5*0s..1s + 2*00:01 + 3s", found)
    assert torch.allclose(total.z_TL, z[30:31] - 0.5 * z[:10].mean(0) + 2 * z[10], atol=1e-5)
    assert torch.allclose(sum_of("0.25 * 1s..2s", found).z_TL, 0.25 * z[10:20], atol=1e-6)


def test_what_is_taken_away_again_leaves_the_rest():
    found, z = timeline()
    assert torch.allclose(sum_of("0s..1s - 0s..1s + 2s..3s", found).z_TL, z[20:30], atol=1e-5)


def test_names_of_films_may_have_dashes():
    found, z = timeline()
    assert torch.equal(sum_of("0s..1s@my-film", found).z_TL, z[:10])


def test_the_grammar():
    assert parse_terms(" 0s..1s  -  .5*2s + 00:03..00:04 ") == (
        Term(1.0, "0s..1s"),
        Term(-0.5, "2s"),
        Term(1.0, "00:03..00:04"),
    )
    assert parse_terms("-1s") == (Term(-1.0, "1s"),)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not understood"),
        ("0s..1s +", "not understood"),
        ("0s..1s 1s..2s", "not understood"),
        ("x*0s..1s", "not understood"),
        ("0s..9s", "lies outside my-film.mp4"),
        ("0s..1s + 2s..1s", "backwards"),
        ("0s..1s - soon", "no time"),
        (" + ".join(["1s"] * 65), "at most"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(text, word):
    with pytest.raises(ParameterError, match=word) as caught:
        sum_of(text, timeline()[0])
    assert "\n" not in str(caught.value)
