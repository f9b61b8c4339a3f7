"""Matrix, range, primaries and HDR of what is read; BT.709 of what is written."""

from fractions import Fraction

import av
import numpy as np
import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.testing.media import make_clip, solid
from mutoscope.video.info import probe
from mutoscope.video.read import open_video
from mutoscope.video.write import create_video

COLOURS = [(200, 90, 40), (20, 180, 60), (30, 40, 220), (128, 128, 128), (0, 0, 0), (255, 255, 255)]


def colour_of(path):
    """Mean of the first frame, 0..255."""
    return next(iter(open_video(path))).pixels_TCHW[0].mean((1, 2)) * 255


def write(path, colour, **options):
    options = {"num_frames": 1, "pix_fmt": "yuv444p", **options}
    return make_clip(path, pixels=solid(*colour), **options)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("color_range", ["limited", "full"])
@pytest.mark.parametrize("matrix", ["bt709", "smpte170m", "bt470bg", "bt2020nc"])
def test_matrix_and_range_are_honoured(tmp_path, matrix, color_range, colour):
    path = write(tmp_path / "a.mp4", colour, matrix=matrix, color_range=color_range)
    torch.testing.assert_close(colour_of(path), torch.tensor(colour).float(), atol=2.0, rtol=0)


def test_a_matrix_that_is_not_honoured_would_be_seen(tmp_path):
    """The reader trusts the tag: the same bytes under another matrix give another colour."""
    right = colour_of(write(tmp_path / "a.mkv", (200, 90, 40), matrix="smpte170m"))
    untagged = colour_of(write(tmp_path / "b.mkv", (200, 90, 40), matrix="smpte170m", tagged=False, height=720))
    assert (right - untagged).abs().max() > 8


@pytest.mark.parametrize(("height", "matrix"), [(32, "smpte170m"), (720, "bt709")])
def test_untagged_films_are_taken_as_players_take_them(tmp_path, height, matrix):
    path = write(tmp_path / "a.mkv", (200, 90, 40), matrix=matrix, tagged=False, height=height)
    torch.testing.assert_close(colour_of(path), torch.tensor([200.0, 90.0, 40.0]), atol=2.0, rtol=0)


def test_black_and_white_reach_the_ends(tmp_path):
    def halves(index, height, width):
        out = np.zeros((height, width, 3), np.uint8)
        out[:, width // 2 :] = 255
        return out

    x = next(iter(open_video(make_clip(tmp_path / "a.mp4", pixels=halves, num_frames=1)))).pixels_TCHW
    assert x[..., 2:20].max() == 0
    assert x[..., 28:46].min() == 1


def test_display_p3_keeps_its_look_in_srgb(tmp_path):
    """P3 (150, 120, 100) by the published matrix (1.2249 -0.2247 0; -0.0420 1.0419 0; -0.0197 -0.0786 1.0979)."""
    path = write(tmp_path / "a.mkv", (150, 120, 100), primaries="smpte432")
    torch.testing.assert_close(colour_of(path), torch.tensor([155.0, 119.0, 97.0]), atol=2.5, rtol=0)


def pq(nits):
    """Inverse of SMPTE ST 2084's curve, in 8-bit levels."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    y = (nits / 10_000) ** m1
    return ((c1 + c2 * y) / (1 + c3 * y)) ** m2 * 255


HDR = {"pix_fmt": "yuv444p10le", "matrix": "bt2020nc", "primaries": "bt2020"}


def test_pq_is_tone_mapped_with_a_notice(tmp_path):
    means = []
    for nits in (0, 20, 100, 203, 1000):
        path = write(tmp_path / f"{nits}.mkv", (round(pq(nits)),) * 3, transfer="smpte2084", **HDR)
        film = open_video(path)
        x = next(iter(film)).pixels_TCHW
        assert film.notices == [f"{nits}.mkv is HDR (PQ); it was tone-mapped to SDR BT.709."]
        assert (x.amax(1) - x.amin(1)).max() < 0.01  # grey stays grey
        means.append(float(x.mean()))
    assert means == sorted(means)
    assert means[0] < 0.01
    # 20 of 203 cd/m² is 9.9 % of white's light: sRGB 0.348; diffuse white leaves room for light above it.
    assert means[1] == pytest.approx(0.348, abs=0.02)
    assert 0.85 < means[3] < 0.95
    assert means[4] > 0.99


def test_hlg_is_tone_mapped_with_a_notice(tmp_path):
    path = write(tmp_path / "a.mkv", (191, 191, 191), transfer="arib-std-b67", **HDR)
    film = open_video(path)
    # BT.2408: HLG 75 % is diffuse white.
    assert 0.85 < float(next(iter(film)).pixels_TCHW.mean()) < 0.95
    assert film.notices == ["a.mkv is HDR (HLG); it was tone-mapped to SDR BT.709."]


def test_hdr_red_stays_red(tmp_path):
    path = write(tmp_path / "a.mkv", (round(pq(120)), round(pq(10)), round(pq(10))), transfer="smpte2084", **HDR)
    red, green, blue = colour_of(path)
    assert red > 150
    assert max(green, blue) < 100


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {}),
        ("a.mp4", {"bit_depth": 10}),
        ("a.mkv", {}),
        ("a.webm", {}),
        ("a.mov", {"codec": "prores"}),
    ],
)
def test_what_is_written_is_tagged_bt709_and_reads_back(tmp_path, name, options):
    x_TCHW = torch.tensor([200.0, 90.0, 40.0]).div(255).view(1, 3, 1, 1).expand(2, 3, 64, 64).contiguous()
    like = probe(make_clip(tmp_path / "like.mp4", width=64, height=64))
    with create_video(tmp_path / name, like=like, **options) as writer:
        writer.write(Clip(x_TCHW, (0, 512), like.time_base))
    info = probe(tmp_path / name)
    assert (info.color_matrix, info.color_primaries, info.color_transfer) == ("bt709",) * 3
    assert info.color_range == "limited"
    torch.testing.assert_close(colour_of(tmp_path / name), torch.tensor([200.0, 90.0, 40.0]), atol=3, rtol=0)


def test_ten_bits_hold_steps_that_eight_do_not(tmp_path):
    ramp_W = torch.linspace(0.4, 0.45, 256)
    x_TCHW = ramp_W.expand(1, 3, 32, 256).contiguous()
    like = probe(make_clip(tmp_path / "like.mp4", width=256))
    levels = {}
    for depth in (8, 10):
        path = tmp_path / f"{depth}.mp4"
        with create_video(path, like=like, bit_depth=depth, crf=0) as writer:
            writer.write(Clip(x_TCHW, (0,), Fraction(1, 25)))
        with av.open(str(path)) as container:
            luma = next(container.decode(video=0))
            assert luma.format.name == ("yuv420p" if depth == 8 else "yuv420p10le")
        levels[depth] = len(next(iter(open_video(path))).pixels_TCHW[0, 1, 16].unique())
    assert levels[10] > 3 * levels[8]
