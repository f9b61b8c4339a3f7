from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mutoscope.core.errors import InputError
from mutoscope.testing.media import Sound, make_clip, make_picture, patches, solid
from mutoscope.video.info import probe
from mutoscope.video.read import open_video
from mutoscope.video.small_frames import SmallFilm
from mutoscope.video.sound_samples import read_sound


@pytest.mark.parametrize("color_range", ["limited", "full"])
@pytest.mark.parametrize("level", [0, 40, 128, 255])
def test_grey_is_full_range_whatever_the_film_is(tmp_path: Path, color_range: str, level: int) -> None:
    film = make_clip(tmp_path / "a.mp4", pixels=solid(level, level, level), color_range=color_range, num_frames=2)
    for frame in SmallFilm(probe(film)):
        assert np.abs(frame.grey_HW.astype(int) - level).max() <= 1
        assert np.abs(frame.rgb_HWC.astype(int) - level).max() <= 2
        assert frame.pixels_3HW().numpy() == pytest.approx(level / 255, abs=0.01)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_frames_stand_upright_as_in_clips(tmp_path: Path, rotation: int) -> None:
    film = make_clip(tmp_path / "a.mp4", width=640, height=320, pixels=patches, rotation=rotation, num_frames=2)
    small = next(iter(SmallFilm(probe(film), 160)))
    with open_video(film, size=160) as whole:
        expected_3HW = next(iter(whole)).pixels_TCHW[0]
    assert small.grey_HW.shape == tuple(expected_3HW.shape[1:])
    assert np.abs(small.pixels_3HW().numpy() - expected_3HW.numpy()).mean() < 0.01
    grey_HW = np.einsum("c,chw->hw", [0.2126, 0.7152, 0.0722], expected_3HW.numpy()) * 255
    assert np.abs(small.grey_HW - grey_HW).mean() < 2
    assert small.rgb_HWC.shape[:2] == tuple(side // 2 for side in small.grey_HW.shape)


def test_small_films_are_not_enlarged_and_large_ones_fit(tmp_path: Path) -> None:
    tiny = make_clip(tmp_path / "a.mp4", width=46, height=34)
    assert next(iter(SmallFilm(probe(tiny)))).grey_HW.shape == (34, 46)
    large = make_clip(tmp_path / "b.mp4", width=960, height=404, num_frames=1)
    assert next(iter(SmallFilm(probe(large)))).grey_HW.shape == (202, 480)


def test_times_are_those_of_clips(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "a.mkv", pts=[5, 9, 10, 31], time_base=Fraction(1, 100))
    with open_video(film) as whole:
        expected = [pts for clip in whole for pts in clip.pts_T]
    small = SmallFilm(probe(film))
    assert [frame.pts for frame in small] == expected
    assert small.truncated is None


def test_hdr_goes_the_way_of_clips(tmp_path: Path) -> None:
    film = make_clip(
        tmp_path / "a.mp4", codec="libx265", pix_fmt="yuv420p10le", transfer="smpte2084", matrix="bt2020nc"
    )
    small = SmallFilm(probe(film))
    assert len(list(small)) == 6
    assert any("HDR" in notice for notice in small.notices)


def test_a_picture_is_one_frame(tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "a.png", width=23, height=17)
    frames = list(SmallFilm(probe(picture)))
    assert [frame.grey_HW.shape for frame in frames] == [(17, 23)]
    assert frames[0].rgb_HWC.shape == (8, 11, 3)


def test_nothing_to_decode_is_an_error(tmp_path: Path) -> None:
    film = make_clip(tmp_path / "a.mp4")
    info = probe(film)
    film.unlink()
    with pytest.raises(InputError):
        list(SmallFilm(info))


def test_sound_comes_at_its_time(tmp_path: Path) -> None:
    sound = Sound("pcm_s16le", Fraction(1, 2), sample_rate=8000, start=Fraction(1, 4))
    film = make_clip(tmp_path / "a.mkv", sounds=[sound], num_frames=25)
    blocks = list(read_sound(film))
    assert blocks[0].start_s == pytest.approx(0.25, abs=0.002)
    assert {block.rate for block in blocks} == {8000}
    samples_CN = np.concatenate([block.samples_CN for block in blocks], 1)
    assert samples_CN.shape == (2, 4000)
    assert np.abs(samples_CN).max() == pytest.approx(0.5, abs=0.001)


def test_a_film_without_sound_has_none(tmp_path: Path) -> None:
    assert list(read_sound(make_clip(tmp_path / "a.mp4"))) == []
