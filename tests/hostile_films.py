"""Hostile films."""

import functools
import random
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from mutoscope.testing.media import Sound, make_clip, solid

__all__ = ["absurd", "bombs", "boxes", "codes", "flipped", "frameless", "gab2", "truncated"]

Made = tuple[str, bytes]
_KINDS = (
    ("mp4", "libx264", "aac"),
    ("mov", "mpeg4", "pcm_s16le"),
    ("mkv", "libx264", "aac"),
    ("webm", "libvpx", "libopus"),
    ("avi", "mjpeg", "pcm_s16le"),
    ("gif", "gif", ""),
    ("ts", "mpeg2video", "mp2"),
    ("flv", "flv", ""),
    ("mpg", "mpeg1video", ""),
)


@functools.cache
def film(folder: Path, suffix: str, codec: str, sound: str) -> bytes:
    """A good film of 24 frames."""
    path = folder / f"seed.{suffix}"
    sounds = (Sound(sound, seconds=Fraction(24, 25), layout="mono"),) if sound else ()
    form = {"gif": "rgb8", "avi": "yuvj420p"}.get(suffix, "yuv420p")
    make_clip(path, width=96, height=64, num_frames=24, codec=codec, pix_fmt=form, sounds=sounds, options={})
    content = path.read_bytes()
    path.unlink()
    return content


def _all(folder: Path) -> Iterator[tuple[str, bytes]]:
    for suffix, codec, sound in _KINDS:
        yield f"film.{suffix}", film(folder, suffix, codec, sound)


def truncated(folder: Path, chance: random.Random) -> Iterator[Made]:
    for name, whole in _all(folder):
        for _ in range(6):
            yield name, whole[: chance.randrange(16, int(len(whole) * 0.95))]


def flipped(folder: Path, chance: random.Random) -> Iterator[Made]:
    for name, whole in _all(folder):
        for number in range(8):
            bent = bytearray(whole)
            area = min(len(bent), 1500) if number < 4 else len(bent)
            for _ in range(1 + 4 * number):
                bent[chance.randrange(8, area)] ^= 1 << chance.randrange(8)
            yield name, bytes(bent)


def gab2(folder: Path, chance: random.Random) -> Iterator[Made]:
    whole = film(folder, *_KINDS[4])
    for target in ("file:///etc/passwd", "http://192.0.2.1/x", "concat:/etc/passwd|/etc/hostname"):
        for name in ("film.avi", "film.mp4"):
            playlist = f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.0,\n{target}\n#EXT-X-ENDLIST\n".encode()
            text = (
                b"GAB2\0\x02\0"
                + struct.pack("<I", 2)
                + b"\0\0"
                + b"\x04\0"
                + struct.pack("<I", len(playlist))
                + playlist
            )
            yield name, _with_subtitles(whole, text + b"\0" * (len(text) % 2))


def _with_subtitles(whole: bytes, text: bytes) -> bytes:
    """Put a track of texts into an AVI, with one packet."""
    head = b"strh" + struct.pack("<I", 56) + b"txts" + bytes(16) + struct.pack("<II", 1, 25) + bytes(28)
    form = b"strf" + struct.pack("<I", 0)
    track = b"LIST" + struct.pack("<I", 4 + len(head) + len(form)) + b"strl" + head + form
    place = whole.index(b"LIST", whole.index(b"hdrl") + 4)
    hdrl_at = whole.index(b"hdrl") - 4
    hdrl = struct.unpack("<I", whole[hdrl_at : hdrl_at + 4])[0] + len(track)
    bent = bytearray(whole)
    bent[hdrl_at : hdrl_at + 4] = struct.pack("<I", hdrl)
    tracks_at = whole.index(b"avih") + 8 + 24
    bent[tracks_at : tracks_at + 4] = struct.pack("<I", 3)
    end = hdrl_at + 4 + hdrl - len(track)
    bent[end:end] = track
    movi = bent.index(b"movi") + 4
    # Its number is that of the third track.
    bent[movi:movi] = b"02tx" + struct.pack("<I", len(text)) + text
    assert place
    return bytes(bent)


