"""Hostile pictures, and good ones under bad names."""

import functools
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

__all__ = ["bombs", "flipped", "names", "picture", "polyglots", "truncated"]

Made = tuple[str, bytes]
_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")


@functools.cache
def picture(form: str, side: int = 96) -> bytes:
    """A good picture: noise under a ramp."""
    noise = np.random.default_rng(4).integers(0, 128, (side, side, 3), np.uint8)
    ramp = np.linspace(0, 127, side, dtype=np.uint8)[None, :, None]
    packed = io.BytesIO()
    Image.fromarray(noise + ramp).save(packed, form)
    return packed.getvalue()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 0, rows: bytes | None = None) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    data = rows if rows is not None else zlib.compress(bytes((width * depth // 8 + 1) * min(height, 2000)), 9)
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def bombs(folder: Path, chance: random.Random) -> Iterator[Made]:
    zeros = zlib.compress(bytes(100 << 20), 9)
    for side in (10_000, 30_000, 65_535, 2**31 - 1):
        yield "picture.png", _png(side, side, rows=zlib.compress(bytes(1000)))
    yield "picture.png", _png(9000, 9000, depth=16, colour=6, rows=zeros)
    yield "picture.png", _png(7000, 5000, colour=6, rows=zlib.compress(bytes(28_001 * 5000), 9))
    for kind, content in ((b"zTXt", b"a\0\0" + zeros), (b"iCCP", b"a\0\0" + zeros), (b"iTXt", b"a\0\1\0\0\0" + zeros)):
        yield "picture.png", _png(8, 8, _chunk(kind, content))
    yield "picture.png", _png(8, 8, *[_chunk(b"tEXt", b"k%d\0v" % i) for i in range(50_000)])
    yield "picture.png", _png(8, 8, *[_chunk(b"tEXt", b"k\0" + bytes(65 << 10)) for _ in range(80)])
    yield "picture.png", _png(0, 0)
    yield "picture.gif", b"GIF89a\xff\xff\xff\xff\x80\0\0" + bytes(6) + b",\0\0\0\0\xff\xff\xff\xff\0\x08\x01\0\0;"
    yield "picture.bmp", b"BM" + struct.pack("<IIIIiiHHIIIIII", 100, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)
    yield "picture.webp", b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\xff\xff\xff\x0f" + bytes(8)
    jpeg = bytearray(picture("JPEG"))
    place = jpeg.index(b"\xff\xc0")
    jpeg[place + 5 : place + 9] = b"\xff\xdc\xff\xdc"
    yield "picture.jpg", bytes(jpeg)
    for tags in (((256, 1_000_000), (257, 1_000_000)), ((256, 2**32 - 1), (257, 1))):
        entries = b"".join(
            struct.pack("<HHII", tag, 4, 1, value) for tag, value in (*tags, (259, 1), (273, 8), (279, 8))
        )
        yield "picture.tiff", b"II*\0\x08\0\0\0" + struct.pack("<H", 5) + entries + b"\x08\0\0\0"
    packed = io.BytesIO()
    Image.new("L", (9500, 9500)).save(packed, "TIFF", compression="tiff_adobe_deflate")
    yield "picture.tiff", packed.getvalue()


def truncated(folder: Path, chance: random.Random) -> Iterator[Made]:
    for form in _FORMATS:
        whole = picture(form)
        for _ in range(6):
            yield f"picture.{form.lower()}", whole[: chance.randrange(12, len(whole) - 40)]


def flipped(folder: Path, chance: random.Random) -> Iterator[Made]:
    for form in _FORMATS:
        for number in range(7):
            bent = bytearray(picture(form))
            # In the header first, then everywhere.
            area = min(len(bent), 200) if number < 3 else len(bent)
            for _ in range(1 + 3 * number):
                bent[chance.randrange(8, area)] ^= 1 << chance.randrange(8)
            yield f"picture.{form.lower()}", bytes(bent)


def polyglots(folder: Path, chance: random.Random) -> Iterator[Made]:
    page = b"<html><script>fetch('http://192.0.2.1/')</script></html>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("run.sh"), "touch mutoscope-was-here")
    for form in _FORMATS:
        yield f"picture.{form.lower()}", picture(form) + page
        yield f"picture.{form.lower()}", picture(form) + packed.getvalue()
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", page.decode())
    inside = io.BytesIO()
    Image.new("RGB", (9, 9)).save(inside, "PNG", pnginfo=told)
    yield "picture.png", inside.getvalue()
    yield (
        "picture.jpg",
        picture("JPEG")[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(page)) + page + picture("JPEG")[2:],
    )
    yield "picture.gif", b"GIF89a=1;/*" + bytes(20) + b"*/=1;alert(1)//;"
    yield "picture.gif", b"GIF89a/*\x2f\x2a\0\0" + picture("GIF")[13:] + b"*/=1;alert(1)//"
    yield "picture.php", picture("JPEG") + b"<?php system('touch mutoscope-was-here'); ?>"
    yield "picture.jpg", picture("JPEG") + b"<svg onload=alert(1)>"


def names(folder: Path, chance: random.Random) -> Iterator[Made]:
    bad = (
        "../../../etc/cron.d/x.png",
        "..\\..\\windows\\x.png",
        "/etc/passwd",
        "x\0.png",
        "x.png\0.sh",
        "a" * 4096 + ".png",
        "\u202egnp.exe",
        "x\r\nSet-Cookie: a=b.png",
        "-rf *.png",
        "CON.png",
        "x%2e%2e%2f.png",
        "{{7*7}}.png",
        "<script>alert(1)</script>.png",
        "'; DROP TABLE media; --.png",
        "frame_%05d.png",
        "concat:a|b.png",
        "\ud800.png",
        ".",
        "..",
        "",
    )
    for name in bad:
        yield name, picture("PNG")
