"""The first seconds at half the size."""

from fractions import Fraction

import av
import numpy as np
import pytest

from mutoscope.core.errors import MutoscopeError, OutputError, ParameterError
from mutoscope.engine.preview import preview
from mutoscope.testing.media import Sound, make_clip, make_picture
from mutoscope.video.info import probe
from mutoscope.video.read import open_video

QUICK = {"backbone": "tiny", "iterations": 2, "iterations_next": 1, "coarsest": 16}


@pytest.fixture
def film(tmp_path):
    return make_clip(
        tmp_path / "clip.mp4",
        width=96,
        height=64,
        num_frames=50,
        sounds=[Sound(seconds=Fraction(2))],
        options={"g": "9"},
    )


def times(path) -> list[Fraction]:
    with open_video(path) as film:
        return [pts * clip.time_base for clip in film for pts in clip.pts_T]


@pytest.mark.parametrize("seconds", ["400ms", 0.4])
def test_the_first_seconds_come_with_their_sound_at_half_the_size(seconds, film, style, tmp_path):
    out = tmp_path / "out.mp4"

    done = preview(film, out, seconds, style=style, **QUICK)

    assert times(out) == [Fraction(i, 25) for i in range(10)]
    assert (probe(out).width, probe(out).height) == (48, 32)
    assert done.frames == 10
    assert "first 0.4 s at 48 px" in done.notices[0]
    with av.open(str(out)) as opened:
        sound = sum(packet.duration * packet.time_base for packet in opened.demux(audio=0) if packet.size)
    assert float(sound) == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("seconds", ["2s", "10m", 1e9])
def test_a_preview_as_long_as_the_film_is_the_whole_film(seconds, film, style, tmp_path):
    done = preview(film, tmp_path / "out.mp4", seconds, style=style, **QUICK)

    assert done.frames == 50
    assert "all of it" in done.notices[0]


def test_the_size_that_was_asked_for_is_halved(film, style, tmp_path):
    out = tmp_path / "out.mp4"

    preview(film, out, "80ms", style=style, size=64, **QUICK)

    assert max(probe(out).width, probe(out).height) == 32


def test_a_film_that_does_not_begin_at_zero_begins_with_its_first_frame(style, tmp_path):
    film = make_clip(tmp_path / "late.mkv", width=64, height=48, pts=[25 + i for i in range(12)], num_frames=12)
    out = tmp_path / "out.mkv"

    assert preview(film, out, "200ms", style=style, **QUICK).frames == 5


def test_a_mask_that_is_drawn_on_the_film_is_carried_along_what_is_kept(film, style, tmp_path):
    mask = make_picture(tmp_path / "mask.png", width=96, height=64, pixels=half_white)
    out = tmp_path / "out.mkv"

    preview(film, out, "120ms", style=style, mask=f"{mask}@0s", feather=0, **QUICK)

    with open_video(film, size=48) as source, open_video(out) as made:
        before, after = (next(iter(opened)).pixels_TCHW for opened in (source, made))
    gap = (after - before[: len(after)]).abs().mean((0, 1, 2))
    assert len(after) == 3
    assert gap[:16].mean() < 0.5 * gap[32:].mean()


def half_white(index, height, width):
    del index
    out = np.zeros((height, width, 3), np.uint8)
    out[:, width // 2 :] = 255
    return out


def test_less_than_a_frame_is_a_frame(film, style, tmp_path):
    assert preview(film, tmp_path / "out.mp4", "1ms", style=style, **QUICK).frames == 1


def test_a_picture_is_halved(style, tmp_path):
    out = tmp_path / "out.png"

    preview(make_picture(tmp_path / "in.png", width=64, height=48), out, "2s", style=style, **QUICK)

    assert (probe(out).width, probe(out).height) == (32, 24)


def test_a_sequence_is_cut_too(style, tmp_path):
    for i in range(6):
        make_picture(tmp_path / f"in_{i:03d}.png", index=i, width=48, height=34)

    done = preview(tmp_path / "in_%03d.png", tmp_path / "out_%03d.png", "120ms", style=style, **QUICK)

    assert done.frames == 3
    assert sorted(p.name for p in tmp_path.glob("out_*")) == ["out_000.png", "out_001.png", "out_002.png"]


@pytest.mark.parametrize("seconds", ["0s", 0, -1, "-2s", "soon", float("nan"), float("inf"), ""])
def test_no_time_at_all_is_refused_in_one_line(seconds, film, style, tmp_path):
    with pytest.raises(ParameterError, match="preview") as caught:
        preview(film, tmp_path / "out.mp4", seconds, style=style, **QUICK)

    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.mp4").exists()


def test_what_cannot_be_read_or_written_is_refused(film, style, tmp_path):
    with pytest.raises(MutoscopeError, match=r"nothing\.mp4"):
        preview(tmp_path / "nothing.mp4", tmp_path / "out.mp4", "1s", style=style, **QUICK)
    with pytest.raises(OutputError):
        preview(film, film, "1s", style=style, **QUICK)