def bombs(folder: Path, chance: random.Random) -> Iterator[Made]:
    grey = solid(128, 128, 128)
    for suffix, codec, width, height, count in (
        ("mp4", "libx264", 8192, 8192, 1),
        ("mkv", "libx264", 8192, 8192, 1),
        ("avi", "mjpeg", 12_000, 8000, 1),
        ("mov", "png", 9000, 9000, 1),
        ("mp4", "libx264", 16, 16_384, 2),
        ("gif", "gif", 8000, 6000, 1),
        ("gif", "gif", 8, 8, 20_000),
        ("mkv", "libx264", 16, 16, 20_000),
    ):
        path = folder / f"bomb.{suffix}"
        form = {"gif": "rgb8", "mjpeg": "yuvj420p", "png": "rgb24"}.get(codec, "yuv420p")
        options = {"preset": "ultrafast"} if codec == "libx264" else {}
        make_clip(
            path, width=width, height=height, num_frames=count, codec=codec, pix_fmt=form, options=options, pixels=grey
        )
        yield f"film.{suffix}", path.read_bytes()
        path.unlink()
    whole = film(folder, *_KINDS[0])
    # The header says small, the stream inside large: sizes of the box only.
    for width, height in ((65_535, 65_535), (0, 0), (1, 65_535)):
        bent = bytearray(whole)
        place = bent.index(b"avc1") + 4 + 24
        bent[place : place + 4] = struct.pack(">HH", width, height)
        yield "film.mp4", bytes(bent)
    yield "film.gif", _gif_of_many(1_100_000)


def _gif_of_many(count: int) -> bytes:
    """A GIF of frames of one pixel, 20 bytes each."""
    head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"
    return head + b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0" * count + b";"


def frameless(folder: Path, chance: random.Random) -> Iterator[Made]:
    yield "film.mp4", _box(b"ftyp", b"isom\0\0\2\0isomiso2") + _box(b"moov", b"")
    yield "film.mp4", _box(b"ftyp", b"isom\0\0\2\0isomiso2") + _box(b"mdat", bytes(1000))
    yield "film.mov", _box(b"moov", _box(b"mvhd", bytes(100)))
    mp4, mkv, avi = (film(folder, *_KINDS[number]) for number in (0, 2, 4))
    yield "film.mkv", mkv[: mkv.index(b"\x1f\x43\xb6\x75")]
    yield "film.avi", avi[: avi.index(b"movi") + 4]
    yield "film.mp4", mp4[: mp4.index(b"mdat") - 4] + mp4[mp4.index(b"moov") - 4 :]
    for name in (b"stts", b"stsz", b"stco", b"stsc"):  # no samples, by one table
        bent = bytearray(mp4)
        place = bent.index(name) + 4 + (8 if name == b"stsz" else 4)
        bent[place : place + 4] = bytes(4)
        yield "film.mp4", bytes(bent)
    bent = bytearray(mp4)
    start, end = bent.index(b"mdat") + 4, bent.index(b"moov") - 4
    bent[start:end] = bytes(end - start)
    yield "film.mp4", bytes(bent)
    yield "film.gif", b"GIF89a\x10\0\x10\0\0\0\0;"
    yield "film.ogg", b"OggS" + bytes(400)
    yield "film.webm", b"\x1a\x45\xdf\xa3\x84webm" + bytes(200)


