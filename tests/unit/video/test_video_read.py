"""Decoding: pixels, sizes, time stamps and clips."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, ParameterError
from mutoscope.testing.media import make_clip, make_picture, patches, solid
from mutoscope.video.info import probe
from mutoscope.video.read import open_video, read_picture


def expected(index, height, width):
    return torch.from_numpy(patches(index, height, width)).permute(2, 0, 1).float() / 255


def all_of(film):
    return Clip.join(list(film))


def test_pixels_are_those_of_the_formula(tmp_path):
    path = make_clip(tmp_path / "a.mp4", width=17, height=23, pix_fmt="yuv444p")
    clip = all_of(open_video(path))
    assert clip.size == (23, 17)
    for i in range(6):
        # 8-bit YUV holds RGB to two levels.
        torch.testing.assert_close(clip.pixels_TCHW[i], expected(i, 23, 17), atol=2.5 / 255, rtol=0)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "levels"),
    [
        ("a.mp4", "libx264", "yuv420p", 3),
        ("a.mp4", "libx264", "yuv422p", 3),
        ("a.mp4", "libx264", "yuv420p10le", 1),
        ("a.mp4", "libx264", "yuv422p10le", 1),
        ("a.mp4", "libx264", "yuv444p10le", 1),
        ("a.mov", "prores_ks", "yuv422p10le", 4),
        ("a.mov", "prores_ks", "yuv444p10le", 4),
        ("a.mkv", "ffv1", "yuv420p", 3),
        ("a.mkv", "libx264", "yuv420p", 3),
        ("a.webm", "libvpx-vp9", "yuv420p", 3),
        ("a.avi", "mpeg4", "yuv420p", 4),
    ],
)
def test_every_container_depth_and_chroma_format_is_read(tmp_path, name, codec, pix_fmt, levels):
    # mpeg4 and avi carry no matrix: small frames are taken as BT.601.
    matrix = "smpte170m" if name == "a.avi" else "bt709"
    path = make_clip(tmp_path / name, codec=codec, pix_fmt=pix_fmt, pixels=solid(200, 90, 40), matrix=matrix)
    clip = all_of(open_video(path))
    assert len(clip) == 6
    centre = clip.pixels_TCHW[:, :, 8:24, 8:40] * 255
    wanted = torch.tensor([200.0, 90.0, 40.0]).view(1, 3, 1, 1).expand_as(centre)
    torch.testing.assert_close(centre, wanted, atol=levels, rtol=0)


def test_dnxhr_is_read(tmp_path):
    path = make_clip(tmp_path / "a.mov", codec="dnxhd", pix_fmt="yuv422p", width=256, height=120, num_frames=2)
    clip = all_of(open_video(path))
    assert probe(path).codec == "dnxhd"
    torch.testing.assert_close(
        clip.pixels_TCHW[1, :, 8:40, 8:100], expected(1, 120, 256)[:, 8:40, 8:100], atol=0.03, rtol=0
    )


def test_time_stamps_of_a_variable_rate_survive(tmp_path):
    pts = (5, 6, 9, 100, 101)
    path = make_clip(tmp_path / "a.mkv", pts=pts, time_base=Fraction(1, 1000))
    clip = all_of(open_video(path))
    assert clip.pts_T == pts
    assert clip.time_base == Fraction(1, 1000)


def test_an_odd_start_of_an_odd_rate_is_exact(tmp_path):
    pts = tuple(1001 * i for i in range(5, 11))
    path = make_clip(tmp_path / "a.mp4", pts=pts, time_base=Fraction(1, 24000), rate=Fraction(24000, 1001))
    film = open_video(path)
    assert film.info.frame_rate == Fraction(24000, 1001)
    assert [p * film.info.time_base for p in all_of(film).pts_T] == [Fraction(p, 24000) for p in pts]


def test_b_frames_come_in_the_order_in_which_they_are_shown(tmp_path):
    path = make_clip(tmp_path / "a.mp4", num_frames=12, options={"preset": "medium", "bf": "3", "crf": "1"})
    clip = all_of(open_video(path))
    level = clip.pixels_TCHW[:, 0, 4:12, 4:20].mean((1, 2)) * 255
    np.testing.assert_allclose(level, [96 + 8 * i for i in range(12)], atol=3)


def test_an_avi_with_b_frames_has_no_times_of_its_own_and_gets_rising_ones(tmp_path):
    path = make_clip(tmp_path / "a.avi", num_frames=12, options={"preset": "medium", "bf": "3", "crf": "1"})
    clip = all_of(open_video(path))
    assert len(clip) == 12
    assert all(b > a for a, b in zip(clip.pts_T, clip.pts_T[1:], strict=False))


def test_clips_follow_the_byte_budget(tmp_path):
    path = make_clip(tmp_path / "a.mp4", num_frames=7)
    one = 48 * 32 * 3 * 4
    assert [len(c) for c in open_video(path, clip_bytes=3 * one)] == [3, 3, 1]
    assert [len(c) for c in open_video(path, clip_bytes=1)] == [1] * 7
    assert [len(c) for c in open_video(path)] == [7]


def test_clips_do_not_share_memory(tmp_path):
    path = make_clip(tmp_path / "a.mp4", num_frames=4)
    first, second = open_video(path, clip_bytes=2 * 48 * 32 * 12)
    before = first.pixels_TCHW.clone()
    second.pixels_TCHW.zero_()
    assert torch.equal(first.pixels_TCHW, before)


def test_a_film_can_be_read_again_and_twice_at_once(tmp_path):
    film = open_video(make_clip(tmp_path / "a.mp4"), clip_bytes=1)
    first = all_of(film)
    for a, b in zip(film, film, strict=True):
        assert torch.equal(a.pixels_TCHW, b.pixels_TCHW)
    assert torch.equal(all_of(film).pixels_TCHW, first.pixels_TCHW)


def test_a_reader_left_half_way_closes_its_file(tmp_path):
    with open_video(make_clip(tmp_path / "a.mp4"), clip_bytes=1) as film:
        clips = iter(film)
        next(clips)
        clips.close()
    (tmp_path / "a.mp4").unlink()


@pytest.mark.parametrize(
    ("size", "enlarge", "wanted"),
    [
        (None, False, (100, 60)),
        (50, False, (50, 30)),
        (200, False, (100, 60)),
        (200, True, (200, 120)),
        (41, False, (41, 25)),
        (64, False, (64, 38)),
        (1, False, (1, 1)),
    ],
)
def test_size_is_the_long_side_and_enlarges_only_when_asked(tmp_path, size, enlarge, wanted):
    path = make_clip(tmp_path / "a.mp4", width=100, height=60, num_frames=1)
    film = open_video(path, size=size, enlarge=enlarge)
    assert (film.info.width, film.info.height) == wanted
    assert all_of(film).size == wanted[::-1]


def test_shrinking_averages(tmp_path):
    def stripes(index, height, width):
        out = np.zeros((height, width, 3), np.uint8)
        out[:, ::2] = 255
        return out

    path = make_clip(tmp_path / "a.mp4", width=96, height=64, pixels=stripes, num_frames=1, pix_fmt="yuv444p")
    x = all_of(open_video(path, size=48)).pixels_TCHW
    torch.testing.assert_close(x, torch.full_like(x, 0.5), atol=0.01, rtol=0)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_film_stands_upright(tmp_path, degrees):
    path = make_clip(tmp_path / "a.mp4", width=48, height=32, rotation=degrees, num_frames=1, pix_fmt="yuv444p")
    film = open_video(path)
    upright = torch.rot90(expected(0, 32, 48), degrees // 90, (1, 2))
    assert film.info.rotation == degrees
    assert (film.info.width, film.info.height) == ((48, 32) if degrees == 180 else (32, 48))
    torch.testing.assert_close(all_of(film).pixels_TCHW[0], upright, atol=2.5 / 255, rtol=0)


def test_the_matrix_of_a_phone_held_upright_turns_clockwise(tmp_path):
    """The display matrix (0 1 -1 0) of portrait films sends the x axis down: the picture turns clockwise."""
    path = make_clip(tmp_path / "a.mp4", rotation=270, num_frames=1, pix_fmt="yuv444p")
    data = path.read_bytes()
    matrix = data.index(b"tkhd") + 4 + 40
    a, b, _, c, d = (int.from_bytes(data[matrix + 4 * i : matrix + 4 * i + 4], "big", signed=True) for i in range(5))
    assert (a, b, c, d) == (0, 65536, -65536, 0)
    x_CHW = all_of(open_video(path)).pixels_TCHW[0]
    assert x_CHW[:, 0, -1].argmax() == 0  # red, stored at the top left, stands at the top right
    assert x_CHW[:, 0, 0].argmax() == 2  # blue, stored at the bottom left, stands at the top left


def test_pixels_that_are_not_square_are_told_and_turn_with_the_film(tmp_path):
    flat = make_clip(tmp_path / "a.mp4", sample_aspect_ratio=Fraction(4, 3))
    turned = make_clip(tmp_path / "b.mp4", sample_aspect_ratio=Fraction(4, 3), rotation=90)
    assert probe(flat).sample_aspect_ratio == Fraction(4, 3)
    assert probe(turned).sample_aspect_ratio == Fraction(3, 4)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.webm", {"codec": "libvpx-vp9", "pix_fmt": "yuva420p"}),
        ("a.mov", {"codec": "prores_ks", "pix_fmt": "yuva444p10le"}),
    ],
)
def test_transparency_of_films_is_read(tmp_path, name, options):
    film = open_video(make_clip(tmp_path / name, alpha=64, num_frames=2, **options))
    clip = all_of(film)
    assert film.info.has_alpha
    torch.testing.assert_close(clip.alpha_T1HW[:, :, :, 2:20], torch.full((2, 1, 32, 18), 64 / 255), atol=0.02, rtol=0)
    torch.testing.assert_close(clip.alpha_T1HW[:, :, :, 28:46], torch.ones(2, 1, 32, 18), atol=0.02, rtol=0)


def test_a_gif_is_a_film(tmp_path):
    film = open_video(make_clip(tmp_path / "a.gif", codec="gif", pix_fmt="rgb8", rate=20))
    assert film.info.kind == "video"
    assert [p * film.info.time_base for p in all_of(film).pts_T] == [Fraction(i, 20) for i in range(6)]


def test_a_film_of_one_frame(tmp_path):
    film = open_video(make_clip(tmp_path / "a.mp4", num_frames=1))
    assert len(all_of(film)) == 1
    assert film.truncated is None


def test_a_style_must_be_a_picture(tmp_path):
    with pytest.raises(InputError, match="is a film; a picture was expected"):
        read_picture(make_clip(tmp_path / "a.mp4", num_frames=1))


def test_a_picture_is_a_film_of_one_frame(tmp_path):
    clip = all_of(open_video(make_picture(tmp_path / "a.png")))
    assert (clip.pts_T, clip.time_base, clip.size) == ((0,), Fraction(1), (17, 23))


def test_size_must_be_positive(tmp_path):
    with pytest.raises(ParameterError, match="size=0"):
        open_video(make_clip(tmp_path / "a.mp4"), size=0)
