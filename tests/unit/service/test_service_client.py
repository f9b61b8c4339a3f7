"""The thin client, against a server of this test that drops connections and lies."""

import hashlib
import http.server
import json
import re
import socket
import threading
from contextlib import contextmanager, suppress

import pytest

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.service.calling.talking import Connection, ServerError, UnreachableError
from mutoscope.service.client import Client

FILM = bytes(range(256)) * 4096 + b"odd"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def _answer(self, status, body=b"", headers=None, *, length=None, type_="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", type_)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = (self.command, self.path, body, self.headers)
        self.server.asked.append(asked)
        if self.headers.get("Authorization") != "Bearer a-token-of-the-test":
            problem = {"type": "/problems/token-wanted", "detail": "no token was sent."}
            self._answer(401, json.dumps(problem).encode(), type_="application/problem+json")
            return
        self.server.work(self, self.command, self.path, body)

    do_GET = do_POST = do_HEAD = do_PATCH = _do

    def end(self):
        """End the connection in the middle, as a proxy does."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)

    def drop(self):
        """End the connection as a killed server does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close_connection = True
        self.connection.close()

    def finish(self):
        with suppress(OSError, ValueError):
            super().finish()


@contextmanager
def _server(work):
    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            pass

    server = Server(("127.0.0.1", 0), _Handler)
    server.work, server.asked = work, []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _client(url, **options):
    return Client(url, "a-token-of-the-test", patience_s=5.0, **options)


class TestAddresses:
    @pytest.mark.parametrize("url", ["", "ftp://x", "http://", "http://x:notaport/", "https://"])
    def test_what_is_no_address_is_refused(self, url):
        with pytest.raises(ParameterError, match="no address"):
            Connection(url, "t" * 20)

    def test_a_token_is_wanted(self):
        with pytest.raises(ParameterError, match="a token is wanted"):
            Connection("http://127.0.0.1:1")

    def test_the_printed_address_brings_its_token_which_is_not_shown(self):
        connection = Connection("http://127.0.0.1:8094/?token=secret-word")
        assert connection.url == "http://127.0.0.1:8094"
        assert connection._token == "secret-word"

    def test_an_address_with_a_token_is_not_repeated_in_an_error(self):
        with pytest.raises(ParameterError) as caught:
            Connection("gopher://x/?token=secret-word")
        assert "secret-word" not in str(caught.value)

    @pytest.mark.parametrize(
        ("url", "is_private"),
        [("http://127.0.0.1:1", True), ("http://localhost", True), ("http://a.example", False), ("https://a.b", True)],
    )
    def test_plain_http_to_others_is_told(self, url, is_private):
        assert Client(url, "t" * 20).is_private is is_private

    def test_no_server_is_told_in_one_line(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        client = Client(f"http://127.0.0.1:{port}", "t" * 20, patience_s=0)
        with pytest.raises(UnreachableError, match="is it running"):
            client.job("j_1")

    def test_a_token_never_goes_to_another_address_that_a_server_names(self):
        def work(handler, *_):
            handler._answer(201, b"", {"Location": "http://attacker.example/steal"})

        with _server(work) as (url, _), _connected(url) as connection, pytest.raises(ServerError, match="another one"):
            connection.ask("GET", "http://attacker.example/steal")


@contextmanager
def _connected(url):
    connection = Connection(url, "a-token-of-the-test", patience_s=5.0)
    try:
        yield connection
    finally:
        connection.close()


class TestProblems:
    def test_the_detail_of_a_problem_is_what_a_person_reads(self):
        def work(handler, *_):
            told = {"type": "/problems/quota", "detail": "the quota is used up; delete something."}
            handler._answer(507, json.dumps(told).encode(), type_="application/problem+json")

        with _server(work) as (url, _), _client(url) as client, pytest.raises(ServerError) as caught:
            client.job("j_1")
        assert str(caught.value) == "the quota is used up; delete something."
        assert (caught.value.status, caught.value.type) == (507, "/problems/quota")

    def test_the_field_at_fault_stands_before_it(self):
        def work(handler, *_):
            told = {"detail": "that is text.", "errors": [{"pointer": "/inputs/source", "detail": "that is text."}]}
            handler._answer(422, json.dumps(told).encode(), type_="application/problem+json")

        with _server(work) as (url, _), _client(url) as client, pytest.raises(ServerError) as caught:
            client.submit({})
        assert str(caught.value) == "inputs/source: that is text."

    def test_something_that_is_no_mutoscope_is_told(self):
        def work(handler, *_):
            handler._answer(200, b"<html>", type_="text/html")

        with _server(work) as (url, _), _client(url) as client, pytest.raises(ServerError, match="Mutoscope server"):
            client.job("j_1")

    def test_a_wrong_token_is_told(self):
        with (
            _server(None) as (url, _),
            Client(url, "another-token") as client,
            pytest.raises(ServerError, match="no token was sent"),
        ):
            client.job("j_1")

    def test_a_server_that_is_being_started_again_is_waited_for(self):
        left = [503, 502, 200]

        def work(handler, *_):
            handler._answer(left.pop(0), b'{"id": "j_1"}')

        with _server(work) as (url, asked), _client(url) as client:
            assert client.job("j_1") == {"id": "j_1"}
        assert len(asked) == 3


class TestSubmit:
    def test_the_same_body_has_the_same_key_and_another_one_another(self):
        def work(handler, *_):
            handler._answer(202, b'{"id": "j_1", "state": "queued"}')

        with _server(work) as (url, asked), _client(url) as client:
            for body in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 2}):
                client.submit(body)
            client.submit({"a": 1, "b": 2}, fresh=True)
        keys = [headers["Idempotency-Key"] for *_, headers in asked]
        assert keys[0] == keys[1]
        assert len(set(keys)) == 3


