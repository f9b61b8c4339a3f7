"""Copies of what lies elsewhere: made once, checked, in bounds; blocks: in order, in bounds."""

import pytest

from mutoscope.core.errors import InputError
from mutoscope.storage import fetched
from mutoscope.storage.blocks import BlockReader
from mutoscope.storage.checksums import checksum
from mutoscope.storage.fetched import fetch, fetch_together, fetched_folder, trim_fetched
from mutoscope.storage.http_files import HttpFiles
from mutoscope.storage.protocol import Stat
from mutoscope.storage.stores import add_store
from web_server import WebServer


@pytest.fixture
def web(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))
    server = WebServer(b"0123456789" * 100)
    add_store("web", server.uri)
    yield server
    server.close()


def held(path):
    return fetched._in_use.pop(path.parent)


def test_copies_that_nobody_uses_make_room(web):
    first, second = fetch(f"{web.uri}/a"), fetch(f"{web.uri}/b")
    trim_fetched(0)
    assert first.exists()
    assert second.exists()
    held(first).close()
    trim_fetched(0)
    assert not first.exists()
    assert second.exists()


def test_a_copy_that_another_process_uses_stays(web):
    path = fetch(f"{web.uri}/a")
    with held(path):  # the lock is held, and not by this process's own table
        trim_fetched(0)
        assert path.exists()
        assert fetch(f"{web.uri}/a") == path
    held(path).close()


def test_a_name_is_kept_whatever_it_is(web):
    assert fetch(f"{web.uri}/frame_%2505d.png").name == "frame_%2505d.png"
    assert len(fetch(f"{web.uri}/{'x' * 250}.mp4").name) == 36


def test_bytes_that_are_not_those_of_the_store_are_refused(web, monkeypatch):
    true = HttpFiles.stat
    monkeypatch.setattr(HttpFiles, "stat", lambda self, path: Stat(1000, true(self, path).version, ("md5", "0" * 32)))
    with pytest.raises(InputError, match="other bytes came"):
        fetch(f"{web.uri}/a")
    assert not [one for one in fetched_folder().rglob("*") if one.is_file() and one.name != ".lock"]


def test_pictures_of_a_sequence_come_into_one_folder(web):
    folder = fetch_together([f"{web.uri}/f_{number}.png" for number in range(3)])
    assert sorted(one.name for one in folder.iterdir() if one.name != ".lock") == ["f_0.png", "f_1.png", "f_2.png"]
    assert fetch_together([f"{web.uri}/f_{number}.png" for number in range(3)]) == folder


def test_a_full_disk_is_told(web, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetched, "_ranges", full)
    with pytest.raises(InputError, match=r"cannot be kept.*No space left"):
        fetch(f"{web.uri}/a")


def test_blocks_are_asked_for_once_when_they_are_read_in_order():
    data, asked = bytes(range(256)) * 10, []

    def read(start, end):
        asked.append(start)
        return data[start:end]

    with BlockReader(read, len(data), block_bytes=100) as stream:
        assert b"".join(iter(lambda: stream.read(7), b"")) == data
        assert sorted(asked) == list(range(0, len(data), 100))
        assert len(stream._kept) <= 3


def test_a_jump_asks_for_one_block():
    asked = []
    with BlockReader(lambda start, end: (asked.append(start), bytes(end - start))[1], 10_000, 100) as stream:
        stream.seek(5000)
        stream.read(10)
        assert asked == [5000]
        with pytest.raises(ValueError, match="negative"):
            stream.seek(-1)
        stream.seek(20_000)
        assert stream.read() == b""


def test_the_content_hash_is_dropboxs():
    # from dropbox.dropbox_client import _content_hash; print(_content_hash(bytes(9 * 2**20)))
    expected = "c8f97c712320613991f39507b92b54d92085daf3d0b44dc6264b60a9c6da2fc1"
    seen = checksum("dropbox")
    for _ in range(9 * 2**20 // 65536):
        seen.update(bytes(65536))
    assert seen.hexdigest() == expected
    assert checksum("dropbox").hexdigest() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
