"""A span read by itself has the pixels and times that a pass from the beginning gives."""

import itertools
from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.testing.media import make_clip, make_picture
from mutoscope.video.index import index_frames
from mutoscope.video.info import probe
from mutoscope.video.read import open_video
from mutoscope.video.sequence import name_of
from mutoscope.video.span import Span, SpanReader

KINDS = {
    "h264 with B-frames": ("a.mp4", {"options": {"g": "7", "bf": "3"}}),
    "h264, open groups": ("a.mkv", {"options": {"x264-params": "open-gop=1:keyint=6:bframes=3:scenecut=0"}}),
    "h264, one group": ("a.mov", {"options": {"g": "250"}}),
    "vp9": ("a.webm", {"codec": "libvpx-vp9", "options": {"g": "5", "deadline": "realtime", "cpu-used": "8"}}),
    "prores": ("a.mov", {"codec": "prores_ks", "pix_fmt": "yuv422p10le"}),
    "mpeg4 in avi": ("a.avi", {"codec": "mpeg4", "options": {"g": "5", "bf": "2"}}),
    "variable rate": ("a.mp4", {"pts": [0, 1, 4, 5, 9, 10, 11, 15, 20, 21, 22, 30, 31, 40, 41, 42, 43, 44, 45]}),
    "starts late": ("a.mp4", {"pts": [i + 50 for i in range(19)], "options": {"g": "4"}}),
    "upright phone": ("a.mp4", {"rotation": 90, "options": {"g": "4"}}),
}


@pytest.fixture(params=KINDS)
def film(request, tmp_path):
    name, options = KINDS[request.param]
    return make_clip(tmp_path / name, width=46, height=34, **{"num_frames": 19, **options})


def whole(path) -> Clip:
    with open_video(path) as opened:
        return Clip.join(list(opened))


def read(reader: SpanReader, start: int, end: int | None, key: int | None) -> Clip:
    return Clip.join(list(reader.read(Span(start, end, key))))


def test_the_index_is_what_decoding_gives(film):
    index = index_frames(probe(film))

    assert tuple(index.pts) == whole(film).pts_T
    assert index.breaks_off is None


@pytest.mark.parametrize("order", ["forwards", "backwards"])
def test_spans_are_what_the_whole_film_is(film, order):
    info, truth = probe(film), whole(film)
    index = index_frames(info)
    edges = [*truth.pts_T[::4], None]
    spans = [(a, b, index.key_before(a)) for a, b in itertools.pairwise(edges)]

    with SpanReader(info, (info.width, info.height)) as reader:
        parts = {span[0]: read(reader, *span) for span in (spans if order == "forwards" else spans[::-1])}

    joined = Clip.join([parts[start] for start in sorted(parts)])
    assert joined.pts_T == truth.pts_T
    assert torch.equal(joined.pixels_TCHW, truth.pixels_TCHW)


def test_reading_on_opens_the_film_once(film, monkeypatch):
    from mutoscope.video import span as module

    opened = []
    decoding = module.Decoding
    monkeypatch.setattr(module, "Decoding", lambda path: opened.append(path) or decoding(path))
    info, pts = probe(film), whole(film).pts_T

    with SpanReader(info, (info.width, info.height)) as reader:
        for start, end in ((pts[0], pts[6]), (pts[6], pts[9]), (pts[9], None)):
            read(reader, start, end, None)

    assert len(opened) == 1


def test_a_span_scales_as_the_whole_film_does(film):
    with open_video(film, size=24) as opened:
        truth = Clip.join(list(opened))
        size = opened.info.width, opened.info.height
    info = probe(film)

    with SpanReader(info, size) as reader:
        part = read(reader, truth.pts_T[5], truth.pts_T[8], None)

    assert torch.equal(part.pixels_TCHW, truth.pixels_TCHW[5:8])


def test_a_sequence_with_a_gap_is_read_by_spans(tmp_path):
    pattern = tmp_path / "f%03d.png"
    for number in (3, 4, 7, 8):
        make_picture(name_of(pattern, number), pixels=lambda i, h, w, n=number: torch.full((h, w, 3), n).byte().numpy())
    info = probe(pattern)

    with SpanReader(info, (info.width, info.height)) as reader:
        part = read(reader, 1, 5, None)

    assert tuple(index_frames(info).pts) == (0, 1, 4, 5)
    assert part.pts_T == (1, 4)
    assert part.time_base == Fraction(1, 25)
    assert (part.pixels_TCHW[1] * 255).mean().round() == 7


def test_a_film_that_breaks_off_is_told_and_read_to_its_end(tmp_path):
    data = make_clip(tmp_path / "a.mkv", width=160, height=120, num_frames=60, options={"qp": "5"}).read_bytes()
    short = tmp_path / "short.mkv"
    short.write_bytes(data[: len(data) // 2])

    index = index_frames(probe(short))

    assert "breaks off" in index.breaks_off
    truth = whole(short)
    with SpanReader(probe(short), (160, 120)) as reader:
        assert read(reader, truth.pts_T[-5], None, index.key_before(truth.pts_T[-5])).pts_T == truth.pts_T[-5:]
