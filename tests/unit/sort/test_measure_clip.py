from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from meter_scenes import blurred, detail, disc, grey, shifted

from mutoscope.core.errors import InputError
from mutoscope.core.progress import Progress
from mutoscope.sort.model import COLUMNS
from mutoscope.sort.pack import measure_clip
from mutoscope.testing.media import Sound, make_clip, make_picture
from mutoscope.video.info import probe

CANVAS, OTHER = detail(200, 340), detail(200, 340, seed=9)


def _scene(index: int, height: int, width: int, canvas: np.ndarray = CANVAS) -> np.ndarray:
    frame = shifted(canvas, 20 + 0.6 * index, 20, height, width)
    return np.repeat(grey(frame)[:, :, None], 3, 2)


def _cut_film(path: Path, **how: object) -> Path:
    def pixels(index: int, height: int, width: int) -> np.ndarray:
        if index < 20:
            return _scene(index, height, width)
        return _scene(index, height, width, OTHER) // np.array([1, 3, 5], np.uint8)

    return make_clip(path, width=160, height=90, num_frames=40, pixels=pixels, **how)  # type: ignore[arg-type]


def test_every_frame_has_every_column(tmp_path: Path) -> None:
    film = _cut_film(tmp_path / "a.mp4", sounds=[Sound(seconds=Fraction(2))])
    told: list[Progress] = []
    table = measure_clip(film, probe(film), report=told.append)
    learned = {name for name in COLUMNS if name.startswith("p_")}
    assert set(table.columns) == set(COLUMNS) - learned
    assert all(len(c) == 40 and c.dtype == np.float32 for c in table.columns.values())
    assert table.cuts == (20,)
    assert np.nanmax(table.column("shake")) < 0.1  # neither the cut nor the pan
    assert np.nanmedian(table.column("speed")) == pytest.approx(100 * 0.6 / 160 * 25, rel=0.05)
    assert table.column("loudness")[5] == pytest.approx(-9.03, abs=0.6)
    assert told[-1].done == 40
    assert not table.column("frozen").any()


def test_the_same_film_gives_the_same_bytes(tmp_path: Path) -> None:
    film = _cut_film(tmp_path / "a.mp4", options={"crf": "30", "preset": "ultrafast", "threads": "1"})
    threads = torch.get_num_threads()
    first = measure_clip(film, probe(film))
    torch.set_num_threads(1 if threads > 1 else 2)
    try:
        second = measure_clip(film, probe(film))
    finally:
        torch.set_num_threads(threads)
    for name, column in first.columns.items():
        assert column.tobytes() == second.columns[name].tobytes(), name


def test_a_blurred_second_is_found(tmp_path: Path) -> None:
    soft = blurred(CANVAS, disc(4))

    def pixels(index: int, height: int, width: int) -> np.ndarray:
        return _scene(index, height, width, soft if 20 <= index < 30 else CANVAS)

    film = make_clip(tmp_path / "a.mp4", width=160, height=90, num_frames=45, pixels=pixels)
    relative_T = measure_clip(film, probe(film)).column("sharpness_relative")
    assert relative_T[20:30].max() < 40
    assert min(relative_T[:20].min(), relative_T[30:].min()) > 70


def test_the_learned_part_gets_two_frames_a_second(tmp_path: Path) -> None:
    film = _cut_film(tmp_path / "a.mp4")
    seen: list[torch.Tensor] = []

    def learned(x_N3HW: torch.Tensor) -> dict[str, np.ndarray]:
        seen.append(x_N3HW)
        return {"p_blurred": np.linspace(0, 1, len(x_N3HW))}

    table = measure_clip(film, probe(film), learned=learned)
    x = torch.cat(seen)
    assert x.shape == (4, 3, 90, 160)
    assert x.dtype == torch.float32
    assert 0 <= float(x.min()) < 0.3 < float(x.max()) <= 1
    assert np.isfinite(table.column("p_blurred")).all()


