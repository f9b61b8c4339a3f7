"""Webhooks: signed as Standard Webhooks says, by https to allowed public hosts only, tried again; no secret is told."""

import base64
import datetime
import hashlib
import hmac
import http.server
import ipaddress
import json
import ssl
import threading
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from mutoscope.service.database.migrate import migrate
from mutoscope.service.database.open import open_database
from mutoscope.service.database.tables import Delivery
from mutoscope.service.jobs.queue import NewJob, Queue
from mutoscope.service.jobs.webhook_hosts import check_hook, is_public
from mutoscope.service.jobs.webhooks import BACKOFF_S, Outside, Sender, signature_of
from mutoscope.service.problems import Problem
from mutoscope.service.settings import Settings

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


def test_the_signature_is_that_of_the_standard():
    # The example of the specification, standard-webhooks/spec: msg_p5jXN8AQM9LWM0D4loKWxJek, 1614265330.
    body, secret = b'{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    told = signature_of(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.5.5", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
     "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::", "fe80::1%eth0"],
)  # fmt: skip
def test_addresses_around_this_machine_are_not_public(address):
    assert not is_public(address)


def test_addresses_of_the_public_network_are():
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    ("url", "secret", "hosts", "pointer"),
    [
        ("https://hooks.example/x", SECRET, (), "/webhook/url"),
        ("http://hooks.example/x", SECRET, ("hooks.example",), "/webhook/url"),
        ("https://other.example/x", SECRET, ("hooks.example",), "/webhook/url"),
        ("https://hooks.example.evil/x", SECRET, ("hooks.example",), "/webhook/url"),
        ("https://user:pw@hooks.example/x", SECRET, ("hooks.example",), "/webhook/url"),
        ("https://hooks.example:8443/x", SECRET, ("hooks.example",), "/webhook/url"),
        ("https://hooks.example/x", "whsec_!!!", ("hooks.example",), "/webhook/secret"),
        ("https://[::1", SECRET, ("hooks.example",), "/webhook/url"),
    ],
)
def test_only_https_to_allowed_hosts_is_kept(url, secret, hosts, pointer):
    with pytest.raises(Problem) as refused:
        check_hook(url, secret, Settings(webhook_hosts=hosts))
    assert refused.value.errors[0].pointer == pointer
    assert secret not in refused.value.detail


def _certificate(folder):
    """Make a certificate for hooks.example, and what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("hooks.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    both = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return both


class Receiver(http.server.ThreadingHTTPServer):
    """Takes webhooks on loopback by TLS; answers with the statuses that it is given."""

    def __init__(self, certificate):
        super().__init__(("127.0.0.1", 0), _Taking)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.taken, self.statuses = [], []


class _Taking(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, dict(self.headers), body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Location", "https://hooks.example/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *told):
        pass


@pytest.fixture
def receiver(tmp_path):
    certificate = _certificate(tmp_path)
    server = Receiver(certificate)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.certificate = certificate
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Office:
    """A database with a job that ended and somebody who is to be told."""

    def __init__(self, folder, receiver, resolve=None, allows=None):
        self.port = receiver.server_address[1]
        self.settings = Settings(data=folder, webhook_hosts=(f"hooks.example:{self.port}",))
        self.database = open_database(f"sqlite:///{folder / 'x.sqlite'}")
        migrate(self.database)
        self.counted = []
        outside = Outside(
            resolve=resolve or (lambda host, port: ["127.0.0.1"]),
            allows=allows or (lambda address: True),
            context=lambda: ssl.create_default_context(cafile=receiver.certificate),
        )
        self.sender = Sender(self.settings, self.database, outside, self.counted.append)

    def finished_job(self):
        queue = Queue(self.database)
        hook = {"url": f"https://hooks.example:{self.port}/hook?x=1", "secret": SECRET}
        job = queue.submit(NewJob("t_owner", "t_owner", "filter", {"kind": "filter"}, webhook=hook))
        claimed = queue.claim("s", ["batch"], 30)
        queue.finish(job.id, claimed.fence, "done", result={"media": [{"id": "m_1", "role": "result", "name": "x"}]})
        return job

    def delivery(self):
        with self.database.reading() as session:
            return session.scalars(select(Delivery)).one()

    def make_due(self):
        with self.database.writing() as session:
            session.scalars(select(Delivery)).one().next_at = time.time() - 1


@pytest.fixture
def office(tmp_path, receiver):
    made = Office(tmp_path, receiver)
    yield made
    made.database.close()


def test_the_end_of_a_job_is_told_once_and_signed(office, receiver):
    job = office.finished_job()
    assert office.sender.send_due() == 1
    assert office.sender.send_due() == 0
    ((path, headers, body),) = receiver.taken
    assert path == "/hook?x=1"
    told = json.loads(body)
    assert told["type"] == "job.done"
    assert told["data"]["id"] == job.id
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(b"k" * 24, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert office.counted == ["delivered"]
    assert SECRET not in body.decode() + str(headers)


def test_what_failed_is_tried_again_later_with_the_same_id(office, receiver):
    office.finished_job()
    receiver.statuses = [500, 302, 200]
    for attempts in (1, 2, 3):
        office.make_due()
        before = time.time()
        assert office.sender.send_due() == 1
        delivery = office.delivery()
        assert delivery.attempts == attempts
        if attempts < 3:
            assert delivery.next_at == pytest.approx(before + BACKOFF_S[attempts - 1], abs=5)
    assert delivery.next_at is None
    assert len({headers["webhook-id"] for _, headers, _ in receiver.taken}) == 1
    assert [path for path, _, _ in receiver.taken] == ["/hook?x=1"] * 3  # the redirect was not followed
    assert office.counted == ["failed", "failed", "delivered"]


def test_after_the_last_attempt_it_is_given_up(office, receiver):
    office.finished_job()
    receiver.statuses = [500] * 20
    for _ in range(len(BACKOFF_S) + 1):
        office.make_due()
        office.sender.send_due()
    assert office.delivery().next_at is None
    assert office.counted[-1] == "given_up"


def test_an_address_that_is_not_public_is_not_connected_to(tmp_path, receiver):
    office = Office(tmp_path, receiver, allows=is_public)
    try:
        office.finished_job()
        office.sender.send_due()
        assert receiver.taken == []
        assert office.delivery().answer == "PermissionError"
    finally:
        office.database.close()


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(tmp_path, receiver):
    asked = []

    def resolve(host, port):
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]  # a name that points elsewhere a moment later

    office = Office(tmp_path, receiver, resolve=resolve)
    try:
        office.finished_job()
        office.sender.send_due()
        assert len(receiver.taken) == 1
        assert asked == ["hooks.example"]
    finally:
        office.database.close()


def test_a_certificate_of_another_name_is_refused(tmp_path, receiver):
    office = Office(tmp_path, receiver)
    office.sender._settings = Settings(data=tmp_path, webhook_hosts=(f"evil.example:{office.port}",))
    try:
        queue = Queue(office.database)
        hook = {"url": f"https://evil.example:{office.port}/", "secret": SECRET}
        job = queue.submit(NewJob("t_owner", "t_owner", "filter", {}, webhook=hook))
        queue.finish(job.id, queue.claim("s", ["batch"], 30).fence, "done")
        office.sender.send_due()
        assert receiver.taken == []
        assert office.delivery().answer == "SSLCertVerificationError"
    finally:
        office.database.close()


def test_two_senders_deliver_once(office, receiver):
    office.finished_job()
    other = Sender(office.settings, office.database, office.sender._outside)
    threads = [threading.Thread(target=one.send_due) for one in (office.sender, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receiver.taken) == 1
