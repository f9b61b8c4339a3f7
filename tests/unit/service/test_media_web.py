"""Media by URL: what may be asked, and what is never reached."""

import ipaddress
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mutoscope.service.media import web
from mutoscope.service.problems import Problem
from mutoscope.service.settings import Settings

BODY = b"\x89PNG\r\n\x1a\n" + bytes(200_000)


def allowing(*hosts: str) -> Settings:
    return Settings(url_hosts=hosts)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "ff02::1",
    ],
)
def test_private_addresses_are_known_in_every_disguise(address):
    assert not web.is_public(address)


def test_public_addresses_are_public():
    assert web.is_public("93.184.216.34")
    assert web.is_public("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    "url",
    [
        "http://media.example.org/a.mp4",
        "ftp://media.example.org/a.mp4",
        "file:///etc/passwd",
        "https://other.example.org/a.mp4",
        "https://media.example.org.evil.net/a.mp4",
        "https://media.example.org@evil.net/a.mp4",
        "https://user:hunter2@media.example.org/a.mp4",
        "https://media.example.org:8443/a.mp4",
        "https://media.example.org/a b.mp4",
        "https://media.example.org/a\r\nX: y",
        "https://media.example.org/ä.mp4",
        "https://[::1/",
        "https://media.example.org:99999/",
        "https:///a.mp4",
        "//media.example.org/a.mp4",
    ],
)
def test_only_https_to_a_host_that_was_named(url):
    with pytest.raises(Problem) as met:
        web.check_url(url, allowing("media.example.org"))
    assert met.value.kind.status == 422
    assert "hunter2" not in met.value.detail


def test_nothing_is_fetched_unless_the_owner_says_so():
    with pytest.raises(Problem, match="not fetched by URL"):
        web.check_url("https://media.example.org/a.mp4", allowing())


def test_an_address_is_taken_apart():
    target = web.check_url("https://Media.Example.org./x/a%20b.mp4?sig=secret", allowing("media.example.org"))
    assert (target.host, target.port, target.name) == ("media.example.org", 443, "a b.mp4")
    assert target.path == "/x/a%20b.mp4?sig=secret"


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:192.168.0.1"], []])
def test_a_name_that_leads_inside_is_never_connected_to(monkeypatch, found):
    monkeypatch.setattr(web.socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", (one, 443)) for one in found])
    monkeypatch.setattr(web.socket, "create_connection", lambda *a, **k: pytest.fail("it was connected to"))
    target = web.check_url("https://media.example.org/a.mp4", allowing("media.example.org"))
    with pytest.raises(Problem, match="private network"):
        next(web.fetch_blocks(target, 100))


@pytest.fixture(scope="module")
def https_server(tmp_path_factory):
    """A server at 127.0.0.1 with a certificate of its own; paths say how it behaves."""
    folder = tmp_path_factory.mktemp("https")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate = folder / "certificate.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    own = folder / "own.pem"
    plain = serialization.NoEncryption()
    own.write_bytes(
        certificate.read_bytes()
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = {"/away": 302, "/gone": 404}.get(self.path, 200)
            self.send_response(status)
            self.send_header("Location", "https://127.0.0.1/elsewhere")
            if self.path != "/endless":
                self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY[:1000] if self.path == "/short" else BODY)

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            pass  # clients that trust nobody hang up

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address[1], certificate
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetched(https_server, monkeypatch):
    """Fetch a path of the server, as if 127.0.0.1 were public."""
    port, certificate = https_server
    monkeypatch.setattr(web, "is_public", lambda address: True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def fetch(path: str, most: int = 1 << 20) -> bytes:
        target = web.check_url(f"https://127.0.0.1:{port}{path}", allowing(f"127.0.0.1:{port}"))
        return b"".join(web.fetch_blocks(target, most))

    return fetch


def test_a_file_is_fetched_whole(fetched):
    assert fetched("/a.png") == BODY
    assert fetched("/endless") == BODY


@pytest.mark.parametrize(
    ("path", "words"), [("/away", "not followed"), ("/gone", "answered 404"), ("/short", "broke off")]
)
def test_whatever_else_comes_is_told_in_one_line(fetched, path, words):
    with pytest.raises(Problem, match=words):
        fetched(path)


def test_a_file_that_says_that_it_is_too_large_is_not_read(fetched):
    with pytest.raises(Problem) as met:
        fetched("/a.png", most=1000)
    assert met.value.kind.status == 413


def test_a_certificate_that_nobody_knows_is_not_trusted(fetched, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Problem, match="not trusted"):
        fetched("/a.png")


def test_loopback_is_refused_even_where_its_address_was_named(https_server):
    port, _ = https_server
    target = web.check_url(f"https://127.0.0.1:{port}/a.png", allowing(f"127.0.0.1:{port}"))
    with pytest.raises(Problem, match="private network"):
        next(web.fetch_blocks(target, 100))
