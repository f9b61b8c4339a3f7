"""`mutoscope replay` and `mutoscope diff`: the same bytes again, or what has changed."""

import hashlib
import json

import pytest

from mutoscope.storage.lock import only_writer
from mutoscope.testing.media import make_clip

RECIPE = """mutoscope = 1
[film]
piece_frames = 3
[[step]]
effect = "stylize.optimise"
[step.params]
style = "style.png"
strength = {strength}
backbone = "tiny"
iterations = 2
iterations_next = 1
coarsest = 16
"""


@pytest.fixture(autouse=True)
def _own_work(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))


@pytest.fixture
def made(clip, style, tmp_path, mutoscope_command):
    """A result with its manifest."""
    del style
    (tmp_path / "recipe.toml").write_text(RECIPE.format(strength=1.0), encoding="utf-8")
    done = mutoscope_command("run", tmp_path / "recipe.toml", clip, tmp_path / "out.mp4")
    assert done.code == 0, done.err
    return tmp_path / "out.mutoscope.json"


@pytest.mark.parametrize("options", [[], ["--fresh"]])
def test_the_same_bytes_come_again(options, made, tmp_path, mutoscope_command):
    before = (tmp_path / "out.mp4").read_bytes()
    (tmp_path / "out.mp4").unlink()

    done = mutoscope_command("replay", made, *options)

    assert done.code == 0, done.err
    assert f"the same bytes again (sha256 {hashlib.sha256(before).hexdigest()[:8]}…), 5 frames" in done.out
    assert (tmp_path / "out.mp4").read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_pictures_of_a_sequence_come_again(clip, style, tmp_path, mutoscope_command):
    (tmp_path / "recipe.toml").write_text(RECIPE.format(strength=1.0), encoding="utf-8")
    (tmp_path / "s").mkdir()
    mutoscope_command("run", tmp_path / "recipe.toml", clip, tmp_path / "s" / "f%03d.png")
    before = {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()}
    (tmp_path / "s" / "f002.png").unlink()
    (tmp_path / "s" / "f004.png").write_bytes(style.read_bytes())

    done = mutoscope_command("replay", tmp_path / "s" / "f.mutoscope.json")

    assert done.code == 0, done.err
    assert {path.name: path.read_bytes() for path in (tmp_path / "s").iterdir()} == before


def test_a_result_elsewhere_leaves_the_first_one_alone(made, tmp_path, mutoscope_command):
    before = (tmp_path / "out.mp4").stat().st_mtime_ns

    done = mutoscope_command("replay", made, "--out", tmp_path / "again.mp4")

    assert done.code == 0, done.err
    assert (tmp_path / "again.mp4").read_bytes() == (tmp_path / "out.mp4").read_bytes()
    assert (tmp_path / "out.mp4").stat().st_mtime_ns == before


def test_a_folder_takes_the_result_under_its_own_name(made, tmp_path, mutoscope_command):
    (tmp_path / "again").mkdir()

    done = mutoscope_command("replay", made, "--out", tmp_path / "again")

    assert done.code == 0, done.err
    assert (tmp_path / "again" / "out.mp4").read_bytes() == (tmp_path / "out.mp4").read_bytes()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("clip.mp4", "clip.mp4 (source) itself"),
        ("linked.mp4", "clip.mp4 (source) itself"),
        ("again.webm", "another kind of result than out.mp4"),
        ("again%03d.mp4", "another kind of result than out.mp4"),
        ("nowhere/again.mp4", "does not exist"),
    ],
)
def test_a_place_that_would_harm_or_deceive_is_refused(name, told, made, clip, tmp_path, mutoscope_command):
    (tmp_path / "linked.mp4").symlink_to(clip)
    before = sorted(tmp_path.iterdir()), clip.read_bytes()

    done = mutoscope_command("replay", made, "--out", tmp_path / name)

    assert done.code == 2
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert (sorted(tmp_path.iterdir()), clip.read_bytes()) == before


def test_a_result_that_is_being_written_is_left_alone(made, tmp_path, mutoscope_command):
    with only_writer(tmp_path / "out.mp4"):
        done = mutoscope_command("replay", made)

    assert done.code == 2
    assert "another run" in done.err


