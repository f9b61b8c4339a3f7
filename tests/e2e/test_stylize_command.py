"""`mutoscope stylize` as a person types it: a film in, a painted film out."""

import json
from pathlib import Path

import av
import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.testing.media import make_clip, make_picture
from mutoscope.video.info import probe
from mutoscope.video.read import open_video, read_picture

QUICK = ["-o", "backbone=tiny", "-o", "iterations=3", "-o", "iterations_next=2", "-o", "coarsest=16"]


def whole(path: Path) -> Clip:
    with open_video(path) as film:
        return Clip.join(list(film))


def sound_of(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return b"".join(bytes(p) for p in container.demux(audio=0) if p.size)


def test_a_film_keeps_frames_times_and_sound(clip, style, tmp_path, mutoscope_command):
    out = tmp_path / "out.mp4"

    done = mutoscope_command("stylize", clip, out, "--style", style, *QUICK)

    assert done.code == 0, done.err
    assert str(out) in done.out
    before, after = whole(clip), whole(out)
    assert after.pts_T == before.pts_T
    assert after.size == before.size
    assert (after.pixels_TCHW - before.pixels_TCHW).abs().mean() > 0.01
    assert sound_of(out) == sound_of(clip)


def test_a_picture_keeps_its_size_and_alpha(style, tmp_path, mutoscope_command):
    source = make_picture(tmp_path / "in.png", alpha=100)
    out = tmp_path / "out.png"

    done = mutoscope_command("stylize", source, out, "--style", style, *QUICK)

    assert done.code == 0, done.err
    assert torch.equal(read_picture(out).alpha_T1HW, read_picture(source).alpha_T1HW)
    assert read_picture(out).size == (17, 23)


def test_strength_zero_gives_the_source_back(style, tmp_path, mutoscope_command):
    source = make_picture(tmp_path / "in.png")
    out = tmp_path / "out.png"

    done = mutoscope_command("stylize", source, out, "--style", style, "--strength", "0", *QUICK)

    assert done.code == 0, done.err
    assert torch.equal(read_picture(out).pixels_TCHW, read_picture(source).pixels_TCHW)


def test_strength_may_be_keyframed(clip, style, tmp_path, mutoscope_command):
    out = tmp_path / "out.mp4"

    done = mutoscope_command("stylize", clip, out, "--style", style, "--strength", "0s:0 hold, 120ms:1", *QUICK)

    assert done.code == 0, done.err
    gap = (whole(out).pixels_TCHW - whole(clip).pixels_TCHW).abs().mean((1, 2, 3))
    assert gap[:3].max() < 0.02 < gap[3:].min()


def test_outside_the_mask_a_picture_is_the_source_bit_by_bit(style, tmp_path, mutoscope_command):
    source = make_picture(tmp_path / "in.png")
    mask = make_picture(tmp_path / "mask.png", pixels=lambda i, h, w: half_white(h, w))
    out = tmp_path / "out.png"

    done = mutoscope_command("stylize", source, out, "--style", style, "--mask", mask, *QUICK)

    assert done.code == 0, done.err
    before, after = read_picture(source).pixels_TCHW, read_picture(out).pixels_TCHW
    assert torch.equal(after[..., :10], before[..., :10])
    assert not torch.equal(after[..., 20:], before[..., 20:])


def half_white(height, width):
    import numpy as np

    out = np.zeros((height, width, 3), np.uint8)
    out[:, 10:] = 255
    return out


def test_same_seed_same_bytes_and_another_seed_others(clip, style, tmp_path, mutoscope_command):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        done = mutoscope_command("stylize", clip, tmp_path / f"{name}.mp4", "--style", style, "--seed", seed, *QUICK)
        assert done.code == 0, done.err

    a, b, c = ((tmp_path / f"{n}.mp4").read_bytes() for n in "abc")
    assert a == b
    assert a != c


def test_size_is_the_long_side(clip, style, tmp_path, mutoscope_command):
    out = tmp_path / "out.mkv"

    done = mutoscope_command("stylize", clip, out, "--style", style, "--size", "32", *QUICK)

    assert done.code == 0, done.err
    assert (probe(out).width, probe(out).height) == (32, 24)


def test_a_sequence_in_and_out(style, tmp_path, mutoscope_command):
    for i in range(3):
        make_picture(tmp_path / f"in_{i:03d}.png", index=i)

    done = mutoscope_command("stylize", tmp_path / "in_%03d.png", tmp_path / "out_%03d.png", "--style", style, *QUICK)

    assert done.code == 0, done.err
    assert sorted(p.name for p in tmp_path.glob("out_*")) == ["out_000.png", "out_001.png", "out_002.png"]


def test_memory_is_dropped_at_a_cut(style, tmp_path, mutoscope_command):
    from mutoscope.testing.media import solid

    blue, red = solid(20, 40, 200), solid(220, 60, 30)
    cut = make_clip(tmp_path / "cut.mp4", num_frames=12, pixels=lambda i, h, w: (blue if i < 6 else red)(i, h, w))
    alone = make_clip(tmp_path / "alone.mp4", pts=range(6, 12), pixels=red)
    slow = ["-o", "backbone=tiny", "-o", "iterations=20", "-o", "iterations_next=3", "-o", "coarsest=none"]

    for source in (cut, alone):
        done = mutoscope_command("stylize", source, tmp_path / f"out-{source.name}", "--style", style, *slow)
        assert done.code == 0, done.err

    # The second shot looks as it would look alone: nothing of the first one haunts it.
    after_cut = whole(tmp_path / "out-cut.mp4").pixels_TCHW[6]
    by_itself = whole(tmp_path / "out-alone.mp4").pixels_TCHW[0]
    assert (after_cut - by_itself).abs().mean() < 0.02


def test_a_damaged_film_gives_what_decodes_and_exits_with_3(style, tmp_path, mutoscope_command):
    film = make_clip(
        tmp_path / "film.mp4",
        num_frames=40,
        container_options={"movflags": "+faststart"},
        options={"crf": "10", "g": "5"},
    )
    data = film.read_bytes()
    (tmp_path / "short.mp4").write_bytes(data[: int(len(data) * 0.7)])
    out = tmp_path / "out.mp4"

    done = mutoscope_command("stylize", tmp_path / "short.mp4", out, "--style", style, *QUICK)

    assert done.code == 3
    assert len(done.err.strip().splitlines()[-1]) < 300
    assert "frames" in done.err
    assert 5 < len(whole(out)) < 40


def test_the_python_call_does_what_the_command_does(clip, style, tmp_path, mutoscope_command):
    import mutoscope

    quick = {"backbone": "tiny", "iterations": 3, "iterations_next": 2, "coarsest": 16}
    seen = []
    mutoscope.stylize(clip, tmp_path / "a.mp4", style=style, report=seen.append, **quick)
    mutoscope_command("stylize", clip, tmp_path / "b.mp4", "--style", style, *QUICK)

    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert any(p.unit == "frames" and p.done == 5 for p in seen)


def test_info_effects_and_doctor_answer(clip, mutoscope_command):
    info = mutoscope_command("info", clip)
    effects = mutoscope_command("effects")
    show = mutoscope_command("effects", "show", "stylize.optimise")
    schema = mutoscope_command("effects", "show", "stylize.optimise", "--json")
    doctor = mutoscope_command("doctor", "--json")

    assert json.loads(info.out)["frame_rate"] == "25"
    assert "stylize.optimise" in effects.out
    assert "beta" in show.out
    assert "Style weight" in show.out
    assert json.loads(schema.out)["properties"]["beta"]["minimum"] == 0
    whats = {row["what"] for row in json.loads(doctor.out)}
    assert {"FFmpeg in use", "CPU features", "GPU", "weights vgg19"} <= whats


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".gif"])
def test_every_container_is_written(suffix, clip, style, tmp_path, mutoscope_command):
    out = tmp_path / f"out{suffix}"

    done = mutoscope_command("stylize", clip, out, "--style", style, *QUICK)

    assert done.code == 0, done.err
    assert len(whole(out)) == 5
    assert ("silent" in done.err) == (suffix == ".gif")


def test_examples_run(clip, style, tmp_path):
    import runpy

    examples = Path(__file__).parents[2] / "examples"
    runpy.run_path(str(examples / "invert.py"))["main"](clip, tmp_path / "negative.mp4")
    quick = {"backbone": "tiny", "iterations": 2, "iterations_next": 1, "coarsest": 16}
    runpy.run_path(str(examples / "paint.py"))["main"](clip, style, tmp_path / "paint.mp4", **quick)
    own = runpy.run_path(str(examples / "own_effect.py"))
    own["check_effect"](own["Poster"], own["PosterParams"]())

    gap = whole(tmp_path / "negative.mp4").pixels_TCHW - (1 - whole(clip).pixels_TCHW)
    assert gap.abs().mean() < 0.02
    assert len(whole(tmp_path / "paint.mp4")) == 5
