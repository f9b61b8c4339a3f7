"""A film beside what was made of it: numbers by formula, films in step, nothing half written."""

import csv
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from numpy.random import default_rng

from mutoscope.autoencode.quality import MOST_DB
from mutoscope.core.errors import InputError, OutputError, ParameterError, WeightsError
from mutoscope.engine.compare_film import compare_film
from mutoscope.engine.compare_pair import open_pair
from mutoscope.testing.media import Sound, make_clip, solid
from mutoscope.video.index import index_frames
from mutoscope.video.info import probe
from mutoscope.video.read import open_video

WIDTH, HEIGHT = 62, 46
SIGMA = 12.0
SHIFTED = 7
LOSSLESS = {"pix_fmt": "yuv444p"}
FILES = {"side-by-side.mp4", "difference.mp4", "frames.csv", "shots.csv", "quality.png", "best-and-worst.png"}


def scene(index, height, width):
    """Two shots that nobody takes for one, moving slowly."""
    y, x = np.mgrid[:height, :width]
    if index < 12:
        grey = 120 + 60 * np.sin((x + index) / 5) + 20 * np.cos(y / 4)
        return np.stack([grey, grey * 0.8, grey * 0.4], 2).astype(np.uint8)
    grey = 110 + 70 * np.cos((y + index / 2) / 3)
    return np.stack([grey * 0.3, grey * 0.7, grey], 2).astype(np.uint8)


def noisy(index, height, width):
    noise = SIGMA * default_rng(index).standard_normal((height, width, 3))
    return np.clip(np.rint(scene(index, height, width) + noise), 0, 255).astype(np.uint8)


def one_shifted(index, height, width):
    return np.roll(scene(index, height, width), 9 if index == SHIFTED else 0, axis=1)


def film(path, pixels, **more):
    kind = {"width": WIDTH, "height": HEIGHT, "num_frames": 20, "pixels": pixels, **LOSSLESS, **more}
    return make_clip(path, **kind)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return film(tmp_path_factory.mktemp("films") / "Größe.mkv", scene)


@pytest.fixture(scope="module")
def noise(source):
    """The source with known noise, compared once."""
    dream = film(source.with_name("noise.mkv"), noisy)
    return compare_film(source, dream, source.parent / "noise")


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_equal_films_have_the_most_decibels_and_are_wholly_alike(source, tmp_path):
    done = compare_film(source, source, tmp_path, films=False)
    numbers = done.numbers["film_numbers"]
    assert numbers["psnr"] == MOST_DB
    assert numbers["ssim"] == pytest.approx(1)
    assert numbers["similarity"] == pytest.approx(1, abs=1e-4)
    assert numbers["motion"] == pytest.approx(1)
    assert not (tmp_path / "side-by-side.mp4").exists()
    assert done.side_by_side is None


def test_known_noise_has_the_decibels_of_the_formula(noise):
    expected = 20 * math.log10(255 / SIGMA)  # 26.55 dB
    assert noise.numbers["film_numbers"]["psnr"] == pytest.approx(expected, abs=0.15)


def test_all_files_are_there(noise):
    assert {path.name for path in noise.folder.iterdir()} == {*FILES, "numbers.json"}


def test_tables_agree_with_the_numbers(noise):
    told = json.loads(noise.numbers_json.read_text(encoding="utf-8"))
    frames, shots = rows_of(noise.frames_csv), rows_of(noise.shots_csv)
    assert len(frames) == told["frames"] == sum(int(shot["frames"]) for shot in shots) == 20
    assert [int(shot["frames"]) for shot in shots] == [shot["frames"] for shot in told["shots"]] == [12, 8]
    for name in ("psnr", "ssim"):
        mean = sum(float(frame[name]) for frame in frames) / len(frames)
        by_shot = sum(int(shot["frames"]) * float(shot[name]) for shot in shots) / len(frames)
        assert mean == pytest.approx(told["film_numbers"][name], abs=1e-3)
        assert by_shot == pytest.approx(mean, abs=1e-3)


def test_similarity_is_measured_on_each_fourth_frame_of_a_shot(noise):
    measured = [int(row["frame"]) for row in rows_of(noise.frames_csv) if row["similarity"]]
    assert measured == [1, 5, 9, 13, 17]


def test_a_shifted_frame_is_the_worst(source, tmp_path):
    dream = film(tmp_path / "shifted.mkv", one_shifted)
    done = compare_film(source, dream, tmp_path / "out", films=False)
    assert done.numbers["worst"][0]["frame"] == SHIFTED + 1
    assert done.numbers["worst"][0]["seconds"] == pytest.approx(SHIFTED / 25)


def test_films_have_the_times_of_the_source_and_its_sound(tmp_path):
    pts = [3, 4, 6, 7, 11]
    timed = {"pts": pts, "time_base": Fraction(1, 25), "num_frames": 5}
    first = make_clip(
        tmp_path / "a.mp4", width=WIDTH, height=HEIGHT, pixels=scene, sounds=[Sound(seconds=Fraction(1, 5))], **timed
    )
    second = make_clip(tmp_path / "b.mp4", width=WIDTH, height=HEIGHT, pixels=noisy, **timed)
    done = compare_film(first, second, tmp_path / "out")
    original = probe(first)
    for path in (done.side_by_side, done.difference):
        info = probe(path)
        times = [stamp * info.time_base for stamp in index_frames(info).pts]
        assert times == [stamp * original.time_base for stamp in index_frames(original).pts]
    assert probe(done.side_by_side).audio
    assert not probe(done.difference).audio


