"""mutoscope measure: numbers of a film beside its source, and what is refused."""

import json
from fractions import Fraction

import numpy as np
import pytest

import mutoscope
from mutoscope.testing.media import make_clip, make_picture, patches

TINY = ["--backbone", "tiny"]


def noisy(index, height, width):
    """The same picture in all frames, shaken by noise that differs from frame to frame."""
    picture = np.random.default_rng(0).integers(40, 200, (height, width, 3))
    return (picture + np.random.default_rng(index + 1).integers(-30, 31, picture.shape)).clip(0, 255).astype(np.uint8)


def steady(index, height, width):
    return np.random.default_rng(0).integers(40, 200, (height, width, 3)).astype(np.uint8)


def two_shots(index, height, width):
    """Two pictures that have nothing in common, six frames each."""
    picture = np.random.default_rng(index // 6).integers(0, 60, (height, width, 3))
    return (picture + 190 * (index // 6)).astype(np.uint8)


@pytest.fixture
def source(tmp_path):
    return make_clip(tmp_path / "clip.mp4", width=46, height=34, num_frames=12, pixels=steady, pix_fmt="yuv444p")


@pytest.fixture
def film(tmp_path):
    return make_clip(tmp_path / "out.mp4", width=46, height=34, num_frames=12, pixels=noisy, pix_fmt="yuv444p")


@pytest.fixture
def refuse(mutoscope_command):
    """Run measure, expect a refusal of one line with exit code 2, give the line."""

    def run(*arguments):
        done = mutoscope_command("measure", *arguments)
        assert done.code == 2, done.err
        assert done.out == ""
        lines = done.err.strip().splitlines()
        assert len(lines) == 1, done.err
        assert lines[0].startswith("mutoscope: ")
        return lines[0]

    return run


def test_everything_is_measured_printed_written_and_drawn(mutoscope_command, film, source, style, tmp_path):
    places = ["--json", tmp_path / "m.json", "--plot", tmp_path / "m.png"]

    done = mutoscope_command("measure", film, "--source", source, "--style", style, *TINY, *places, "--gap", 4)

    assert done.code == 0, done.err
    for words in ("out.mp4: 12 frames, 1 shot, at 46x34", "E_warp, next frame", "E_warp, 4 frames apart", "contrast"):
        assert words in done.out
    told = json.loads((tmp_path / "m.json").read_text(encoding="utf-8"))
    numbers = told["numbers"]
    assert all(numbers[name]["out"] is not None for name in numbers)
    # The noise has a variance of (61² - 1) / 12 of 255², the difference of two frames twice that.
    assert numbers["e_warp_short"]["out"] == pytest.approx(2 * 310 / 255**2, rel=0.1)
    assert numbers["e_warp_long"]["out"] == pytest.approx(numbers["e_warp_short"]["out"], rel=0.1)
    assert numbers["e_warp_short"]["source"] < 1e-6
    assert len(told["seconds"]) == len(told["curves"]["out.edges"]) == 12
    assert (tmp_path / "m.png").stat().st_size > 10_000


def test_a_film_beside_itself_has_ratios_of_one(film):
    report = mutoscope.measure(film, source=film, backbone="tiny")

    for name in ("e_warp_short", "contrast", "edges"):
        assert report.numbers[name].ratio == pytest.approx(1, abs=1e-4)
    assert report.numbers["style"].out is None


def test_cuts_are_found_in_the_source_and_nothing_is_compared_across(tmp_path):
    source = make_clip(tmp_path / "two.mp4", width=46, height=34, num_frames=12, pixels=two_shots)

    report = mutoscope.measure(source, source=source, backbone="tiny")

    assert report.series.cuts_s() == pytest.approx([6 / 25])
    assert report.numbers["e_warp_short"].out < 1e-3
    assert np.isnan(report.series.curves["out.e_warp_short"][6])


def test_the_source_is_scaled_to_the_film(tmp_path, film):
    large = make_clip(tmp_path / "large.mp4", width=92, height=68, num_frames=12, pixels=patches)

    report = mutoscope.measure(film, source=large)
    small = mutoscope.measure(film, source=large, size=23)

    assert report.size == (46, 34)
    assert small.size == (23, 17)


def test_times_may_start_elsewhere_and_count_in_other_units(tmp_path, film):
    late = make_clip(
        tmp_path / "late.mkv",
        width=46,
        height=34,
        pts=[700 + 40 * i for i in range(12)],
        time_base=Fraction(1, 1000),
        codec="mpeg4",
        pixels=steady,
    )

    assert mutoscope.measure(film, source=late).num_frames == 12


def test_a_given_flow_takes_the_place_of_ours(film, source):
    asked = []

    def flow(one, other):
        asked.append(one.shape)
        return one.new_zeros(2, *one.shape[1:])

    report = mutoscope.measure(film, source=source, flow=flow)

    assert len(asked) > 2 * 11
    assert report.params["flow"] == "given"


def test_the_other_flow_is_another_flow(film, source, mutoscope_command):
    done = mutoscope_command("measure", film, "--source", source, "--flow", "farneback", "-q")
    reports = [mutoscope.measure(film, source=film, flow=flow) for flow in ("dis", "farneback")]

    assert done.code == 0, done.err
    assert [report.params["flow"] for report in reports] == ["dis", "farneback"]
    assert reports[0].numbers["e_warp_short"] != reports[1].numbers["e_warp_short"]


def test_a_picture_has_contrast_and_no_error(tmp_path, mutoscope_command, style):
    picture = make_picture(tmp_path / "out.png")

    done = mutoscope_command(
        "measure", picture, "--source", picture, "--style", style, *TINY, "--plot", tmp_path / "p.png"
    )

    assert done.code == 0, done.err
    assert "1 frame, 1 shot" in done.out
    assert "E_warp" not in done.out


def test_a_sequence_is_in_step_by_its_numbers(tmp_path, source):
    for i in range(12):
        make_picture(tmp_path / f"f_{i:03d}.png", width=46, height=34, pixels=steady, index=i)

    assert mutoscope.measure(tmp_path / "f_%03d.png", source=source).num_frames == 12


def test_missing_and_broken_films(refuse, film, source, tmp_path):
    (tmp_path / "text.mp4").write_text("no film\n" * 50)

    assert "nothing.mp4 does not exist" in refuse(tmp_path / "nothing.mp4", "--source", source)
    assert "nothing.mp4 does not exist" in refuse(film, "--source", tmp_path / "nothing.mp4")
    assert "not a film" in refuse(film, "--source", tmp_path / "text.mp4")
    assert "wave.jpg does not exist" in refuse(film, "--source", source, "--style", tmp_path / "wave.jpg", *TINY)
    assert "is a film" in refuse(film, "--source", source, "--style", source, *TINY)


def test_another_number_of_frames(refuse, film, tmp_path):
    short = make_clip(tmp_path / "short.mp4", width=46, height=34, num_frames=7)

    line = refuse(film, "--source", short)

    assert "out.mp4 has 12 frames and" in line
    assert "short.mp4 7 frames" in line
    assert "same frames" in line


def test_another_shape(refuse, film, tmp_path):
    square = make_clip(tmp_path / "square.mp4", width=48, height=48, num_frames=12)

    assert "46x34 px and" in (line := refuse(film, "--source", square))
    assert "48x48, another shape" in line


def test_frames_out_of_step(refuse, film, tmp_path):
    slow = make_clip(tmp_path / "slow.mp4", width=46, height=34, num_frames=12, rate=20)

    line = refuse(film, "--source", slow)

    assert "not in step: frame 4 is shown at 0.120 s in one and at 0.150 s in the other" in line


def test_a_film_that_breaks_off(refuse, film, tmp_path, mutoscope_command):
    # The index stands in front and promises twelve frames.
    options = {"movflags": "faststart"}
    whole = make_clip(
        tmp_path / "whole.mp4", width=46, height=34, num_frames=12, pixels=noisy, container_options=options
    )
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])

    line = refuse(film, "--source", cut, "-q")
    both = mutoscope_command("measure", cut, "--source", cut, "-q")

    assert "cut.mp4 8 frames (" in line
    assert "breaks off" in line
    assert both.code == 0
    assert "notice: " in both.err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--json", "numbers.txt"], "should end in .json"),
        (["--json", "nowhere/m.json"], "the folder nowhere does not exist"),
        (["--plot", "clip.mp4"], "should end in .png or .svg or .pdf"),
        (["--backbone", "alexnet"], "backbone='alexnet' is not allowed; expected 'squeezenet1_1'"),
        (["--size", "3"], "size=3 is not allowed"),
        (["--gap", "1"], "gap=1 is not allowed"),
        (["--gap", "ten"], "Invalid value for '--gap'"),
        (["--flow", "lucas"], "flow='lucas' is not allowed; expected 'dis' or 'farneback'"),
    ],
)
def test_bad_options(refuse, film, source, monkeypatch, tmp_path, more, words):
    monkeypatch.chdir(tmp_path)

    assert words in refuse(film, "--source", source, *more)


def test_the_source_must_be_said(refuse, film):
    assert "--source" in refuse(film)
