"""Uploads by tus 1.0, on a real server: the official client, kills in the middle, two senders, hostile headers."""

import base64
import hashlib
import http.client
import io
import random
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from mutoscope.testing.media import make_clip
from service_client import running_service

TUS = {"Tus-Resumable": "1.0.0"}
TYPE = {"Content-Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uploads")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MUTOSCOPE_DATA", str(folder / "own"))
        patched.setenv("MUTOSCOPE_CACHE", str(folder / "cache"))
        with running_service(folder, "-o", "disk_free_bytes=0", "-o", f"upload_bytes={64 << 20}") as service:
            yield service


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """A film of some hundred kB: noise does not compress."""
    folder = tmp_path_factory.mktemp("film")
    path = make_clip(folder / "clip.mp4", width=320, height=180, num_frames=20)
    with path.open("ab") as stream:
        # A box that players pass over makes it longer.
        filling = random.Random(1).randbytes(600_000)
        stream.write((len(filling) + 8).to_bytes(4, "big") + b"free" + filling)
    return path


def begin(served, length: int, name: str = "clip.mp4", **headers: str) -> str:
    told = f"filename {base64.b64encode(name.encode()).decode()}"
    answer = served.ask(
        "POST", "/api/uploads", b"", {**TUS, "Upload-Length": str(length), "Upload-Metadata": told, **headers}
    )
    assert answer.status == 201, answer.body
    assert answer.headers["tus-resumable"] == "1.0.0"
    return answer.headers["location"]


def patch(served, where: str, offset: int, data: bytes, **headers: str):
    return served.ask("PATCH", where, data, {**TUS, **TYPE, "Upload-Offset": str(offset), **headers})


def offset(served, where: str) -> int:
    answer = served.ask("HEAD", where, headers=TUS)
    assert answer.status == 200, answer
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def checksum(data: bytes, name: str = "sha1") -> dict[str, str]:
    return {"Upload-Checksum": f"{name} {base64.b64encode(hashlib.new(name, data).digest()).decode()}"}


def kind(answer) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["tus-resumable"] == "1.0.0"
    return answer.json()["type"].removeprefix("/problems/")


@contextmanager
def half_sent(served, where: str, start: int, data: bytes, **headers: str):
    """A PATCH whose sender falls silent with a part still to come."""
    parts = urlsplit(served.url)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    line.putrequest("PATCH", where)
    told = {
        **TUS,
        **TYPE,
        **headers,
        "Authorization": f"Bearer {served.token}",
        "Upload-Offset": str(start),
        "Content-Length": str(len(data) + 1000),
    }
    for name, value in told.items():
        line.putheader(name, value)
    line.endheaders(data)
    yield line
    line.close()


def stored(served, where: str) -> int:
    path = served.data / "uploads" / where.rpartition("/")[2]
    return path.stat().st_size if path.exists() else 0


def wait_until(condition, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_is_spoken_is_told(served):
    answer = served.ask("OPTIONS", "/api/uploads")
    assert answer.status == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation",
        "creation-with-upload",
        "checksum",
        "expiration",
        "termination",
    }
    assert answer.headers["tus-max-size"] == str(64 << 20)
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256,md5"


def test_the_official_client_uploads(served, film):
    client = TusClient(f"{served.url}/api/uploads", headers={"Authorization": f"Bearer {served.token}"})
    told = {"filename": "naïve name.mp4", "filetype": "video/mp4"}
    uploader = client.uploader(
        file_stream=io.BytesIO(film.read_bytes()), chunk_size=100_000, metadata=told, upload_checksum=True
    )
    uploader.upload()
    media = uploader.request.response_headers["mutoscope-media"]
    told = served.ask("GET", f"/api/media/{media}").json()
    assert (told["name"], told["state"], told["kind"]) == ("naïve name.mp4", "ready", "video")
    assert told["sha256"] == hashlib.sha256(film.read_bytes()).hexdigest()
    head = served.ask("HEAD", urlsplit(uploader.url).path, headers=TUS)
    assert head.headers["mutoscope-media"] == media
    assert head.headers["upload-offset"] == head.headers["upload-length"] == str(film.stat().st_size)
    assert "filename " in head.headers["upload-metadata"]
    assert "GMT" in head.headers["upload-expires"]


def test_the_official_client_hears_why_a_file_is_refused(served):
    data = b"\0\0\0\x18ftypmp42" + bytes(100_000)
    client = TusClient(f"{served.url}/api/uploads", headers={"Authorization": f"Bearer {served.token}"})
    uploader = client.uploader(file_stream=io.BytesIO(data), metadata={"filename": "film.mp4"})
    with pytest.raises(TusUploadFailed) as met:
        uploader.upload()
    assert met.value.status_code == 422
    assert b"media-refused" in uploader.request.response_content
    refused = served.ask("GET", f"/api/media/{uploader.request.response_headers['mutoscope-media']}").json()
    assert refused["state"] == "refused"
    stranger = TusClient(f"{served.url}/api/uploads")
    with pytest.raises(TusCommunicationError):
        stranger.uploader(file_stream=io.BytesIO(data)).upload()


