"""A download that breaks goes on where it ended; wrong bytes never get the final name."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mutoscope.core.errors import WeightsError
from mutoscope.core.progress import ignore
from mutoscope.models import fetch as fetch_module
from mutoscope.models.fetch import fetch

CONTENT = bytes(i * 7 % 251 for i in range(100_003))
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Source:
    """A server on this machine and how it behaves."""

    url: str = ""
    content: bytes = CONTENT
    breaks_after: int | None = None
    """bytes that one connection brings before it breaks"""
    knows_ranges: bool = True
    status: int = 200
    ranges: list[str | None] = field(default_factory=list)
    """of each request"""


@pytest.fixture
def source(monkeypatch) -> Iterator[Source]:
    source = Source()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = self.headers.get("Range")
            source.ranges.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and source.knows_ranges else 0
            total = len(source.content)
            if source.status != 200 or (start >= total and start):
                self.send_error(source.status if source.status != 200 else 416)
                return
            body = source.content[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: source.breaks_after])

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    monkeypatch.setenv("no_proxy", "*")
    source.url = f"http://127.0.0.1:{server.server_address[1]}/net.pth"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield source
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_file_arrives_whole_with_its_progress(source, tmp_path):
    final, seen = tmp_path / "new" / "net.pth", []
    assert fetch(source.url, final, SHA256, len(CONTENT), seen.append) == final
    assert final.read_bytes() == CONTENT
    assert [p.name for p in final.parent.iterdir()] == ["net.pth"]
    assert (seen[0].done, seen[-1].done) == (0, len(CONTENT))
    assert {(p.stage, p.total, p.unit) for p in seen} == {("fetch net.pth", len(CONTENT), "bytes")}


def test_a_length_that_nobody_knows_is_no_hindrance(source, tmp_path):
    assert fetch(source.url, tmp_path / "net.pth", SHA256[:8], None, ignore).read_bytes() == CONTENT


def test_a_connection_that_breaks_is_taken_up_at_once(source, tmp_path):
    source.breaks_after = 30_000
    assert fetch(source.url, tmp_path / "net.pth", SHA256, len(CONTENT), ignore).read_bytes() == CONTENT
    assert source.ranges == [None, "bytes=30000-", "bytes=60000-", "bytes=90000-"]


def test_what_an_earlier_run_left_is_not_fetched_again(source, tmp_path):
    (tmp_path / "net.pth.part").write_bytes(CONTENT[:40_000])
    fetch(source.url, tmp_path / "net.pth", SHA256, len(CONTENT), ignore)
    assert source.ranges == ["bytes=40000-"]
    assert (tmp_path / "net.pth").read_bytes() == CONTENT


@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_a_whole_part_needs_only_its_name(source, tmp_path, size):
    (tmp_path / "net.pth.part").write_bytes(CONTENT)
    fetch(source.url, tmp_path / "net.pth", SHA256, size, ignore)
    assert (tmp_path / "net.pth").read_bytes() == CONTENT


@pytest.mark.parametrize("left", [b"x" * 500, CONTENT + b"and more"])
def test_a_part_that_is_no_beginning_is_thrown_away(source, tmp_path, left):
    (tmp_path / "net.pth.part").write_bytes(left)
    fetch(source.url, tmp_path / "net.pth", SHA256, len(CONTENT), ignore)
    assert (tmp_path / "net.pth").read_bytes() == CONTENT


def test_a_source_without_ranges_is_read_from_the_start(source, tmp_path):
    source.knows_ranges = False
    (tmp_path / "net.pth.part").write_bytes(CONTENT[:40_000])
    fetch(source.url, tmp_path / "net.pth", SHA256, len(CONTENT), ignore)
    assert (tmp_path / "net.pth").read_bytes() == CONTENT


def test_a_source_that_brings_nothing_more_keeps_the_part(source, tmp_path):
    source.breaks_after = 0
    (tmp_path / "net.pth.part").write_bytes(CONTENT[:40_000])
    with pytest.raises(WeightsError, match=r"could not be fetched from .* run again to go on"):
        fetch(source.url, tmp_path / "net.pth", SHA256, len(CONTENT), ignore)
    assert (tmp_path / "net.pth.part").read_bytes() == CONTENT[:40_000]
    assert not (tmp_path / "net.pth").exists()


@pytest.mark.parametrize("size", [len(CONTENT), None])
def test_other_bytes_never_get_the_final_name(source, tmp_path, size):
    source.content = b"<html>please log in</html>"
    with pytest.raises(WeightsError, match=r"is not net\.pth .* thrown away") as caught:
        fetch(source.url, tmp_path / "net.pth", SHA256, size, ignore)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "net.pth").exists()
    assert (tmp_path / "net.pth.part").stat().st_size == 0


@pytest.mark.parametrize("status", [403, 404, 503])
def test_a_refusal_is_told_with_its_number(source, tmp_path, status):
    source.status = status
    with pytest.raises(WeightsError, match=rf"the server says {status} .*--weights FILE"):
        fetch(source.url, tmp_path / "net.pth", SHA256, len(CONTENT), ignore)


def test_offline_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(WeightsError, match=r"could not be fetched .*--weights FILE or put it into") as caught:
        fetch("http://127.0.0.1:1/net.pth", tmp_path / "net.pth", SHA256, len(CONTENT), ignore)
    assert "\n" not in str(caught.value)


def test_an_interruption_keeps_what_came(source, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch_module, "_CHUNK", 10_000)

    def stop(progress):
        if progress.done >= 50_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(source.url, tmp_path / "net.pth", SHA256, len(CONTENT), stop)
    assert (tmp_path / "net.pth.part").read_bytes() == CONTENT[:50_000]
    fetch(source.url, tmp_path / "net.pth", SHA256, len(CONTENT), ignore)
    assert source.ranges == [None, "bytes=50000-"]


def test_a_full_disk_is_told_before_the_download(source, tmp_path, monkeypatch):
    usage = fetch_module.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(fetch_module.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(WeightsError, match=r"could not be written .* set MUTOSCOPE_CACHE"):
        fetch(source.url, tmp_path / "net.pth", SHA256, len(CONTENT), ignore)


def test_a_folder_that_cannot_be_made_is_told(source, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WeightsError, match="could not be written"):
        fetch(source.url, tmp_path / "file" / "net.pth", SHA256, len(CONTENT), ignore)


def test_two_runs_at_once_fetch_once(source, tmp_path):
    threads = [
        threading.Thread(target=fetch, args=(source.url, tmp_path / "net.pth", SHA256, len(CONTENT), ignore))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "net.pth").read_bytes() == CONTENT
    assert source.ranges == [None]
