"""`mutoscope train autoencoder`, `autoencode`, `walk`, `dream`, `latents`, `cross`, `model`, as a person types them."""

import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.index import index_frames
from mutoscope.video.info import probe
from mutoscope.video.read import open_video

NUM = 30
RUN = "from mutoscope.cli.main import main; main()"
QUICK = ("-o", "steps=24", "-o", "size=32x16", "-o", "batch=4", "-o", "latent=8", "-o", "threads=1")


def scenes(index, height, width):
    """A bar runs over a reddish ground; then over a bluish one."""
    y, x = np.mgrid[:height, :width]
    bar = (abs(x - (3 * index) % width) < width // 8)[..., None]
    colour = np.array((200, 60, 40) if index < NUM // 2 else (30, 60, 190))
    shade = (0.6 + 0.4 * y / height)[..., None] * colour
    return np.where(bar, 240, shade).astype(np.uint8)


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    sounds = [Sound(seconds=Fraction(NUM, 25))]
    return make_clip(path, width=96, height=54, num_frames=NUM, pixels=scenes, sounds=sounds)


@pytest.fixture(scope="module")
def model(film, tmp_path_factory) -> Path:
    from mutoscope.engine.train_autoencoder import train_autoencoder

    cache = tmp_path_factory.mktemp("cache")
    before = os.environ.get("MUTOSCOPE_CACHE")
    os.environ["MUTOSCOPE_CACHE"] = str(cache)
    try:
        out = cache / "film.safetensors"
        train_autoencoder(film, out=out, steps=24, size="32x16", batch=4, latent=8, threads=1)
    finally:
        if before is not None:
            os.environ["MUTOSCOPE_CACHE"] = before
        else:
            del os.environ["MUTOSCOPE_CACHE"]
    return out


@pytest.fixture(autouse=True)
def _own_work(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))


def times_of(path):
    info = probe(path)
    return [pts * info.time_base for pts in index_frames(info).pts]


def frames_of(path):
    with open_video(path) as opened:
        return torch.cat([clip.pixels_TCHW for clip in opened])


def test_a_training_leaves_a_model_a_preview_and_curves(film, tmp_path, mutoscope_command):
    out = tmp_path / "mine.safetensors"

    done = mutoscope_command("train", "autoencoder", film, "--out", out, *QUICK)

    assert done.code == 0, done.err
    assert "psnr" in done.out
    folder = tmp_path / "mine-training"
    assert {"preview.jpg", "losses.csv", "losses.png"} <= {path.name for path in folder.iterdir()}
    told = mutoscope_command("model", out)
    card = json.loads(told.out)
    assert card["films"][0]["frames"] == NUM
    assert card["training"]["steps"] == 24
    assert card["profile"]["width"] == 32


def test_the_same_steps_give_the_same_bytes(film, model, tmp_path, mutoscope_command):
    out = tmp_path / "film.safetensors"

    assert mutoscope_command("train", "autoencoder", film, "--out", out, *QUICK).code == 0

    assert out.read_bytes() == model.read_bytes()


def test_a_dreamt_film_has_the_times_and_the_sound_of_its_source(film, model, tmp_path, mutoscope_command):
    out = tmp_path / "out.mp4"

    done = mutoscope_command("autoencode", film, out, "--model", model, "--noise", "0.2")

    assert done.code == 0, done.err
    assert times_of(out) == times_of(film)
    assert probe(out).audio[0].codec == probe(film).audio[0].codec
    assert max(probe(out).width, probe(out).height) == 96  # of four times the network's and the source's the smaller


def test_what_is_off_leaves_the_film_as_it_is(film, model, tmp_path, mutoscope_command):
    out = tmp_path / "%05d.png"
    plain = tmp_path / "plain" / "%05d.png"
    plain.parent.mkdir()

    mutoscope_command("run", _identity(tmp_path), film, plain)
    assert mutoscope_command("autoencode", film, out, "--model", model, "--strength", "0").code == 0

    assert (tmp_path / "00007.png").read_bytes() == (plain.parent / "00007.png").read_bytes()


def _identity(folder):
    path = folder / "plain.toml"
    path.write_text('mutoscope = 1\n[[step]]\neffect = "frame.identity"\n', encoding="utf-8")
    return path


def test_a_bend_along_the_film_grows_from_its_beginning_to_its_end(film, model, tmp_path, mutoscope_command):
    straight, bent = tmp_path / "a" / "%03d.png", tmp_path / "b" / "%03d.png"
    for path in (straight, bent):
        path.parent.mkdir()

    assert mutoscope_command("autoencode", film, straight, "--model", model).code == 0
    told = mutoscope_command("autoencode", film, bent, "--model", model, "--bend", "decoder.1:multiply:1..3")

    assert told.code == 0, told.err
    change_T = (frames_of(straight) - frames_of(bent)).abs().mean((1, 2, 3))
    assert change_T[0] == 0
    assert change_T[-1] > 0.01


def test_compare_draws_and_measures(film, model, tmp_path, mutoscope_command):
    out = tmp_path / "out.mp4"

    done = mutoscope_command("autoencode", film, out, "--model", model, "--compare")

    assert done.code == 0, done.err
    made = {path.name for path in (tmp_path / "out-compare").iterdir()}
    assert {"side-by-side.mp4", "best-and-worst.png", "frames.csv", "shots.csv", "quality.png"} <= made


def test_latents_go_out_and_come_back_as_the_same_film(film, model, tmp_path, mutoscope_command):
    there, back = tmp_path / "film.npz", tmp_path / "back.mp4"

    assert mutoscope_command("latents", film, there, "--model", model).code == 0
    done = mutoscope_command("latents", there, back, "--model", model)

    assert done.code == 0, done.err
    with np.load(there, allow_pickle=False) as kept:
        assert kept["z"].shape == (NUM, 8)
    assert times_of(back) == times_of(film)


def test_walks_and_dreams_are_as_long_as_said_and_repeat_themselves(model, tmp_path, mutoscope_command):
    for verb, options in (
        ("walk", ("--from", "0s", "--to", "1s", "--seconds", "2")),
        ("walk", ("--random", "--loop", "--seconds", "2")),
        ("dream", ("--start", "0.2s", "--seconds", "2", "--temperature", "0.8")),
    ):
        first, again = tmp_path / "1.mp4", tmp_path / "2.mp4"

        for out in (first, again):
            done = mutoscope_command(verb, out, "--model", model, "--seed", "3", *options)
            assert done.code == 0, done.err

        assert len(times_of(first)) == 50
        assert first.read_bytes() == again.read_bytes()


def test_cross_draws_films_by_models(film, model, tmp_path, mutoscope_command):
    out = tmp_path / "sheet"

    done = mutoscope_command("cross", "--films", film, "--models", model, "--out", out)

    assert done.code == 0, done.err
    assert {"matrix.png", "matrix.csv"} <= {path.name for path in out.iterdir()}


def test_a_model_goes_out_as_onnx(model, tmp_path, mutoscope_command):
    done = mutoscope_command("model", model, "--onnx", tmp_path / "onnx")

    assert done.code == 0, done.err
    assert {path.name for path in (tmp_path / "onnx").iterdir()} == {"encoder.onnx", "decoder.onnx"}


def bad_calls(film: Path, model: Path, folder: Path) -> dict[str, tuple[object, ...]]:
    cut = folder / "cut.safetensors"
    cut.write_bytes(model.read_bytes()[:-100])
    text = folder / "text.safetensors"
    text.write_text("no weights")
    out = folder / "o.mp4"
    return {
        "no film": ("train", "autoencoder", folder / "none.mp4", "--out", folder / "m.safetensors"),
        "no suffix": ("train", "autoencoder", film, "--out", folder / "m"),
        "size": ("train", "autoencoder", film, "--out", folder / "m.safetensors", "-o", "size=13x7"),
        "minutes": ("train", "autoencoder", film, "--out", folder / "m.safetensors", "--minutes", "0"),
        "cut off": ("autoencode", film, out, "--model", cut),
        "no weights": ("autoencode", film, out, "--model", text),
        "missing": ("autoencode", film, out, "--model", folder / "none.safetensors"),
        "bend": ("autoencode", film, out, "--model", model, "--bend", "decoder.2:dance:3"),
        "layer": ("autoencode", film, out, "--model", model, "--bend", "decoder.15:rotate:3"),
        "noise": ("autoencode", film, out, "--model", model, "--noise", "-1"),
        "outside": ("walk", out, "--model", model, "--from", "0s", "--to", "01:00"),
        "start": ("dream", out, "--model", model, "--start", "01:00"),
        "grammar": ("walk", out, "--model", model, "--of", "A - B"),
        "edit": ("latents", film, folder / "x.npz", "--model", model, "--edit", folder / "none.edl"),
        "cross": ("cross", "--films", film, "--models", text, "--out", folder / "sheet"),
    }


@pytest.mark.parametrize(
    "which",
    ["no film", "no suffix", "size", "minutes", "cut off", "no weights", "missing", "bend", "layer", "noise",
     "outside", "start", "grammar", "edit", "cross"],
)  # fmt: skip
def test_bad_input_is_told_in_one_line(which, film, model, tmp_path, mutoscope_command):
    done = mutoscope_command(*bad_calls(film, model, tmp_path)[which])

    assert done.code == 2, done.err
    told = [line for line in done.err.splitlines() if not line.startswith(("find cuts", "read"))]
    assert len(told) == 1, done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "o.mp4").exists()
    assert not (tmp_path / "m.safetensors").exists()


def test_a_killed_training_goes_on_and_ends_with_the_same_bytes(film, model, tmp_path):
    out = tmp_path / "film.safetensors"
    command = [sys.executable, "-c", RUN, "train", "autoencoder", str(film), "--out", str(out), *QUICK]
    environment = {**os.environ, "MUTOSCOPE_CACHE": str(tmp_path / "cache")}
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checkpoint = tmp_path / "film-training" / "state.safetensors"
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()

    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == model.read_bytes()
