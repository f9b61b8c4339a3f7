"""`mutoscope train filter` and `mutoscope texture` as a person types them, with networks for tests."""

import csv
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from mutoscope.filters import trainer as trainer_module
from mutoscope.filters.shelf import find
from mutoscope.storage.hashing import hash_file
from mutoscope.testing.media import make_clip

TINY = ("--from-scratch", "-o", "profile=tiny", "-o", "backbone=tiny", "-o", "size=64", "-o", "threads=1", "-q")


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))


def save(path, pixels, mode="RGB"):
    Image.fromarray(pixels.astype(np.uint8), mode).save(path)
    return path


@pytest.fixture
def painting(tmp_path):
    return save(tmp_path / "painting.png", np.random.default_rng(0).integers(0, 255, (120, 150, 3)))


def test_a_painting_becomes_a_filter(painting, clip, tmp_path, mutoscope_command):
    done = mutoscope_command(
        "train",
        "filter",
        painting,
        "-n",
        "dusk",
        "--footage",
        clip,
        "-o",
        "steps=4",
        "--artist",
        "A. N. Onymous",
        *TINY,
    )

    assert done.code == 0, done.err
    card = find("dusk").card
    assert (card.style.title, card.style.artist, card.training.steps) == ("painting", "A. N. Onymous", 4)
    assert card.style.sha256 == hash_file(painting)
    assert len(card.palette) == 16
    folder = tmp_path / "data" / "training" / "dusk"
    assert (folder / "preview.jpg").exists()
    rows = list(csv.DictReader((folder / "losses.csv").read_text().splitlines()))
    assert rows[-1]["step"] == "4"
    assert mutoscope_command("filter", clip, tmp_path / "out.mp4", "-n", "dusk").code == 0


def test_the_default_starts_from_the_shipped_network(painting, mutoscope_command):
    done = mutoscope_command(
        "train",
        "filter",
        painting,
        "-n",
        "dusk",
        "-o",
        "steps=2",
        "-o",
        "size=64",
        "-o",
        "batch=1",
        "-o",
        "trains=style",
        "-q",
    )

    assert done.code == 0, done.err
    item = find("dusk")
    assert item.path.stat().st_size <= 50_000
    assert item.card.network == find("mosaic").card.network


def test_the_same_steps_give_the_same_filter(painting, mutoscope_command):
    for name in ("one", "two"):
        assert mutoscope_command("train", "filter", painting, "-n", name, "-o", "steps=3", *TINY).code == 0

    one, two = (find(name).path.read_bytes() for name in ("one", "two"))
    assert one.replace(b"one", b"two") == two


def test_a_training_that_was_killed_goes_on_exactly(painting, tmp_path, monkeypatch, mutoscope_command):
    monkeypatch.setattr(trainer_module, "_KEEP_EVERY_S", 0.0)
    monkeypatch.setattr(trainer_module, "_FIRST_KEEP_S", 0.0)
    assert mutoscope_command("train", "filter", painting, "-n", "whole", "-o", "steps=6", *TINY).code == 0
    steps = 0
    advance = trainer_module.Training.advance

    def failing(self, *args):
        nonlocal steps
        if steps == 3:
            raise KeyboardInterrupt
        steps += 1
        return advance(self, *args)

    monkeypatch.setattr(trainer_module.Training, "advance", failing)
    assert mutoscope_command("train", "filter", painting, "-n", "parts", "-o", "steps=6", *TINY).code != 0
    monkeypatch.setattr(trainer_module.Training, "advance", advance)
    assert not (tmp_path / "data" / "filters" / "parts.safetensors").exists()

    assert mutoscope_command("train", "filter", painting, "-n", "parts", "-o", "steps=6", *TINY).code == 0

    whole, parts = (find(name).path.read_bytes() for name in ("whole", "parts"))
    assert whole.replace(b"whole", b"parts") == parts
    losses = [(tmp_path / "data" / "training" / name / "losses.csv").read_text() for name in ("whole", "parts")]
    without_time = [[{**r, "seconds": ""} for r in csv.DictReader(text.splitlines())] for text in losses]
    assert without_time[0] == without_time[1]