def absurd(folder: Path, chance: random.Random) -> Iterator[Made]:
    whole = film(folder, *_KINDS[0])
    for box, offset, form, values in (
        (b"mvhd", 16, ">II", ((1, 2**32 - 1), (0, 0), (2**32 - 1, 1))),
        (b"mdhd", 16, ">II", ((1, 2**32 - 1), (0, 24), (2**32 - 1, 1), (90_000, 2**31))),
        (b"stts", 12, ">II", ((24, 2**32 - 1), (24, 0), (2**32 - 1, 1), (2**31, 2**31), (24, 2**30))),
        (b"elst", 12, ">Ii", ((2**32 - 1, 2**31 - 1), (1, -1), (0, -(2**31)))),
    ):
        for pair in values:
            bent = bytearray(whole)
            place = bent.index(box) + offset
            bent[place : place + 8] = struct.pack(form, *pair)
            yield "film.mp4", bytes(bent)
    matroska = film(folder, *_KINDS[2])
    for value in (1e300, float("nan"), float("inf"), -5.0):
        bent = bytearray(matroska)
        place = bent.index(b"\x44\x89\x88") + 3
        bent[place : place + 8] = struct.pack(">d", value)
        yield "film.mkv", bytes(bent)
    bent = bytearray(matroska)
    place = bent.index(b"\x2a\xd7\xb1\x83") + 4  # nanoseconds of a time stamp
    bent[place : place + 3] = b"\xff\xff\xff"
    yield "film.mkv", bytes(bent)
    for name, pts, base in (
        ("film.mkv", (0, 10**12), Fraction(1, 1000)),
        ("film.mp4", (0, 2**31 - 5), Fraction(1, 1000)),
        ("film.mkv", tuple(range(0, 10**9, 10**8)), Fraction(1, 1000)),
        ("film.mp4", tuple(range(24)), Fraction(1, 1_000_000)),
        ("film.mov", (0, 1, 2**30), Fraction(1, 90_000)),
    ):
        path = folder / name
        make_clip(path, width=32, height=32, pts=pts, time_base=base, options={})
        yield name, path.read_bytes()
        path.unlink()


def boxes(folder: Path, chance: random.Random) -> Iterator[Made]:
    head = _box(b"ftyp", b"isom\0\0\2\0isomiso2")
    nested = b""
    for _ in range(20_000):
        nested = _box(b"moov", nested) if len(nested) < 2**31 else nested
    yield "film.mp4", head + nested
    tracks = b""
    for kind in (b"trak", b"mdia", b"minf", b"stbl", b"udta", b"meta", b"dinf", b"edts") * 500:
        tracks = _box(kind, tracks)
    yield "film.mp4", head + _box(b"moov", tracks)
    yield "film.mp4", head + _box(b"moov", _box(b"trak", b"") * 100_000)
    yield "film.mp4", head + _box(b"free", b"") * 500_000
    yield "film.mp4", head + struct.pack(">I4sQ", 1, b"moov", 2**63) + bytes(100)
    yield "film.mp4", head + struct.pack(">I4s", 0, b"moov") + bytes(100)
    yield "film.mp4", head + struct.pack(">I4s", 3, b"moov") + bytes(100)
    whole = film(folder, *_KINDS[0])
    for table, offset in (
        (b"stsz", 12),
        (b"stts", 8),
        (b"stsc", 8),
        (b"stco", 8),
        (b"ctts", 8),
        (b"stss", 8),
        (b"stsd", 8),
    ):
        if table not in whole:
            continue
        for count in (2**32 - 1, 2**28, 10_000_000):
            bent = bytearray(whole)
            place = bent.index(table) + offset
            bent[place : place + 4] = struct.pack(">I", count)
            yield "film.mp4", bytes(bent)
    ebml = b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
    yield "film.mkv", ebml + b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff" * 20_000
    yield "film.mkv", ebml + b"\x16\x54\xae\x6b\x08\0\0\0\x7f\xff\xff\xff" + bytes(1000)
    yield "film.mkv", ebml + (b"\x12\x54\xc3\x67\x80" + b"\xec\x80") * 100_000
    yield "film.avi", b"RIFF\xff\xff\xff\x7fAVI " + b"LIST\xff\xff\xff\x7fhdrl" * 5000


def codes(folder: Path, chance: random.Random) -> Iterator[Made]:
    for codec, form, suffix in (
        ("magicyuv", "yuv420p", "avi"),
        ("magicyuv", "gbrp", "mov"),
        ("zmbv", "bgr0", "avi"),
        ("exr", "gbrpf32le", "mov"),
        ("dpx", "rgb24", "avi"),
        ("targa", "bgr24", "mov"),
        ("sgi", "rgb24", "mov"),
        ("jpegls", "rgb24", "avi"),
        ("tiff", "rgb24", "mov"),
        ("flashsv", "bgr24", "avi"),
        ("asv1", "yuv420p", "avi"),
    ):
        path = folder / f"film.{suffix}"
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 64, form
            for number in range(3):
                frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24").reformat(format=form)
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        yield f"film.{suffix}", path.read_bytes()
        path.unlink()


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content
