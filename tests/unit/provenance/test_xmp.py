"""The digital source type for programs that read no C2PA."""

import struct

import av
import pytest
from PIL import Image

from mutoscope.provenance.sign import sign_file
from mutoscope.provenance.verify import verify_file
from mutoscope.provenance.xmp import MP4_XMP, boxes, with_xmp

TYPE = b'DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"'


@pytest.mark.parametrize("name", ["still.png", "still.jpg"])
def test_pictures_say_what_they_are_in_xmp(name, ada, media, record):
    path = media(name)
    sign_file(path, record)
    with Image.open(path) as picture:
        assert TYPE in picture.info["xmp"]
    assert verify_file(path).state == "trusted"


@pytest.mark.parametrize("name", ["film.mp4", "film.mov"])
def test_films_say_it_in_a_box_of_their_own(name, ada, media, record):
    path = media(name)
    sign_file(path, record)
    with path.open("rb") as file:
        last = boxes(file, path.stat().st_size)[-1]
    body = path.read_bytes()[last[1] : last[2]]
    assert (last[0], body[8:24]) == (b"uuid", MP4_XMP)
    assert TYPE in body
    path.write_bytes(path.read_bytes().replace(b"compositeWith", b"compositeOver", 1)[: last[2]])
    assert verify_file(path).exit_code == 3


def test_a_file_that_has_xmp_keeps_its_own(ada, media, record):
    path = media("still.png")
    sign_file(path, record)
    sign_file(path, type(record)(source_type="algorithmicMedia"))
    with Image.open(path) as picture:
        assert TYPE in picture.info["xmp"]


def test_no_box_is_laid_behind_an_open_end(tmp_path):
    path = tmp_path / "open.mp4"
    path.write_bytes(struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + struct.pack(">I4s", 0, b"mdat") + b"samples")
    with path.open("rb") as file:
        assert with_xmp(path, file, "algorithmicMedia") == (file, b"")
        assert file.tell() == 0


@pytest.mark.parametrize("content", [b"", b"\0\0\0\x08free", b"\xff\xd8\xff", b"\x89PNG", b"\0\0\0\3ftypx", b"\0" * 40])
@pytest.mark.parametrize("suffix", [".mp4", ".png", ".jpg"])
def test_broken_files_stay_what_they_are(content, suffix, tmp_path):
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(content)
    with path.open("rb") as file:
        stream, tail = with_xmp(path, file, "algorithmicMedia")
        assert tail == b""
        assert stream.read() == content or content == b"\xff\xd8\xff"


def test_times_of_a_film_do_not_move(ada, media, record):
    path = media("film.mp4")

    def times():
        with av.open(str(path)) as film:
            return [(packet.pts, packet.size) for packet in film.demux(video=0)]

    before = times()
    sign_file(path, record)
    assert times() == before
