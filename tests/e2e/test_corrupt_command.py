"""`mutoscope corrupt` as a person types it."""

import csv
import json
import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image

from mutoscope.testing.media import make_clip
from mutoscope.video.info import probe
from mutoscope.video.read import open_video, read_picture

FEW = "layers=[{size=[6,5], iterations=200, agents=9, manipulations='pixelate, invert'}]"


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))


def scene(index, height, width):
    y, x = np.mgrid[:height, :width]
    return np.stack([(x * 4 + index * 3) % 256, (y * 5) % 256, (x * 2 + y * 3) % 256], 2).astype(np.uint8)


@pytest.fixture
def film(tmp_path):
    return make_clip(tmp_path / "film.mp4", width=64, height=48, num_frames=12, pixels=scene)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(scene(0, 90, 120)).save(path)
    return path


def frames_of(path):
    with open_video(path) as opened:
        return torch.cat([clip.pixels_TCHW for clip in opened])


def pixels_of(path):
    return read_picture(path).pixels_TCHW


def test_a_film_is_glitched_in_sync_with_its_sound(clip, tmp_path, mutoscope_command):
    done = mutoscope_command("corrupt", clip, tmp_path / "out.mp4", "-o", FEW)

    assert done.code == 0, done.err
    source, result = probe(clip), probe(tmp_path / "out.mp4")
    assert (result.width, result.height, result.num_frames) == (source.width, source.height, source.num_frames)
    assert len(result.audio) == len(source.audio) == 1
    assert (frames_of(tmp_path / "out.mp4") - frames_of(clip)).abs().mean() > 0.01


@pytest.mark.parametrize("preset", ["drift", "srinivas-1", "srinivas-2", "srinivas-3", "srinivas-4"])
def test_every_preset_changes_a_picture(photo, tmp_path, mutoscope_command, preset):
    done = mutoscope_command("corrupt", photo, tmp_path / "out.png", "--preset", preset)

    assert done.code == 0, done.err
    changed = (pixels_of(tmp_path / "out.png") - pixels_of(photo)).abs().amax(1) > 0.02
    assert 0.02 < changed.float().mean() < 0.98


def test_a_seed_changes_everything_and_the_same_seed_nothing(film, tmp_path, mutoscope_command):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        done = mutoscope_command(
            "corrupt", film, tmp_path / f"{name}.mp4", "--seed", seed, "-o", FEW, "--work", tmp_path / name
        )
        assert done.code == 0, done.err

    a, b, c = ((tmp_path / f"{name}.mp4").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_seeded_film_moves(tmp_path, mutoscope_command):
    still = make_clip(tmp_path / "still.mp4", width=64, height=48, num_frames=6, pixels=lambda _, h, w: scene(0, h, w))

    mutoscope_command("corrupt", still, tmp_path / "out.mp4", "--seed", 7, "-o", FEW)

    frames = frames_of(tmp_path / "out.mp4")
    assert all((one - other).abs().max() > 0.1 for one, other in pairwise(frames))


def test_any_frame_alone_is_the_films_frame(film, tmp_path, mutoscope_command):
    layers = "layers=[{size=[6,5], iterations=200, agents=9, preserve=true, repeat=true, respawn=3, fade=4}]"
    job = ("-o", layers, "-o", "piece_frames=4")
    mutoscope_command("corrupt", film, tmp_path / "f%03d.png", *job)
    frames = sorted(tmp_path.glob("f*.png"))

    for number in (0, 5, 11):
        done = mutoscope_command(
            "corrupt", film, tmp_path / "one.png", *job, "--at", f"{number / 25}s", "--work", tmp_path / f"w{number}"
        )
        assert done.code == 0, done.err
        assert torch.equal(pixels_of(tmp_path / "one.png"), pixels_of(frames[number]))


def test_layers_of_a_file_with_another_effect_between(film, tmp_path, mutoscope_command):
    (tmp_path / "layers.toml").write_text(
        "[[layer]]\nsize = [4, 3]\niterations = 100\nmanipulations = 'desaturate'\n"
        "[[layer]]\neffect = 'corrupt.channel_shift'\nmask = 'box:0,0,0.5,1'\nfeather = 0\n"
        "[[layer]]\nsize = [8, 6]\niterations = 100\n"
    )

    done = mutoscope_command("corrupt", film, tmp_path / "out.mp4", "--layers", tmp_path / "layers.toml", "--manifest")

    assert done.code == 0, done.err
    told = json.loads((tmp_path / "out.mutoscope.json").read_text())
    effects = [step["effect"] for step in told["recipe"]["step"]]
    assert effects == ["mask.box", "corrupt.agents", "corrupt.channel_shift", "corrupt.agents"]


def test_outside_a_mask_nothing_is_touched(photo, tmp_path, mutoscope_command):
    box = ("--mask", "box:0.5,0,0.5,1", "--feather", 0)

    done = mutoscope_command("corrupt", photo, tmp_path / "out.png", "--preset", "srinivas-2", *box)

    assert done.code == 0, done.err
    difference = (pixels_of(tmp_path / "out.png") - pixels_of(photo)).abs()
    assert difference[..., :60].max() == 0
    assert difference[..., 60:].max() > 0.1


def test_a_report_shows_what_was_learned(film, tmp_path, mutoscope_command):
    done = mutoscope_command("corrupt", film, tmp_path / "out.mp4", "-o", FEW, "--report", tmp_path / "report")

    assert done.code == 0, done.err
    layer = json.loads((tmp_path / "report" / "report.json").read_text())["layers"][0]
    assert layer["episodes"] == 200
    assert 0 <= layer["regret"] <= 1.5
    seen = layer["seen"]
    for field in (seen["attention"], seen["policy"], *seen["rewards"].values()):
        assert len(field["values"]) == field["rows"] * field["columns"] > 1
    assert set(seen["rewards"]) == set(layer["manipulations"])
    assert all(0 <= one <= 1 for field in seen["rewards"].values() for one in field["values"])
    assert set(seen["policy"]["values"]) <= set(range(4 * len(layer["manipulations"])))
    assert all(0 < x < 1 and 0 < y < 1 for path in seen["paths"] for x, y in path)
    assert seen["learning"]["mean"][-1] > seen["learning"]["mean"][0]
    text = (tmp_path / "report" / "layer-1-returns.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 200
    assert float(rows[-1]["running_mean"]) > float(rows[20]["running_mean"])
    assert min(pixels_of(tmp_path / "report" / "report.png").shape[2:]) > 200


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--preset", "srinivas-5"], "preset='srinivas-5' is not allowed"),
        (["-o", "layers=[{size=[1,1]}]"], "no room"),
        (["-o", "layers=[{size=[400,200]}]"], "finer than the picture"),
        (["-o", "layers=[{agents=0}]"], "layer 1: agents=0 is not allowed"),
        (["-o", "layers=[{iterations=0}]"], "layer 1: iterations=0 is not allowed"),
        (["-o", "layers=[{epsilon=2}]"], "layer 1: epsilon=2 is not allowed"),
        (["-o", "layers=[{alpha=nan}]"], "layer 1: alpha=nan is not allowed"),
        (["-o", "layers=[{start='2s', end='1s'}]"], "start=2s is not before end=1s"),
        (["-o", "layers=[]"], "there are 0 layers"),
        (["-o", "layers=[{size=[4,3]"], "were not understood"),
        (["--classes", "unicornn"], "unicornn"),
        (["--at", "1s", "--workers", "2"], "leave out workers"),
        (["--report", "{file}"], "is a file"),
        (["--feather", "3"], "belongs to a mask"),
    ],
)
def test_what_is_not_understood_is_told_in_one_line(film, tmp_path, mutoscope_command, options, problem):
    options = [str(film) if option == "{file}" else option for option in options]

    done = mutoscope_command("corrupt", film, tmp_path / "out.mp4", *options)

    assert (done.code, done.err.count("\n")) == (2, 1), done.err
    assert problem in done.err
    assert not (tmp_path / "out.mp4").exists()


