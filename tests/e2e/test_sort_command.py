"""`mutoscope sort`, `find`, `train sorter` and `measure --labelled` as a person types them."""

import csv
import json
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.info import probe


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))


def checks(index, height, width):
    """A fine pattern, sharp, that moves slowly."""
    y, x = np.mgrid[:height, :width]
    light = ((x + index) // 6 + y // 6) % 2
    return np.stack([60 + 130 * light, 80 + 100 * light, 70 + 110 * light], 2).astype(np.uint8)


def dark(index, height, width):
    return (checks(index, height, width) * (0.0 if index >= 25 else 1.0)).astype(np.uint8)


@pytest.fixture
def shoot(tmp_path):
    folder = tmp_path / "rushes"
    (folder / "day 2").mkdir(parents=True)
    sound = [Sound(seconds=Fraction(2))]
    make_clip(folder / "good.mp4", width=160, height=96, num_frames=50, pixels=checks, sounds=sound)
    make_clip(folder / "day 2" / "goes black 🎬.mp4", width=160, height=96, num_frames=50, pixels=dark)
    make_clip(folder / "one.mp4", width=160, height=96, num_frames=1, pixels=checks)
    (folder / "empty.mov").write_bytes(b"")
    (folder / "half.mp4").write_bytes((folder / "good.mp4").read_bytes()[:300])
    (folder / "notes.txt").write_text("scene 1")
    (folder / "gone.mp4").symlink_to("nowhere.mp4")
    (folder / ".DS_Store").write_bytes(b"x")
    return folder


def read(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_a_folder_is_sorted_and_everything_is_told(shoot, tmp_path, mutoscope_command):
    out = tmp_path / "report"

    done = mutoscope_command("sort", shoot, "--out", out, "--export", "otio,fcpxml,edl,xmp,csv,json")

    assert done.code == 0, done.err
    assert done.out.splitlines()[0].startswith("3 clips")
    for name in ("empty.mov: empty", "half.mp4: ", "notes.txt: no film", "gone.mp4: a link to a file"):
        assert f"left out: {name}" in done.err
    assert {row["path"] for row in read(out / "clips.csv")} >= {"good.mp4", "day 2/goes black 🎬.mp4", "one.mp4"}
    rows = [row for row in read(out / "segments.csv") if row["path"].startswith("day 2")]
    assert rows[0]["verdict"] != "reject" or rows[0]["fault"] != "black"
    assert (rows[-1]["verdict"], rows[-1]["fault"]) == ("reject", "black")
    assert abs(int(rows[-1]["first_frame"]) - 25) <= 3
    assert "<script>" in (out / "report.html").read_text(encoding="utf-8")
    assert all((out / name).exists() for name in ("keeps.otio", "markers.otio", "sorted.fcpxml", "sorted.json"))


def test_an_unchanged_folder_is_not_measured_again(shoot, tmp_path, mutoscope_command):
    mutoscope_command("sort", shoot, "--out", tmp_path / "report")
    first = (tmp_path / "report" / "segments.csv").read_bytes()

    done = mutoscope_command("sort", shoot, "--out", tmp_path / "report")

    assert "3 known already" in done.out
    assert (tmp_path / "report" / "segments.csv").read_bytes() == first


def test_a_single_film_is_sorted_like_one_of_a_folder(shoot, tmp_path, mutoscope_command):
    mutoscope_command("sort", shoot, "--out", tmp_path / "all")
    done = mutoscope_command("sort", shoot / "good.mp4", "--out", tmp_path / "one")

    assert done.code == 0, done.err
    alone = read(tmp_path / "one" / "segments.csv")
    assert alone == [row for row in read(tmp_path / "all" / "segments.csv") if row["path"] == "good.mp4"]


def test_keeps_are_assembled(shoot, tmp_path, mutoscope_command):
    options = ("-o", "ignore=blurred,shaky,underexposed,overexposed,frozen")

    done = mutoscope_command(
        "sort", shoot, "--out", tmp_path / "report", "--assemble", tmp_path / "keeps.mp4", *options
    )

    assert done.code == 0, done.err
    assert 1 < float(probe(tmp_path / "keeps.mp4").duration) < 5


def test_seconds_are_found(shoot, tmp_path, mutoscope_command):
    mutoscope_command("sort", shoot, "--out", tmp_path / "report")

    black = mutoscope_command("find", tmp_path / "report", "black, > 0.5 s", "--json")
    nothing = mutoscope_command("find", tmp_path / "report", "keep, > 60 s")
    helped = mutoscope_command("find", tmp_path / "report", "help")

    hits = json.loads(black.out)
    assert [hit["path"] for hit in hits] == ["day 2/goes black 🎬.mp4"]
    assert abs(hits[0]["start_s"] - 1.0) < 0.15
    assert nothing.code == 0
    assert "nothing is as asked" in nothing.err
    assert "sharp" in helped.out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["sort", "{none}"], "is no folder"),
        (["sort", "{empty}"], "has no file"),
        (["sort", "{shoot}", "--export", "otoi"], "did you mean otio"),
        (["sort", "{shoot}", "--preset", "sleepy"], "preset='sleepy' is not allowed"),
        (["sort", "{shoot}", "-o", "shake_percent=-1"], "shake_percent"),
        (["sort", "{shoot}", "-o", "ignore=shakey"], "ignore"),
        (["sort", "{shoot}", "--out", "{file}"], "is a file"),
        (["find", "{empty}", "sharp"], "sort"),
        (["train", "sorter", "--out", "{empty}/a.safetensors"], "nothing to learn from"),
        (["train", "sorter", "--out", "{empty}/a.json", "--decisions", "{file}"], "give --footage"),
        (["measure", "--certh", "{empty}"], "EvaluationSet"),
        (["measure"], "--source"),
    ],
)
def test_what_is_not_understood_is_told_in_one_line(shoot, tmp_path, mutoscope_command, arguments, problem):
    (tmp_path / "nothing").mkdir()
    named = {"none": tmp_path / "none", "empty": tmp_path / "nothing", "shoot": shoot, "file": shoot / "notes.txt"}
    arguments = [argument.format(**named) for argument in arguments]
    if arguments[0] == "sort" and "--out" not in arguments:
        arguments += ["--out", str(tmp_path / "report")]

    done = mutoscope_command(*arguments)

    assert (done.code, done.err.count("\n")) == (2, 1), done.err
    assert problem in done.err


def test_a_sorter_of_ones_own_is_trained_measured_and_used(shoot, tmp_path, mutoscope_command):
    for number in range(24):
        chance = np.random.default_rng(number)
        for label, size in (("sharp", 96), ("blurred", 6)):
            small = Image.fromarray(chance.integers(0, 256, (size, size, 3), np.uint8))
            (tmp_path / "photos" / label).mkdir(parents=True, exist_ok=True)
            small.resize((96, 96), Image.Resampling.BICUBIC).save(tmp_path / "photos" / label / f"{number}.png")
    mine = tmp_path / "mine.safetensors"

    trained = mutoscope_command("train", "sorter", "--blur", tmp_path / "photos", "--out", mine, "-o", "epochs=4")
    measured = mutoscope_command(
        "measure", "--labelled", tmp_path / "photos", "--sorter", mine, "--json", tmp_path / "m.json"
    )
    used = mutoscope_command("sort", shoot, "--out", tmp_path / "report", "--sorter", mine)

    assert trained.code == 0, trained.err
    assert measured.code == 0, measured.err
    scores = json.loads((tmp_path / "m.json").read_text())["scores"]
    assert scores[0]["right"]["value"] > 0.8
    assert used.code == 0, used.err