class TestDownload:
    def test_a_broken_download_goes_on_where_it_broke(self, tmp_path):
        def work(handler, method, path, body):
            found = re.match(r"bytes=(\d+)-$", handler.headers.get("Range", ""))
            start = int(found[1]) if found else 0
            rest = FILM[start:]
            headers = {"ETag": '"tag"'}
            status = 200
            if found:
                assert handler.headers["If-Range"] == '"tag"'
                status = 206
            handler._answer(status, rest[:300_000], headers, length=len(rest))
            if len(rest) > 300_000:
                handler.end()

        media = {"id": "m_1", "name": "film.mp4", "sha256": hashlib.sha256(FILM).hexdigest()}
        with _server(work) as (url, asked), _client(url) as client:
            place = client.download(media, tmp_path)
        assert place == tmp_path / "film.mp4"
        assert place.read_bytes() == FILM
        assert len(asked) == 4
        assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]

    def test_a_file_that_changed_in_between_comes_whole(self, tmp_path):
        versions = [b"a" * 100_000, b"b" * 90_000]

        def work(handler, method, path, body):
            if "Range" in handler.headers:  # If-Range does not match any more: all of it
                handler._answer(200, versions[1], {"ETag": '"two"'})
            else:
                handler._answer(200, versions[0][:50_000], {"ETag": '"one"'}, length=100_000)
                handler.end()

        with _server(work) as (url, _), _client(url) as client:
            place = client.download({"id": "m_1", "name": "x.bin", "sha256": ""}, tmp_path)
        assert place.read_bytes() == versions[1]

    def test_other_bytes_than_announced_leave_nothing(self, tmp_path):
        (tmp_path / "film.mp4").write_bytes(b"older")

        def work(handler, *_):
            handler._answer(200, b"spoilt", {"ETag": '"t"'})

        media = {"id": "m_1", "name": "film.mp4", "sha256": "0" * 64}
        with _server(work) as (url, _), _client(url) as client, pytest.raises(ServerError, match="other bytes"):
            client.download(media, tmp_path)
        assert (tmp_path / "film.mp4").read_bytes() == b"older"
        assert len(list(tmp_path.iterdir())) == 1

    @pytest.mark.parametrize("name", ["../../evil.mp4", "/etc/evil.mp4", "..\\evil.mp4", "a/../../evil.mp4"])
    def test_a_server_does_not_choose_where_a_file_goes(self, tmp_path, name):
        def work(handler, *_):
            handler._answer(200, b"x")

        folder = tmp_path / "out"
        folder.mkdir()
        with _server(work) as (url, _), _client(url) as client:
            place = client.download({"id": "m_1", "name": name, "sha256": ""}, folder)
        assert place == folder / "evil.mp4"

    @pytest.mark.parametrize("name", ["..", ".", "", "/"])
    def test_a_name_that_is_none_becomes_the_id(self, tmp_path, name):
        def work(handler, *_):
            handler._answer(200, b"x")

        with _server(work) as (url, _), _client(url) as client:
            assert client.download({"id": "m_1", "name": name, "sha256": ""}, tmp_path) == tmp_path / "m_1"


class TestEvents:
    def test_a_stream_that_breaks_is_taken_up_behind_the_last_event(self):
        told = [{"state": "running"}, *({"stage": "play", "done": n, "total": 9} for n in range(8)), {"state": "done"}]

        def write(number):
            data = told[number - 1]
            kind = "state" if "state" in data else "progress"
            return f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n".encode()

        def work(handler, method, path, body):
            if not path.endswith("/events"):
                handler._answer(200, json.dumps({"id": "j_1", "state": "running"}).encode())
                return
            after = int(handler.headers["Last-Event-ID"])
            handler._answer(200, b": hello\n\n", length=1 << 20, type_="text/event-stream")
            for number in range(after + 1, min(after + 3, len(told)) + 1):
                handler.wfile.write(write(number))
            handler.wfile.write(b"id: 99\nevent: progress\ndata: {half")  # an event that never ends is none
            handler.wfile.flush()
            handler.drop()

        with _server(work) as (url, asked), _client(url) as client:
            happened = list(client.events("j_1"))
        assert [one.number for one in happened] == list(range(1, 11))
        assert happened[-1].data == {"state": "done"}
        assert len([path for _, path, *_ in asked if path.endswith("events")]) == 4

    def test_a_job_that_has_ended_and_has_no_news_ends_the_events(self):
        def work(handler, method, path, body):
            if path.endswith("/events"):
                handler._answer(200, b"", type_="text/event-stream")
            else:
                handler._answer(200, b'{"id": "j_1", "state": "done"}')

        with _server(work) as (url, _), _client(url) as client:
            assert list(client.events("j_1", after=7)) == []


