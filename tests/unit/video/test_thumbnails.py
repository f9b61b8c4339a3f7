import io
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from mutoscope.testing.media import make_clip, make_picture
from mutoscope.video.info import probe
from mutoscope.video.thumbnails import thumbnails

ROOM = 200_000
GOPS = {"g": "10", "bf": "2", "preset": "veryfast", "qp": "10"}


def level(jpeg):
    """Read the frame's number off `patches`: its grey quarter has 96 + 8 * (number % 16)."""
    pixels_HWC = np.asarray(Image.open(io.BytesIO(jpeg)))
    height, width = pixels_HWC.shape[:2]
    return round((float(pixels_HWC[-height // 4 :, -width // 4 :].mean()) - 96) / 8)


def film(folder, name="a.mp4", **more):
    options = {"num_frames": 45, "width": 64, "height": 34, "options": GOPS, **more}
    return probe(make_clip(folder / name, **options))


@pytest.mark.parametrize(
    ("name", "more"), [("a.mp4", {}), ("a.mkv", {}), ("a.avi", {"codec": "mpeg4", "options": {"qscale": "2"}})]
)
def test_the_very_frames_are_shown_in_any_order(tmp_path, name, more):
    info = film(tmp_path, name, **more)
    step = round(Fraction(1, 25) / info.time_base)
    wanted = [31, 0, 10, 9, 44, 19, 20, 31]
    found = thumbnails(info, [info.start_pts + step * number for number in wanted], ROOM)
    assert [level(jpeg) for jpeg in found] == [number % 16 for number in wanted]


def test_a_time_after_the_end_has_no_picture(tmp_path):
    info = film(tmp_path)
    assert thumbnails(info, [0, 10**9], ROOM)[1] is None


def test_all_pictures_fit_and_the_first_matter_most(tmp_path):
    info = film(tmp_path)
    step = round(Fraction(1, 25) / info.time_base)
    wanted = [step * number for number in (20, 5, 30, 11)]
    whole = thumbnails(info, wanted, ROOM)
    assert all(whole)
    some = thumbnails(info, wanted, 1800)
    assert sum(len(jpeg) for jpeg in some if jpeg) <= 1800
    assert some[0] is not None
    assert [jpeg is None for jpeg in some] == sorted(jpeg is None for jpeg in some)


def test_pictures_stand_upright_and_square(tmp_path):
    turned = thumbnails(film(tmp_path, "turned.mp4", rotation=90), [0], ROOM)[0]
    assert Image.open(io.BytesIO(turned)).size == (34, 64)
    wide = thumbnails(film(tmp_path, "wide.mp4", sample_aspect_ratio=Fraction(5, 4)), [0], ROOM)[0]
    assert Image.open(io.BytesIO(wide)).size == (80, 34)


def test_a_film_that_is_gone_has_no_pictures(tmp_path):
    info = film(tmp_path)
    info.path.unlink()
    assert thumbnails(info, [0], ROOM) == [None]


def test_a_still_picture_is_its_own_thumbnail(tmp_path):
    info = probe(make_picture(tmp_path / "a.png", width=17, height=23))
    jpeg = thumbnails(info, [0], ROOM)[0]
    assert Image.open(io.BytesIO(jpeg)).size == (17, 23)


def test_same_film_same_bytes(tmp_path):
    info = film(tmp_path)
    assert thumbnails(info, [0, 4000], ROOM) == thumbnails(info, [4000, 0], ROOM)[::-1]
