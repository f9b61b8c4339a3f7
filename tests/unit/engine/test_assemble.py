from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from mutoscope.core.errors import InputError, OutputError
from mutoscope.engine.assemble import assemble
from mutoscope.sort.model import ClipReport, FrameTable, Segment
from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.info import probe

X264 = {"qp": "10", "threads": "1", "preset": "medium", "bf": "2", "g": "12", "sc_threshold": "0"}


def film(folder, name, *, hertz=440.0, options=None, frames=60, rate=25, sound=True, **more):
    sounds = [Sound(seconds=Fraction(frames) / Fraction(rate), hertz=hertz)] if sound else []
    return make_clip(
        folder / name,
        width=more.pop("width", 64),
        height=48,
        num_frames=frames,
        rate=rate,
        options=options or X264,
        sounds=sounds,
        **more,
    )


def told(path, parts):
    """Give a report of a clip from its packets: parts are (first, end, verdict)."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        pts = sorted(p.pts for p in container.demux(stream) if p.size)
        table = FrameTable(np.array(pts), Fraction(stream.time_base), {})
        rate = Fraction(stream.average_rate)
    return ClipReport(path.name, table=table, segments=tuple(Segment(*part) for part in parts), frame_rate=rate)


def levels(path):
    """Decode all: the number (0..15) that `patches` wrote into each frame, and the frames' times in seconds."""
    numbers, times = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            grey = frame.to_ndarray(format="gray")
            numbers.append(round((float(grey[-8:, -8:].mean()) - 96) / 8) % 16)
            times.append(frame.pts * frame.time_base)
    return numbers, times


def sound(path):
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", "mono", 48_000)
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
        start = frames[0].pts * frames[0].time_base
        return float(start), np.concatenate([f.to_ndarray()[0] for f in frames])


def codec_bytes(path):
    with av.open(str(path)) as container:
        return [bytes(p) for p in container.demux(container.streams.video[0]) if p.size]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_alike_clips_are_copied_in_order_from_key_frame_on(tmp_path, suffix):
    a, b = film(tmp_path, "a.mp4"), film(tmp_path, "b.mp4", hertz=880)
    reports = [told(b, [(0, 12, "reject"), (12, 48, "keep"), (48, 60, "reject")]), told(a, [(22, 60, "keep")])]

    done = assemble(reports, tmp_path, tmp_path / f"out{suffix}")

    numbers, times = levels(done.path)
    # From a: 24 is the first key frame in 22..60. Frames are numbered modulo 16.
    assert numbers == [i % 16 for i in (*range(12, 48), *range(24, 60))]
    assert done.frames == len(numbers) == 72
    rounding = Fraction(1, 1000) if suffix == ".mkv" else 0
    assert all(abs(t - times[0] - Fraction(i, 25)) <= rounding for i, t in enumerate(times))
    originals = set(codec_bytes(a)) | set(codec_bytes(b))
    assert set(codec_bytes(done.path)) <= originals
    assert any("0.08 s" in notice for notice in done.notices)


def test_sound_is_as_long_as_the_pictures_and_changes_with_them(tmp_path):
    a, b = film(tmp_path, "a.mp4", hertz=500), film(tmp_path, "b.mp4", hertz=1500)
    done = assemble([told(a, [(12, 36, "keep")]), told(b, [(24, 60, "keep")])], tmp_path, tmp_path / "out.mp4")

    start, wave = sound(done.path)
    length = done.frames / 25
    # The coder's own padding may follow, never a frame's worth less.
    assert -0.03 <= start <= 0.03
    assert abs(len(wave) / 48_000 + start - length) < 0.04
    assert abs(float(probe(done.path).audio[0].duration) - length) < 0.04

    def hertz(at):
        part = wave[round((at - start) * 48_000) :][:4800]
        return float(np.abs(np.fft.rfft(part)).argmax() * 10)

    assert (hertz(0.1), hertz(0.8), hertz(1.05), hertz(2.2)) == (500, 500, 1500, 1500)