class _Tus:
    """Keeps uploads as tus wants it; breaks off now and then."""

    def __init__(self, *, dies_after=(), refuses="", forgets=False, known=()):
        self.uploads, self.pieces, self.posts = {}, 0, 0
        self.dies_after, self.refuses, self.forgets, self.known = set(dies_after), refuses, forgets, list(known)

    def __call__(self, handler, method, path, body):
        if path.startswith("/api/media?"):
            handler._answer(200, json.dumps({"items": self.known, "next": None}).encode())
        elif path.startswith("/api/media/"):
            told = {"id": path.rpartition("/")[2], "state": "ready", "name": "clip.mp4"}
            handler._answer(200, json.dumps(told).encode())
        elif method == "POST":
            self.posts += 1
            name = f"u_{self.posts}"
            self.uploads[name] = [int(handler.headers["Upload-Length"]), b""]
            handler._answer(201, b"", {"Location": f"/api/uploads/{name}"})
        else:
            self.piece(handler, method, path.rpartition("/")[2], body)

    def piece(self, handler, method, name, body):
        if name not in self.uploads or (self.forgets and self.posts == 1):
            handler._answer(
                404, b"" if method == "HEAD" else b'{"detail": "gone"}', length=0 if method == "HEAD" else None
            )
            return
        upload = self.uploads[name]
        if method == "PATCH":
            algorithm, digest = handler.headers["Upload-Checksum"].split()
            assert algorithm == "sha256"
            import base64

            assert base64.b64decode(digest) == hashlib.sha256(body).digest()
            if int(handler.headers["Upload-Offset"]) != len(upload[1]):
                handler._answer(409, b'{"detail": "elsewhere"}')
                return
            self.pieces += 1
            upload[1] += body
            if self.pieces in self.dies_after:
                handler.drop()  # it has the bytes, and nobody is told
                return
            if self.refuses and len(upload[1]) == upload[0]:
                told = {"type": "/problems/media-refused", "detail": self.refuses}
                handler._answer(422, json.dumps(told).encode())
                return
        headers = {"Upload-Offset": str(len(upload[1]))}
        if len(upload[1]) == upload[0]:
            headers["Mutoscope-Media"] = "m_1"
        handler._answer(204 if method == "PATCH" else 200, b"", headers)


class TestUpload:
    @pytest.fixture(autouse=True)
    def small_pieces(self, monkeypatch):
        monkeypatch.setattr("mutoscope.service.calling.sending._PIECE_BYTES", 300_000)

    @pytest.fixture
    def film(self, tmp_path):
        path = tmp_path / "clip.mp4"
        path.write_bytes(FILM)
        return path

    def test_a_file_arrives_whole_though_connections_break(self, film):
        tus = _Tus(dies_after=(1, 3, 4))
        with _server(tus) as (url, _), _client(url) as client:
            assert client.upload(film)["id"] == "m_1"
        assert tus.uploads["u_1"][1] == FILM
        assert (tus.posts, tus.pieces) == (1, 4)

    def test_the_next_process_goes_on_with_what_was_begun(self, film, tmp_path):
        memory = tmp_path / "memory"
        tus = _Tus(dies_after=(2,))
        with _server(tus) as (url, _):
            first = Client(url, "a-token-of-the-test", patience_s=0, uploads=memory)
            with first, pytest.raises(UnreachableError):
                first.upload(film)
            with _client(url, uploads=memory) as client:
                client.upload(film)
        assert (tus.posts, tus.pieces) == (1, 4)
        assert list(memory.iterdir()) == []

    def test_an_upload_that_the_server_forgot_is_begun_anew(self, film):
        tus = _Tus(forgets=True)
        with _server(tus) as (url, _), _client(url) as client:
            client.upload(film)
        assert tus.posts == 2
        assert tus.uploads["u_2"][1] == FILM

    def test_a_refused_file_is_told_by_name_and_reason(self, film, tmp_path):
        with (
            _server(_Tus(refuses="it is no film.")) as (url, _),
            _client(url, uploads=tmp_path / "memory") as client,
            pytest.raises(InputError, match=r"^clip\.mp4: it is no film"),
        ):
            client.upload(film)
        assert list((tmp_path / "memory").iterdir()) == []

    def test_what_the_server_has_is_not_sent_again(self, film):
        known = {"id": "m_7", "state": "ready", "sha256": hashlib.sha256(FILM).hexdigest()}
        tus = _Tus(known=[known])
        with _server(tus) as (url, _), _client(url) as client:
            assert client.upload(film)["id"] == "m_7"
        assert tus.posts == 0

    def test_a_missing_file_is_told(self, tmp_path):
        with _server(None) as (url, _), _client(url) as client, pytest.raises(InputError, match="is no file"):
            client.upload(tmp_path / "none.mp4")