@pytest.fixture(scope="module")
def killed(tmp_path_factory, film):
    """What three senders find after a kill in the middle of all of them; the official client goes on by itself."""
    folder = tmp_path_factory.mktemp("killed")
    data = film.read_bytes()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MUTOSCOPE_DATA", str(folder / "own"))
        patched.setenv("MUTOSCOPE_CACHE", str(folder / "cache"))
        with running_service(folder, "-o", "disk_free_bytes=0") as service:
            client = TusClient(f"{service.url}/api/uploads", headers={"Authorization": f"Bearer {service.token}"})
            told = {"filename": "clip.mp4"}
            stream = io.BytesIO(data)
            uploader = client.uploader(
                file_stream=stream, chunk_size=20_000, metadata=told, retries=1000, retry_delay=0.1
            )
            uploader.set_url(uploader.create_url())
            sender = threading.Thread(target=uploader.upload)
            where, sure, whole = (begin(service, len(data)) for _ in range(3))
            assert patch(service, whole, 0, data[:-1]).status == 204
            with (
                half_sent(service, where, 0, data[:200_000]),
                half_sent(service, sure, 0, data[:200_000], **checksum(b"")),
            ):
                wait_until(lambda: stored(service, where) and stored(service, sure))
                sender.start()
                wait_until(lambda: stored(service, urlsplit(uploader.url).path) > 60_000)
                service.kill()
            # The last byte came, and the server died before it could say so.
            with (service.data / "uploads" / whole.rpartition("/")[2]).open("ab") as file:
                file.write(data[-1:])
            there = stored(service, where), stored(service, sure)
            service.start()
            yield SimpleNamespace(
                service=service, uploader=uploader, sender=sender, where=where, sure=sure, whole=whole, there=there
            )
            sender.join(60)


def digest_of(service, headers) -> str:
    told = service.ask("GET", f"/api/media/{headers['mutoscope-media']}").json()
    assert told["state"] == "ready"
    return told["sha256"]


def test_after_a_kill_the_true_length_is_told_and_the_rest_is_enough(killed, film):
    data, service = film.read_bytes(), killed.service
    assert 0 < killed.there[0] <= 200_000
    assert offset(service, killed.where) == killed.there[0]
    last = patch(service, killed.where, killed.there[0], data[killed.there[0] :])
    assert last.status == 204
    assert digest_of(service, last.headers) == hashlib.sha256(data).hexdigest()


def test_after_a_kill_bytes_whose_checksum_nobody_compared_do_not_count(killed):
    assert killed.there[1] > 0
    assert offset(killed.service, killed.sure) == 0


def test_the_last_bytes_may_come_just_before_a_kill(killed, film):
    head = killed.service.ask("HEAD", killed.whole, headers=TUS)
    assert digest_of(killed.service, head.headers) == hashlib.sha256(film.read_bytes()).hexdigest()


def test_the_official_client_goes_on_through_a_kill(killed, film):
    killed.sender.join(60)
    told = killed.uploader.request.response_headers
    assert digest_of(killed.service, told) == hashlib.sha256(film.read_bytes()).hexdigest()


def test_a_piece_with_a_wrong_checksum_is_dropped(served, film):
    data = film.read_bytes()
    where = begin(served, len(data))
    for name in ("sha1", "sha256", "md5"):
        assert kind(patch(served, where, 0, data[:1000], **checksum(data[:999], name))) == "checksum"
        assert offset(served, where) == 0
    at = 0
    for name in ("sha1", "sha256", "md5"):
        piece = data[at : at + 100_000]
        answer = patch(served, where, at, piece, **checksum(piece, name))
        at += len(piece)
        assert (answer.status, answer.headers["upload-offset"]) == (204, str(at))


def test_a_sender_that_is_alive_is_not_pushed_aside_and_a_dead_one_is(served, film):
    data = film.read_bytes()
    where = begin(served, len(data))
    with half_sent(served, where, 0, data[:100_000]):
        wait_until(lambda: stored(served, where) > 0)
        busy = patch(served, where, 0, data)
        assert kind(busy) == "in-flight"
        there = 0
        end = time.monotonic() + 15
        while time.monotonic() < end:
            there = offset(served, where)
            answer = patch(served, where, there, data[there:])
            if answer.status == 204:
                break
            assert answer.status == 409
            time.sleep(0.3)
        assert answer.status == 204
    media = served.ask("GET", f"/api/media/{answer.headers['mutoscope-media']}").json()
    assert media["sha256"] == hashlib.sha256(data).hexdigest()


def test_who_hangs_up_leaves_what_has_come(served, film):
    data = film.read_bytes()
    where = begin(served, len(data))
    with half_sent(served, where, 0, data[:100_000]):
        wait_until(lambda: stored(served, where) > 0)
    wait_until(lambda: offset(served, where) == 100_000)
    assert patch(served, where, 100_000, data[100_000:]).status == 204


