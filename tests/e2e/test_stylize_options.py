"""Masks with styles, style lists, colours, keyframes, sheets and previews, as a person types them."""

import json
from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.ops.oklab import to_oklab
from mutoscope.storage.atomic import atomic_path
from mutoscope.testing.clips import gradient_clip
from mutoscope.testing.media import make_clip, make_picture
from mutoscope.video.picture import save_picture
from mutoscope.video.read import open_video, read_picture

QUICK = ["-o", "backbone=tiny", "-o", "iterations=3", "-o", "iterations_next=2", "-o", "coarsest=16"]


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.png"
    with atomic_path(path) as temp:
        save_picture(gradient_clip(1, 29, 31, seed=8), temp)
    return path


def draw(path, left, right, height=17, width=23):
    mask = torch.zeros(1, 3, height, width)
    mask[..., left:right] = 1
    with atomic_path(path) as temp:
        save_picture(Clip(mask, (0,), Fraction(1, 25)), temp)
    return path


def first_frame(path):
    with open_video(path) as film:
        return next(iter(film)).pixels_TCHW[:1]


def test_two_regions_in_a_style_each_and_the_source_between_them(style, other, tmp_path, mutoscope_command):
    source, out = make_picture(tmp_path / "in.png"), tmp_path / "out.png"
    left, right = draw(tmp_path / "left.png", 0, 8), draw(tmp_path / "right.png", 15, 23)

    args = ["--mask", f"{left}={style}", "--mask", f"{right}={other}", "--feather", "0", *QUICK]
    done = mutoscope_command("stylize", source, out, *args)

    assert done.code == 0, done.err
    painted, before = read_picture(out).pixels_TCHW, read_picture(source).pixels_TCHW
    assert torch.equal(painted[..., 9:14], before[..., 9:14])
    assert not torch.equal(painted[..., :8], before[..., :8])
    assert not torch.equal(painted[..., 15:], before[..., 15:])


def test_the_subject_is_found_and_the_background_painted(clip, style, other, tmp_path, mutoscope_command):
    out = tmp_path / "out.mp4"

    args = ["--mask", f"subject={style}", "--mask", f"background={other}", "--manifest", *QUICK]
    done = mutoscope_command("stylize", clip, out, *args)

    assert done.code == 0, done.err
    recipe = json.loads((tmp_path / "out.mutoscope.json").read_text())["recipe"]
    assert [step["effect"] for step in recipe["step"]] == ["mask.subject", "mask.subject", "stylize.optimise"]
    again = mutoscope_command("replay", tmp_path / "out.mutoscope.json")
    assert again.code == 0, again.err


def test_styles_follow_each_other(clip, style, other, tmp_path, mutoscope_command):
    one, two = tmp_path / "one.mp4", tmp_path / "two.mp4"
    mixed = f"0s: {style} hold, 100ms: {style}:0.3 + {other}:0.7"

    assert mutoscope_command("stylize", clip, one, "--style", style, *QUICK).code == 0
    done = mutoscope_command("stylize", clip, two, "--style", mixed, *QUICK)

    assert done.code == 0, done.err
    assert torch.equal(first_frame(one), first_frame(two))
    assert one.read_bytes() != two.read_bytes()


def test_the_films_own_colours_stay(style, tmp_path, mutoscope_command):
    source, out = make_picture(tmp_path / "in.png"), tmp_path / "out.png"

    done = mutoscope_command("stylize", source, out, "--style", style, "--colours", "source", *QUICK)

    assert done.code == 0, done.err
    before, after = (to_oklab(read_picture(path).pixels_TCHW) for path in (source, out))
    assert (after - before)[:, 1:].abs().mean() < 0.02
    assert (after - before)[:, :1].abs().mean() > 0.01


def test_a_filter_takes_a_subject_too(clip, tmp_path, mutoscope_command):
    done = mutoscope_command("filter", clip, tmp_path / "out.mp4", "--name", "great-wave", "--mask", "subject")

    assert done.code == 0, done.err


