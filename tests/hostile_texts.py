"""Hostile files that are text, programs or archives."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["archives", "concats", "deep", "manifests", "markup", "playlists", "programs", "streams", "tiny"]

Made = tuple[str, bytes]
_TARGETS = ("file:///etc/passwd", "/etc/passwd", "http://127.0.0.1:9/x.ts", "http://192.0.2.1/x.ts", "../secret.mp4")
_FILM_NAMES = ("film.mp4", "film.mkv", "film.avi", "film.m3u8", "film.txt")


def playlists(folder: Path, chance: random.Random) -> Iterator[Made]:
    for target, name in zip(_TARGETS, _FILM_NAMES, strict=True):
        yield name, f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n".encode()
        yield name, f"\ufeff#EXTM3U\n#EXTINF:10,\n{target}\n".encode()
        yield name, f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nconcat:{target}|{target}\n".encode()
    key = "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=http://192.0.2.1/key\n#EXTINF:1,\nhttp://192.0.2.1/a.ts\n"
    yield "film.mov", key.encode()
    yield "film.json", key.encode()
    yield "film.mp4", b"[playlist]\nFile1=http://192.0.2.1/x.mp3\nNumberOfEntries=1\n"
    yield "film.webm", b"\n\n  #EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n"


def concats(folder: Path, chance: random.Random) -> Iterator[Made]:
    for target, name in zip(_TARGETS, _FILM_NAMES, strict=True):
        yield name, f"ffconcat version 1.0\nfile '{target}'\nduration 1\n".encode()
        yield name, f"ffconcat version 1.0\noption safe 0\nstream\nexact_stream_id 1\nfile {target}\n".encode()
    yield "film.csv", b"ffconcat version 1.0\n" + b"file /etc/passwd\n" * 1000


def streams(folder: Path, chance: random.Random) -> Iterator[Made]:
    for address in ("127.0.0.1", "192.0.2.1", "::1"):
        text = f"v=0\no=- 0 0 IN IP4 {address}\ns=x\nc=IN IP4 {address}\nt=0 0\nm=video 5004 RTP/AVP 96\n"
        for name in ("film.sdp", "film.mp4", "film.txt"):
            yield name, (text + "a=rtpmap:96 H264/90000\n").encode()


def manifests(folder: Path, chance: random.Random) -> Iterator[Made]:
    for target in _TARGETS:
        dash = f"""<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet>
