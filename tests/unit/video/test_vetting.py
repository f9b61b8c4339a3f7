"""What is found out about a stranger's film in bounded time."""

import numpy as np
import pytest
from PIL import Image

from mutoscope.core.errors import InputError
from mutoscope.testing.media import make_clip
from mutoscope.video.picture import load_picture, load_small
from mutoscope.video.vetting import Bounds, vet_film, vet_picture


def test_a_good_film_gives_no_notice(tmp_path):
    for name in ("film.mp4", "film.mkv", "film.mov"):
        info, notices = vet_film(make_clip(tmp_path / name, num_frames=30), Bounds())
        assert (info.num_frames, info.num_frames_from, notices) == (30, "count", [])


def test_a_false_number_of_frames_is_told(tmp_path):
    path = make_clip(tmp_path / "film.mp4", num_frames=24)
    content = bytearray(path.read_bytes())
    place = content.index(b"stts") + 8
    assert content[place : place + 8] == (1).to_bytes(4, "big") + (24).to_bytes(4, "big")
    content[place + 4 : place + 8] = (10).to_bytes(4, "big")
    path.write_bytes(content)

    _, notices = vet_film(path, Bounds())

    assert notices == [f"{path} states 10 frames, and shows 24."]


def test_damage_is_told_once(tmp_path):
    path = make_clip(tmp_path / "film.mov", num_frames=60, codec="png", pix_fmt="rgb24", options={})
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 3, len(content) // 2, 40):
        content[place] ^= 255
    path.write_bytes(content)

    _, notices = vet_film(path, Bounds())

    assert len(notices) == 1
    assert notices[0].startswith(f"{path} is damaged")


def test_a_film_that_goes_on_too_long_is_refused_though_its_header_is_silent(tmp_path):
    path = make_clip(tmp_path / "film.mkv", pts=(0, 1, 50_000_000))

    with pytest.raises(InputError, match="at most 14400 s"):
        vet_film(path, Bounds(seconds=14_400))


def test_a_gif_without_its_end_is_told(tmp_path):
    path = tmp_path / "film.gif"
    pictures = [Image.effect_noise((32, 32), 90) for _ in range(8)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:])
    path.write_bytes(path.read_bytes()[:-500])

    _, notices = vet_film(path, Bounds())

    assert notices == [f"{path} has no mark at its end; its end may be missing."]


def test_more_than_one_picture_is_told(tmp_path):
    path = tmp_path / "p.tiff"
    Image.new("RGB", (9, 9)).save(path, save_all=True, append_images=[Image.new("RGB", (9, 9))])

    _, notices, small = vet_picture(path, Bounds(), 640)

    assert notices == [f"{path} holds 2 pictures; the first one is taken."]
    assert small.size == (9, 9)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "I;16", "CMYK"])
def test_a_small_picture_is_the_picture_made_small(tmp_path, mode):
    path = tmp_path / "p.tiff"
    row = np.linspace(0, 65_535 if mode == "I;16" else 255, 200)
    if mode == "I;16":
        image = Image.fromarray(np.tile(row.astype(np.uint16), (100, 1)))
    else:
        image = Image.fromarray(np.tile(row.astype(np.uint8), (100, 1))).convert(mode)
    image.save(path)

    small, whole = load_small(path, 50), load_picture(path, (50, 25))

    assert small.size == whole.size == (25, 50)
    assert (small.pixels_TCHW - whole.pixels_TCHW).abs().max() < 0.03


def test_a_damaged_picture_is_damaged_when_it_is_small_too(tmp_path):
    path = tmp_path / "p.png"
    Image.effect_noise((200, 200), 90).save(path)
    path.write_bytes(path.read_bytes()[:9000])

    with pytest.raises(InputError, match="damaged"):
        load_small(path, 50)
