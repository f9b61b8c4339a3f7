"""A file that grows while it arrives."""

import hashlib
import os
from pathlib import Path

import pytest

from mutoscope.service.media.incoming import Incoming, length_of, remove
from mutoscope.service.media.tus import Checksum
from mutoscope.service.problems import Problem

PNG = b"\x89PNG\r\n\x1a\n"


def sha1(data: bytes) -> Checksum:
    return Checksum("sha1", hashlib.sha1(data).digest())


def test_what_was_written_is_there_after_the_writer_is_gone(tmp_path):
    path = tmp_path / "u"
    assert length_of(path) == 0
    with Incoming(path, length=100, is_exact=True) as incoming:
        incoming.write(PNG)
        assert length_of(path) == 8  # without closing: a kill loses nothing
    with Incoming(path, 8, length=100, is_exact=True, hashed=incoming.hashed) as incoming:
        incoming.write(b"more")
    assert path.read_bytes() == PNG + b"more"
    assert incoming.digest == hashlib.sha256(PNG + b"more").hexdigest()


def test_the_offset_must_be_what_is_there(tmp_path):
    path = tmp_path / "u"
    with Incoming(path, length=100) as incoming:
        incoming.write(PNG)
    for wrong in (0, 7, 9):
        with pytest.raises(Problem) as met:
            Incoming(path, wrong, length=100)
        assert met.value.kind.name == "conflict"
    assert path.read_bytes() == PNG
    with pytest.raises(Problem):
        Incoming(tmp_path / "missing", 5, length=100)
    assert not (tmp_path / "missing").exists()


def test_one_file_has_one_sender(tmp_path):
    path = tmp_path / "u"
    with Incoming(path, length=100):
        with pytest.raises(Problem) as met:
            Incoming(path, length=100)
        assert met.value.kind.name == "in-flight"
        with pytest.raises(Problem):
            remove(path)
    remove(path)
    assert not path.exists()


def test_bytes_with_a_wrong_checksum_are_dropped(tmp_path):
    path = tmp_path / "u"
    with Incoming(path, length=100) as incoming:
        incoming.write(PNG)
    with Incoming(path, 8, length=100, checksum=sha1(b"right")) as incoming:
        incoming.write(b"wrong")
        with pytest.raises(Problem) as met:
            incoming.settle()
        assert met.value.kind.status == 460
    assert path.read_bytes() == PNG
    with Incoming(path, 8, length=100, checksum=sha1(b"right")) as incoming:
        incoming.write(b"right")
        incoming.settle()
    assert path.read_bytes() == PNG + b"right"
    assert os.listdir(tmp_path) == ["u"]


def test_bytes_whose_checksum_was_never_compared_do_not_count(tmp_path):
    path = tmp_path / "u"
    with Incoming(path, length=100) as incoming:
        incoming.write(PNG)
    killed = Incoming(path, 8, length=100, checksum=sha1(b"all of it"))
    killed.write(b"half")
    assert length_of(path) == 8  # as after a kill: the file is longer, the mark says from where on nothing is known
    killed._stream.close()
    assert path.stat().st_size == 12
    with Incoming(path, 8, length=100) as incoming:
        incoming.write(b"anew")
    assert path.read_bytes() == PNG + b"anew"


def test_more_bytes_than_were_announced_are_refused(tmp_path):
    with Incoming(tmp_path / "u", length=10, is_exact=True) as incoming:
        incoming.write(PNG)
        with pytest.raises(Problem) as met:
            incoming.write(b"abc")
        assert met.value.kind.status == 413
    assert length_of(tmp_path / "u") == 8


def test_a_wrong_kind_is_seen_by_its_first_64_kib(tmp_path):
    with Incoming(tmp_path / "u", length=1 << 30, is_exact=True) as incoming:
        incoming.write(b"\x7fELF" + bytes(60_000))
        with pytest.raises(Problem) as met:
            incoming.write(bytes(10_000))
        assert met.value.kind.status == 415
        assert incoming.offset < 1 << 20


def test_a_short_file_of_a_wrong_kind_is_seen_when_it_is_whole(tmp_path):
    with Incoming(tmp_path / "u", length=9, is_exact=True) as incoming:
        incoming.write(b"#EXT")
        with pytest.raises(Problem) as met:
            incoming.write(b"M3U\n1")
        assert met.value.kind.status == 415


def test_a_head_that_came_in_pieces_is_judged_as_one(tmp_path):
    path = tmp_path / "u"
    with Incoming(path, length=70_000, is_exact=True) as incoming:
        incoming.write(b"\x7fEL")
    with Incoming(path, 3, length=70_000, is_exact=True) as incoming:
        with pytest.raises(Problem) as met:
            incoming.write(b"F" + bytes(69_996))
        assert met.value.kind.status == 415


def test_a_full_disk_is_told_as_one(tmp_path):
    with Incoming(tmp_path / "u", length=100) as incoming:
        incoming._stream.close()
        incoming._stream = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115 # closed with it
        with pytest.raises(Problem) as met:
            incoming.write(PNG)
        assert met.value.kind.status == 507
        incoming._synced = incoming.offset
