"""`mutoscope run` as a person types it."""

import itertools
import json
from fractions import Fraction
from pathlib import Path

import av
import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.testing.media import Sound, make_clip, make_picture
from mutoscope.video.read import open_video, read_picture
from mutoscope.video.sequence import name_of, numbered

IDENTITY = 'mutoscope = 1\n[[step]]\neffect = "frame.identity"\n'


@pytest.fixture(autouse=True)
def _own_work(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))


@pytest.fixture
def recipe(tmp_path):
    def write(text, name="recipe.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def film(tmp_path):
    """Two shots of twelve and eleven frames, with sound."""

    def pixels(index, height, width):
        import numpy as np

        y, x = np.mgrid[:height, :width]
        tone = (x * 5 + index * 9) % 256 if index < 12 else (255 - y * 4 - index * 5) % 256
        return np.stack([tone, (tone // 2 + (200 if index < 12 else 20)) % 256, 255 - tone], 2).astype(np.uint8)

    return make_clip(
        tmp_path / "film.mp4",
        width=46,
        height=34,
        num_frames=23,
        pixels=pixels,
        sounds=[Sound(seconds=Fraction(23, 25))],
        options={"g": "6", "qp": "8"},
    )


def painted(style, piece_frames=240, more="", step="") -> str:
    return f"""mutoscope = 1
[film]
piece_frames = {piece_frames}
{more}
[[step]]
effect = "stylize.optimise"
{step}
[step.params]
style = "{style.name}"
backbone = "tiny"
iterations = 3
iterations_next = 2
coarsest = 16
"""


def whole(path) -> Clip:
    with open_video(path) as opened:
        return Clip.join(list(opened))


def sound_of(path):
    with av.open(str(path)) as container:
        return [(p.pts, bytes(p)) for p in container.demux(audio=0) if p.size]


def pictures(pattern) -> torch.Tensor:
    return torch.cat([read_picture(path).pixels_TCHW for _, path in numbered(pattern)])


def test_a_film_comes_out_with_its_times_sound_and_manifest(film, style, recipe, tmp_path, mutoscope_command):
    done = mutoscope_command("run", recipe(painted(style, 5)), film, tmp_path / "out")

    out = tmp_path / "out" / "film.mp4"
    told = json.loads((tmp_path / "out" / "film.mutoscope.json").read_text())
    assert done.code == 0, done.err
    assert str(out) in done.out
    assert whole(out).pts_T == whole(film).pts_T
    assert sound_of(out) == sound_of(film)
    assert sum(shot["frames"] for shot in told["shots"]) == told["result"]["frames"] == 23
    assert {shot["shot"] for shot in told["shots"]} == {0, 1}
    assert told["inputs"][1]["role"] == "step 1 style"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["film.mp4", "film.mutoscope.json"]


@pytest.mark.parametrize("length", [1, 3, 7])
def test_how_a_film_is_cut_into_pieces_is_invisible(length, film, style, recipe, tmp_path, mutoscope_command):
    patterns = []
    for name, frames in (("whole", 240), ("pieces", length)):
        (tmp_path / name).mkdir()
        patterns.append(tmp_path / name / "f%03d.png")
        done = mutoscope_command("run", recipe(painted(style, frames, "seed = 5")), film, patterns[-1])
        assert done.code == 0, done.err

    a, b = map(pictures, patterns)
    assert len(a) == 23
    assert torch.equal(a, b)


def test_a_chain_with_masks_ranges_and_curves_is_cut_invisibly(film, style, recipe, tmp_path, mutoscope_command):
    make_clip(tmp_path / "mask.mp4", width=46, height=34, num_frames=23, pixels=wipe, options={"qp": "8"})
    text = """mutoscope = 1
[film]
piece_frames = {frames}
[[step]]
effect = "stylize.optimise"
start = "100ms"
end = "700ms"
seed = 3
mask = "mask.mp4"
feather = 2
[step.params]
style = "style.png"
strength = "0s:0, 800ms:1 ease"
backbone = "tiny"
iterations = 2
iterations_next = 2
coarsest = 16
[[step]]
name = "matte"
effect = "frame.identity"
input = "source"
[[step]]
effect = "stylize.optimise"
input = "stylize.optimise"
mask = "step:matte"
invert_mask = true
[step.params]
style = "style.png"
backbone = "tiny"
iterations = 2
iterations_next = 1
coarsest = 16
"""
    patterns = []
    for name, frames in (("whole", 240), ("pieces", 4)):
        (tmp_path / name).mkdir()
        patterns.append(tmp_path / name / "f%03d.png")
        done = mutoscope_command("run", recipe(text.format(frames=frames)), film, patterns[-1])
        assert done.code == 0, done.err

    a, b = map(pictures, patterns)
    assert torch.equal(a, b)
    assert (a[10] - whole(film).pixels_TCHW[10]).abs().mean() > 0.01


def wipe(index, height, width):
    import numpy as np

    out = np.zeros((height, width, 3), np.uint8)
    out[:, : 2 * index] = 255
    return out


def test_started_again_it_goes_on_with_what_is_missing(film, style, recipe, tmp_path, mutoscope_command):
    out = tmp_path / "out.mp4"
    mutoscope_command("run", recipe(painted(style, 5)), film, out)
    first = out.read_bytes()
    out.unlink()
    lost = sorted((tmp_path / "work" / "results").rglob("*.piece"))[:1]  # one shot is to be made again, not the other
    for path in lost:
        path.unlink()

    done = mutoscope_command("run", recipe(painted(style, 5)), film, out)

    assert done.code == 0, done.err
    assert "pieces were there already" in done.out
    assert out.read_bytes() == first


def test_a_changed_step_computes_only_what_depends_on_it(film, style, recipe, tmp_path, mutoscope_command):
    second = make_clip(tmp_path / "second.mp4", width=46, height=34, num_frames=4)
    one, other = recipe(painted(style)), recipe(painted(style, more="seed = 9"), "other.toml")
    mutoscope_command("run", one, film, second, tmp_path / "a")
    changed = mutoscope_command("run", other, film, tmp_path / "b.mp4")
    same = mutoscope_command("run", one, film, second, tmp_path / "c")

    assert "there already" not in changed.out
    assert same.out.count("pieces were there already") == 2


def test_a_folder_of_films_gets_a_manifest_each(recipe, tmp_path, mutoscope_command):
    films = [make_clip(tmp_path / f"{name}.mp4", num_frames=3) for name in "abc"]

    done = mutoscope_command("run", recipe(IDENTITY), *films, tmp_path / "out")

    assert done.code == 0, done.err
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == sorted([f"{n}.mp4" for n in "abc"] + [f"{n}.mutoscope.json" for n in "abc"])


def test_one_bad_film_does_not_stop_the_others(recipe, tmp_path, mutoscope_command):
    good = make_clip(tmp_path / "good.mp4", num_frames=3)
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no film at all, only words, and some more of them")

    done = mutoscope_command("run", recipe(IDENTITY), bad, good, tmp_path / "out")
    none = mutoscope_command("run", recipe(IDENTITY), bad, bad.with_name("missing.mp4"), tmp_path / "none")

    assert done.code == 3
    assert "bad.mp4" in done.err
    assert (tmp_path / "out" / "good.mp4").exists()
    assert not (tmp_path / "out" / "bad.mp4").exists()
    assert none.code == 2


@pytest.mark.parametrize("suffix", [".mov", ".mkv", ".webm", ".gif"])
def test_every_container_is_written(suffix, film, recipe, tmp_path, mutoscope_command):
    text = IDENTITY.replace("[[step]]", "[film]\npiece_frames = 6\n[[step]]")

    done = mutoscope_command("run", recipe(text), film, tmp_path / f"out{suffix}")

    assert done.code == 0, done.err
    out = whole(tmp_path / f"out{suffix}")
    assert [pts * out.time_base for pts in out.pts_T] == [Fraction(i, 25) for i in range(23)]


def test_uneven_times_are_kept_over_the_borders_of_pieces(recipe, tmp_path, mutoscope_command):
    source = make_clip(tmp_path / "uneven.mp4", pts=[0, 2, 3, 9, 10, 30, 31, 37])
    text = IDENTITY.replace("[[step]]", "[film]\npiece_frames = 3\n[[step]]")

    done = mutoscope_command("run", recipe(text), source, tmp_path / "out.mp4")

    assert done.code == 0, done.err
    a, b = whole(source), whole(tmp_path / "out.mp4")
    assert [pts * b.time_base for pts in b.pts_T] == [pts * a.time_base for pts in a.pts_T]
    assert len({y - x for x, y in itertools.pairwise(b.pts_T)}) > 2


def test_pictures_and_sequences_keep_their_kind(recipe, tmp_path, mutoscope_command):
    picture = make_picture(tmp_path / "in.png", alpha=100)
    (tmp_path / "frames").mkdir()
    for number in (7, 8, 10):
        make_picture(name_of(tmp_path / "frames" / "p%02d.png", number))

    one = mutoscope_command("run", recipe(IDENTITY), picture, tmp_path / "out")
    many = mutoscope_command("run", recipe(IDENTITY), tmp_path / "frames" / "p%02d.png", tmp_path / "many")

    assert (one.code, many.code) == (0, 0), one.err + many.err
    assert torch.equal(read_picture(tmp_path / "out" / "in.png").alpha_T1HW, read_picture(picture).alpha_T1HW)
    assert [number for number, _ in numbered(tmp_path / "many" / "p%02d.png")] == [7, 8, 10]


def test_a_broken_film_is_delivered_as_far_as_it_goes(recipe, tmp_path, mutoscope_command):
    data = make_clip(tmp_path / "a.mkv", width=160, height=120, num_frames=60, options={"qp": "5"}).read_bytes()
    short = tmp_path / "short.mkv"
    short.write_bytes(data[: len(data) // 2])

    done = mutoscope_command("run", recipe(IDENTITY), short, tmp_path / "out.mp4")

    assert done.code == 3
    assert "breaks off" in done.err
    assert 10 < len(whole(tmp_path / "out.mp4")) < 55


@pytest.mark.slow
def test_two_workers_give_the_bytes_of_one(film, style, recipe, tmp_path):
    import subprocess
    import sys

    code = "from mutoscope.cli.main import main; main()"
    for name, options in (("one", []), ("two", ["--workers", "2"])):
        arguments = ["run", recipe(painted(style, 5)), film, tmp_path / f"{name}.mp4", "-q", "--work", tmp_path / name]
        subprocess.run([sys.executable, "-c", code, *arguments, *options], check=True)

    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