def test_a_sheet_and_what_to_type_next(style, tmp_path, mutoscope_command):
    source, sheet = make_picture(tmp_path / "in.png"), tmp_path / "sheet.png"

    done = mutoscope_command("stylize", source, "--style", style, "--explore", sheet, *QUICK)

    assert done.code == 0, done.err
    assert read_picture(sheet).size[0] > 50
    assert "mutoscope stylize" in done.out


def test_a_preview_is_short_and_small(style, tmp_path, mutoscope_command):
    source, out = make_clip(tmp_path / "in.mp4", width=64, height=32, num_frames=12), tmp_path / "out.mp4"

    done = mutoscope_command("stylize", source, out, "--style", style, "--preview", "200ms", *QUICK)

    assert done.code == 0, done.err
    with open_video(out) as film:
        assert film.info.width == 32
        assert sum(len(clip) for clip in film) < 12


WRONG = {
    "no style": ([], "style"),
    "a style of a mask is missing": (["--mask", "{mask}", "--mask", "{mask}"], "no style"),
    "an empty mask": (["--style", "{style}", "--mask", "{black}"], "black"),
    "a mask of another shape": (["--style", "{style}", "--mask", "{tall}"], "another shape"),
    "a mask that is not there": (["--style", "{style}", "--mask", "nowhere.png"], "nowhere.png"),
    "all weights zero": (
        ["--style", "{style}", "-o", "alpha=0", "-o", "beta=0", "-o", "gamma=0", "-o", "total_variation=0"],
        "nothing to aim at",
    ),
    "a time outside the film": (["--style", "0s: {style}, 90s: {style}"], "outside the film"),
    "all shares zero": (["--style", "{style}:0 + {other}:0"], "0"),
    "a style that is not there": (["--style", "0s: {style}, 50ms: nowhere.png"], "nowhere.png"),
    "a keyframe that is not of the clip": (["--keyframe", "{tall}@0s"], "shape"),
    "a keyframe outside the film": (["--keyframe", "{style}@90s"], "90"),
    "a keyframe without a picture or style": (["--keyframe", "@0s"], "no picture"),
    "a guide that no mask needs": (["--style", "{style}", "--mask", "guide:0.2..0.6"], "--guide"),
    "no such colours": (["--style", "{style}", "--colours", "green"], "colours"),
    "a preview of nothing": (["--style", "{style}", "--preview", "0s"], "preview"),
    "a sheet and a result": (["--style", "{style}", "--explore", "sheet.png"], "do not go together"),
    "an edge without a mask": (["--style", "{style}", "--feather", "5"], "--mask"),
    "painting options beside keyframes only": (["--keyframe", "{style}@0s", "-o", "beta=8"], "beta"),
    "a preset that is none": (["--style", "{style}", "--preset", "nobody"], "preset"),
    "a preview without a style": (["--preview", "100ms"], "style"),
    "a sheet with workers": (["--style", "{style}", "--explore", "s.png", "--workers", "2"], "do not go together"),
    "looking back wrongly": (["--style", "{style}", "-o", "lookback=10,20"], "lookback"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_in_one_line(name, clip, style, other, tmp_path, mutoscope_command):
    args, words = WRONG[name]
    with open_video(clip) as film:
        height, width = film.info.height, film.info.width
    files = {
        "style": style,
        "other": other,
        "mask": draw(tmp_path / "mask.png", 0, width // 2, height, width),
        "black": draw(tmp_path / "black.png", 0, 0, height, width),
        "tall": draw(tmp_path / "tall.png", 0, 4, height * 2, width // 2),
    }
    quick = [] if any(arg.startswith("--keyframe") for arg in args) else QUICK
    result = [] if name == "a sheet with workers" else [tmp_path / "out.mp4"]

    done = mutoscope_command("stylize", clip, *result, *(arg.format(**files) for arg in args), *quick)

    assert done.code == 2, done.out
    assert words in done.err
    assert "Traceback" not in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not (tmp_path / "out.mp4").exists()


def test_without_a_result_the_command_says_what_is_missing(clip, style, mutoscope_command):
    done = mutoscope_command("stylize", clip, "--style", style)

    assert done.code == 2
    assert "result" in done.err
