"""Contact sheets."""

from dataclasses import replace
from fractions import Fraction

import pytest
import torch

from mutoscope.core.errors import OutputError
from mutoscope.testing.media import make_clip, make_picture, solid
from mutoscope.video import sheet
from mutoscope.video.read import open_video, read_picture
from mutoscope.video.sheet import Cell, contact_sheet, sample_film, write_sheet


def test_source_stands_above_result(tmp_path):
    red = make_clip(tmp_path / "red.mp4", num_frames=9, pixels=solid(220, 0, 0))
    blue = make_clip(tmp_path / "blue.mp4", num_frames=9, pixels=solid(0, 0, 220))

    drawn = read_picture(contact_sheet(red, blue, tmp_path / "sheet.png", num_columns=3)).pixels_TCHW[0]

    assert drawn.shape[2] == 1600
    height = drawn.shape[1]
    above, below = drawn[:, height // 4, 300], drawn[:, 3 * height // 4, 300]
    assert above[0] - above[2] > 0.7
    assert below[2] - below[0] > 0.7


def test_first_and_last_frame_are_shown_with_their_times(tmp_path):
    film = make_clip(tmp_path / "film.mp4", num_frames=26, rate=25)

    assert [cell.caption for cell in sample_film(film, 3)] == ["00:00.00", "00:00.48", "00:01.00"]


def test_a_film_shorter_than_the_sheet_gives_what_it_has(tmp_path):
    assert len(sample_film(make_clip(tmp_path / "film.mp4", num_frames=2), 6)) == 2


def test_a_picture_has_a_sheet_too(tmp_path):
    picture = make_picture(tmp_path / "in.png", alpha=0)

    contact_sheet(picture, picture, tmp_path / "sheet.jpg")

    assert (tmp_path / "sheet.jpg").stat().st_size > 0


def test_tall_pictures_keep_their_shape(tmp_path):
    out = write_sheet([[Cell(torch.ones(3, 41, 23))] * 4], tmp_path / "sheet.png")

    assert read_picture(out).size[0] > 600


@pytest.mark.parametrize("stated", [4, 90])
def test_a_wrong_number_of_frames_in_the_header_changes_nothing(tmp_path, monkeypatch, stated):
    film = make_clip(tmp_path / "film.mp4", num_frames=26, rate=25)

    def lying(*args, **options):
        opened = open_video(*args, **options)
        opened.info = replace(opened.info, num_frames=stated)
        return opened

    monkeypatch.setattr(sheet, "open_video", lying)

    assert [cell.caption for cell in sample_film(film, 3)] == ["00:00.00", "00:00.48", "00:01.00"]


def test_wide_pixels_are_shown_wide(tmp_path, monkeypatch):
    film = make_clip(tmp_path / "film.mp4", num_frames=2)

    def wide(*args, **options):
        opened = open_video(*args, **options)
        opened.info = replace(opened.info, sample_aspect_ratio=Fraction(2))
        return opened

    _, height, width = sample_film(film, 1)[0].pixels_CHW.shape
    monkeypatch.setattr(sheet, "open_video", wide)

    assert sample_film(film, 1)[0].pixels_CHW.shape == (3, height, 2 * width)


def test_a_sheet_of_another_kind_is_refused_in_one_line(tmp_path):
    with pytest.raises(OutputError, match=r"'sheet\.mp4'"):
        write_sheet([[Cell(torch.ones(3, 17, 23))]], tmp_path / "sheet.mp4")

    assert list(tmp_path.iterdir()) == []
