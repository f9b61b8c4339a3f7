"""Frames that are good to look at."""

import numpy as np
import pytest

from mutoscope.core.errors import InputError
from mutoscope.engine.calm_frames import calm_frames
from mutoscope.testing.media import make_clip, make_picture
from mutoscope.video.read import open_video

PLACES = (1 / 6, 3 / 6, 5 / 6)


def two_shots(cut: int):
    """A film whose first shot is dark at the left, and whose second is bright there."""

    def pixels(index, height, width):
        out = np.full((height, width, 3), 40 if index < cut else 220, np.uint8)
        out[:, width // 2 :] = 255 - out[:, width // 2 :]
        out[:8, :8] = 3 * (index % 60)
        return out

    return pixels


def numbers_of(path, places=PLACES):
    with open_video(path, size=32) as film:
        return [round(frame.seconds(0) * 25) for frame in calm_frames(film, places)]


def test_frames_come_from_the_places_at_the_size_of_the_film(tmp_path):
    path = make_clip(tmp_path / "film.mp4", width=64, height=48, num_frames=60, pixels=two_shots(99))

    assert numbers_of(path) == [10, 30, 50]
    with open_video(path, size=32) as film:
        assert all(frame.size == (24, 32) for frame in calm_frames(film, PLACES))


@pytest.mark.parametrize(("cut", "expected"), [(30, {27, 28, 32, 33}), (31, {28, 33}), (32, {29}), (28, {30})])
def test_a_frame_beside_a_cut_makes_way_for_its_neighbour(cut, expected, tmp_path):
    path = make_clip(tmp_path / "film.mp4", width=64, height=48, num_frames=60, pixels=two_shots(cut))

    (number,) = numbers_of(path, [0.5])

    assert number in expected
    assert not cut - 2 <= number < cut + 2


def test_a_short_film_gives_each_of_its_frames_once(tmp_path):
    assert numbers_of(make_clip(tmp_path / "film.mp4", width=64, height=48, num_frames=2)) == [0, 1]


def test_a_picture_gives_itself(tmp_path):
    assert numbers_of(make_picture(tmp_path / "in.png")) == [0]


def test_a_film_that_breaks_off_gives_what_there_is(tmp_path):
    whole = make_clip(tmp_path / "whole.mkv", width=320, height=240, num_frames=60)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    assert 1 <= len(numbers_of(broken)) <= 3


def test_a_film_without_a_frame_is_refused(tmp_path):
    (tmp_path / "empty.mp4").write_bytes(b"")

    with pytest.raises(InputError):
        numbers_of(tmp_path / "empty.mp4")