def test_touching_keeps_lose_nothing_between_them(tmp_path):
    a = film(tmp_path, "a.mp4")
    done = assemble([told(a, [(0, 17, "keep"), (17, 60, "keep")])], tmp_path, tmp_path / "out.mp4")

    assert levels(done.path)[0] == [i % 16 for i in range(60)]
    assert not any("fell away" in notice for notice in done.notices)


def test_an_end_amid_reordered_frames_leaves_nothing_half_decoded(tmp_path):
    a = film(tmp_path, "a.mp4")
    with av.open(str(a)) as container:
        order = [p.pts for p in container.demux(container.streams.video[0]) if p.size]
    assert order != sorted(order)

    for end in range(37, 45):
        done = assemble([told(a, [(12, end, "keep")])], tmp_path, tmp_path / f"{end}.mp4")
        numbers = levels(done.path)[0]
        assert numbers == [i % 16 for i in range(12, 12 + len(numbers))]
        assert end - 3 <= 12 + len(numbers) <= end


def test_other_settings_of_the_encoder_are_coded_anew_to_the_frame(tmp_path):
    a = film(tmp_path, "a.mp4")
    b = film(tmp_path, "b.mp4", options={**X264, "refs": "5", "preset": "slow", "cabac": "0", "profile": "baseline"})
    done = assemble([told(a, [(7, 31, "keep")]), told(b, [(40, 55, "keep")])], tmp_path, tmp_path / "out.mp4")

    assert levels(done.path)[0] == [i % 16 for i in (*range(7, 31), *range(40, 55))]
    assert "2 kinds" in done.notices[0]
    _, wave = sound(done.path)
    assert abs(len(wave) / 48_000 - 39 / 25) < 0.04


def test_sizes_and_rates_are_fitted_to_those_of_most(tmp_path):
    a, b = film(tmp_path, "a.mp4"), film(tmp_path, "b.mp4", width=32, frames=30, rate=50, sound=False)
    done = assemble([told(b, [(0, 30, "keep")]), told(a, [(0, 60, "keep")])], tmp_path, tmp_path / "out.mp4")

    _, times = levels(done.path)
    assert (probe(done.path).width, probe(done.path).height) == (64, 48)
    assert done.frames == 90
    steps = [after - before for before, after in pairwise(times)]
    assert steps == [Fraction(1, 50)] * 30 + [Fraction(1, 25)] * 59
    assert any("fitted" in notice for notice in done.notices)
    _, wave = sound(done.path)
    assert float(np.abs(wave[: round(0.55 * 48_000)]).max()) < 0.05 < float(np.abs(wave[round(0.7 * 48_000) :]).max())


def test_far_key_frames_are_no_reason_to_lose_footage(tmp_path):
    a = film(tmp_path, "a.mp4", options={**X264, "g": "600"})
    done = assemble([told(a, [(20, 50, "keep")])], tmp_path, tmp_path / "out.mp4")

    assert levels(done.path)[0] == [i % 16 for i in range(20, 50)]
    assert "100 % would have been lost" in done.notices[0]


def test_a_short_keep_without_key_frame_is_left_out_and_told(tmp_path):
    a = film(tmp_path, "a.mp4")
    done = assemble([told(a, [(0, 36, "keep"), (36, 38, "reject"), (38, 42, "keep")])], tmp_path, tmp_path / "out.mp4")

    assert levels(done.path)[0] == [i % 16 for i in range(36)]
    assert any("left out" in notice and "a.mp4" in notice for notice in done.notices)


def test_open_groups_of_pictures_are_not_cut_into(tmp_path):
    a, b = (film(tmp_path, f"{n}.mp4", options={**X264, "x264-params": "open-gop=1:scenecut=0"}) for n in "ab")
    with av.open(str(a)) as container:
        assert sum(p.is_keyframe for p in container.demux(container.streams.video[0]) if p.size) > 1
    done = assemble([told(a, [(0, 60, "keep")]), told(b, [(5, 60, "keep")])], tmp_path, tmp_path / "out.mp4")

    # The key frames after the first one lean on what came before, so nothing of b can be copied.
    assert levels(done.path)[0] == [i % 16 for i in (*range(60), *range(5, 60))]
    assert "lost by copying" in done.notices[0]


