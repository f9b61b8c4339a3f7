"""Attacks over HTTP that befell comparable servers, tried on this one. SECURITY.md names each of these tests."""

import io
import json
import pickle
import re
import socket
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

import mutoscope
from mutoscope.service.ids import new_id
from mutoscope.service.security.tokens import make
from mutoscope.testing.media import make_clip
from service_client import TOKEN, in_process_service

_UNSAFE = ("post", "put", "patch", "delete")
_OPEN = ("/health/live", "/health/ready", "/openapi.json", "/guidelines", "/problems", "/explore", "/static")
_NOBODY = {"Authorization": ""}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with in_process_service(tmp_path_factory.mktemp("attacks"), body_bytes=1 << 16) as (client, service):
        yield client, service


@pytest.fixture(scope="module")
def clip(served, tmp_path_factory):
    """Media of the owner."""
    path = make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", height=18, width=24, num_frames=4)
    headers = {"Content-Type": "application/octet-stream"}
    answer = served[0].post("/api/media", params={"name": "c.mp4"}, content=path.read_bytes(), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.fixture
def client(served):
    return served[0]


@pytest.fixture(scope="module")
def operations(served):
    """Every operation of the description, as (method, address) with ids that do not exist."""
    description = served[0].get("/openapi.json").json()
    found = [
        (method, re.sub(r"\{[^}]*\}", lambda _: new_id("m"), path), item[method])
        for path, item in description["paths"].items()
        for method in item
        if method in (*_UNSAFE, "get", "head")
    ]
    assert len(found) > 20
    return found


def _problem(answer, status, name):
    assert answer.status_code == status, (answer.request.method, answer.request.url, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{name}"


class TestForeignPages:
    """CVE-2024-10481 (CSRF), GHSA-5xxr-jvhm-jxmj (Origin: null), DNS rebinding, CVE-2026-27482 (DELETE forgotten)."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1.evil.example"},
            {"Origin": "file://"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Cookie": f"mutoscope_token={TOKEN}", "Authorization": ""},
        ],
        ids=["foreign", "null", "lookalike", "file", "cross-site", "same-site", "cookie-alone"],
    )
    def test_no_unsafe_method_of_any_route_is_open_to_a_foreign_page(self, client, operations, headers):
        tried = 0
        for method, address, _ in operations:
            if method in _UNSAFE:
                _problem(client.request(method, address, headers=headers), 403, "foreign-origin")
                tried += 1
        assert tried >= 8

    @pytest.mark.parametrize(
        "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[::ffff:127.0.0.1]"]
    )
    def test_a_foreign_name_that_points_here_is_refused(self, client, operations, host):
        for method, address, _ in operations:
            if method != "head":
                _problem(client.request(method, address, headers={"Host": host}), 421, "misdirected")

    def test_no_answer_lets_another_origin_read_it(self, client):
        answer = client.get("/api/effects", headers={"Origin": "https://evil.example"})
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"

    def test_a_preflight_of_a_foreign_page_allows_nothing(self, client):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
        answer = client.options("/api/jobs", headers=asked)
        assert not [name for name in answer.headers if name.startswith("access-control-")]


class TestWithoutAToken:
    """CVE-2023-48022 ("ShadowRay"): whoever reached the port could run jobs."""

    def test_every_route_that_tells_or_does_something_wants_a_token(self, client, operations):
        refused = 0
        for method, address, _ in operations:
            answer = client.request(method, address, headers=_NOBODY)
            if address.startswith("/api/") or address == "/metrics":
                assert answer.status_code == 401, (method, address, answer.text)
                assert "www-authenticate" in answer.headers
                refused += 1
            else:
                assert address == "/" or address.startswith(_OPEN), (method, address)
        assert refused > 20

    @pytest.mark.parametrize(
        "said", ["Bearer wrong", "Bearer ", "Basic " + TOKEN, TOKEN, "Bearer " + TOKEN + "x", "Bearer " + "x" * 4000]
    )
    def test_a_wrong_token_is_refused_and_not_repeated(self, client, said):
        answer = client.get("/api/effects", headers={"Authorization": said})
        assert answer.status_code == 401
        assert TOKEN not in answer.text

    def test_a_revoked_token_opens_nothing(self, client, served):
        token, secret = make(served[1].database, "guest")
        theirs = {"Authorization": f"Bearer {secret}"}
        assert client.get("/api/effects", headers=theirs).status_code == 200
        assert client.delete(f"/api/tokens/{token.id}", headers={"If-Match": "*"}).status_code in (200, 204)
        assert client.get("/api/effects", headers=theirs).status_code == 401

    def test_a_token_in_the_address_of_the_api_counts_for_nothing(self, client):
        assert client.get(f"/api/effects?token={TOKEN}", headers=_NOBODY).status_code == 401

    def test_health_tells_nothing_but_itself(self, client):
        for address, word in (("/health/live", "live"), ("/health/ready", "ready")):
            assert client.get(address, headers=_NOBODY).json() == {"status": word}

    def test_the_numbers_are_the_owner_s(self, client, served):
        _, secret = make(served[1].database, "guest")
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {secret}"})
        _problem(answer, 403, "not-allowed")


class TestAddresses:
    """CVE-2026-56671, -56673, -28414: paths in addresses and parameters."""

    @pytest.mark.parametrize(
        "id_",
        [
            "..%2f..%2f..%2fetc%2fpasswd",
            "%2e%2e%2f%2e%2e%2fservice.sqlite",
            "m_..%2f..%2fowner-token",
            "..%5c..%5cowner-token",
            "%00",
            "m_0123456789abcdefghijkl%00",
            "m_0123456789abcdefghijkl%2f..%2f..",
            "a" * 3000,
        ],
    )
    def test_whatever_is_no_id_is_not_found(self, client, served, id_):
        described = client.get("/openapi.json").json()["paths"]
        tried = 0
        for path, item in described.items():
            ids = [
                one
                for one in item.get("get", {}).get("parameters", ())
                if one["schema"].get("pattern", "").startswith("^[a-z]_")
            ]
            if "get" in item and ids:
                answer = client.get(re.sub(r"\{[^}]*\}", lambda _: id_, path))
                assert answer.status_code == 404, (path, answer.status_code, answer.text[:200])
                assert "root:" not in answer.text
                tried += 1
        assert tried >= 3

    def test_addresses_of_files_lead_nowhere(self, client):
        for address in ("/static/../state.py", "/static/%2e%2e/state.py", "/static/..%2fstate.py", "//etc/passwd"):
            answer = client.get(address)
            assert answer.status_code in (404, 421), address
            assert "import" not in answer.text


class TestWhatAnswersCarry:
    """CVE-2026-56670, -56672: stored scripts, guessed types."""

    def test_every_answer_forbids_scripts_frames_and_guessing(self, client, operations):
        seen = [client.request(method, address) for method, address, _ in operations if method == "get"]
        seen += [client.get("/nowhere"), client.get("/api/effects", headers=_NOBODY), client.get("/", headers=_NOBODY)]
        for answer in seen:
            policy = answer.headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy, answer.request.url
            assert answer.headers["x-content-type-options"] == "nosniff"

    def test_the_server_does_not_tell_what_it_is_made_of(self, client):
        headers = client.get("/api/effects").headers
        assert "server" not in headers
        assert "x-powered-by" not in headers


class TestRequestsThatHurt:
    def test_too_large_a_body_is_refused_whether_announced_or_not(self, client):
        body = json.dumps({"kind": "x" * (1 << 17)}).encode()
        _problem(client.post("/api/jobs", content=body), 413, "too-large")
        _problem(client.post("/api/jobs", content=iter([body])), 413, "too-large")

    @pytest.mark.parametrize(
        "body",
        [
            b"[" * 60_000,
            b'{"a":' * 9_000,
            b"\xff\xfe\x00",
            b'{"kind": "\\ud800"}',
            b"1e999999",
            b"NaN",
            b'{"kind": 1e400}',
            b'{"kind": "stylize", "kind": "walk"}',
            b"",
        ],
        ids=["deep list", "deep object", "no utf-8", "lone surrogate", "huge", "nan", "infinity", "twice", "empty"],
    )
    def test_hostile_json_is_the_sender_s_mistake(self, client, operations, body):
        for method, address, told in operations:
            if method in _UNSAFE and "application/json" in (told.get("requestBody") or {}).get("content", {}):
                began = time.monotonic()
                headers = {"Content-Type": "application/json"}
                answer = client.request(method, address, content=body, headers=headers)
                assert 400 <= answer.status_code < 500, (method, address, answer.text)
                assert time.monotonic() - began < 2

    def test_what_was_sent_is_not_repeated_in_full(self, client):
        word = "z" * 5000
        answer = client.post("/api/jobs", json={"kind": word})
        assert answer.status_code == 422
        assert len(answer.text) < 3000

    def test_an_unforeseen_error_tells_nothing_of_the_inside(self, served, monkeypatch):
        client, service = served

        def broken(*args, **options):
            raise RuntimeError("/secret/place and password=hidden")

        monkeypatch.setattr(service.metrics, "rendered", broken)
        from starlette.testclient import TestClient

        calm = TestClient(client.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
        answer = calm.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        _problem(answer, 500, "internal")
        assert "secret" not in answer.text
        assert "hidden" not in answer.text


class TestFiles:
    """What is sent as media: hostile names, playlists, scripts, pickles, bombs."""

    def _send(self, client, data, name):
        began = time.monotonic()
        answer = client.post(
            "/api/media", params={"name": name}, content=data, headers={"Content-Type": "application/octet-stream"}
        )
        assert time.monotonic() - began < 10
        return answer

    def _refused(self, client, data, name):
        answer = self._send(client, data, name)
        assert answer.status_code in (413, 415, 422), (name, answer.status_code, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.json()["detail"]) > 20
        return answer

    @pytest.mark.parametrize("name", ["clip.mp4", "clip.m3u8", "clip.png", "clip"])
    @pytest.mark.parametrize("kind", ["hls", "ffconcat", "sdp", "dash", "m3u8 with spaces"])
    def test_playlists_are_refused_whatever_they_are_called(self, client, tmp_path, kind, name):
        secret = tmp_path / "secret.txt"
        secret.write_text("root:x:0:0 nobody else may read this")
        text = {
            "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\nfile://{secret}\n#EXT-X-ENDLIST\n",
            "ffconcat": f"ffconcat version 1.0\nfile '{secret}'\n",
            "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
            "dash": f'<?xml version="1.0"?><MPD><Period><BaseURL>file://{secret}</BaseURL></Period></MPD>',
            "m3u8 with spaces": f"\n\n  #EXTM3U\n#EXTINF:1,\n{secret}\n",
        }[kind]
        answer = self._refused(client, text.encode(), name)
        assert "root:" not in answer.text
        assert str(tmp_path) not in answer.text

    @pytest.mark.parametrize("name", ["x.svg", "x.html", "x.png", "x.xhtml", "x.jpg"])
    @pytest.mark.parametrize(
        "data",
        [
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
            b"<!doctype html><script>alert(1)</script>",
            b"GIF89a/*<svg/onload=alert(1)>*/=1;alert(1)",
        ],
        ids=["svg", "xml", "html", "gif polyglot"],
    )
    def test_scripts_are_no_media(self, client, data, name):
        self._refused(client, data, name)

    def test_a_pickle_is_refused_and_never_run(self, client, tmp_path):
        witness = tmp_path / "it-ran"

        class Evil:
            def __reduce__(self):
                return (Path.touch, (witness,))

        plain = pickle.dumps(Evil())
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr("archive/data.pkl", plain)
            archive.writestr("archive/version", "3")
        length = len(plain)
        posing = length.to_bytes(8, "little") + plain  # as a safetensors file begins
        for data in (plain, zipped.getvalue(), posing):
            for name in ("weights.pth", "weights.pt", "weights.safetensors", "weights.pkl", "clip.mp4"):
                self._refused(client, data, name)
        assert not witness.exists()

    def test_bombs_are_refused_fast(self, client):
        def chunk(kind, body):
            return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

        sides = 30_000
        header = struct.pack(">IIBBBBB", sides, sides, 8, 2, 0, 0, 0)
        rows = zlib.compressobj(9)
        lines = b"".join(rows.compress(bytes(1 + 3 * sides)) for _ in range(40)) + rows.flush()
        png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
        self._refused(client, png, "bomb.png")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
            zipped.writestr("a.npy", bytes(50 << 20))
        self._refused(client, archive.getvalue(), "bomb.npz")

    def test_a_codec_that_is_not_allowed_is_refused(self, client, tmp_path):
        path = make_clip(tmp_path / "clip.avi", height=18, width=24, num_frames=3, codec="magicyuv", pix_fmt="gbrp")
        answer = self._refused(client, path.read_bytes(), "clip.avi")
        assert "magicyuv" in answer.json()["detail"]

    @pytest.mark.parametrize(
        "name",
        [
            "../../../etc/cron.d/evil.png",
            "..\\..\\evil.png",
            "/abs/olute.png",
            'a"; filename="evil.html.png',
            "a\r\nSet-Cookie: x=1\r\n.png",
            "\u202egnp.exe.png",
            "nul\0byte.png",
            "x" * 390 + ".png",
        ],
    )
    def test_hostile_names_become_harmless(self, client, name):
        buffer = io.BytesIO()
        Image.new("RGB", (23, 17), (9, 99, 199)).save(buffer, "PNG")
        answer = self._send(client, buffer.getvalue(), name)
        assert answer.status_code == 201, answer.text
        told = answer.json()["name"]
        assert told.isprintable()
        assert not set(told) & set('/\\"\r\n\0\u202e')
        assert told not in ("", ".", "..")
        given = client.get(answer.json()["links"]["file"]).headers
        assert "set-cookie" not in given
        assert "\r" not in given["content-disposition"]
        assert client.delete(f"/api/media/{answer.json()['id']}").status_code == 204

    def test_ranges_without_end_cost_nothing(self, client):
        buffer = io.BytesIO()
        Image.effect_noise((300, 300), 50).save(buffer, "PNG")
        address = self._send(client, buffer.getvalue(), "noise.png").json()["links"]["file"]
        for asked in (
            "bytes=" + ",".join(f"{n}-{n}" for n in range(10_000)),
            "bytes=" + "0-," * 10_000,
            "bytes=0-0," + "9" * 20_000,
            "bytes=-" + "9" * 5_000,
        ):
            began = time.monotonic()
            answer = client.get(address, headers={"Range": asked})
            assert answer.status_code in (200, 206, 400, 416), (asked[:20], answer.status_code)
            assert len(answer.content) <= len(buffer.getvalue()) + 10_000
            assert time.monotonic() - began < 1


class TestJobs:
    """Paths and addresses in the parameters of jobs."""

    @pytest.mark.parametrize(
        "path",
        [
            "/etc/passwd",
            "../../owner-token",
            "~/.ssh/id_rsa",
            "file:///etc/passwd",
            "http://169.254.169.254/latest/meta-data",
            "s3://somebody/else",
            "0s: media:m_0123456789abcdefghijkl, 3s: /etc/passwd",
            "media:m_0123456789abcdefghijkl",
            "media:../../owner-token",
            "/proc/self/environ",
            "concat:/etc/passwd",
        ],
    )
    def test_a_path_in_a_job_is_refused_wherever_it_stands(self, client, clip, path):
        step = {"effect": "stylize.optimise", "params": {"style": path}}
        masked = {"effect": "filter.play", "params": {"name": "great-wave"}, "mask": path}
        bodies = [
            {"kind": "stylize", "inputs": {"source": clip}, "parameters": {"style": path}},
            {"kind": "filter", "inputs": {"source": clip}, "parameters": {"name": "great-wave", "mask": path}},
            {"kind": "filter", "inputs": {"source": clip}, "parameters": {"name": path}},
            {"kind": "recipe", "inputs": {"source": [clip]}, "recipe": {"mutoscope": 1, "step": [step]}},
            {"kind": "recipe", "inputs": {"source": [clip]}, "recipe": {"mutoscope": 1, "step": [masked]}},
            {"kind": "filter", "inputs": {"source": path}, "parameters": {"name": "great-wave"}},
        ]
        for body in bodies:
            answer = client.post("/api/jobs", json=body)
            assert answer.status_code == 422, (body, answer.text)
            assert "root:" not in answer.text


class TestOthersThings:
    def test_what_belongs_to_somebody_else_does_not_exist(self, served):
        client, service = served
        _, secret = make(service.database, "guest")
        theirs = {"Authorization": f"Bearer {secret}"}
        buffer = io.BytesIO()
        Image.new("RGB", (23, 17), (1, 2, 3)).save(buffer, "PNG")
        raw = {"Content-Type": "application/octet-stream"}
        media = client.post("/api/media", params={"name": "own.png"}, content=buffer.getvalue(), headers=raw).json()
        body = {"kind": "filter", "inputs": {"source": media["id"]}, "parameters": {"name": "great-wave"}}
        job = client.post("/api/jobs", json=body).json()
        tried = 0
        for path, item in client.get("/openapi.json").json()["paths"].items():
            id_ = job["id"] if path.startswith("/api/jobs") else media["id"] if path.startswith("/api/media") else ""
            if "{" in path and id_:
                for method in item:
                    if method in (*_UNSAFE, "get"):
                        address = re.sub(r"\{[^}]*\}", id_, path)
                        answer = client.request(
                            method, address, headers={**theirs, "If-Match": "*"}, json={"name": "x"}
                        )
                        # What is wrong with a body is told before anything is looked up; it tells nothing.
                        assert answer.status_code in (404, 422), (method, path, answer.status_code, answer.text[:200])
                        tried += answer.status_code == 404
        assert tried >= 8
        for address in ("/api/media", "/api/jobs"):
            page = client.get(address, headers=theirs).json()
            assert [value for value in page.values() if value] == []
        answer = client.post("/api/jobs", json=body, headers=theirs)
        assert answer.status_code == 422
        assert client.get(f"/api/media/{media['id']}").status_code == 200


class TestAddressesOfOthers:
    """Server-side requests: CVE-2026-28416."""

    _PLACES = (
        "http://127.0.0.1:1/x.mp4",
        "https://127.0.0.1/x.mp4",
        "https://[::1]/x.mp4",
        "https://localhost/x.mp4",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/x.mp4",
        "https://2130706433/x.mp4",
        "https://0x7f.1/x.mp4",
        "https://user:pass@example.org/x.mp4",
        "file:///etc/passwd",
        "ftp://example.org/x.mp4",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "https://example.org/x.mp4",
    )

    @pytest.fixture
    def nowhere(self, monkeypatch):
        """Fail where anybody asks for a name or opens a connection."""

        def reached(*args, **options):
            raise AssertionError(f"the network was asked: {args}")

        monkeypatch.setattr(socket, "getaddrinfo", reached)
        monkeypatch.setattr(socket.socket, "connect", reached)

    @pytest.mark.parametrize("url", _PLACES)
    def test_media_by_address_goes_nowhere_unless_the_owner_named_the_host(self, client, nowhere, url):
        answer = client.post("/api/media/from-url", json={"url": url})
        assert answer.status_code in (403, 422), answer.text
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize("url", _PLACES)
    def test_webhooks_go_nowhere_unless_the_owner_named_the_host(self, client, nowhere, url):
        hook = {"url": url, "secret": "whsec_" + "A" * 32}
        body = {"kind": "texture", "inputs": {"style": new_id("m")}, "webhook": hook}
        answer = client.post("/api/jobs", json=body)
        assert answer.status_code == 422, answer.text
        assert "whsec_" not in answer.text


class TestLimits:
    def test_jobs_beyond_the_limit_are_refused(self, served):
        client, service = served
        _, secret = make(service.database, "small", max_jobs=0)
        answer = self._submit(client, secret)
        _problem(answer, 429, "too-many")
        assert int(answer.headers["retry-after"]) > 0

    def test_a_disk_that_is_nearly_full_takes_nothing_new(self, served, monkeypatch):
        client, service = served
        full = service.settings.model_copy(update={"disk_free_bytes": 1 << 60})
        monkeypatch.setattr(service, "settings", full)
        raw = {"Content-Type": "application/octet-stream"}
        _problem(client.post("/api/media?name=x.png", content=b"x" * 100, headers=raw), 507, "disk-full")
        _problem(client.get("/health/ready"), 503, "not-ready")

    def test_a_key_of_somebody_else_gives_nothing_of_theirs(self, served):
        client, service = served
        secrets_ = [make(service.database, name)[1] for name in ("one", "two")]
        jobs = [self._submit(client, secret, "the-same-key") for secret in secrets_]
        assert [answer.status_code for answer in jobs] == [202, 202]
        assert jobs[0].json()["id"] != jobs[1].json()["id"]

    def _submit(self, client, secret, key=None):
        buffer = io.BytesIO()
        Image.new("RGB", (23, 17), (4, 5, 6)).save(buffer, "PNG")
        theirs = {"Authorization": f"Bearer {secret}"}
        raw = {"Content-Type": "application/octet-stream", **theirs}
        sent = client.post("/api/media", params={"name": "own.png"}, content=buffer.getvalue(), headers=raw)
        body = {"kind": "filter", "inputs": {"source": sent.json()["id"]}, "parameters": {"name": "great-wave"}}
        return client.post("/api/jobs", json=body, headers={**theirs, **({"Idempotency-Key": key} if key else {})})


class TestTheDocument:
    def test_every_test_that_security_md_names_exists(self):
        root = Path(__file__).parents[3]
        text = (root / "SECURITY.md").read_text(encoding="utf-8")
        named = re.findall(r"`(test_\w+\.py)::(?:(\w+)::)?(test_\w+)`", text)
        assert len(named) >= 30
        files = {path.name: path for path in (root / "tests").rglob("test_*.py")}
        for file, group, test in named:
            assert file in files, file
            source = files[file].read_text(encoding="utf-8")
            assert f"def {test}(" in source, f"{file}::{test}"
            assert not group or f"class {group}" in source, f"{file}::{group}"

    def test_nothing_shipped_installs_packages(self):
        places = Path(mutoscope.__file__).parent.rglob("*.py")
        for path in places:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"""["']pip["'],|import pip\b|ensurepip|-m pip install""", text), path
