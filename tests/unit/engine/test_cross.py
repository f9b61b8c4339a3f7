"""Films through models: each cell measured, its own film marked, one line for what is wrong."""

import csv
import json
from fractions import Fraction

import numpy as np
import pytest
import torch

from mutoscope.autoencode.card import Card, FilmSeen
from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.files import FilmModel, load_model, save_model
from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.profiles import Profile
from mutoscope.autoencode.quality import psnr
from mutoscope.core.errors import InputError, OutputError, ParameterError, WeightsError
from mutoscope.core.random import generator
from mutoscope.engine.cross import cross
from mutoscope.engine.cross_cell import sample_film
from mutoscope.engine.cross_films import write_grid_film
from mutoscope.storage.hashing import hash_file
from mutoscope.testing.media import make_clip, make_picture, patches, ramp
from mutoscope.video.fitted_frames import FittedFilm
from mutoscope.video.index import index_frames
from mutoscope.video.info import probe
from mutoscope.video.read import open_video

WIDE = Profile(name="test", width=32, height=16, base=4, latent=8, levels=2)
TALL = Profile(name="test", width=24, height=32, base=4, latent=8, levels=2)


def save(path, profile, films=(), fit="crop", seed=0):
    encoder, decoder = new_networks(profile, generator(seed, 0))
    seen = tuple(FilmSeen(name=film.name, sha256=hash_file(film)) for film in films)
    save_model(FilmModel(Card(profile=profile, films=seen, fit=fit), encoder.eval(), decoder.eval()), path)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("cross")


@pytest.fixture(scope="module")
def films(home):
    first = make_clip(home / "Über den Dächern.mp4", width=46, height=34, num_frames=21, pixels=ramp)
    return [first, make_clip(home / "b.mp4", width=34, height=46, num_frames=5, rate=12, pixels=patches)]


@pytest.fixture(scope="module")
def models(home, films):
    wide = save(home / "wide.safetensors", WIDE, films[:1])
    return [wide, save(home / "tall.safetensors", TALL, films[1:], "letterbox", seed=1)]


@pytest.fixture(scope="module")
def crossed(home, films, models):
    return cross(films, models, home / "out")


def test_there_is_a_cell_for_each_film_and_model(crossed, films, models):
    assert [(cell.film, cell.model) for cell in crossed.cells] == [(f, m) for f in films for m in models]
    assert {path.name for path in crossed.folder.iterdir()} == {"matrix.png", "matrix.csv", "matrix.json"}


def test_a_model_with_its_own_film_is_marked(crossed):
    assert [cell.is_own_film for cell in crossed.cells] == [True, False, False, True]


def test_cells_are_measured_in_the_part_and_size_that_the_model_sees(crossed):
    # 34x46 inside 24x32 leaves bars of nothing at both sides: 24 x 46/34 is more than 32.
    assert [cell.size for cell in crossed.cells] == [(32, 16), (24, 18), (32, 16), (24, 32)]


def test_numbers_are_those_of_the_frames_as_training_reads_them(crossed, films, models):
    codec = Codec(load_model(models[0]))
    read = [frame.rgb_HW3.copy() for frame in FittedFilm(probe(films[0]), WIDE.width, WIDE.height)]
    frames = torch.from_numpy(np.stack(read[:20])).permute(0, 3, 1, 2).float() / 255  # ten pairs of 21 frames
    expected = psnr(frames, codec.decode(codec.encode(frames))).mean()
    assert crossed.cells[0].frames == 20
    assert crossed.cells[0].numbers["psnr"] == pytest.approx(float(expected), abs=0.05)


def test_table_and_numbers_agree(crossed):
    told = json.loads(crossed.matrix_json.read_text(encoding="utf-8"))
    with crossed.matrix_csv.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(told["cells"]) == 4
    for row, cell in zip(rows, told["cells"], strict=True):
        assert (row["film"], row["model"]) == (cell["film"], cell["model"])
        assert (row["own_film"] == "yes") == cell["own_film"]
        for name in ("psnr", "ssim", "similarity"):
            assert float(row[name]) == pytest.approx(cell[name], abs=1e-4)


def test_frames_are_pairs_of_neighbours_spread_over_the_film(tmp_path):
    film = make_clip(tmp_path / "a.mp4", num_frames=40)
    frames = sample_film(film, 8, 4).read(48, 32)
    assert [round(seconds * 25) for seconds in frames.seconds_T] == [4, 5, 14, 15, 24, 25, 34, 35]
    assert frames.pair_T == (0, 0, 1, 1, 2, 2, 3, 3)
    assert frames.shown == (0, 2, 4, 6)


