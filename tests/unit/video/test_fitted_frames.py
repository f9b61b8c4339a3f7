from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mutoscope.core.errors import InputError
from mutoscope.testing.media import make_clip, make_picture, patches, ramp, solid
from mutoscope.video.fitted_frames import FittedFilm, fitted_size
from mutoscope.video.info import probe
from mutoscope.video.read import open_video

RED, GREEN, BLUE = 0, 1, 2


def frames_of(path: Path, width: int, height: int, fit: str = "crop") -> list[np.ndarray]:
    found = [frame.rgb_HW3 for frame in FittedFilm(probe(path), width, height, fit)]  # type: ignore[arg-type]
    assert all(frame.shape == (height, width, 3) and frame.dtype == np.uint8 for frame in found)
    return found


def quarters(frame_HW3: np.ndarray) -> list[int]:
    """Brightest channel in each corner; 3 for grey."""
    height, width = frame_HW3.shape[:2]
    corners = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return [3 if np.ptp(frame_HW3[y, x].astype(int)) < 20 else int(frame_HW3[y, x].argmax()) for y, x in corners]


@pytest.mark.parametrize("color_range", ["limited", "full"])
@pytest.mark.parametrize("matrix", ["bt709", "smpte170m"])
def test_colours_are_those_of_the_film_whatever_its_matrix_and_range(
    tmp_path: Path, color_range: str, matrix: str
) -> None:
    for rgb in [(200, 40, 90), (0, 0, 0), (255, 255, 255), (128, 128, 128)]:
        film = make_clip(
            tmp_path / "a.mp4", pixels=solid(*rgb), color_range=color_range, matrix=matrix, num_frames=1, width=96
        )
        (frame,) = frames_of(film, 35, 17)
        assert np.abs(frame.astype(int) - rgb).max() <= 3
        assert abs(float(frame.mean()) - np.mean(rgb)) <= 1.0  # no table's error, which darkens by two


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("fit", ["crop", "letterbox"])
def test_frames_stand_upright(tmp_path: Path, rotation: int, fit: str) -> None:
    film = make_clip(tmp_path / "a.mp4", width=96, height=64, pixels=patches, rotation=rotation, num_frames=1)
    with open_video(film) as whole:
        expected_HW3 = next(iter(whole)).pixels_TCHW[0].permute(1, 2, 0).numpy() * 255
    height, width = expected_HW3.shape[:2]
    (frame,) = frames_of(film, width // 2, height // 2, fit)
    assert quarters(frame) == quarters(expected_HW3)
    assert np.abs(frame - expected_HW3.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3))).mean() < 3


@pytest.mark.parametrize(
    ("shape", "fit", "expected"),
    [
        (Fraction(16, 9), "crop", (128, 72)),
        (Fraction(16, 9), "letterbox", (128, 72)),
        (Fraction(9, 16), "crop", (128, 228)),
        (Fraction(9, 16), "letterbox", (40, 72)),
        (Fraction(3, 1), "crop", (216, 72)),
        (Fraction(3, 1), "letterbox", (128, 43)),
        (Fraction(10_000, 1), "letterbox", (128, 1)),
        (Fraction(1279, 720), "crop", (128, 72)),
    ],
)
def test_a_picture_covers_the_frame_or_lies_in_it(shape: Fraction, fit: str, expected: tuple[int, int]) -> None:
    assert fitted_size(shape, 128, 72, fit) == expected  # type: ignore[arg-type]


def test_crop_keeps_the_middle_and_letterbox_all_of_it(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "a.mp4", width=192, height=48, pixels=_with_red_ends, num_frames=1)
    (cropped,) = frames_of(film, 48, 24)
    assert (cropped[:, 2:-2, RED] < 40).all()
    assert (cropped[:, 2:-2, GREEN] > 150).all()
    (boxed,) = frames_of(film, 48, 24, "letterbox")
    assert (boxed[:6] == 0).all()
    assert (boxed[18:] == 0).all()
    assert boxed[8:16, :6, RED].min() > 150
    assert boxed[8:16, -6:, RED].min() > 150


