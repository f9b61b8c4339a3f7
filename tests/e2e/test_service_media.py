"""Media by REST, on a real server: in by form and bare, looked at, out in parts, framesets."""

import hashlib
import http.client
import io
import json
import socket
import zipfile
from fractions import Fraction
from urllib.parse import quote, urlsplit

import pytest
from PIL import Image

from mutoscope.testing.media import Sound, make_clip
from service_client import running_service

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MUTOSCOPE_DATA", str(folder / "own"))
        patched.setenv("MUTOSCOPE_CACHE", str(folder / "cache"))
        with running_service(folder, "--url-host", "127.0.0.1", "-o", "disk_free_bytes=0") as service:
            yield service


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    sounds = [Sound(seconds=Fraction(1, 5))]
    return make_clip(tmp_path_factory.mktemp("film") / "clip.mp4", width=46, height=34, num_frames=5, sounds=sounds)


@pytest.fixture
def media(served, film):
    return served.upload(film)


def picture(width: int = 17, height: int = 23, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 10, 40)).save(out, kind)
    return out.getvalue()


def form(data: bytes, filename: bytes, **fields: str) -> tuple[bytes, dict[str, str]]:
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode() for name, text in fields.items()]
    parts.append(b'Content-Disposition: form-data; name="file"; filename="' + filename + b'"\r\n\r\n' + data)
    body = b"".join(b"--xyz\r\n" + part + b"\r\n" for part in parts) + b"--xyz--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=xyz"}


def send_form(served, *args, **fields):
    return served.ask("POST", "/api/media", *form(*args, **fields))


def send(served, data: bytes, name: str = "x", **more):
    told = {"Content-Type": "application/octet-stream"}
    return served.ask("POST", f"/api/media?name={quote(name, safe='')}", data, told, **more)


def problem(answer) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status
    assert "\n" not in told["detail"]
    assert told["detail"]
    return told["type"].removeprefix("/problems/")


def make_token(served, **limits) -> str:
    answer = served.ask("POST", "/api/tokens", {"name": "Grace", **limits})
    assert answer.status == 201, answer.body
    return answer.json()["secret"]


def test_a_form_and_a_bare_body_give_the_same_media(served, film):
    data = film.read_bytes()
    bare = send(served, data, "clip.mp4")
    formed = send_form(served, data, b"clip.mp4")
    for answer in (bare, formed):
        assert answer.status == 201
        told = answer.json()
        assert answer.headers["location"] == told["links"]["self"]
        assert (told["state"], told["kind"], told["type"]) == ("ready", "video", "video/mp4")
        assert told["sha256"] == hashlib.sha256(data).hexdigest()
        assert (told["info"]["width"], told["info"]["height"], told["info"]["num_frames"]) == (46, 34, 5)
        assert "path" not in json.dumps(told)
    assert send_form(served, data, b"clip.mp4", name="other.mp4").json()["name"] == "other.mp4"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../../etc/cron.d/x.mp4", "x.mp4"),
        ("..\\..\\boot.mp4", "boot.mp4"),
        ("a\0b.mp4", "ab.mp4"),
        ("evil\r\nSet-Cookie: a=b.mp4", "evilSet-Cookie_ a=b.mp4"),
        ("fdp.\u202e4pm.mp4", "fdp.4pm.mp4"),
        ("x" * 390 + ".mp4", "x" * 251 + ".mp4"),
        ("<script>.mp4", "_script_.mp4"),
    ],
)
def test_hostile_names_are_only_ever_shown(served, film, sent, kept):
    told = send(served, film.read_bytes(), sent).json()
    assert told["name"] == kept
    answer = served.ask("GET", told["links"]["file"])
    assert answer.status == 200
    assert "set-cookie" not in {name.lower() for name in answer.headers}
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    stored = {path.name for path in (served.data / "media" / told["id"]).iterdir()}
    assert stored <= {"original.mp4", "poster.jpg", "derived"}