def test_an_empty_file_of_layers_is_told(film, tmp_path, mutoscope_command):
    (tmp_path / "layers.toml").write_text("")

    done = mutoscope_command("corrupt", film, tmp_path / "out.mp4", "--layers", tmp_path / "layers.toml")

    assert done.code == 2
    assert "no layer stands in it" in done.err


def test_a_film_of_one_frame_is_glitched(tmp_path, mutoscope_command):
    film = make_clip(tmp_path / "film.mp4", width=64, height=48, num_frames=1, pixels=scene)

    done = mutoscope_command("corrupt", film, tmp_path / "out.mp4")

    assert done.code == 0, done.err
    assert (frames_of(tmp_path / "out.mp4") - frames_of(film)).abs().mean() > 0.005


def test_a_report_follows_the_sound_too(clip, tmp_path, mutoscope_command):
    layers = 'layers=[{size=[6,5], iterations=200, strength="loudness:0.5..1"}]'

    done = mutoscope_command("corrupt", clip, tmp_path / "out.mp4", "-o", layers, "--report", tmp_path / "report")

    assert done.code == 0, done.err
    assert (tmp_path / "report" / "report.png").exists()


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        ("effect = 'mask.box'", "makes a mask and no picture"),
        ("start = '2s'", "layer 1 is never at work: no frame of the film lies from start=2s up to its end"),
    ],
)
def test_layers_that_would_leave_nothing_of_the_film_or_all_are_told(film, tmp_path, mutoscope_command, layer, problem):
    (tmp_path / "layers.toml").write_text(f"[[layer]]\n{layer}\n")

    done = mutoscope_command("corrupt", film, tmp_path / "out.mp4", "--layers", tmp_path / "layers.toml")

    assert (done.code, done.err.count("\n")) == (2, 1), done.err
    assert problem in done.err


def test_agents_find_a_place_under_any_threshold(photo, tmp_path, mutoscope_command):
    layers = "layers=[{size=[6,5], iterations=200, threshold=1.0, manipulations='invert'}]"

    done = mutoscope_command("corrupt", photo, tmp_path / "out.png", "-o", layers)

    assert done.code == 0, done.err
    assert (pixels_of(tmp_path / "out.png") - pixels_of(photo)).abs().max() > 0.1


def test_machine_code_that_was_cut_short_is_made_anew(photo, tmp_path, mutoscope_command):
    script = "from mutoscope.cli.main import main; main()"
    environment = {**os.environ, "MUTOSCOPE_CACHE": str(tmp_path / "cache")}
    few = "layers=[{size=[6,5], iterations=50, solver='value_iteration', manipulations='invert'}]"
    command = [sys.executable, "-c", script, "corrupt", str(photo), str(tmp_path / "out.png"), "-q", "-o", few]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    first = (tmp_path / "out.png").read_bytes()
    kept = [path for path in (tmp_path / "cache" / "numba").rglob("*") if path.suffix in (".nbi", ".nbc")]
    assert kept
    for path in kept:
        path.write_bytes(path.read_bytes()[: 50 if path.suffix == ".nbc" else 0])

    subprocess.run([*command, "--work", str(tmp_path / "other")], check=True, env=environment, capture_output=True)

    assert (tmp_path / "out.png").read_bytes() == first
