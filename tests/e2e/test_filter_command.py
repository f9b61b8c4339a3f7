"""`mutoscope filter` as a person types it, with the shipped filters."""

import json
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from mutoscope.core.clip import Clip
from mutoscope.core.errors import WeightsError
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context
from mutoscope.filters.params import PALETTES, FilterParams
from mutoscope.filters.play import Play
from mutoscope.ops.oklab import to_oklab
from mutoscope.testing.media import make_clip
from mutoscope.video.info import probe
from mutoscope.video.read import open_video, read_picture


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))


def moving(index, height, width):
    y, x = np.mgrid[:height, :width]
    return np.stack([(x * 4 + index * 8) % 256, (y * 5) % 256, (x * 2 + y * 3) % 256], 2).astype(np.uint8)


@pytest.fixture
def film(tmp_path):
    return make_clip(tmp_path / "film.mp4", width=64, height=48, num_frames=8, pixels=moving)


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(moving(0, 80, 120)).save(path)
    return path


def frames_of(path):
    with open_video(path) as opened:
        return torch.cat([clip.pixels_TCHW for clip in opened])


def pixels_of(path):
    return read_picture(path).pixels_TCHW


def test_a_film_is_painted_in_sync_with_its_sound(clip, tmp_path, mutoscope_command):
    done = mutoscope_command("filter", clip, tmp_path / "out.mp4", "--name", "great-wave", "--manifest")

    assert done.code == 0, done.err
    before, after = probe(clip), probe(tmp_path / "out.mp4")
    assert (after.num_frames, after.width, after.height) == (before.num_frames, before.width, before.height)
    assert len(after.audio) == len(before.audio) == 1
    told = json.loads((tmp_path / "out.mutoscope.json").read_text())
    params = told["recipe"]["step"][0]["params"]
    assert {params["runtime"], params["precision"]}.isdisjoint({"auto"})
    assert [used["name"] for used in told["weights"]] == ["filter great-wave"]


def test_a_replay_gives_the_same_bytes(film, tmp_path, mutoscope_command):
    mutoscope_command("filter", film, tmp_path / "out.mp4", "--name", "mosaic", "--manifest")

    done = mutoscope_command("replay", tmp_path / "out.mutoscope.json", "--fresh")

    assert done.code == 0, done.err + done.out


def test_strength_goes_from_the_source_to_the_painting(photo, tmp_path, mutoscope_command):
    painted = {}
    for strength in ("0", "0.3", "0.7", "1"):
        out = tmp_path / f"{strength}.png"
        assert mutoscope_command("filter", photo, out, "--name", "poppies", "--strength", strength).code == 0
        painted[strength] = pixels_of(out)

    away = [float((x - pixels_of(photo)).abs().mean()) for x in painted.values()]
    assert torch.equal(painted["0"], pixels_of(photo))
    assert away == sorted(away)
    assert away[0] == 0 < away[1] < away[2] < away[3]


def test_strength_may_move_over_time(film, tmp_path, mutoscope_command):
    out = tmp_path / "out.mkv"

    assert (
        mutoscope_command("filter", film, out, "-n", "woodcut", "--strength", "0s:0, 280ms:1", "--crf", "1").code == 0
    )

    away = (frames_of(out) - frames_of(film)).abs().mean((1, 2, 3))
    assert away[0] < 0.03 < away[4] < away[-1]