def test_what_a_killed_replay_left_goes_with_the_next(made, tmp_path, mutoscope_command, monkeypatch):
    monkeypatch.setattr("mutoscope.engine.replay.shutil.rmtree", lambda *_args, **_options: None)
    mutoscope_command("replay", made, "--fresh")
    monkeypatch.undo()
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))
    work = next(tmp_path.glob(".replay-*")) / "work"
    assert list(work.glob("results/*/*.piece"))

    done = mutoscope_command("replay", made, "--fresh")

    assert done.code == 0, done.err
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(("name", "role"), [("clip.mp4", "source"), ("style.png", "step 1 style")])
def test_an_input_that_has_changed_is_named(name, role, made, tmp_path, mutoscope_command):
    with (tmp_path / name).open("ab") as file:
        file.write(b"x")

    done = mutoscope_command("replay", made)

    assert done.code == 2
    assert f"{name} ({role}) has changed" in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_an_input_that_is_missing_is_named(made, clip, mutoscope_command):
    clip.unlink()

    done = mutoscope_command("replay", made)

    assert done.code == 2
    assert "clip.mp4 (source) is missing" in done.err


def test_weights_that_have_changed_are_named(made, mutoscope_command):
    told = json.loads(made.read_text())
    told["weights"] = [{"name": "efficientnet_lite0", "sha256": "0" * 64, "licence": "x", "source": "y"}]
    made.write_text(json.dumps(told))

    done = mutoscope_command("replay", made)

    assert done.code == 2
    assert "weights 'efficientnet_lite0' have changed" in done.err


@pytest.mark.parametrize(
    ("versions", "told"), [({"torch": "1.0.0"}, "torch was 1.0.0 and is "), ({}, "it was made on the old machine; ")]
)
def test_other_bytes_are_kept_beside_and_told(versions, told, made, tmp_path, mutoscope_command):
    plain = json.loads(made.read_text())
    plain["result"]["sha256"] = "0" * 64
    plain["versions"].update(versions)
    plain["run"]["machine"] = "the old machine"
    made.write_text(json.dumps(plain))
    before = (tmp_path / "out.mp4").read_bytes()

    done = mutoscope_command("replay", made)

    assert done.code == 3
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert (tmp_path / "out.mp4").read_bytes() == before
    assert (tmp_path / "out.replay.mp4").read_bytes() == before  # only the manifest was changed
    assert not list(tmp_path.glob(".*"))


def test_a_folder_may_be_moved_with_its_manifest(made, tmp_path, mutoscope_command):
    elsewhere = tmp_path.with_name(tmp_path.name + "-moved")
    tmp_path.rename(elsewhere)
    try:
        done = mutoscope_command("replay", elsewhere / made.name, "--work", elsewhere / "work")
        assert done.code == 0, done.err
        assert str(elsewhere) in done.out
    finally:
        elsewhere.rename(tmp_path)


def test_diff_names_what_differs(made, clip, tmp_path, mutoscope_command):
    (tmp_path / "other.toml").write_text(RECIPE.format(strength=0.5), encoding="utf-8")
    mutoscope_command("run", tmp_path / "other.toml", clip, tmp_path / "other.mp4")

    same = mutoscope_command("diff", made, made)
    other = mutoscope_command("diff", made, tmp_path / "other.mutoscope.json")

    assert (same.code, same.out.strip()) == (0, "no difference")
    assert other.code == 1
    assert "strength: 1.0 -> 0.5" in other.out


def test_what_is_no_manifest_is_refused(clip, tmp_path, mutoscope_command):
    folder = tmp_path / "frames"
    mutoscope_command("frames", clip, folder)

    for bad, told in ((clip, "no manifest"), (folder / "frames.mutoscope.json", "mutoscope film")):
        done = mutoscope_command("replay", bad)
        assert done.code == 2
        assert told in done.err


def test_a_manifest_without_a_source_is_refused(made, mutoscope_command):
    plain = json.loads(made.read_text())
    plain["inputs"] = [one for one in plain["inputs"] if one["role"] != "source"]
    made.write_text(json.dumps(plain))

    done = mutoscope_command("replay", made)

    assert done.code == 2
    assert "no manifest of a run" in done.err


def test_older_pictures_of_the_same_pattern_do_not_count(tmp_path, mutoscope_command):
    (tmp_path / "r.toml").write_text('mutoscope = 1\n[[step]]\neffect = "frame.identity"\n', encoding="utf-8")
    (tmp_path / "p").mkdir()
    for num in (6, 3):
        source = make_clip(tmp_path / f"{num}.mp4", num_frames=num)
        mutoscope_command("run", tmp_path / "r.toml", source, tmp_path / "p" / "f%03d.png")

    done = mutoscope_command("replay", tmp_path / "p" / "f.mutoscope.json")

    assert done.code == 0, done.err