def test_a_name_in_a_form_is_no_path_either(served):
    told = send_form(served, picture(), "../ö/ä.png".encode()).json()
    assert (told["name"], told["kind"]) == ("ä.png", "picture")


def test_a_download_is_given_in_parts_by_its_sha256(served, media, film):
    data, address = film.read_bytes(), media["links"]["file"]
    etag = f'"{media["sha256"]}"'
    whole = served.ask("GET", address)
    assert (whole.status, whole.body, whole.headers["etag"]) == (200, data, etag)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["x-content-type-options"] == "nosniff"
    for asked, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=8000-", 8000, None),
        ("bytes=-7", -7, None),
    ):
        part = served.ask("GET", address, headers={"Range": asked})
        assert (part.status, part.body) == (206, data[start:end])
        assert part.headers["content-range"].endswith(f"/{len(data)}")
        assert part.headers["content-length"] == str(len(part.body))
    assert served.ask("GET", address, headers={"Range": "bytes=0-0", "If-Range": etag}).status == 206
    assert served.ask("GET", address, headers={"Range": "bytes=0-0", "If-Range": '"other"'}).status == 200
    for strange in ("bytes=5-2", "bytes=a-b", "lines=0-1", "bytes=0-1,5-9", "bytes=", "bytes=-"):
        assert served.ask("GET", address, headers={"Range": strange}).body == data
    for outside in (f"bytes={len(data)}-", "bytes=-0", "bytes=99999999-"):
        refused = served.ask("GET", address, headers={"Range": outside})
        assert problem(refused) == "range"
        assert refused.headers["content-range"] == f"bytes */{len(data)}"
    unchanged = served.ask("GET", address, headers={"If-None-Match": f'"x", {etag}'})
    assert (unchanged.status, unchanged.body) == (304, b"")
    head = served.ask("HEAD", address)
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(data)), b"")


def test_only_pictures_films_and_sounds_are_ever_shown_in_place(served, media):
    shown = served.ask("GET", f"{media['links']['file']}?inline=1")
    assert shown.headers["content-disposition"].startswith("inline;")
    text = send(served, b'{"layers": []}', "layers.json").json()
    assert text["kind"] == "text"
    kept = served.ask("GET", f"{text['links']['file']}?inline=1")
    assert kept.headers["content-disposition"].startswith("attachment;")
    assert kept.headers["content-security-policy"].startswith("default-src 'self'")


@pytest.mark.parametrize(
    ("data", "name", "status"),
    [
        (b"\x7fELF" + bytes(5000), "a.mp4", 415),
        (b"#EXTM3U\nfile:///etc/passwd\n", "a.mp4", 415),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "a.mp4", 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "a.png", 415),
        (b"<!doctype html><script>1</script>", "a.jpg", 415),
        (b"%PDF-1.7", "a.png", 415),
        (b"PK\x03\x04" + bytes(100), "a.npz", 415),
        (b"\x80\x04\x95" + bytes(50), "a.safetensors", 415),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a.png", 422),
        (b"\0\0\0\x18ftypmp42" + bytes(500), "a.mp4", 422),
        (b"", "a.mp4", 422),
    ],
)
def test_what_is_no_media_is_refused_and_leaves_nothing(served, data, name, status):
    before = {path.name for path in (served.data / "media").iterdir()}
    answer = send(served, data, name)
    assert answer.status == status, answer.body
    assert problem(answer) in ("wrong-type", "media-refused", "invalid")
    assert {path.name for path in (served.data / "media").iterdir()} == before
    assert list((served.data / "uploads").iterdir()) == []
    if "mutoscope-media" in answer.headers:
        told = served.ask("GET", f"/api/media/{answer.headers['mutoscope-media']}").json()
        assert (told["state"], told["problem"]["detail"]) == ("refused", answer.json()["detail"])
        assert served.ask("GET", f"/api/media/{told['id']}/file").status == 410