def test_colours_are_kept(photo, tmp_path, mutoscope_command):
    Image.fromarray((moving(0, 80, 120) // 3 + 80).astype(np.uint8)).save(photo)  # away from the edge of the gamut

    assert mutoscope_command("filter", photo, tmp_path / "out.png", "-n", "night-cafe", "--keep-colours").code == 0

    was, now = to_oklab(pixels_of(photo)), to_oklab(pixels_of(tmp_path / "out.png"))
    assert (was[:, 1:] - now[:, 1:]).abs().mean() < 0.01
    assert (was[:, 0] - now[:, 0]).abs().mean() > 0.02


@pytest.mark.parametrize(("palette", "most"), [("sepia", 5), ("#102030,#f0e0c0", 2), ("4", 4)])
def test_colours_are_limited(palette, most, photo, tmp_path, mutoscope_command):
    assert mutoscope_command("filter", photo, tmp_path / "out.png", "-n", "mosaic", "--palette", palette).code == 0

    found = {tuple(colour) for colour in np.asarray(Image.open(tmp_path / "out.png")).reshape(-1, 3).tolist()}
    assert 2 <= len(found) <= most
    if palette in PALETTES:
        assert {f"#{r:02x}{g:02x}{b:02x}" for r, g, b in found} <= set(PALETTES[palette])


def test_a_mix_lies_between_the_two(photo, tmp_path, mutoscope_command):
    for name, options in {"a": [], "b": [], "mix": ["--mix", "blueprint:0.5"]}.items():
        filter_name = "blueprint" if name == "b" else "mona-lisa"
        assert mutoscope_command("filter", photo, tmp_path / f"{name}.png", "-n", filter_name, *options).code == 0
    a, b, mix = (pixels_of(tmp_path / f"{name}.png").mean((2, 3)) for name in ("a", "b", "mix"))

    assert (mix - a).abs().sum() < (b - a).abs().sum()
    assert (mix - b).abs().sum() < (b - a).abs().sum()


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime", "torch"])
def test_every_runtime_paints_the_same_picture(runtime, photo, tmp_path, mutoscope_command):
    for name, chosen in {"a": "torch", "b": runtime}.items():
        options = ("-o", f"runtime={chosen}", "-o", "precision=float32")
        assert mutoscope_command("filter", photo, tmp_path / f"{name}.png", "-n", "harvest", *options).code == 0

    assert (pixels_of(tmp_path / "a.png") - pixels_of(tmp_path / "b.png")).abs().max() <= 1 / 255 + 1e-6


def test_the_blend_steadies_a_film_and_forgets_at_cuts(tmp_path, mutoscope_command):
    noise = np.random.default_rng(0).integers(0, 40, (12, 48, 64, 3))

    def shimmering(index, height, width):
        scene = moving(0, height, width) // 2 if index < 6 else 255 - moving(3, height, width) // 2
        return np.clip(scene.astype(int) + noise[index], 0, 255).astype(np.uint8)

    film = make_clip(tmp_path / "film.mp4", width=64, height=48, num_frames=12, pixels=shimmering)
    for smooth in ("0", "0.9"):
        out = tmp_path / f"{smooth}.mkv"
        assert mutoscope_command("filter", film, out, "-n", "mosaic", "--smooth", smooth, "--crf", "1").code == 0
    alone, steady = (frames_of(tmp_path / f"{smooth}.mkv") for smooth in ("0", "0.9"))

    flicker = [float((x[1:6] - x[:5]).abs().mean()) for x in (alone, steady)]
    assert flicker[1] < 0.7 * flicker[0]
    assert float((alone[6] - steady[6]).abs().mean()) < 0.02


def test_two_steps_with_the_same_filter_do_not_disturb_each_other(film):
    params = make_params(FilterParams, {"name": "mosaic", "smooth": 0})
    source = frames_of(film).repeat(6, 1, 1, 1)
    clip = Clip(source, tuple(range(len(source))), Fraction(1, 25))

    def play(clips):
        return Play(params)(clips, Context())

    once = Clip.join(list(play(clip.frames())))
    twice = Clip.join(list(play(play(clip.frames())))).pixels_TCHW

    assert torch.equal(twice, Clip.join(list(play(once.frames()))).pixels_TCHW)


def test_another_filter_of_the_same_name_is_noticed(film, tmp_path, mutoscope_command):
    mutoscope_command("filters", "export", "mosaic", tmp_path / "mine.safetensors")
    mutoscope_command("filters", "export", "woodcut", tmp_path / "other.safetensors")
    mutoscope_command("filters", "import", tmp_path / "mine.safetensors")
    mutoscope_command("filter", film, tmp_path / "out.mp4", "-n", "mine", "--manifest")
    shutil.copy(tmp_path / "other.safetensors", tmp_path / "data" / "filters" / "mine.safetensors")

    done = mutoscope_command("replay", tmp_path / "out.mutoscope.json", "--fresh")

    assert done.code != 0
    assert "mine" in done.err + done.out
    stale = make_params(FilterParams, {"name": "mosaic", "digest": "0" * 64})
    with pytest.raises(WeightsError, match="is another one than the run began with"):
        next(Play(stale)(iter([Clip(torch.rand(1, 3, 16, 16), (0,), Fraction(1))]), Context()))


def test_a_large_film_keeps_its_size(tmp_path, mutoscope_command):
    film = make_clip(tmp_path / "large.mp4", width=1280, height=96, num_frames=1)

    assert mutoscope_command("filter", film, tmp_path / "out.mp4", "-n", "mosaic").code == 0

    assert probe(tmp_path / "out.mp4").width == 1280


def test_transparent_parts_do_not_colour_the_rest(tmp_path, mutoscope_command):
    pixels = np.dstack([moving(0, 80, 120), np.zeros((80, 120))]).astype(np.uint8)
    pixels[:, :60, 3] = 255
    for name, hidden in (("black", 0), ("white", 255)):
        pixels[:, 60:, :3] = hidden
        Image.fromarray(pixels, "RGBA").save(tmp_path / f"{name}.png")
        out = tmp_path / f"{name}-out.png"
        assert mutoscope_command("filter", tmp_path / f"{name}.png", out, "-n", "mosaic").code == 0

    a, b = (np.asarray(Image.open(tmp_path / f"{name}-out.png")) for name in ("black", "white"))
    assert np.array_equal(a[:, :60], b[:, :60])
    assert np.array_equal(a[..., 3], pixels[..., 3])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-n", "great-wav"), "there is no filter 'great-wav'; did you mean 'great-wave'?"),
        (("-n", "great-wave", "--mix", "great-wave:0.2"), "names 'great-wave' itself"),
        (("-n", "great-wave", "--mix", "mosaic"), "write NAME:SHARE"),
        (("-n", "great-wave", "--palette", "ochre"), "palette='ochre' was not understood"),
        (("-n", "great-wave", "--strength", "2"), "strength='2' is not allowed"),
        (("-n", "great-wave", "-o", "runtime=onnxruntime", "-o", "precision=bfloat16"), "float32 only"),
        (("-n", "missing.safetensors"), "missing.safetensors does not exist"),
        (("-n", "great-wave", "-o", "mask=x.png"), "there is no parameter 'mask' to be set with -o"),
        (("-n", "great-wave", "-o", "strenght=1"), "did you mean 'strength'?"),
    ],
)
def test_bad_input_is_one_line(arguments, said, photo, tmp_path, mutoscope_command):
    done = mutoscope_command("filter", photo, tmp_path / "out.png", *arguments)

    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "out.png").exists()


def test_the_example_of_filters_in_turn_runs(clip, tmp_path, mutoscope_command):
    example = Path(__file__).parents[2] / "examples" / "filters_in_turn.toml"
    (tmp_path / "out").mkdir()

    done = mutoscope_command("run", example, clip, tmp_path / "out")

    assert done.code == 0, done.err
    assert list((tmp_path / "out").glob("*.mp4"))
