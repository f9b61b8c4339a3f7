"""A web server for tests that is as bad as they say: 403, 404, 503, hanging, redirecting, breaking off."""

import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["WebServer"]


class WebServer:
    """Serves `body` under any path that has no rule of its own; `asked` tells what was asked for.

    Rules, by path: "busy:N" (503 N times, then well), "hang", "break:N" (N answers end in the middle), "plain" (no
    ranges), "away:URL" (redirect), "changing" (another ETag each time), or a status.
    """

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.rules: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []
        self.counts: dict[str, int] = {}
        self.retry_after = ""
        self.stop = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner.answer(self)

            do_HEAD = do_GET

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self.stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, ask: BaseHTTPRequestHandler) -> None:
        ask.close_connection = True
        path = ask.path.partition("?")[0]
        self.asked.append((ask.path, ask.headers.get("Range", "")))
        self.counts[path] = self.counts.get(path, 0) + 1
        rule, _, more = self.rules.get(path, "").partition(":")
        if rule == "hang":
            self.stop.wait(30)
            return
        if rule == "away":
            self._send(ask, 302, b"", {"Location": more})
        elif rule == "busy" and self.counts[path] <= int(more):
            self._send(ask, 503, b"", {"Retry-After": self.retry_after} if self.retry_after else {})
        elif rule.isdigit():
            self._send(ask, int(rule), b"<Error>secret-of-the-server</Error>", {})
        else:
            self._body(ask, rule, broken=rule == "break" and self.counts[path] <= int(more))

    def _body(self, ask: BaseHTTPRequestHandler, rule: str, *, broken: bool) -> None:
        etag = f'"{time.monotonic_ns()}"' if rule == "changing" else '"one"'
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)?", ask.headers.get("Range", ""))
        if wanted is None or rule == "plain":
            data, status, headers = self.body, 200, {"ETag": etag}
        else:
            start, end = int(wanted[1]), min(int(wanted[2] or len(self.body)), len(self.body) - 1)
            data, status = self.body[start : end + 1], 206
            headers = {"ETag": etag, "Content-Range": f"bytes {start}-{end}/{len(self.body)}"}
        self._send(ask, status, data, headers, sent=len(data) // 2 if broken and len(data) > 1 else None)

    def _send(
        self, ask: BaseHTTPRequestHandler, status: int, data: bytes, headers: dict[str, str], sent: int | None = None
    ) -> None:
        try:
            ask.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data)), "Connection": "close"}.items():
                ask.send_header(name, value)
            ask.end_headers()
            if ask.command == "GET":
                ask.wfile.write(data[:sent])
        except OSError:  # the other side has heard enough
            pass
