"""The web is only read, only from hosts that were allowed, and a bad server is told of in one line."""

import random
import socket

import pytest

from mutoscope.core.errors import InputError, OutputError
from mutoscope.storage import http_files, retries
from mutoscope.storage.places import fetch, list_uris, open_read, put, stat
from mutoscope.storage.stores import add_store
from web_server import WebServer

BODY = random.Random(7).randbytes(20_000_001)


@pytest.fixture
def web(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(retries, "FIRST_PATIENCE_S", 2.0)
    monkeypatch.setattr(http_files, "READ_S", 0.3)
    server = WebServer(BODY)
    yield server
    server.close()


@pytest.fixture
def allowed(web):
    add_store("web", web.uri)
    return web


def test_a_host_that_nobody_allowed_is_not_asked(web):
    with pytest.raises(InputError, match=r"not among the hosts.*stores add NAME http://127"):
        stat(f"{web.uri}/a.mp4")
    assert web.asked == []


def test_a_file_is_fetched_once_and_whole(allowed):
    assert fetch(f"{allowed.uri}/a.mp4").read_bytes() == BODY
    num_asked = len(allowed.asked)
    assert fetch(f"{allowed.uri}/a.mp4").name == "a.mp4"
    assert len(allowed.asked) == num_asked + 1  # only whether it is still the same


def test_a_film_can_be_read_from_anywhere_in_it(allowed):
    with open_read(f"{allowed.uri}/a.mp4") as stream:
        assert stream.seek(-5, 2) == len(BODY) - 5
        assert stream.read() == BODY[-5:]
        stream.seek(8 * 2**20 - 3)
        assert stream.read(7) == BODY[8 * 2**20 - 3 : 8 * 2**20 + 4]
        stream.seek(0)
        assert stream.read() == BODY


def test_a_server_without_ranges_is_read_whole(allowed):
    allowed.rules["/a.mp4"] = "plain"
    with open_read(f"{allowed.uri}/a.mp4") as stream:
        stream.seek(1000)
        assert stream.read(10) == BODY[1000:1010]


@pytest.mark.parametrize(
    ("rule", "why"),
    [("403", "may not be read"), ("401", "may not be read"), ("404", "does not exist"), ("418", "answered 418")],
)
def test_what_a_server_says_is_told_in_one_line(allowed, rule, why):
    allowed.rules["/a.mp4"] = rule
    with pytest.raises(InputError, match=why) as told:
        fetch(f"{allowed.uri}/a.mp4?signature=hunter2")
    assert str(told.value).startswith(f"{allowed.uri}/a.mp4")
    assert "\n" not in str(told.value)
    assert "secret-of-the-server" not in str(told.value)
    assert "hunter2" not in str(told.value)
    assert len(allowed.asked) == 1  # asking again would not help


def test_a_busy_server_is_asked_again(allowed, monkeypatch):
    monkeypatch.setattr(retries, "FIRST_PATIENCE_S", 20.0)
    allowed.rules["/a.mp4"] = "busy:2"
    assert stat(f"{allowed.uri}/a.mp4").size == len(BODY)
    assert len(allowed.asked) == 3


def test_a_server_that_stays_busy_is_told(allowed):
    allowed.rules["/a.mp4"] = "busy:99"
    with pytest.raises(InputError, match=r"too busy \(the server is busy \(503\)\); try again later"):
        stat(f"{allowed.uri}/a.mp4")


def test_a_server_that_hangs_is_told(allowed):
    allowed.rules["/a.mp4"] = "hang"
    with pytest.raises(InputError, match="its server does not answer"):
        stat(f"{allowed.uri}/a.mp4")


def test_a_server_that_is_not_there_is_told(tmp_path, monkeypatch, allowed):
    monkeypatch.setattr(retries, "FIRST_PATIENCE_S", 0.2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{free.getsockname()[1]}"
    add_store("gone", uri)
    with pytest.raises(InputError, match="not to be reached"):
        stat(f"{uri}/a.mp4")


def test_a_broken_answer_is_asked_for_again(allowed, monkeypatch):
    monkeypatch.setattr(retries, "FIRST_PATIENCE_S", 20.0)
    allowed.rules["/a.mp4"] = "break:3"
    assert fetch(f"{allowed.uri}/a.mp4").read_bytes() == BODY


def test_a_fetch_that_was_broken_off_goes_on_where_it_stopped(allowed, monkeypatch):
    real, count = http_files.HttpFiles.read, []

    def failing(self, path, start, end, found):
        count.append(start)
        if start >= 16 * 2**20:
            raise http_files.TransientError("gone")
        return real(self, path, start, end, found)

    monkeypatch.setattr(http_files.HttpFiles, "read", failing)
    with pytest.raises(InputError, match="not to be reached"):
        fetch(f"{allowed.uri}/a.mp4")
    count.clear()
    monkeypatch.setattr(http_files.HttpFiles, "read", lambda *a: (count.append(a[2]), real(*a))[1])
    assert fetch(f"{allowed.uri}/a.mp4").read_bytes() == BODY
    assert count == [16 * 2**20]


def test_a_file_that_changes_while_it_is_read_is_told(allowed):
    allowed.rules["/a.mp4"] = "changing"
    with pytest.raises(InputError, match="changes all the time"):
        fetch(f"{allowed.uri}/a.mp4")


def test_redirects_stay_on_the_host(allowed):
    other = WebServer(b"inside")
    try:
        allowed.rules["/near.mp4"] = "away:/a.mp4"
        allowed.rules["/far.mp4"] = f"away:{other.uri}/a.mp4?token=hunter2"
        allowed.rules["/round.mp4"] = "away:/round.mp4"
        allowed.rules["/file.mp4"] = "away:file:///etc/passwd"
        assert stat(f"{allowed.uri}/near.mp4").size == len(BODY)
        with pytest.raises(InputError, match="redirects to another host") as told:
            stat(f"{allowed.uri}/far.mp4")
        assert "hunter2" not in str(told.value)
        with pytest.raises(InputError, match="in a circle"):
            stat(f"{allowed.uri}/round.mp4")
        with pytest.raises(InputError, match="redirects to another"):
            stat(f"{allowed.uri}/file.mp4")
        assert other.asked == []
    finally:
        other.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "192.168.1.1", "::1", "fd00::1"])
def test_a_name_that_leads_inside_is_refused(web, monkeypatch, address):
    add_store("trap", f"http://rebound.example.org:{web.port}")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, port, **_: [(family, socket.SOCK_STREAM, 6, "", (address, port))]
    )
    with pytest.raises(InputError, match="inside a private network"):
        stat(f"http://rebound.example.org:{web.port}/a.mp4")
    assert web.asked == []


def test_too_much_is_not_fetched(allowed, monkeypatch):
    monkeypatch.setattr(http_files, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="at most"):
        fetch(f"{allowed.uri}/a.mp4")


def test_the_web_is_not_written_nor_listed(allowed, tmp_path):
    with pytest.raises(OutputError, match="only read"):
        put(tmp_path / "x", f"{allowed.uri}/a.mp4")
    with pytest.raises(InputError, match="cannot be a pattern"):
        list_uris(f"{allowed.uri}/*.mp4")
