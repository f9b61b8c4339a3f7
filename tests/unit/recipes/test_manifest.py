"""Manifests: canonical, made for git, movable; what is wrong with one is told in one line."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from mutoscope.core.errors import InputError, OutputError
from mutoscope.models.weights import WEIGHTS
from mutoscope.recipes.manifest import (
    FORMAT,
    UPGRADES,
    Manifest,
    Run,
    changed_inputs,
    manifest_path,
    read_manifest,
    write_manifest,
)

DATA = Path(__file__).parents[2] / "data" / "manifests"


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def used(path, role, text="x"):
    return {"path": path, "sha256": sha(text), "bytes": len(text), "role": role}


def film_manifest(folder, **changed):
    """A manifest as a run leaves it in folder/out, with its source and style beside that."""
    recipe = {
        "mutoscope": 1,
        "step": [
            {"effect": "frame.identity", "name": "keep", "mask": str(folder / "mask.png")},
            {
                "effect": "stylize.optimise",
                "mask": "step:keep",
                "params": {"style": str(folder / "wave.jpg"), "strength": 0.8, "coarsest": "none"},
                "inputs": {"guide": "/far/guide.mp4"},
            },
        ],
    }
    shots = [
        {
            "shot": i,
            "first_pts": 512 * i,
            "end_pts": 512 * (i + 1),
            "frames": 25,
            "key": sha(f"k{i}"),
            "sha256": sha(f"{i}"),
        }
        for i in range(3)
    ]
    fields = {
        "kind": "film",
        "time_base": "1/12800",
        "inputs": [used(folder / "clip.mp4", "source"), used(folder / "wave.jpg", "step 2 style", "wave")],
        "recipe": recipe,
        "weights": [{"name": "vgg19", "sha256": WEIGHTS["vgg19"].sha256, "licence": "BSD-3-Clause", "source": "x"}],
        "versions": {"torch": "2.9", "mutoscope": "0.1"},
        "result": {"path": folder / "out" / "clip.mp4", "sha256": sha("r"), "bytes": 1, "frames": 75},
        "shots": shots,
        "notices": ["das Bild wackelt: ä"],
        "run": Run(machine="a", seconds=1.5, engine="inline", computed=3, started="2026-11-21T10:00:00Z"),
    }
    return Manifest(**{**fields, **changed})


@pytest.fixture
def project(tmp_path):
    """A folder with a source, a style, and out/ for results."""
    folder = tmp_path / "project"
    (folder / "out").mkdir(parents=True)
    (folder / "clip.mp4").write_text("x")
    (folder / "wave.jpg").write_text("wave")
    return folder


@pytest.fixture
def written(project):
    path = project / "out" / "clip.mutoscope.json"
    write_manifest(film_manifest(project), path)
    return path


@pytest.mark.parametrize("version", range(1, FORMAT + 1))
def test_every_version_goes_on_loading_and_meaning_the_same(version, tmp_path):
    path = tmp_path / "v.json"
    shutil.copy(DATA / f"v{version}.json", path)
    read = read_manifest(path)
    write_manifest(read, path)

    assert json.loads(path.read_text(encoding="utf-8")) == json.loads((DATA / f"v{version}.plain.json").read_text())
    assert read_manifest(path) == read


def test_there_is_an_upgrade_for_every_version_before_this_one():
    assert sorted(UPGRADES) == list(range(1, FORMAT))


def test_what_is_written_is_read_back(written, project):
    assert read_manifest(written) == film_manifest(project)


def test_a_manifest_of_frames_is_read_back(tmp_path):
    manifest = Manifest(
        kind="frames",
        film={"width": 46, "height": 34, "num_frames": None, "tags": {"title": "é"}},
        pictures=[{"file": "frame_000001.png", "pts": -5, "sha256": sha("1")}],
        sound="sound.mka",
    )
    write_manifest(manifest, tmp_path / "frames.mutoscope.json")
    read = read_manifest(tmp_path / "frames.mutoscope.json")

    assert read.film == manifest.film
    assert read.pictures[0].file == str(tmp_path / "frame_000001.png")
    assert read.sound == str(tmp_path / "sound.mka")


def test_the_same_manifest_gives_the_same_bytes_whatever_the_order_of_its_keys(project, written):
    turned = film_manifest(project, versions={"mutoscope": "0.1", "torch": "2.9"})
    before = written.read_bytes()
    write_manifest(turned, written)

    assert written.read_bytes() == before
    assert before.endswith(b"\n}\n")
    assert "ä".encode() in before


def test_a_shot_an_input_and_a_picture_stand_on_one_line_each(written, project):
    lines = written.read_text(encoding="utf-8").splitlines()

    assert sum('"first_pts"' in line for line in lines) == 3
    assert sum('"role"' in line for line in lines) == 2
    assert all(json.loads(line.rstrip(",")) for line in lines if '"first_pts"' in line)
    keys = [line.split('"')[1] for line in lines if line.startswith(' "')]
    assert keys == sorted(keys)


def test_one_shot_that_changes_changes_one_line(written, project):
    before = written.read_text(encoding="utf-8").splitlines()
    manifest = film_manifest(project)
    shots = [manifest.shots[0], manifest.shots[1].model_copy(update={"sha256": sha("other")}), manifest.shots[2]]
    write_manifest(film_manifest(project, shots=shots), written)
    after = written.read_text(encoding="utf-8").splitlines()

    assert len(before) == len(after)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_a_moved_folder_reads_as_if_it_had_been_made_there(written, project, tmp_path):
    moved = tmp_path / "elsewhere"
    project.rename(moved)

    assert read_manifest(moved / "out" / written.name) == film_manifest(moved)


def test_paths_far_away_stay_absolute(written):
    plain = json.loads(written.read_text(encoding="utf-8"))

    assert plain["inputs"][0]["path"] == "../clip.mp4"
    assert plain["result"]["path"] == "clip.mp4"
    first, second = plain["recipe"]["step"]
    assert first["mask"] == "../mask.png"
    assert second["mask"] == "step:keep"
    assert second["params"] == {"style": "../wave.jpg", "strength": 0.8, "coarsest": "none"}
    assert second["inputs"] == {"guide": "/far/guide.mp4"}


def test_a_file_name_that_is_no_utf8_survives(tmp_path):
    name = os.fsdecode(b"cl\xffip.mp4")
    write_manifest(Manifest(kind="film", inputs=[used(tmp_path / name, "source")]), tmp_path / "m.json")

    (tmp_path / "m.json").read_bytes().decode("utf-8")
    assert read_manifest(tmp_path / "m.json").inputs[0].path == str(tmp_path / name)


@pytest.mark.parametrize(
    ("result", "manifest"),
    [
        ("out/clip.mp4", "out/clip.mutoscope.json"),
        ("clip.v2.mov", "clip.v2.mutoscope.json"),
        ("frames/%05d.png", "frames/frames.mutoscope.json"),
        ("frames/painted_%05d.png", "frames/painted.mutoscope.json"),
        ("frames/%d_a.png", "frames/a.mutoscope.json"),
    ],
)
def test_a_manifest_lies_beside_its_result(result, manifest):
    assert manifest_path(Path(result)) == Path(manifest)


def refusal(path):
    with pytest.raises(InputError) as caught:
        read_manifest(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{", "[", "no JSON object"),
        (',\n "kind"', '\n "kind"', "is no JSON"),
        ("mutoscope.manifest/1", "mutoscope.manifest/2", "newer than this Mutoscope reads (1); install"),
        ("mutoscope.manifest/1", "mutoscope.manifest/0", "is no manifest of Mutoscope"),
        ("mutoscope.manifest/1", "other", "is no manifest of Mutoscope"),
        ('"kind": "film"', '"kind": "poem"', "field kind: "),
        ('"kind": "film",', "", "field kind: field required"),
        ('"frames": 25', '"frames": "many"', "field shots.0.frames: "),
        ('"role": "source", ', "", "field inputs.0.role: field required"),
        ('"kind": "film"', '"kind": "film", "shoots": []', "field shoots: extra"),
        ('"time_base": "1/12800"', '"time_base": "1/0"', "a fraction like 1/12800"),
    ],
)
def test_a_damaged_manifest_is_one_line(written, old, new, says):
    text = written.read_text(encoding="utf-8")
    assert old in text
    written.write_text(text.replace(old, new), encoding="utf-8")

    assert says in refusal(written)


def test_a_damaged_field_is_named_with_its_line(written):
    text = written.read_text(encoding="utf-8")
    line = next(number for number, row in enumerate(text.splitlines(), 1) if '"end_pts": 1024' in row)
    written.write_text(text.replace('"end_pts": 1024', '"end_pts": null'), encoding="utf-8")

    assert f"line {line}, field shots.1.end_pts: " in refusal(written)


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"{\xff}", b"{" + b'"a":[' * 100_000, b'{"a": NaN', b"[1]"])
def test_what_is_no_manifest_is_one_line(tmp_path, content):
    (tmp_path / "m.json").write_bytes(content)

    assert "is no manifest" in refusal(tmp_path / "m.json")


def test_a_missing_manifest(tmp_path):
    assert "does not exist" in refusal(tmp_path / "m.json")
    assert "could not be read" in refusal(tmp_path)


def test_a_write_that_fails_leaves_the_old_manifest(written, project):
    before = written.read_bytes()
    with pytest.raises(ValueError, match="JSON"):
        write_manifest(film_manifest(project, film={"rate": float("nan")}), written)

    assert written.read_bytes() == before
    with pytest.raises(OutputError, match="does not exist"):
        write_manifest(film_manifest(project), project / "nowhere" / "m.json")


def test_inputs_that_are_as_they_were_are_not_told(written):
    assert changed_inputs(read_manifest(written)) == []


def test_inputs_that_changed_or_went_are_told_one_line_each(written, project):
    (project / "clip.mp4").write_text("y")
    (project / "wave.jpg").unlink()

    source, style = changed_inputs(read_manifest(written))
    assert source == f"clip.mp4 (source) has changed: sha256 {sha('y')[:8]}… was {sha('x')[:8]}…"
    assert style.startswith("wave.jpg (step 2 style) is missing: ")


def test_the_engine_may_bring_its_own_digest(written):
    lines = changed_inputs(read_manifest(written), lambda path: sha("x"))

    assert [line.split(" ")[0] for line in lines] == ["wave.jpg"]


@pytest.mark.parametrize(
    ("name", "digest", "says"),
    [
        ("vgg19", "0" * 64, "weights 'vgg19' have changed: sha256 dcbb9e9d… was 00000000…"),
        ("efficientnet_lite0", "0" * 64, "weights 'efficientnet_lite0' have changed"),
        ("vgg99", "0" * 64, "weights 'vgg99' are missing: this Mutoscope has none"),
    ],
)
def test_weights_of_other_bytes_are_told(project, name, digest, says):
    weights = [{"name": name, "sha256": digest, "licence": "", "source": ""}]
    manifest = film_manifest(project, weights=weights)

    assert len(changed_inputs(manifest)) == 1
    assert changed_inputs(manifest)[0].startswith(says)


def test_weights_in_the_cache_are_judged_by_their_own_bytes(project, tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "cache" / "weights" / WEIGHTS["vgg19"].file
    assert changed_inputs(film_manifest(project)) == []
    file.parent.mkdir(parents=True)
    file.write_text("spoiled")

    assert changed_inputs(film_manifest(project)) == [
        f"weights 'vgg19' have changed: sha256 {sha('spoiled')[:8]}… was dcbb9e9d…"
    ]