def test_turned_clips_stay_turned(tmp_path):
    a = film(tmp_path, "a.mp4", rotation=90)
    done = assemble([told(a, [(0, 60, "keep")])], tmp_path, tmp_path / "out.mp4")

    assert probe(done.path).rotation == probe(a).rotation == 90
    assert not any("pictures were" in notice or "film was coded" in notice for notice in done.notices)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001), 50])
def test_rates_stay_exact(tmp_path, rate):
    a = film(tmp_path, "a.mp4", rate=rate)
    done = assemble([told(a, [(0, 24, "keep"), (24, 36, "reject"), (36, 60, "keep")])], tmp_path, tmp_path / "out.mp4")

    assert probe(done.path).frame_rate == rate
    times = levels(done.path)[1]
    assert [t - times[0] for t in times] == [i / Fraction(rate) for i in range(48)]


def test_variable_rates_keep_their_times(tmp_path):
    pts = list(np.cumsum([33, 40, 20] * 20).tolist())
    a = make_clip(tmp_path / "a.mp4", width=64, height=48, pts=pts, time_base=Fraction(1, 1000), options=X264)
    report = told(a, [(0, 60, "keep")])
    report = ClipReport(report.path, table=report.table, segments=report.segments)
    done = assemble([report], tmp_path, tmp_path / "out.mp4")

    times = levels(done.path)[1]
    assert [t - times[0] for t in times] == [Fraction(p - pts[0], 1000) for p in pts]


def test_the_same_reports_give_the_same_film(tmp_path):
    a = film(tmp_path, "a.mp4")
    one, two = (assemble([told(a, [(0, 40, "keep")])], tmp_path, tmp_path / f"{i}.mp4").path for i in "12")

    assert one.read_bytes() == two.read_bytes()


def test_nothing_kept_is_told(tmp_path):
    a = film(tmp_path, "a.mp4")

    with pytest.raises(InputError, match="nothing is kept"):
        assemble([told(a, [(0, 60, "reject")]), ClipReport("x.mp4", error="broken")], tmp_path, tmp_path / "out.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4"]


def test_clips_are_never_written_over(tmp_path):
    a = film(tmp_path, "a.mp4")

    with pytest.raises(OutputError, match="one of the clips"):
        assemble([told(a, [(0, 60, "keep")])], tmp_path, a)


def test_a_clip_that_has_gone_is_told_and_nothing_is_left(tmp_path):
    a = film(tmp_path, "a.mp4")
    report = told(a, [(0, 60, "keep")])
    a.unlink()

    with pytest.raises(InputError, match=r"a\.mp4"):
        assemble([report], tmp_path, tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_pixels_that_are_not_square_stay_so(tmp_path):
    a = film(tmp_path, "a.mp4", sample_aspect_ratio=Fraction(4, 3), options={**X264, "g": "600"})
    done = assemble([told(a, [(20, 50, "keep")])], tmp_path, tmp_path / "out.mp4")

    info = probe(done.path)
    assert (info.width, info.height, info.sample_aspect_ratio) == (64, 48, Fraction(4, 3))
    assert not any("fitted" in notice for notice in done.notices)


def test_hevc_is_copied_from_pictures_that_forget_the_past(tmp_path):
    options = {"x265-params": "keyint=12:min-keyint=12:open-gop=0:log-level=error:pools=1:frame-threads=1:lossless=1"}
    a = film(tmp_path, "a.mp4", codec="libx265", options=options)
    done = assemble([told(a, [(5, 30, "keep"), (30, 34, "reject"), (34, 60, "keep")])], tmp_path, tmp_path / "out.mp4")

    assert probe(done.path).codec == "hevc"
    assert levels(done.path)[0] == [i % 16 for i in (*range(12, 30), *range(36, 60))]
