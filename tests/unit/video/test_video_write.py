"""Encoding: time stamps, sizes, codecs, sameness, and nothing half-written."""

import errno
import hashlib
import os
from fractions import Fraction

import av
import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import OutputError, ParameterError
from mutoscope.testing.media import Sound, make_clip, make_picture
from mutoscope.video.info import probe
from mutoscope.video.read import open_video
from mutoscope.video.write import create_video


def copy(source, result, size=None, **options):
    """Decode, change nothing, encode; give the notices."""
    film = open_video(source, size=size)
    with create_video(result, like=film.info, source=source, **options) as writer:
        for clip in film:
            writer.write(clip)
    return writer.notices


def times(path):
    """Exact time of every frame, by PyAV."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


FILMS = {
    "constant": {"rate": 25},
    "ntsc": {"rate": Fraction(24000, 1001), "pts": [1001 * i for i in range(6)], "time_base": Fraction(1, 24000)},
    "odd start": {
        "rate": Fraction(30000, 1001),
        "pts": [1001 * i for i in range(7, 12)],
        "time_base": Fraction(1, 30000),
    },
    "variable": {"pts": [0, 33, 67, 500, 501, 1700], "time_base": Fraction(1, 1000)},
    "fine": {"pts": [90_001, 93_003, 96_007, 99_999], "time_base": Fraction(1, 90_000)},
    "one frame": {"num_frames": 1},
    "fast": {"rate": 240, "num_frames": 9},
}


@pytest.mark.parametrize("film", FILMS)
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_every_time_stamp_survives(tmp_path, film, suffix):
    source = make_clip(tmp_path / "in.mp4", sounds=[Sound(seconds=Fraction(1, 5))], **FILMS[film])
    copy(source, tmp_path / f"out{suffix}")
    assert times(tmp_path / f"out{suffix}") == times(source)


@pytest.mark.parametrize("film", FILMS)
@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_matroska_rounds_to_its_milliseconds(tmp_path, film, suffix):
    source = make_clip(tmp_path / "in.mp4", sounds=[Sound(seconds=Fraction(1, 5))], **FILMS[film])
    copy(source, tmp_path / f"out{suffix}")
    assert [
        abs(a - b) <= Fraction(1, 2000) for a, b in zip(times(tmp_path / f"out{suffix}"), times(source), strict=True)
    ]


def test_matroska_to_mp4_and_back(tmp_path):
    source = make_clip(tmp_path / "in.mkv", **FILMS["variable"])
    copy(source, tmp_path / "a.mp4")
    copy(tmp_path / "a.mp4", tmp_path / "b.mkv")
    assert times(tmp_path / "b.mkv") == times(source)


def test_gif_keeps_its_hundredths(tmp_path):
    source = make_clip(tmp_path / "in.mkv", pts=[0, 40, 100, 350], time_base=Fraction(1, 1000))
    copy(source, tmp_path / "out.gif")
    assert times(tmp_path / "out.gif") == times(source)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".mov", ".gif"])
def test_length_survives(tmp_path, suffix):
    source = make_clip(tmp_path / "in.mp4", rate=10, num_frames=5, options={"qp": "0", "bf": "0"})
    copy(source, tmp_path / f"out{suffix}")
    assert probe(tmp_path / f"out{suffix}").duration == Fraction(1, 2)


@pytest.mark.parametrize(
    ("name", "codec", "decoder"),
    [
        ("a.mp4", None, "h264"),
        ("a.mp4", "h264", "h264"),
        ("a.mp4", "av1", "av1"),
        ("a.mov", "prores", "prores"),
        ("a.mov", "dnxhr", "dnxhd"),
        ("a.mkv", None, "h264"),
        ("a.webm", None, "vp9"),
        ("a.webm", "av1", "av1"),
        ("a.m4v", None, "h264"),
        ("a.gif", None, "gif"),
    ],
)
def test_every_codec_is_written_and_shows_the_same_picture(tmp_path, name, codec, decoder):
    source = make_clip(tmp_path / "in.mp4", width=256, height=128, num_frames=2)
    copy(source, tmp_path / name, codec=codec)
    info = probe(tmp_path / name)
    assert (info.codec, info.width, info.height) == (decoder, 256, 128)
    ours, theirs = next(iter(open_video(tmp_path / name))), next(iter(open_video(source)))
    # Away from the edges between the quarters, which 4:2:0 blurs.
    for y, x in ((10, 20), (10, 180), (90, 20), (90, 180)):
        part = (slice(None), slice(None), slice(y, y + 24), slice(x, x + 48))
        mean = (ours.pixels_TCHW[part].mean((2, 3)) - theirs.pixels_TCHW[part].mean((2, 3))).abs()
        assert mean.max() < 0.02, (y, x)


@pytest.mark.parametrize(("codec", "form"), [("prores", "yuv422p10le"), ("dnxhr", "yuv422p10le")])
def test_ten_bits_on_request(tmp_path, codec, form):
    source = make_clip(tmp_path / "in.mp4", width=256, height=128, num_frames=1)
    copy(source, tmp_path / "out.mov", codec=codec, bit_depth=10)
    assert (probe(tmp_path / "out.mov").pixel_format, probe(tmp_path / "out.mov").bit_depth) == (form, 10)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".mov", ".gif"])
def test_odd_sizes_stay_odd(tmp_path, suffix):
    source = make_clip(tmp_path / "in.mkv", width=17, height=23, pix_fmt="yuv444p")
    notices = copy(source, tmp_path / f"out{suffix}")
    clip = next(iter(open_video(tmp_path / f"out{suffix}")))
    assert clip.size == (23, 17)
    assert any("17x23 is odd" in notice for notice in notices) == (suffix in (".mp4", ".mkv", ".mov"))


def test_a_turned_film_is_written_upright(tmp_path):
    source = make_clip(tmp_path / "in.mp4", rotation=90)
    copy(source, tmp_path / "out.mp4")
    info = probe(tmp_path / "out.mp4")
    assert (info.rotation, info.width, info.height) == (0, 32, 48)


def test_a_lost_shape_of_the_pixels_is_told(tmp_path):
    source = make_clip(tmp_path / "in.mp4", sample_aspect_ratio=Fraction(16, 11))
    assert any("16:11" in notice for notice in copy(source, tmp_path / "out.webm"))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_the_shape_of_the_pixels_is_carried_over(tmp_path, suffix):
    source = make_clip(tmp_path / "in.mp4", sample_aspect_ratio=Fraction(16, 11))
    copy(source, tmp_path / f"out{suffix}")
    assert probe(tmp_path / f"out{suffix}").sample_aspect_ratio == Fraction(16, 11)


@pytest.mark.parametrize(("name", "codec"), [("a.webm", None), ("a.mov", "prores"), ("a.gif", None)])
def test_transparency_is_kept_where_it_can_be(tmp_path, name, codec):
    source = make_clip(tmp_path / "in.webm", codec="libvpx-vp9", pix_fmt="yuva420p", alpha=0, num_frames=2)
    assert not any("transparency" in notice for notice in copy(source, tmp_path / name, codec=codec))
    clip = next(iter(open_video(tmp_path / name)))
    assert clip.alpha_T1HW is not None
    assert clip.alpha_T1HW[..., 2:20].max() < 0.02
    assert clip.alpha_T1HW[..., 28:46].min() > 0.98


def test_transparency_that_cannot_be_kept_is_laid_on_white_with_a_notice(tmp_path):
    source = make_clip(tmp_path / "in.webm", codec="libvpx-vp9", pix_fmt="yuva420p", alpha=0, num_frames=1)
    assert "laid on white" in copy(source, tmp_path / "out.mp4")[0]
    assert next(iter(open_video(tmp_path / "out.mp4"))).pixels_TCHW[..., 2:20].min() > 0.97


def test_an_opaque_gif_needs_no_notice(tmp_path):
    source = make_clip(tmp_path / "in.gif", codec="gif", pix_fmt="rgb8")
    assert copy(source, tmp_path / "out.mp4") == []


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", None),
        ("a.mkv", None),
        ("a.webm", None),
        ("a.mov", "prores"),
        ("a.mp4", "av1"),
        ("a.gif", None),
    ],
)
def test_same_film_same_bytes(tmp_path, name, codec):
    source = make_clip(tmp_path / "in.mp4", width=64, height=64, num_frames=12, sounds=[Sound(seconds=Fraction(1, 4))])
    digests = []
    for folder in ("1", "2"):
        (tmp_path / folder).mkdir()
        copy(source, tmp_path / folder / name, codec=codec)
        digests.append(hashlib.sha256((tmp_path / folder / name).read_bytes()).hexdigest())
    assert digests[0] == digests[1]


def test_a_higher_crf_makes_a_smaller_film(tmp_path):
    source = make_clip(tmp_path / "in.mp4", width=256, height=128)
    copy(source, tmp_path / "fine.mp4", crf=0)
    copy(source, tmp_path / "coarse.mp4", crf=51)
    assert (tmp_path / "coarse.mp4").stat().st_size < (tmp_path / "fine.mp4").stat().st_size


def test_a_picture_becomes_a_film_of_one_frame(tmp_path):
    source = make_picture(tmp_path / "in.png", width=48, height=32)
    copy(source, tmp_path / "out.mp4")
    assert len(times(tmp_path / "out.mp4")) == 1


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("nowhere/a.mp4", {}, "does not exist"),
        ("a.txt", {}, "is not written here"),
        ("a", {}, "no suffix"),
        ("a.avi", {}, "is not written here"),
        ("a.mp4", {"codec": "vp8000"}, "cannot hold codec vp8000"),
        ("a.webm", {"codec": "h264"}, "cannot hold codec h264"),
        ("a.mov", {"codec": "dnxhr"}, "256x120"),
        ("a.png", {}, "holds one picture"),
    ],
)
def test_what_cannot_be_written_is_refused_at_once(tmp_path, name, options, words):
    source = make_clip(tmp_path / "in.mp4")
    with pytest.raises(OutputError, match=words) as caught:
        create_video(tmp_path / name, like=probe(source), source=source, **options)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["in.mp4"]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("a.mp4", {"crf": 52}, "crf=52 is not allowed; expected 0"),
        ("a.mov", {"codec": "prores", "crf": 10}, "means nothing"),
        ("a.webm", {"bit_depth": 10}, "bit_depth=10 is not written"),
        ("a_%d.png", {"crf": 10}, "mean nothing"),
    ],
)
def test_settings_that_mean_nothing_are_refused_at_once(tmp_path, name, options, words):
    source = make_clip(tmp_path / "in.mp4")
    with pytest.raises(ParameterError, match=words):
        create_video(tmp_path / name, like=probe(source), source=source, **options)
    assert os.listdir(tmp_path) == ["in.mp4"]


@pytest.mark.parametrize("way", ["same", "dots", "symlink", "hard link"])
def test_the_source_is_never_overwritten(tmp_path, way):
    source = make_clip(tmp_path / "in.mp4")
    before = source.read_bytes()
    (tmp_path / "sub").mkdir()
    result = {"same": source, "dots": tmp_path / "sub" / ".." / "in.mp4"}.get(way, tmp_path / "other.mp4")
    if way == "symlink":
        result.symlink_to(source)
    elif way == "hard link":
        result.hardlink_to(source)
    with pytest.raises(OutputError, match="is the source itself"):
        create_video(result, like=probe(source), source=source)
    assert source.read_bytes() == before


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_an_accident_leaves_nothing_and_the_old_file_as_it_was(tmp_path, error):
    source = make_clip(tmp_path / "in.mp4", num_frames=60, width=128, height=128)
    old = tmp_path / "out.mp4"
    old.write_bytes(b"old")
    film = open_video(source)

    def attempt():
        with create_video(old, like=film.info, source=source) as writer:
            writer.write(next(iter(film)))
            raise error

    with pytest.raises(error):
        attempt()
    assert old.read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["in.mp4", "out.mp4"]


def test_a_film_without_frames_is_not_written(tmp_path):
    source = make_clip(tmp_path / "in.mp4")
    writer = create_video(tmp_path / "out.mp4", like=probe(source), source=source)
    with pytest.raises(OutputError, match="no frame came"), writer:
        pass
    assert os.listdir(tmp_path) == ["in.mp4"]


def test_frames_of_another_size_are_refused(tmp_path):
    source = make_clip(tmp_path / "in.mp4")
    writer = create_video(tmp_path / "out.mp4", like=probe(source))
    with pytest.raises(OutputError, match="frames of 10x10 came, 48x32 was begun"), writer:
        writer.write(Clip(torch.zeros(1, 3, 10, 10), (0,), Fraction(1, 25)))


def test_times_that_fall_back_are_refused(tmp_path):
    source = make_clip(tmp_path / "in.mp4")
    frame = Clip(torch.zeros(1, 3, 32, 48), (5,), Fraction(1, 25))
    writer = create_video(tmp_path / "out.mp4", like=probe(source))
    with pytest.raises(OutputError, match="do not rise"), writer:
        writer.write(frame)
        writer.write(frame)


@pytest.mark.parametrize("moment", ["write", "close"])
def test_a_full_disk_is_told_in_one_line(tmp_path, monkeypatch, moment):
    source = make_clip(tmp_path / "in.mp4")
    film = open_video(source)
    from mutoscope.video.film_sink import FilmSink

    def fail(*args):
        raise av.error.OSError(errno.ENOSPC, "No space left on device", "out.mp4")

    monkeypatch.setattr(FilmSink, "_encode" if moment == "write" else "_last_duration", fail)
    writer = create_video(tmp_path / "out.mp4", like=film.info)
    with pytest.raises(OutputError, match="disk is full"), writer:
        for clip in film:
            writer.write(clip)
    assert os.listdir(tmp_path) == ["in.mp4"]


def test_memory_does_not_hold_the_film(tmp_path):
    """Clips are handed on one by one: the reader is never more than a clip ahead of the writer."""
    source = make_clip(tmp_path / "in.mp4", num_frames=40)
    film = open_video(source, clip_bytes=1)
    with create_video(tmp_path / "out.mp4", like=film.info, source=source) as writer:
        for clip in film:
            assert len(clip) == 1
            writer.write(clip)
    assert len(times(tmp_path / "out.mp4")) == 40