def test_the_difference_is_black_where_films_are_equal_and_brighter_by_the_factor_where_not(tmp_path):
    def half(index, height, width):
        picture = np.full((height, width, 3), 60, np.uint8)
        picture[:, width // 2 :] = 80
        return picture

    first = film(tmp_path / "a.mkv", solid(60, 60, 60), num_frames=2)
    second = film(tmp_path / "b.mkv", half, num_frames=2)
    done = compare_film(first, second, tmp_path / "out", gain=3)
    x_CHW = next(iter(open_video(done.difference))).pixels_TCHW[0] * 255
    width = x_CHW.shape[2]
    assert x_CHW[:, :, : width // 2 - 24].mean() == pytest.approx(0, abs=2)
    assert x_CHW[:, :, width // 2 + 24 :].mean() == pytest.approx(60, abs=5)  # a level of rounding counts threefold


def test_the_same_films_give_the_same_bytes(source, noise, tmp_path):
    again = compare_film(source, source.with_name("noise.mkv"), tmp_path)
    for name in FILES:
        assert (again.folder / name).read_bytes() == (noise.folder / name).read_bytes(), name


def test_a_small_dream_of_the_same_shape_is_scaled_to_the_source(tmp_path):
    first = make_clip(tmp_path / "a.mkv", width=128, height=72, pixels=solid(90, 10, 30), **LOSSLESS)
    second = make_clip(tmp_path / "b.mkv", width=64, height=36, pixels=solid(90, 10, 30), **LOSSLESS)
    pair = open_pair(first, second, 640)
    shapes = {(p.source_13HW.shape, p.dream_13HW.shape) for p in pair}
    assert shapes == {((1, 3, 72, 128), (1, 3, 72, 128))}


def test_of_a_cropped_dream_the_part_that_both_show_is_compared(tmp_path):
    def framed(index, height, width):
        picture = np.full((height, width, 3), 200, np.uint8)
        picture[12:-12] = (30, 90, 60)
        return picture

    first = make_clip(tmp_path / "a.mkv", width=128, height=96, pixels=framed, **LOSSLESS)
    second = make_clip(tmp_path / "b.mkv", width=64, height=36, pixels=solid(30, 90, 60), **LOSSLESS)
    done = compare_film(first, second, tmp_path / "out", films=False)
    assert done.numbers["part"] == [0, 0.125, 1, 0.75]
    assert done.numbers["film_numbers"]["psnr"] > 50


def test_of_a_letterboxed_dream_the_bars_are_left_out(tmp_path):
    def barred(index, height, width):
        picture = np.zeros((height, width, 3), np.uint8)
        picture[:, 8:-8] = (30, 90, 60)
        return picture

    first = make_clip(tmp_path / "a.mkv", width=96, height=72, pixels=solid(30, 90, 60), **LOSSLESS)
    second = make_clip(tmp_path / "b.mkv", width=64, height=36, pixels=barred, **LOSSLESS)
    done = compare_film(first, second, tmp_path / "out", fit="letterbox", films=False)
    assert done.numbers["part"] == [0, 0, 1, 1]
    assert done.numbers["film_numbers"]["psnr"] > 40  # where the bars begin, scaling mixes them in


def test_one_frame_is_enough(tmp_path):
    first = film(tmp_path / "a.mkv", scene, num_frames=1)
    done = compare_film(first, first, tmp_path / "out")
    assert done.numbers["frames"] == 1
    assert len(rows_of(done.shots_csv)) == 1


def test_films_of_different_length_are_refused_in_one_line(source, tmp_path):
    shorter = film(tmp_path / "short.mkv", scene, num_frames=19)
    with pytest.raises(InputError, match=r"has 20 frames and .*short.mkv 19 frames; give a film") as told:
        compare_film(source, shorter, tmp_path / "out")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "out").exists()


def test_films_out_of_step_are_refused(source, tmp_path):
    late = film(tmp_path / "late.mkv", scene, pts=[*range(19), 22])
    with pytest.raises(InputError, match=r"not in step: frame 20 is shown at 0\.760 s in one and at 0\.880 s"):
        compare_film(source, late, tmp_path / "out")


def test_a_run_that_is_stopped_leaves_nothing_under_a_final_name(source, tmp_path):
    def stop(progress):
        if progress.stage == "compare" and progress.done == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare_film(source, source, tmp_path, report=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_stopped_leaves_an_older_comparison_whole(source, noise, tmp_path):
    older = {path.name: path.read_bytes() for path in noise.folder.iterdir()}

    def stop(progress):
        if progress.done == 5 and progress.stage == "compare":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare_film(source, source, noise.folder, report=stop)
    assert {path.name: path.read_bytes() for path in noise.folder.iterdir()} == older


def test_a_folder_that_is_a_file_is_refused(source, tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OutputError, match="is a file; give a folder"):
        compare_film(source, source, tmp_path / "taken")


def test_a_film_is_not_overwritten_by_its_own_comparison(tmp_path):
    first = make_clip(tmp_path / "difference.mp4", pixels=solid(9, 9, 9))
    before = first.read_bytes()
    with pytest.raises(OutputError, match="would be overwritten"):
        compare_film(first, first, tmp_path)
    assert first.read_bytes() == before


def test_what_is_no_model_is_refused(source, tmp_path):
    broken = tmp_path / "model.safetensors"
    broken.write_bytes(b"nothing")
    with pytest.raises(WeightsError, match=r"model\.safetensors"):
        compare_film(source, source, tmp_path / "out", model=broken)


@pytest.mark.parametrize("options", [{"size": 10}, {"gain": 0.5}, {"gain": math.nan}, {"similarity_every": 0}])
def test_numbers_out_of_bounds_are_refused(source, tmp_path, options):
    with pytest.raises(ParameterError, match="is not allowed; expected"):
        compare_film(source, source, tmp_path / "out", **options)
