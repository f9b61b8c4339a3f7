"""Numbers that follow the film's sound, as a person types them."""

import json
from fractions import Fraction

import numpy as np
import pytest
import torch

from mutoscope.corrupt.channel_shift import ChannelShift
from mutoscope.corrupt.channel_shift_params import ChannelShiftParams
from mutoscope.engine import segment
from mutoscope.engine.run import run_effect
from mutoscope.testing.media import Sound, clicks, make_clip, make_picture, swelling
from mutoscope.video.read import open_video


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))


def stripes(_, height, width):
    x_HW = np.broadcast_to(np.arange(width) // 4 % 2 * 200, (height, width))
    return np.repeat(x_HW[..., None], 3, 2).astype(np.uint8)


def film(path, wave):
    sounds = [Sound(seconds=Fraction(2), wave=wave)] if wave else []
    return make_clip(path, width=64, height=48, num_frames=50, pixels=stripes, sounds=sounds)


def colourful(path):
    """How far colours are apart in each frame."""
    with open_video(path) as opened:
        x_TCHW = torch.cat([clip.pixels_TCHW for clip in opened])
    return (x_TCHW.amax(1) - x_TCHW.amin(1)).mean((1, 2))


def write_recipe(path, **params):
    step = {"effect": "corrupt.channel_shift", "params": {"jitter": 0, "blue": 0, **params}}
    path.write_text(json.dumps({"mutoscope": 1, "step": [step]}))
    return path


def test_colours_part_where_the_bass_is(tmp_path, mutoscope_command):
    source = film(tmp_path / "in.mp4", swelling(80.0, 0.5, 1.5))
    recipe = write_recipe(tmp_path / "r.json", red="bass:0..0.06 1ms")

    done = mutoscope_command("run", recipe, source, tmp_path / "out.mp4")

    assert done.code == 0, done.err
    apart = colourful(tmp_path / "out.mp4")
    assert apart[25] > 0.2  # 1 s: the tone is loudest
    assert apart[[2, 5, 45, 48]].max() < 0.05
    manifest = json.loads((tmp_path / "out.mutoscope.json").read_text())
    assert manifest["recipe"]["step"][0]["params"]["red"] == "bass:0..0.06 1ms"


def test_pieces_get_the_same_numbers_as_the_whole(tmp_path, mutoscope_command):
    source = film(tmp_path / "in.mp4", clicks(0.3, 0.9, 1.5))
    whole, pieces = tmp_path / "whole.mp4", tmp_path / "pieces.mp4"
    write_recipe(tmp_path / "a.json", red="onset:0..0.06 300ms")
    plain = json.loads((tmp_path / "a.json").read_text())
    (tmp_path / "b.json").write_text(json.dumps({**plain, "film": {"piece_frames": 7}}))

    for recipe, result in (("a.json", whole), ("b.json", pieces)):
        segment._heard.cache_clear()  # as another worker would
        done = mutoscope_command("run", tmp_path / recipe, source, result)
        assert done.code == 0, done.err

    assert torch.allclose(colourful(whole), colourful(pieces), atol=0.03)
    assert colourful(whole)[8] > 0.15  # 0.32 s


def test_a_filter_follows_a_sound(tmp_path, mutoscope_command):
    source = film(tmp_path / "in.mp4", swelling(80.0, 0.5, 1.5))

    done = mutoscope_command(
        "filter", source, tmp_path / "out.mp4", "--name", "great-wave", "-o", "strength=bass:0..1", "-o", "smooth=0"
    )

    assert done.code == 0, done.err
    with open_video(source) as one, open_video(tmp_path / "out.mp4") as other:
        x, y = (torch.cat([clip.pixels_TCHW for clip in opened]) for opened in (one, other))
    change = (x - y).abs().mean((1, 2, 3))
    assert change[25] > 5 * change[3]


@pytest.mark.parametrize("make", ["film", "picture"])
def test_without_sound_one_line_says_what_to_do(tmp_path, mutoscope_command, make):
    if make == "film":
        source, result = film(tmp_path / "in.mp4", None), tmp_path / "out.mp4"
    else:
        source, result = make_picture(tmp_path / "in.png"), tmp_path / "out.png"

    done = mutoscope_command("run", write_recipe(tmp_path / "r.json", red="bass:0..0.06"), source, result)

    assert done.code == 2
    assert "a number follows bass; give a film that has sound" in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not result.exists()


def test_effects_made_in_python_follow_sounds_too(tmp_path):
    source = film(tmp_path / "in.mp4", swelling(80.0, 0.5, 1.5))
    effect = ChannelShift(ChannelShiftParams.model_validate({"red": "bass:0..0.06", "blue": 0, "jitter": 0}))

    run_effect(effect, source, tmp_path / "out.mp4")

    apart = colourful(tmp_path / "out.mp4")
    assert apart[25] > 4 * apart[3]


def test_the_help_tells_of_sounds(mutoscope_command):
    shown = mutoscope_command("effects", "show", "corrupt.channel_shift")
    helped = mutoscope_command("effects", "show", "--help")

    assert "keyframes or sound" in shown.out
    assert "onset" in helped.out
