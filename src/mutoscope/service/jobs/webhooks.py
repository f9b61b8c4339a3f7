"""Tells other servers what became of jobs: Standard Webhooks, signed, https only, to hosts that the owner allows."""

import base64
import hashlib
import hmac
import http.client
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

import mutoscope
from mutoscope.service.answers import stamp
from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Delivery, Job
from mutoscope.service.jobs.webhook_hosts import check_hook, is_public, key_of
from mutoscope.service.problems import Problem
from mutoscope.service.settings import Settings

__all__ = ["BACKOFF_S", "Outside", "Sender", "signature_of"]

_log = logging.getLogger(__name__)

BACKOFF_S = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
"""What is waited after each attempt that failed; after the last one it is given up. As Standard Webhooks advises."""

_TIMEOUT_S = 15.0
_HELD_S = 60.0
"""So long a delivery is one server's: another one tries it only when this one has died over it."""
_IDLE_S = 1.0
_AT_ONCE = 20
_MOST_ANSWER_BYTES = 4096
_GONE = 410


def _addresses(host: str, port: int) -> Sequence[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class Outside:
    """What lies between this server and others; tests put their own in.

    Attributes:
        resolve: gives the addresses of a host.
        allows: tells whether an address may be connected to.
        context: checks certificates.

    """

    resolve: Callable[[str, int], Sequence[str]] = _addresses
    allows: Callable[[str], bool] = is_public
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context


class Sender:
    """Sends what is due, and tries again where it failed.

    Args:
        settings: which hosts are allowed; without any, nothing is sent.
        database: jobs and deliveries.
        outside: the network.
        count: is told "delivered", "failed" or "given_up" for each attempt.

    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        outside: Outside | None = None,
        count: Callable[[str], None] | None = None,
    ) -> None:
        self._settings, self._database = settings, database
        self._outside = outside or Outside()
        self._count = count or (lambda _outcome: None)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send."""
        if self._settings.webhook_hosts:
            self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End; what is not delivered is tried at the next start."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_TIMEOUT_S)

    def send_due(self) -> int:
        """Send all that is due; give how many attempts were made."""
        done = 0
        with self._database.reading() as session:
            due = select(Delivery.id).where(Delivery.next_at <= time.time()).order_by(Delivery.next_at).limit(_AT_ONCE)
            waiting = session.scalars(due).all()
        for id_ in waiting:
            if self._stopping.is_set():
                break
            if self._take(id_):
                self._attempt(id_)
                done += 1
        return done

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.send_due():
                    continue
            except SQLAlchemyError:
                _log.exception("deliveries cannot be read; they are tried again")
            self._stopping.wait(_IDLE_S)

    def _take(self, id_: str) -> bool:
        """Hold a delivery for a while, unless another server was faster."""
        now = time.time()
        with self._database.writing() as session:
            taken = update(Delivery).where(Delivery.id == id_, Delivery.next_at <= now).values(next_at=now + _HELD_S)
            return session.scalar(taken.returning(Delivery.id)) is not None

    def _attempt(self, id_: str) -> None:
        with self._database.reading() as session:
            delivery = session.get_one(Delivery, id_)
            job = session.get(Job, delivery.job_id)
        if job is None or job.webhook is None:
            self._note(id_, delivery.attempts, "the job was removed", is_over=True)
            return
        answer, is_over = self._post(delivery, job)
        attempts = delivery.attempts + 1
        is_given_up = not is_over and attempts > len(BACKOFF_S)
        outcome = "given_up" if is_given_up else "failed"
        self._count("delivered" if is_over and answer.isdecimal() and answer != str(_GONE) else outcome)
        self._note(id_, attempts, answer, is_over=is_over or is_given_up)

    def _post(self, delivery: Delivery, job: Job) -> tuple[str, bool]:
        """Send once; give what was answered, and whether that is the end of it."""
        assert job.webhook is not None
        url, secret = str(job.webhook["url"]), str(job.webhook["secret"])
        body, now = _body(delivery, job), int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"mutoscope/{mutoscope.__version__}",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature_of(secret, delivery.id, now, body),
        }
        try:
            check_hook(url, secret, self._settings)
            status = self._exchange(url, headers, body)
        except Problem:
            return "the host is not allowed any more", True
        except (OSError, http.client.HTTPException) as error:
            # Its kind alone: a message may repeat what the other side sent.
            return type(error).__name__, False
        return str(status), 200 <= status < 300 or status == _GONE

    def _exchange(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Send a request to an address that was looked at before, and stays: a name may point elsewhere a moment later.

        A redirect is an answer like others; it is not followed.
        """
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        addresses = self._outside.resolve(host, port)
        if not addresses or not all(self._outside.allows(one) for one in addresses):
            raise PermissionError("the address is not public")
        connection = _Pinned(host, addresses[0], port, self._outside.context())
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            answer.read(_MOST_ANSWER_BYTES)
            return answer.status
        finally:
            connection.close()

    def _note(self, id_: str, attempts: int, answer: str, *, is_over: bool) -> None:
        next_at = None if is_over else time.time() + BACKOFF_S[min(attempts, len(BACKOFF_S)) - 1]
        with self._database.writing() as session:
            values = {"attempts": attempts, "answer": answer[:200], "next_at": next_at}
            session.execute(update(Delivery).where(Delivery.id == id_).values(values))


class _Pinned(http.client.HTTPSConnection):
    """A connection to an address, with the certificate of a name."""

    def __init__(self, host: str, address: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=_TIMEOUT_S, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        """Connect to the address, whatever the name means now."""
        plain = socket.create_connection((self._address, self.port), _TIMEOUT_S)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def signature_of(secret: str, id_: str, seconds: int, body: bytes) -> str:
    """Sign a message as Standard Webhooks does: `v1,` and base64 of HMAC-SHA256 of "id.timestamp.body"."""
    signed = b".".join([id_.encode(), str(seconds).encode(), body])
    return "v1," + base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()


def _body(delivery: Delivery, job: Job) -> bytes:
    result = job.result or {}
    data: dict[str, Any] = {
        "id": job.id,
        "kind": job.kind,
        "state": delivery.state,
        "href": f"/api/jobs/{job.id}",
        "results": result.get("media", []),
    }
    if job.problem is not None:
        data["problem"] = job.problem
    told = {"type": f"job.{delivery.state}", "timestamp": stamp(delivery.created_at), "data": data}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