def test_nothing_is_broken_by_a_kill_at_any_moment(painting, tmp_path, mutoscope_command):
    command = [
        sys.executable,
        "-m",
        "mutoscope.cli.main",
        "train",
        "filter",
        str(painting),
        "-n",
        "k",
        "-o",
        "steps=9999",
        *TINY,
    ]
    code = f"import sys; sys.argv = {['mutoscope', *command[3:]]!r}; from mutoscope.cli.main import main; main()"
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ, stdout=subprocess.DEVNULL)
    folder = tmp_path / "data" / "training" / "k"
    for _ in range(300):
        if folder.exists():
            break
        time.sleep(0.1)
    time.sleep(1.0)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert not (tmp_path / "data" / "filters" / "k.safetensors").exists()
    assert mutoscope_command("train", "filter", painting, "-n", "k", "-o", "steps=2", *TINY).code == 0


@pytest.mark.parametrize(
    ("make", "arguments", "said"),
    [
        (lambda p: save(p, np.zeros((20, 20, 3))), (), "20x20 px; strokes need at least 96"),
        (lambda p: save(p, np.full((200, 200, 3), 128)), (), "one plain colour"),
        (lambda p: Image.new("1", (20_000, 20_000)).save(p), (), "more than 89 megapixels"),
        (lambda p: p.write_bytes(b"x"), (), "not a picture that can be opened"),
        (None, (), "does not exist"),
        (lambda p: save(p, np.random.default_rng(0).integers(0, 255, (120, 150, 3))), ("-n", "mosaic"), "already"),
        (lambda p: save(p, np.random.default_rng(0).integers(0, 255, (120, 150, 3))), ("-n", "My Name"), "no name"),
    ],
    ids=["tiny", "plain", "huge", "garbage", "missing", "name taken", "bad name"],
)
def test_bad_input_is_one_line(make, arguments, said, tmp_path, mutoscope_command):
    path = tmp_path / "painting.png"
    if make is not None:
        make(path)

    done = mutoscope_command("train", "filter", path, *(arguments or ("-n", "new")), "-o", "steps=1", *TINY)

    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1


def test_grey_and_transparent_pictures_are_taken(tmp_path, mutoscope_command):
    noise = np.random.default_rng(0).integers(0, 255, (120, 150))
    grey = save(tmp_path / "grey.png", noise, "L")
    clear = save(tmp_path / "clear.png", np.dstack([noise] * 4), "RGBA")

    done = mutoscope_command("train", "filter", grey, "-n", "grey", "-o", "steps=1", *TINY)
    assert done.code == 0
    assert "paint in grey" in done.out
    assert mutoscope_command("train", "filter", clear, "-n", "clear", "-o", "steps=1", *TINY).code == 0


def test_footage_without_frames_is_told(painting, tmp_path, mutoscope_command):
    broken = make_clip(tmp_path / "broken.mp4")
    broken.write_bytes(broken.read_bytes()[:200])

    done = mutoscope_command("train", "filter", painting, "-n", "x", "--footage", broken, "-o", "steps=1", *TINY)

    assert done.code == 2
    assert "broken.mp4" in done.err


def test_a_texture_is_woven_and_its_edges_fit(painting, tmp_path, mutoscope_command):
    tiny = ("-o", "profile=tiny", "-o", "backbone=tiny", "-o", "steps=2", "-o", "threads=1", "-q")

    done = mutoscope_command("texture", painting, tmp_path / "t.png", "--size", 128, "--tileable", *tiny)

    assert done.code == 0, done.err
    x = np.asarray(Image.open(tmp_path / "t.png")).astype(float)
    assert x.shape == (128, 128, 3)
    inside = np.abs(np.diff(x, axis=1)).mean()
    assert np.abs(x[:, 0] - x[:, -1]).mean() < 2 * inside
    assert mutoscope_command("texture", painting, tmp_path / "odd.png", "--size", 130, "--tileable", *tiny).code == 2
