"""`data://` keeps the same bytes once, and never loses what has a name."""

import os
import time

import pytest

from mutoscope.core.errors import InputError, OutputError
from mutoscope.storage.content_store import ContentStore
from mutoscope.storage.places import fetch, list_uris, open_read, open_write, remove, stat, write_place


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path))
    return tmp_path / "content"


def blobs(root):
    return [one for one in (root / "sha256").rglob("*") if one.is_file()]


def write(uri, data):
    with open_write(uri) as stream:
        stream.write(data)


def test_the_same_bytes_are_kept_once(root):
    write("data://out/a.mp4", b"film")
    write("data://b.mp4", b"film")
    write("data://c.mp4", b"other")
    assert len(blobs(root)) == 2
    digest = stat("data://b.mp4").version
    assert ContentStore(root).references(digest) == 2


def test_bytes_lie_under_their_digest_and_can_be_looked_at_by_name(root):
    write("data://out/a.txt", b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # hashlib.sha256(b"abc").hexdigest()
    assert (root / "sha256" / "ba" / "78" / digest).read_bytes() == b"abc"
    assert (root / "names" / "out" / "a.txt").read_bytes() == b"abc"
    assert fetch("data://out/a.txt") == root / "names" / "out" / "a.txt"
    with open_read("data://out/a.txt") as stream:
        stream.seek(1)
        assert stream.read() == b"bc"


def test_bytes_go_when_their_last_name_has_gone(root):
    store = ContentStore(root)
    write("data://a", b"one")
    write("data://b", b"one")
    remove("data://a")
    assert store.collect(min_age_s=0) == (0, 0)
    remove("data://b")
    assert store.collect() == (0, 0)  # young: somebody may be about to name them
    assert store.collect(min_age_s=0) == (1, 3)
    assert blobs(root) == []


def test_a_name_can_get_other_bytes_and_a_reader_keeps_the_old_ones(root):
    write("data://a", b"old bytes")
    stream = open_read("data://a")
    write("data://a", b"new bytes")
    assert stream.read() == b"old bytes"
    stream.close()
    assert fetch("data://a").read_bytes() == b"new bytes"


def test_what_came_meanwhile_stays(root):
    with pytest.raises(OutputError, match="came meanwhile"), open_write("data://a") as stream:
        stream.write(b"ours")
        write("data://a", b"theirs")
    assert fetch("data://a").read_bytes() == b"theirs"
    with pytest.raises(OutputError, match="is there already"), open_write("data://a", only_new=True):
        pass


def test_nothing_is_left_of_what_fails(root):
    with pytest.raises(RuntimeError), open_write("data://a") as stream:
        stream.write(b"half")
        raise RuntimeError
    assert blobs(root) == []
    assert [one.name for one in (root / "incoming").iterdir() if one.name != ".lock"] == []
    with pytest.raises(InputError, match="does not exist"):
        fetch("data://a")


def test_no_link_leads_out(root, tmp_path):
    write("data://a/b", b"x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "s.txt").write_text("hunter2")
    (root / "names" / "out").symlink_to(tmp_path / "elsewhere")
    (root / "names" / "s.txt").symlink_to(tmp_path / "elsewhere" / "s.txt")
    for name in ("out/s.txt", "s.txt"):
        with pytest.raises(InputError):
            fetch(f"data://{name}")
    assert list_uris("data://**") == ["data://a/b"]


def test_bytes_are_not_changed_by_accident(root):
    write("data://a", b"x")
    (blob,) = blobs(root)
    assert not blob.stat().st_mode & 0o222


def test_bytes_that_were_there_become_young_again(root):
    write("data://a", b"x")
    (blob,) = blobs(root)
    long_ago = time.time() - 10**6
    os.utime(blob, (long_ago, long_ago))
    remove("data://a")
    with write_place("data://b") as path:
        path.write_bytes(b"x")
    remove("data://b")
    assert ContentStore(root).collect() == (0, 0)
