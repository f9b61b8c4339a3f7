"""A Dropbox for tests: the routes that are used, over TLS on loopback, with an authority of its own.

The official SDK talks to it: DROPBOX_API_HOST and DROPBOX_API_CONTENT_HOST lead there, REQUESTS_CA_BUNDLE trusts it.
"""

import datetime
import hashlib
import ipaddress
import json
import re
import ssl
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["ACCESS", "APP_KEY", "REFRESH", "DropboxServer", "content_hash"]

REFRESH = "refresh-token-that-no-text-may-show"
ACCESS = "sl.access-token-that-no-text-may-show"
APP_KEY = "app-key"


def content_hash(data: bytes) -> str:
    blocks = [hashlib.sha256(data[at : at + 4 * 2**20]).digest() for at in range(0, len(data), 4 * 2**20)]
    return hashlib.sha256(b"".join(blocks)).hexdigest()


class DropboxServer:
    """An account. `trouble` is a list of what the next requests of content meet: a status, "drop" or "lost"."""

    def __init__(self, folder: Path) -> None:
        self.reset()
        self._lock = threading.Lock()
        self.ca = folder / "ca.pem"
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(self.ca))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def reset(self) -> None:
        self.files: dict[str, tuple[bytes, str]] = {}
        self.revisions: dict[str, bytes] = {}
        self.sessions: dict[str, bytearray] = {}
        self.tokens: set[str] = set()
        self.asked: list[str] = []
        self.trouble: list[int | str] = []
        self.damage = False
        self.refreshed = 0

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def put(self, path: str, data: bytes) -> dict[str, Any]:
        rev = f"{len(self.revisions) + 0x100000000:x}"
        self.files[path] = (data, rev)
        self.revisions[rev] = data
        return self.about(path)

    def about(self, path: str) -> dict[str, Any]:
        data, rev = self.files[path]
        told = content_hash(data + b"!" if self.damage else data)
        at = "2026-01-01T00:00:00Z"
        return {
            ".tag": "file",
            "name": path.rpartition("/")[2],
            "id": f"id:{rev}",
            "rev": rev,
            "size": len(data),
            "client_modified": at,
            "server_modified": at,
            "content_hash": told,
            "is_downloadable": True,
            "path_display": path,
            "path_lower": path.lower(),
        }

    def answer(self, ask: BaseHTTPRequestHandler) -> None:
        body = ask.rfile.read(int(ask.headers.get("Content-Length", 0)))
        route = ask.path.removeprefix("/2/")
        with self._lock:
            self.asked.append(route)
            if ask.path == "/oauth2/token":
                self._token(ask, body)
                return
            if ask.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
                self._send(ask, 401, {"error_summary": "expired", "error": {".tag": "expired_access_token"}})
                return
            met = self.trouble.pop(0) if self.trouble else None
            if isinstance(met, int):
                reason = {"reason": {".tag": "too_many_requests"}, "retry_after": 1}
                self._send(ask, met, {"error_summary": "", "error": reason}, {"Retry-After": "1"})
                return
            if met == "drop":
                ask.connection.close()
                return
            argument = json.loads(ask.headers.get("Dropbox-API-Arg") or body or b"{}")
            status, told, data = self._route(route, argument, body, ask.headers.get("Range"))
            if met == "lost":  # it was done; only nobody hears of it
                ask.connection.close()
                return
        if data is None:
            self._send(ask, status, told)
        else:
            self._send(ask, status, None, {"Dropbox-API-Result": json.dumps(told)}, data)

    def _token(self, ask: BaseHTTPRequestHandler, body: bytes) -> None:
        form = dict(urllib.parse.parse_qsl(body.decode()))
        if form.get("grant_type") == "authorization_code" and form.get("code") == "right" and form.get("code_verifier"):
            about = {"account_id": "dbid:1", "uid": "1", "scope": "files.content.read", "token_type": "bearer"}
            self._send(ask, 200, {"access_token": ACCESS, "expires_in": 14400, "refresh_token": REFRESH, **about})
            return
        if form.get("refresh_token") != REFRESH or form.get("client_id") != APP_KEY:
            self._send(ask, 400, {"error": "invalid_grant"})
            return
        self.refreshed += 1
        token = f"{ACCESS}{self.refreshed}"
        self.tokens = {token}
        self._send(ask, 200, {"access_token": token, "expires_in": 14400, "token_type": "bearer"})

    def _route(self, route: str, arg: dict[str, Any], body: bytes, wanted: str | None) -> Any:
        missing = {"error_summary": "", "error": {".tag": "path", "path": {".tag": "not_found"}}}
        if route == "files/get_metadata":
            found = arg["path"] in self.files
            return (200, self.about(arg["path"]), None) if found else (409, missing, None)
        if route == "files/list_folder":
            top = f"{arg['path']}/"
            names = [one for one in sorted(self.files) if one.startswith(top)]
            names = [one for one in names if arg["recursive"] or "/" not in one[len(top) :]]
            return (
                200,
                {"entries": [self.about(one) for one in names[:2]], "cursor": top, "has_more": len(names) > 2},
                None,
            )
        if route == "files/list_folder/continue":
            names = [one for one in sorted(self.files) if one.startswith(arg["cursor"])][2:]
            return 200, {"entries": [self.about(one) for one in names], "cursor": "end", "has_more": False}, None
        if route == "files/download":
            return self._download(arg["path"], wanted, missing)
        if route == "files/delete_v2":
            known = arg["path"] in self.files
            gone = {"error_summary": "", "error": {".tag": "path_lookup", "path_lookup": {".tag": "not_found"}}}
            told = {"metadata": self.about(arg["path"])} if known else gone
            self.files.pop(arg["path"], None)
            return (200 if known else 409), told, None
        return self._upload(route, arg, body)

    def _download(self, path: str, wanted: str | None, missing: dict[str, Any]) -> Any:
        data = self.revisions.get(path.removeprefix("rev:"))
        if data is None:
            return 409, missing, None
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted or "")
        at = next(name for name, (_, rev) in self.files.items() if rev == path.removeprefix("rev:"))
        return 206 if part else 200, self.about(at), data[int(part[1]) : int(part[2]) + 1] if part else data

    def _upload(self, route: str, arg: dict[str, Any], body: bytes) -> Any:
        if route == "files/upload":
            return self._commit(arg, body)
        if route == "files/upload_session/start":
            name = f"session{len(self.sessions)}"
            self.sessions[name] = bytearray(body)
            return 200, {"session_id": name}, None
        cursor = arg["cursor"]
        session = self.sessions.get(cursor["session_id"])
        if session is None or cursor["offset"] != len(session):
            offset = {".tag": "incorrect_offset", "correct_offset": len(session or b"")}
            gone = offset if session is not None else {".tag": "not_found"}
            is_end = route.endswith("finish")
            wrapped = {".tag": "lookup_failed", "lookup_failed": gone} if is_end else gone
            return 409, {"error_summary": "", "error": wrapped}, None
        session += body
        if route == "files/upload_session/append_v2":
            return 200, None, None
        del self.sessions[cursor["session_id"]]
        return self._commit(arg["commit"], bytes(session), is_session=True)

    def _commit(self, arg: dict[str, Any], data: bytes, *, is_session: bool = False) -> Any:
        path, mode = arg["path"], arg["mode"]
        now = self.files.get(path)
        rev = mode.get("update") if isinstance(mode, dict) else None
        if (now is not None or rev is not None) and (now is None or now[1] != rev):
            reason = {".tag": "conflict", "conflict": {".tag": "file"}}
            error = {
                ".tag": "path",
                **({"path": reason} if is_session else {"reason": reason, "upload_session_id": "x"}),
            }
            return 409, {"error_summary": "", "error": error}, None
        return 200, self.put(path, data), None

    def _send(
        self,
        ask: BaseHTTPRequestHandler,
        status: int,
        told: Any,
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> None:
        body = json.dumps(told).encode() if data is None else data
        ask.send_response(status)
        kind = "application/json" if data is None else "application/octet-stream"
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            ask.send_header(name, value)
        ask.end_headers()
        ask.wfile.write(body)


def _certificate(ca: Path) -> Path:
    """Make an authority and a certificate of it for 127.0.0.1; give the file of the latter with its key."""
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mutoscope tests")])

    def begin(name: x509.Name, public: Any) -> x509.CertificateBuilder:
        serial = x509.random_serial_number()
        made = x509.CertificateBuilder().subject_name(name).issuer_name(authority).public_key(public)
        return made.serial_number(serial).not_valid_before(now - day).not_valid_after(now + day)

    root = begin(authority, ca_key.public_key())
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
    leaf = begin(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]), key.public_key())
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    leaf = leaf.add_extension(host, critical=False)
    pem = serialization.Encoding.PEM
    ca.write_bytes(root.sign(ca_key, hashes.SHA256()).public_bytes(pem))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = ca.with_name("leaf.pem")
    path.write_bytes(leaf.sign(ca_key, hashes.SHA256()).public_bytes(pem) + key.private_bytes(pem, *plain))
    return path