def test_a_wrong_type_is_answered_before_a_mebibyte_is_stored(served):
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname, parts.port), 10) as line:
        head = (
            f"POST /api/media?name=film.mp4 HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Authorization: Bearer {served.token}\r\n"
            f"Content-Type: video/mp4\r\nContent-Length: {5 << 30}\r\nExpect: 100-continue\r\n\r\n"
        )
        line.sendall(head.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 100")
        line.sendall(b"\x7fELF" + bytes(200_000))
        answer = line.recv(4096)
    assert answer.startswith(b"HTTP/1.1 415")
    assert sum(path.stat().st_size for path in (served.data / "uploads").iterdir()) < 1 << 20


def test_a_form_that_breaks_off_is_no_media(served, film):
    body, headers = form(film.read_bytes(), b"clip.mp4")
    answer = served.ask("POST", "/api/media", body[:-12], headers)
    assert problem(answer) == "bad-request"
    assert list((served.data / "uploads").iterdir()) == []


def test_frames_have_exact_times_and_pictures(served, media):
    page = served.ask("GET", f"{media['links']['frames']}?limit=2").json()
    assert (page["num_frames"], page["next"]) == (5, 2)
    assert [row["pts"] for row in page["items"]] == [0, 512]
    rest = served.ask("GET", f"{media['links']['frames']}?cursor=2&limit=50").json()
    assert [row["number"] for row in rest["items"]] == [2, 3, 4]
    assert rest["next"] is None
    exact = served.ask("GET", page["items"][1]["links"]["png"])
    assert exact.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(exact.body)).size == (46, 34)
    small = served.ask("GET", f"{media['links']['frames']}/4?format=jpg&size=20")
    assert small.headers["content-type"] == "image/jpeg"
    again = served.ask(
        "GET", f"{media['links']['frames']}/4?format=jpg&size=20", headers={"If-None-Match": small.headers["etag"]}
    )
    assert again.status == 304
    assert problem(served.ask("GET", f"{media['links']['frames']}/5")) == "not-found"
    assert served.ask("GET", f"{media['links']['frames']}/-1").status == 404
    for path in ("poster", "thumbnail?size=33"):
        assert served.ask("GET", f"/api/media/{media['id']}/{path}").body[:2] == b"\xff\xd8"
    peaks = served.ask("GET", f"{media['links']['waveform']}?buckets=10").json()["peaks"]
    assert len(peaks) == 10
    assert max(peaks) > 0.1


def test_a_picture_has_one_frame_and_no_sound(served):
    told = send(served, picture(), "p.png").json()
    assert told["links"]["waveform"] is None
    assert problem(served.ask("GET", f"/api/media/{told['id']}/waveform")) == "not-found"
    assert served.ask("GET", f"/api/media/{told['id']}/frames").json()["num_frames"] == 1


def test_a_name_is_changed_only_by_who_has_seen_it(served, media):
    here = media["links"]["self"]
    etag = served.ask("GET", here).headers["etag"]
    assert served.ask("GET", here, headers={"If-None-Match": etag}).status == 304
    assert problem(served.ask("PATCH", here, {"name": "new.mp4"})) == "if-match-wanted"
    renamed = served.ask("PATCH", here, {"name": "../new\r\n.mp4"}, {"If-Match": etag})
    assert (renamed.status, renamed.json()["name"]) == (200, "new.mp4")
    assert problem(served.ask("PATCH", here, {"name": "newer.mp4"}, {"If-Match": etag})) == "changed"
    for body in ({"name": ""}, {"name": "a", "state": "ready"}, {}):
        assert problem(served.ask("PATCH", here, body, {"If-Match": renamed.headers["etag"]})) == "invalid"
    assert served.ask("PATCH", here, b'{"name": "' + b"a" * 100_000 + b'"}', JSON).status == 413