def test_quick_takes_key_frames_only(tmp_path: Path) -> None:
    film = _cut_film(tmp_path / "a.mp4", options={"g": "10", "qp": "0", "preset": "ultrafast", "sc_threshold": "0"})
    table = measure_clip(film, probe(film), quick=True)
    whole = measure_clip(film, probe(film))
    assert table.pts_T.tolist() == whole.pts_T[::10].tolist()
    assert table.column("sharpness").tolist() == whole.column("sharpness")[::10].tolist()
    assert np.isnan(table.column("shake")).all()


def test_freezes_and_gaps_are_found(tmp_path: Path) -> None:
    def pixels(index: int, height: int, width: int) -> np.ndarray:
        return _scene(10 if 10 <= index < 30 else index, height, width)

    pts = [i if i < 40 else i + 3 for i in range(50)]
    film = make_clip(
        tmp_path / "a.mp4",
        width=160,
        height=90,
        pts=pts,
        time_base=Fraction(1, 25),
        pixels=pixels,
        options={"crf": "26", "preset": "fast", "threads": "1"},
    )
    table = measure_clip(film, probe(film))
    assert np.abs(np.flatnonzero(table.column("frozen"))[[0, -1]] - [10, 29]).max() <= 1
    assert np.flatnonzero(table.column("dropped")).tolist() == [40]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("one.mp4", {"num_frames": 1}),
        ("two.mkv", {"num_frames": 2}),
        ("tiny.mp4", {"width": 2, "height": 2}),
        ("strip.mp4", {"width": 640, "height": 4}),
        ("deep.mp4", {"codec": "libx265", "pix_fmt": "yuv420p10le", "width": 96, "height": 64}),
        ("turned.mp4", {"rotation": 90, "width": 96, "height": 64}),
        ("uneven.mkv", {"pts": [0, 3, 4, 9, 11, 30], "time_base": Fraction(1, 100)}),
        ("full.mp4", {"color_range": "full"}),
        ("hdr.mp4", {"codec": "libx265", "pix_fmt": "yuv420p10le", "transfer": "smpte2084", "matrix": "bt2020nc"}),
        ("sound.mkv", {"codec": "ffv1", "sounds": [Sound("pcm_s16le", Fraction(1, 2))]}),
    ],
)
def test_odd_films_are_measured(tmp_path: Path, name: str, how: dict[str, object]) -> None:
    film = make_clip(tmp_path / name, **how)  # type: ignore[arg-type]
    info = probe(film)
    table = measure_clip(film, info)
    assert len(table) == len(how.get("pts", range(int(str(how.get("num_frames", 6))))))  # type: ignore[arg-type]
    assert np.isfinite(table.column("exposure")).all()


def test_a_picture_is_a_film_of_one_frame(tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "a.png", width=97, height=61)
    assert len(measure_clip(picture, probe(picture))) == 1


def test_a_film_that_breaks_off_is_measured_as_far_as_it_goes(tmp_path: Path) -> None:
    film = _cut_film(tmp_path / "a.mkv")
    data = film.read_bytes()
    film.write_bytes(data[: len(data) // 2])
    notices: list[str] = []
    table = measure_clip(film, probe(film), notices=notices)
    assert 5 < len(table) < 40
    assert any("breaks off" in notice for notice in notices), notices


def test_a_change_of_size_is_told(tmp_path: Path) -> None:
    small = make_clip(tmp_path / "s.mpg", width=96, height=64, codec="mpeg2video", container="mpegts")
    large = make_clip(tmp_path / "l.mpg", width=192, height=128, codec="mpeg2video", container="mpegts")
    both = tmp_path / "both.ts"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    notices: list[str] = []
    table = measure_clip(both, probe(both), notices=notices)
    assert len(table) > 6
    assert any("changes its size" in notice for notice in notices), notices


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    film = _cut_film(tmp_path / "a.mp4")
    info = probe(film)
    film.write_bytes(b"nothing")
    with pytest.raises(InputError):
        measure_clip(film, info)