<Representation id="1" mimeType="video/mp4" bandwidth="1"><BaseURL>{target}</BaseURL></Representation></AdaptationSet>
</Period></MPD>"""
        yield "film.mpd", dash.encode()
        yield "film.mp4", dash.encode()
    yield "film.mp4", b'<smil><body><video src="http://192.0.2.1/x"/></body></smil>'
    yield "film.xspf", b'<?xml version="1.0"?><playlist><trackList/></playlist>'
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><MPD>&a;</MPD>'
    yield "film.mkv", entity
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    yield "film.json", f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]><x>&l9;</x>'.encode()


def markup(folder: Path, chance: random.Random) -> Iterator[Made]:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="http://192.0.2.1/x.png"/></svg>'
    page = b"<!DOCTYPE html><html><script>fetch('http://192.0.2.1/')</script></html>"
    for name in ("picture.svg", "picture.png", "picture.jpg", "film.mp4", "picture.txt"):
        yield name, svg
        yield name, page
        yield name, b"\xef\xbb\xbf \n\t" + svg
    yield "picture.png", "﻿<svg/>".encode("utf-16")
    yield "picture.svg", gzip.compress(svg, mtime=0)
    yield "table.csv", b"<html>\n" + page


def programs(folder: Path, chance: random.Random) -> Iterator[Made]:
    body = chance.randbytes(5000)
    heads = {
        "ELF": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\0\x3e\0",
        "PE": b"MZ\x90\0\x03\0\0\0" + bytes(52) + b"\x80\0\0\0",
        "Mach-O": b"\xcf\xfa\xed\xfe\x07\0\0\x01",
        "class": b"\xca\xfe\xba\xbe\0\0\0\x34",
        "wasm": b"\0asm\x01\0\0\0",
    }
    for head in heads.values():
        for name in ("film.mp4", "picture.png", "weights.safetensors"):
            yield name, head + body
    for text in (b"#!/bin/sh\ntouch mutoscope-was-here\n", b"#!/usr/bin/env python3\nimport os\n"):
        yield "film.mp4", text
        yield "numbers.csv", text
    yield "film.mp4", b"%PDF-1.7\n" + body
    yield "film.mp4", b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n"
    yield "film.mp4", b"import os\nos.system('touch mutoscope-was-here')\n"


def archives(folder: Path, chance: random.Random) -> Iterator[Made]:
    links = io.BytesIO()
    with tarfile.open(fileobj=links, mode="w") as archive:
        for name, target in (("film.mp4", "/etc/passwd"), ("../../up", "..")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            archive.addfile(link)
    slip = io.BytesIO()
    with zipfile.ZipFile(slip, "w") as archive:
        archive.writestr(zipfile.ZipInfo("../../../tmp/mutoscope-was-here"), "x")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("zeros"), bytes(64 << 20), zipfile.ZIP_DEFLATED)
    zeros = gzip.compress(bytes(32 << 20), mtime=0)
    packed = (links.getvalue(), slip.getvalue(), bomb.getvalue(), zeros, gzip.compress(zeros, mtime=0))
    more = (bz2.compress(bytes(8 << 20)), lzma.compress(bytes(8 << 20)), b"7z\xbc\xaf\x27\x1c" + bytes(100))
    for number, content in enumerate(
        (*packed, *more, b"Rar!\x1a\x07\x01\0" + bytes(100), b"\x28\xb5\x2f\xfd" + bytes(60))
    ):
        yield ("film.mp4", "archive.zip", "picture.png")[number % 3], content
    yield "numbers.npz", slip.getvalue()
    yield "numbers.npz", bomb.getvalue()


def deep(folder: Path, chance: random.Random) -> Iterator[Made]:
    yield "recipe.json", b"[" * 100_000
    yield "recipe.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    yield "recipe.json", b"[" * 5000 + b"]" * 5000
    yield "recipe.json", b'{"a": 1' + b"0" * 1_000_000 + b"}"
    yield "recipe.json", b'{"a": 1'
    yield "recipe.json", b'{"a": "\xff\xfe"}'
    yield "edit.otio", b'{"OTIO_SCHEMA": ' * 3000
    yield "recipe.toml", b"a = " + b"[" * 50_000
    yield "recipe.toml", b"a = " + b"[" * 500 + b"]" * 500
    yield "recipe.toml", b".".join([b"a"] * 50_000) + b" = 1"
    yield "recipe.toml", b"[" + b".".join([b"a"] * 20_000) + b"]"
    yield "recipe.toml", b"a = {b = " * 3000 + b"1" + b"}" * 3000
    yield "recipe.toml", b"a = 1\na = 2\n"
    yield "recipe.toml", b'a = "\0"'
    yield "table.csv", b"a,b\n\0\0\0,1\n"
    yield "table.csv", "ä,b\n1,2\n".encode("utf-16")
    yield "table.csv", b"a" * (17 << 20)
    yield "notes.mp4", b"only words\n" * 100
    yield "notes", b"only words\n" * 100
    yield "edit.edl", b"TITLE: x\n" + chance.randbytes(500)


def tiny(folder: Path, chance: random.Random) -> Iterator[Made]:
    for name in ("film.mp4", "picture.png", "recipe.json"):
        yield name, b""
        yield name, b"\0"
    starts = (
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"RIFF\0\0\0\0AVI ",
        b"RIFF\0\0\0\0WEBP",
        b"II*\0",
        b"MM\0*",
    )
    films = (b"\0\0\0\x18ftypisom", b"\0\0\0\x08mdat", b"\x1a\x45\xdf\xa3", b"OggS", b"FLV\x01", b"\0\0\x01\xba")
    others = (
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
        b"BM\0\0\0\0\0\0\0\0",
        b"\x02\0\0\0\0\0\0\0{}",
        b"PK\x03\x04",
        b"G",
        b"ID3",
    )
    for start in (*starts, *films, *others):
        yield "thing", start
    yield "film.mp4", chance.randbytes(100_000)
    yield "picture.png", bytes(100_000)
    yield "film.ts", (b"G" + bytes(187)) * 500