def _with_red_ends(index: int, height: int, width: int) -> np.ndarray:
    picture_HW3 = solid(0, 200, 0)(index, height, width)
    picture_HW3[:, : width // 4] = (200, 0, 0)
    picture_HW3[:, -width // 4 :] = (200, 0, 0)
    return picture_HW3


def test_bars_are_outside_what_is_called_inside(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "a.mp4", width=34, height=90, pixels=solid(255, 255, 255), num_frames=1)
    reader = FittedFilm(probe(film), 63, 37, "letterbox")
    (frame,) = reader
    rows, columns = reader.inside
    assert frame.rgb_HW3[rows, columns].min() > 250
    assert int((frame.rgb_HW3 > 128).sum()) == frame.rgb_HW3[rows, columns].size
    assert FittedFilm(probe(film), 63, 37).inside == (slice(0, 37), slice(0, 63))


def test_pixels_that_are_not_square_become_square(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "a.mp4", width=48, height=48, sample_aspect_ratio=2, pixels=patches, num_frames=1)
    (frame,) = frames_of(film, 64, 64, "letterbox")
    assert (frame[:16] == 0).all()
    assert frame[17].max() > 60


@pytest.mark.parametrize("fit", ["crop", "letterbox"])
@pytest.mark.parametrize("shape", [(64, 48), (48, 64), (17, 23), (130, 20)])
def test_any_shape_becomes_the_size_that_was_asked_for(tmp_path: Path, fit: str, shape: tuple[int, int]) -> None:
    picture = make_picture(tmp_path / "a.png", width=shape[0], height=shape[1])
    frames_of(picture, 40, 24, fit)
    film = make_clip(tmp_path / "a.mkv", width=shape[0], height=shape[1], pix_fmt="yuv444p", num_frames=1)
    frames_of(film, 40, 24, fit)


def test_a_line_of_pixels_is_refused_and_not_enlarged_to_terabytes(tmp_path: Path) -> None:
    line = make_picture(tmp_path / "a.png", width=6000, height=1)
    with pytest.raises(InputError, match="letterbox") as told:
        frames_of(line, 128, 72)
    assert "\n" not in str(told.value)
    assert len(frames_of(line, 128, 72, "letterbox")) == 1


def test_shrinking_averages_and_does_not_alias(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "a.mp4", width=240, height=120, pixels=_stripes, num_frames=1)
    (frame,) = frames_of(film, 40, 20)
    assert np.abs(frame[2:-2, 2:-2].astype(int) - 128).max() <= 4


def _stripes(index: int, height: int, width: int) -> np.ndarray:
    picture_HW3 = solid(0, 0, 0)(index, height, width)
    picture_HW3[:, ::2] = 255
    return picture_HW3


def test_times_rise_and_are_the_films_own(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "a.mkv", pts=[5, 9, 10, 31], time_base=Fraction(1, 1000))
    reader = FittedFilm(probe(film), 32, 16)
    assert [frame.pts for frame in reader] == [5, 9, 10, 31]
    assert reader.time_base == Fraction(1, 1000)
    assert reader.truncated is None


def test_hdr_takes_the_colours_of_clips(tmp_path: Path) -> None:
    film = make_clip(
        tmp_path / "a.mp4", codec="libx265", pix_fmt="yuv420p10le", transfer="smpte2084", matrix="bt2020nc"
    )
    reader = FittedFilm(probe(film), 24, 16)
    frames = [frame.rgb_HW3 for frame in reader]
    with open_video(film) as whole:
        expected = float(next(iter(whole)).pixels_TCHW[0].mean()) * 255
    assert len(frames) == 6
    assert float(frames[0].mean()) == pytest.approx(expected, abs=2)
    assert any("HDR" in notice for notice in reader.notices)


@pytest.mark.parametrize("make", [make_picture, None])
def test_pictures_and_numbered_pictures_are_films(tmp_path: Path, make: Callable[..., Path] | None) -> None:
    if make is not None:
        assert len(frames_of(make(tmp_path / "a.png", width=46, height=34), 24, 16)) == 1
        return
    for number in (3, 4, 7):
        make_picture(tmp_path / f"f_{number:03d}.png", width=46, height=34)
    reader = FittedFilm(probe(tmp_path / "f_%03d.png"), 24, 16)
    assert np.diff([frame.pts for frame in reader]).tolist() == [1, 3]


def test_a_film_that_breaks_off_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "a.mkv", num_frames=40, pixels=ramp, width=64)
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    reader = FittedFilm(probe(film), 32, 16)
    assert 0 < len(list(reader)) < 40
    assert reader.truncated is not None
    assert "breaks off" in reader.truncated


def test_a_film_that_changes_its_size_is_fitted_frame_by_frame(tmp_path: Path) -> None:
    parts = [
        make_clip(tmp_path / f"{width}.h264", width=width, height=32, container="h264", num_frames=3)
        for width in (64, 48)
    ]
    film = tmp_path / "both.mkv"
    _joined(parts, film)
    reader = FittedFilm(probe(film), 24, 16)
    assert {frame.rgb_HW3.shape for frame in reader} == {(16, 24, 3)}
    assert any("changes its size" in notice for notice in reader.notices)


def _joined(parts: list[Path], film: Path) -> None:
    import av

    with av.open(str(parts[0]), format="h264") as first, av.open(str(film), "w") as out:
        stream = out.add_stream_from_template(first.streams.video[0])
        number = 0
        for part in parts:
            with av.open(str(part), format="h264") as source:
                for packet in source.demux(video=0):
                    if packet.size:
                        packet.pts = packet.dts = number * 40
                        packet.time_base = Fraction(1, 1000)
                        packet.stream = stream
                        out.mux(packet)
                        number += 1


def test_a_film_without_frames_is_one_line(tmp_path: Path) -> None:
    film = tmp_path / "a.mp4"
    film.write_bytes(b"no film at all" * 40)
    with pytest.raises(InputError) as told:
        list(FittedFilm(probe(film), 24, 16))
    assert "\n" not in str(told.value)