@pytest.mark.parametrize("num", [1, 2, 3, 5, 8, 9])
def test_of_a_short_film_no_frame_is_taken_twice(tmp_path, num):
    frames = sample_film(make_clip(tmp_path / "a.mp4", num_frames=num), 64, 4).read(48, 32)
    assert len(set(frames.seconds_T)) == len(frames.seconds_T) >= num - 1
    assert len(frames.shown) == min(4, max(1, num // 2))


def test_pixels_that_are_not_square_are_squared(tmp_path):
    film = make_clip(tmp_path / "a.mp4", width=48, height=36, sample_aspect_ratio=Fraction(4, 3))
    assert sample_film(film, 2, 1).look().size == (36, 64)


def test_the_same_call_gives_the_same_bytes(crossed, films, models, tmp_path):
    again = cross(films, models, tmp_path)
    for name in ("matrix.png", "matrix.csv", "matrix.json"):
        assert (again.folder / name).read_bytes() == (crossed.folder / name).read_bytes(), name


def test_films_too_are_whole_films_of_the_same_times(films, models, tmp_path):
    done = cross(films[1:], models[:1], tmp_path / "out", films_too=True, work=tmp_path / "work")
    assert [path.name for path in done.films] == ["b--wide.mp4"]
    original, made = probe(films[1]), probe(done.films[0])
    times = [stamp * made.time_base for stamp in index_frames(made).pts]
    assert times == [stamp * original.time_base for stamp in index_frames(original).pts]
    told = json.loads(done.matrix_json.read_text(encoding="utf-8"))
    assert told["cells"][0]["rendered"] == "b--wide.mp4"
    assert told["matrix_film"] == "matrix.mp4"


def test_all_films_play_in_step_as_long_as_the_shortest(tmp_path):
    def counting(index, height, width):
        return np.full((height, width, 3), 20 + 10 * index, np.uint8)

    fast = make_clip(tmp_path / "fast.mp4", width=64, height=36, num_frames=20, rate=24, pixels=counting)
    slow = make_clip(tmp_path / "slow.mp4", width=64, height=36, num_frames=5, rate=12, pixels=counting)
    out = write_grid_film([fast, slow], [], [], tmp_path / "grid.mp4")
    info = probe(out)
    assert info.frame_rate == 24
    shown = [frame.pixels_TCHW[0] * 255 for clip in open_video(out) for frame in clip.frames()]
    assert len(shown) == 10  # 5 frames at 12 a second
    top, bottom = shown[0].shape[1] // 4 + 20, shown[0].shape[1] * 3 // 4 + 20
    for number, page in enumerate(shown):
        assert page[:, top, 60].mean() == pytest.approx(20 + 10 * number, abs=3)
        assert page[:, bottom, 60].mean() == pytest.approx(20 + 10 * (number // 2), abs=3)


def test_films_of_one_name_go_into_different_files(tmp_path):
    (tmp_path / "x").mkdir()
    twins = [make_clip(tmp_path / place / "a.mp4", num_frames=2) for place in (".", "x")]
    model = save(tmp_path / "m.safetensors", WIDE)
    done = cross(twins, [model], tmp_path / "out", films_too=True, work=tmp_path / "work")
    assert [path.name for path in done.films] == ["a--m.mp4", "a--m-2.mp4"]


def test_no_films_and_no_models_are_refused(films, models, tmp_path):
    with pytest.raises(InputError, match="no film was given"):
        cross([], models, tmp_path)
    with pytest.raises(ParameterError, match="no model was given"):
        cross(films, [], tmp_path)


def test_a_file_that_is_no_model_is_named(films, models, tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(models[0].read_bytes()[:300])
    with pytest.raises(WeightsError, match=r"broken\.safetensors") as told:
        cross(films, [*models, broken], tmp_path / "out")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "out").exists()


def test_a_picture_is_no_film(models, tmp_path):
    picture = make_picture(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"a\.png is a picture"):
        cross([picture], models, tmp_path / "out")


def test_a_file_in_place_of_the_folder_is_refused(films, models, tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(OutputError, match="is a file; give a folder"):
        cross(films, models, tmp_path / "taken")


def test_a_run_that_is_stopped_leaves_nothing_under_a_final_name(films, models, tmp_path):
    def stop(progress):
        if progress.stage == "cross" and progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cross(films, models, tmp_path, report=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"moments": 0}, {"samples": 1}, {"samples": 10**6}])
def test_numbers_out_of_bounds_are_refused(films, models, tmp_path, options):
    with pytest.raises(ParameterError, match="is not allowed; expected"):
        cross(films, models, tmp_path, **options)


def test_too_many_to_play_are_refused_before_any_work(films, models, tmp_path):
    with pytest.raises(ParameterError, match="too many to play beside each other"):
        cross(films[:1] * 40, models, tmp_path / "out", films_too=True)
    assert not (tmp_path / "out").exists()
