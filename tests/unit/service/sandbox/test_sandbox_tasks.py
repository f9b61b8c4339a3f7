"""Pages of frames, small pictures, exact frames, sound and histories, as they are made for the service."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from mutoscope.core.errors import InputError
from mutoscope.service.sandbox.tasks import frames, verify, waveform
from mutoscope.testing.media import Sound, clicks, make_clip
from mutoscope.video.read import open_video


@pytest.fixture
def film(tmp_path):
    """Forty frames, a key every ten."""
    sound = Sound("pcm_s16le", seconds=Fraction(8, 5), layout="mono", wave=clicks(1.0))
    options = {"g": "10", "qp": "0"}
    return make_clip(tmp_path / "film.mkv", num_frames=40, width=80, options=options, sounds=[sound])


def test_pages_tell_numbers_times_and_keys(film, tmp_path):
    told = frames.page(str(film), "f.mkv", first=9, count=3, index=str(tmp_path / "times"))

    assert (told["num_frames"], told["time_base"], told["breaks_off"]) == (40, "1/1000", None)
    assert told["frames"] == [
        {"number": 9, "pts": 360, "seconds": 0.36, "is_key": False},
        {"number": 10, "pts": 400, "seconds": 0.4, "is_key": True},
        {"number": 11, "pts": 440, "seconds": 0.44, "is_key": False},
    ]


def test_times_that_are_kept_are_the_same(film, tmp_path):
    place = str(tmp_path / "times")
    first = frames.page(str(film), "f.mkv", index=place)

    assert frames.page(str(film), "f.mkv", index=place) == first == frames.page(str(film), "f.mkv")
    (tmp_path / "times").write_bytes(b"rubbish")
    assert frames.page(str(film), "f.mkv", index=place) == first


def test_one_frame_is_the_very_one_that_reading_gives(film, tmp_path):
    with open_video(film) as opened:
        clips = [clip.pixels_TCHW[i] for clip in opened for i in range(len(clip))]

    for number in (0, 17, 39):
        frames.frame_png(str(film), "f.mkv", number, str(tmp_path / "f.png"))
        with Image.open(tmp_path / "f.png") as picture:
            found = np.array(picture)
        assert np.array_equal(found, (clips[number].permute(1, 2, 0) * 255).round().numpy().astype(np.uint8))


def test_small_pictures_are_made_of_those_asked_for(film, tmp_path):
    told = frames.thumbnails(str(film), "f.mkv", [3, 25, 3], str(tmp_path), size=40)

    assert told == {"made": [3, 25]}
    with Image.open(tmp_path / "25.jpg") as picture:
        assert picture.size == (40, 16)


def test_near_is_the_key_before(film, tmp_path):
    (tmp_path / "near").mkdir()
    frames.thumbnails(str(film), "f.mkv", [14, 17, 10], str(tmp_path / "near"), near=True)

    made = [(tmp_path / "near" / f"{number}.jpg").read_bytes() for number in (14, 17, 10)]
    assert made[0] == made[1] == made[2]


def test_a_frame_that_is_not_there_is_named(film, tmp_path):
    with pytest.raises(InputError, match="there is no frame 40; expected 0 to 39"):
        frames.frame_png(str(film), "f.mkv", 40, str(tmp_path / "f.png"))


def test_a_picture_is_a_film_of_one_frame(tmp_path):
    path = tmp_path / "p.png"
    Image.new("RGB", (50, 30), "teal").save(path)

    assert frames.page(str(path), "p.png")["num_frames"] == 1
    assert frames.poster(str(path), "p.png", str(tmp_path / "poster.jpg")) == {"width": 50, "height": 30}


def test_sound_is_loud_where_it_is(film):
    told = waveform.waveform(str(film), "f.mkv", buckets=16)

    assert told["seconds"] == pytest.approx(1.6, abs=0.02)
    assert [number for number, peak in enumerate(told["peaks"]) if peak > 0.1] == [10]


def test_no_sound_is_told(tmp_path):
    path = make_clip(tmp_path / "film.mp4")

    with pytest.raises(InputError, match=r"holiday\.mp4 has no sound"):
        waveform.waveform(str(path), "holiday.mp4")


def test_an_unsigned_file_has_no_history(film):
    told = verify.verify(str(film), "f.mkv", "")

    assert (told["state"], told["is_valid"], len(told["lines"])) == ("unsigned", False, 3)
    assert told["generations"][0]["name"] == "f.mkv"
    assert "film.mkv" not in str(told)
    assert verify.recipe(str(film), "f.mkv", "") == {"recipe": None, "state": "unsigned", "files": []}