def test_media_is_found_and_deleted(served, film):
    ids = [send(served, film.read_bytes(), f"findme {number}.mp4").json()["id"] for number in range(3)]
    page = served.ask("GET", "/api/media?search=FINDME&limit=2").json()
    rest = served.ask("GET", f"/api/media?search=FINDME&limit=2&cursor={page['next']}").json()
    assert [one["id"] for one in page["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None
    assert problem(served.ask("GET", "/api/media?cursor=%00")) == "bad-request"
    for id_ in ids:
        assert served.ask("DELETE", f"/api/media/{id_}").status == 204
        assert problem(served.ask("GET", f"/api/media/{id_}")) == "not-found"
        assert not (served.data / "media" / id_).exists()
    for id_ in ("m_..%2F..%2Fetc", "m_" + "x" * 23, "%00", "j_" + "0" * 22):
        assert served.ask("GET", f"/api/media/{id_}").status == 404


def test_what_belongs_to_somebody_else_is_not_there(served, media, film):
    other = make_token(served)
    for path in ("", "/file", "/poster", "/thumbnail", "/frames", "/frames/0", "/waveform"):
        answer = served.ask("GET", f"/api/media/{media['id']}{path}", token=other)
        assert problem(answer) == "not-found"
        assert answer.json()["detail"] == served.ask("GET", f"/api/media/m_{'0' * 22}{path}").json()["detail"]
    assert served.ask("DELETE", f"/api/media/{media['id']}", token=other).status == 404
    assert served.ask("PATCH", f"/api/media/{media['id']}", {"name": "x"}, {"If-Match": "*"}, token=other).status == 404
    assert served.ask("POST", "/api/framesets", {"media": media["id"]}, token=other).status == 422
    assert served.ask("GET", "/api/media", token=other).json()["items"] == []
    assert served.ask("GET", media["links"]["self"]).status == 200


def test_a_token_keeps_no_more_bytes_than_it_may(served, film):
    data = film.read_bytes()
    other = make_token(served, max_bytes=len(data) * 2)
    kept = send(served, data, "a.mp4", token=other)
    assert kept.status == 201
    assert send(served, data, "b.mp4", token=other).status == 201
    assert problem(send(served, data, "c.mp4", token=other)) == "quota"
    head = {"Tus-Resumable": "1.0.0", "Upload-Length": "1"}
    assert problem(served.ask("POST", "/api/uploads", b"", head, token=other)) == "quota"
    assert served.ask("DELETE", kept.json()["links"]["self"], token=other).status == 204
    assert served.ask("POST", "/api/uploads", b"", {**head, "Upload-Length": str(len(data))}, token=other).status == 201
    assert problem(send(served, data, "d.mp4", token=other)) == "quota"  # what is announced counts


def test_a_length_that_is_no_number_or_too_large_is_refused_unread(served):
    parts = urlsplit(served.url)
    for length, status in (("99999999999999", 413), ("-1", 400), ("x", 400)):
        line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
        line.putrequest("POST", "/api/media?name=a.mp4")
        line.putheader("Authorization", f"Bearer {served.token}")
        line.putheader("Content-Length", length)
        line.endheaders()
        answer = line.getresponse()
        assert answer.status == status
        answer.read()
        line.close()


def test_a_url_to_this_machine_is_refused_even_where_its_owner_named_it(served):
    for url in ("https://127.0.0.1/a.mp4", f"https://127.0.0.1:{urlsplit(served.url).port}/", "https://localhost/a"):
        answer = served.ask("POST", "/api/media/from-url", {"url": url})
        assert problem(answer) == "invalid"
        assert answer.json()["errors"][0]["pointer"] == "/url"


def test_a_store_that_is_not_there_fails_the_job_in_one_line(served):
    answer = served.ask("POST", "/api/media/from-store", {"address": "store://rushes/a.mp4"})
    assert answer.status == 202, answer.body
    assert answer.headers["location"] == answer.json()["href"]
    done = served.wait(answer.json()["id"])
    assert done["state"] == "failed"
    for address in ("file:///etc/passwd", "store://a/../b", "s3://x/y", "store://rushes/"):
        assert served.ask("POST", "/api/media/from-store", {"address": address}).status in (202, 422)


def frameset(served, media, **options):
    made = served.ask("POST", "/api/framesets", {"media": media["id"], **options})
    assert made.status == 202, made.body
    assert made.headers["location"] == f"/api/jobs/{made.json()['job']}"
    assert served.wait(made.json()["job"])["state"] == "done"
    return served.ask("GET", made.json()["links"]["self"]).json()


def test_a_film_is_separated_one_picture_exchanged_and_put_together(served, media):
    told = frameset(served, media, size=64)
    assert (told["state"], told["frames"]) == ("ready", 5)
    here = told["links"]["self"]
    rows = served.ask("GET", f"{here}/frames").json()["items"]
    assert [(row["number"], row["pts"], row["is_exchanged"]) for row in rows[:2]] == [(1, 0, False), (2, 512, False)]
    first = served.ask("GET", rows[0]["links"]["file"])
    width, height = Image.open(io.BytesIO(first.body)).size
    assert first.headers["etag"] == rows[0]["etag"]

    def put(data, tag, kind="image/png"):
        return served.ask("PUT", f"{here}/frames/1", data, {"Content-Type": kind, **({"If-Match": tag} if tag else {})})

    red = picture(width, height)
    assert problem(put(red, None)) == "if-match-wanted"
    assert problem(put(red, '"other"')) == "changed"
    assert problem(put(picture(width + 1, height), "*")) == "invalid"
    assert problem(put(picture(width, height, "JPEG"), "*")) == "wrong-type"
    assert problem(put(b"\x89PNG\r\n\x1a\n" + bytes(50), "*")) == "media-refused"
    assert problem(put(b"#!/bin/sh", "*")) == "wrong-type"
    assert served.ask("GET", f"{here}/frames/1").body == first.body
    done = put(red, rows[0]["etag"])
    assert (done.status, done.json()["is_exchanged"]) == (200, True)
    assert served.ask("GET", f"{here}/frames/1").body == red
    assert served.ask("GET", f"{here}/frames/1?format=jpg&size=20").headers["content-type"] == "image/jpeg"
    archive = zipfile.ZipFile(io.BytesIO(served.ask("GET", told["links"]["archive"]).body))
    assert archive.testzip() is None
    assert archive.read("frame_000001.png") == red
    assert "frames.mutoscope.json" in archive.namelist()
    film = served.ask("POST", f"{here}/film", {"suffix": ".mkv"})
    assert film.status == 202
    ended = served.wait(film.json()["id"])
    assert ended["state"] == "done"
    again = served.ask("GET", f"/api/media/{ended['results'][0]['id']}").json()
    assert (again["kind"], again["suffix"] if "suffix" in again else again["type"]) == ("video", "video/x-matroska")
    assert served.ask("DELETE", here).status == 204
    assert served.ask("GET", here).status == 404
    assert not (served.data / "framesets" / told["id"]).exists()


def test_filtering_gives_a_new_frameset_and_leaves_the_old_one(served, media):
    told = frameset(served, media)
    here = told["links"]["self"]
    before = [served.ask("GET", f"{here}/frames/{number}").body for number in (1, 2)]
    one = served.ask("POST", f"{here}/frames/2/filter", {"filter": "great-wave", "parameters": {"strength": 0.9}})
    assert one.status == 202, one.body
    assert served.wait(one.json()["job"])["state"] == "done"
    new = one.json()["links"]["self"]
    assert served.ask("GET", f"{new}/frames/1").body == before[0]
    assert served.ask("GET", f"{new}/frames/2").body != before[1]
    assert [served.ask("GET", f"{here}/frames/{number}").body for number in (1, 2)] == before
    wrong = served.ask("POST", f"{here}/filter", {"filter": "no-such"})
    assert (problem(wrong), wrong.json()["errors"][0]["pointer"]) == ("invalid", "/filter")
    assert problem(served.ask("POST", f"{here}/frames/99/filter", {"filter": "great-wave"})) == "not-found"
    assert {one["id"] for one in served.ask("GET", f"/api/framesets?media={media['id']}").json()["items"]} == {
        told["id"],
        new.rpartition("/")[2],
    }