def test_an_upload_is_given_up_even_while_somebody_sends(served, film):
    where = begin(served, film.stat().st_size)
    with half_sent(served, where, 0, film.read_bytes()[:100_000]):
        wait_until(lambda: stored(served, where) > 0)
        assert served.ask("DELETE", where, headers=TUS).status == 204
    assert served.ask("HEAD", where, headers=TUS).status == 404
    assert stored(served, where) == 0
    assert kind(patch(served, where, 0, b"x")) == "not-found"
    assert kind(served.ask("DELETE", where, headers=TUS)) == "not-found"


def test_all_may_come_with_the_first_request(served, film):
    data = film.read_bytes()
    answer = served.ask("POST", "/api/uploads", data, {**TUS, **TYPE, "Upload-Length": str(len(data))})
    assert answer.status == 201
    assert answer.headers["upload-offset"] == str(len(data))
    assert served.ask("GET", f"/api/media/{answer.headers['mutoscope-media']}").json()["name"] == "unnamed"
    begun = served.ask("POST", "/api/uploads", data[:10], {**TUS, **TYPE, "Upload-Length": str(len(data))})
    assert begun.headers["upload-offset"] == "10"
    assert patch(served, begun.headers["location"], 10, data[10:]).status == 204


def test_patch_and_delete_may_be_spoken_by_post(served, film):
    data = film.read_bytes()
    where = begin(served, len(data))
    told = {**TUS, **TYPE, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert served.ask("POST", where, data[:10], told).headers["upload-offset"] == "10"
    assert served.ask("POST", where, b"", {**TUS, "X-HTTP-Method-Override": "DELETE"}).status == 204
    assert served.ask("HEAD", where, headers=TUS).status == 404
    assert served.ask("POST", where, b"", TUS).status == 405


def test_a_wrong_type_ends_the_upload_at_once(served):
    for data in (b"\x7fELF" + bytes(3 << 20), b"#EXTM3U\n" + b"#\n" * 1_000_000):
        where = begin(served, len(data))
        assert kind(patch(served, where, 0, data)) == "wrong-type"
        assert served.ask("HEAD", where, headers=TUS).status == 404
        assert stored(served, where) == 0
    small = begin(served, 4)
    assert kind(patch(served, small, 0, b"MZ\0\0")) == "wrong-type"


@pytest.mark.parametrize(
    ("headers", "status", "name"),
    [
        ({}, 412, "changed"),
        ({"Tus-Resumable": "0.2.2", "Upload-Length": "5"}, 412, "changed"),
        ({**TUS}, 400, "bad-request"),
        ({**TUS, "Upload-Length": "-5"}, 400, "bad-request"),
        ({**TUS, "Upload-Length": "5.0"}, 400, "bad-request"),
        ({**TUS, "Upload-Length": "0"}, 422, "invalid"),
        ({**TUS, "Upload-Length": str((64 << 20) + 1)}, 413, "too-large"),
        ({**TUS, "Upload-Length": "9" * 30}, 400, "bad-request"),
        ({**TUS, "Upload-Defer-Length": "1"}, 400, "bad-request"),
        ({**TUS, "Upload-Length": "5", "Upload-Metadata": "filename ***"}, 400, "bad-request"),
        ({**TUS, "Upload-Length": "5", "Upload-Metadata": "a QQ==,a QQ=="}, 400, "bad-request"),
    ],
)
def test_a_beginning_that_is_not_understood_is_told_why(served, headers, status, name):
    answer = served.ask("POST", "/api/uploads", b"", headers)
    assert (answer.status, kind(answer)) == (status, name)
    if status == 412:
        assert answer.headers["tus-version"] == "1.0.0"


def test_bytes_that_do_not_fit_are_told_why(served, film):
    data = film.read_bytes()
    where = begin(served, len(data))
    assert kind(patch(served, where, 5, data)) == "conflict"
    assert kind(patch(served, where, 0, data + b"more")) == "too-large"
    assert kind(served.ask("PATCH", where, data, {**TUS, **TYPE})) == "bad-request"
    assert (
        kind(served.ask("PATCH", where, data, {**TUS, "Upload-Offset": "0", "Content-Type": "video/mp4"}))
        == "wrong-type"
    )
    assert kind(served.ask("PATCH", where, data, {**TYPE, "Upload-Offset": "0"})) == "changed"
    assert kind(patch(served, where, 0, data, **{"Upload-Checksum": "crc32 AAAA"})) == "bad-request"
    there = offset(served, where)
    assert patch(served, where, there, data[there:]).status == 204
    assert kind(patch(served, where, len(data), b"more")) == "conflict"


def test_an_upload_of_somebody_else_is_not_there(served, film):
    where = begin(served, film.stat().st_size)
    other = served.ask("POST", "/api/tokens", {"name": "Grace"}).json()["secret"]
    assert served.ask("HEAD", where, headers=TUS, token=other).status == 404
    assert served.ask("DELETE", where, headers=TUS, token=other).status == 404
    assert served.ask("PATCH", where, b"x", {**TUS, **TYPE, "Upload-Offset": "0"}, token=other).status == 404
    assert offset(served, where) == 0
    for strange in ("u_..%2Fowner-token", "m_" + "0" * 22, "u_" + "0" * 21):
        assert served.ask("HEAD", f"/api/uploads/{strange}", headers=TUS).status == 404
