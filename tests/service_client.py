"""The service for tests: the real server in a process of its own, or the application in this process."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mutoscope.service.app import make_app
from mutoscope.service.settings import Settings
from mutoscope.service.state import Service

TOKEN = "token-of-the-tests-0123456789"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class RunningService:
    """A real `mutoscope serve` that can be killed and started again on the same data."""

    data: Path
    options: list[str] = field(default_factory=list)
    url: str = ""
    token: str = TOKEN
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        token_file = self.data.parent / f"{self.data.name}.token"
        token_file.write_text(self.token)
        token_file.chmod(0o600)
        port = self.url.rpartition(":")[2] or "0"  # the same one again, as a client expects
        command = [str(Path(sys.executable).parent / "mutoscope"), "serve", "--port", port, "--data", str(self.data)]
        log = (self.data.parent / f"{self.data.name}.log").open("a")
        with log:
            self.process = subprocess.Popen(
                [*command, "--token-file", str(token_file), *self.options],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("Mutoscope is at "), (line, self.log()[-3000:])
        self.url = line.split()[-1].rstrip("/")

    def log(self) -> str:
        return (self.data.parent / f"{self.data.name}.log").read_text()

    def kill(self, sig: int = signal.SIGKILL) -> int:
        """Send a signal (kill -9 unless another is given) and wait until it is gone."""
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.send_signal(sig)
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        self.process = None
        return code

    def restart(self) -> None:
        if self.process is not None:
            self.kill()
        self.start()

    def stop(self) -> None:
        if self.process is not None:
            self.kill(signal.SIGTERM)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        token: str | None = None,
        timeout: float = 60.0,
    ) -> Answer:
        """Send one request. A dict or list goes as JSON, bytes as they are."""
        told = {"Authorization": f"Bearer {token or self.token}", **(headers or {})}
        raw = body
        if body is not None and not isinstance(body, bytes):
            raw = json.dumps(body).encode()
            told.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.url + path, data=raw, headers=told, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Answer(answer.status, dict(answer.headers.items()), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers.items()), error.read())

    def upload(self, path: Path, name: str | None = None) -> dict[str, Any]:
        """Upload a file in one piece (raw body); give the media."""
        answer = self.ask(
            "POST",
            f"/api/media?name={urllib.request.quote(name or path.name)}",
            path.read_bytes(),
            {"Content-Type": "application/octet-stream"},
        )
        assert answer.status == 201, answer.body
        return answer.json()

    def wait(self, job: str, timeout: float = 120.0) -> dict[str, Any]:
        """Wait until a job has ended."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            told = self.ask("GET", f"/api/jobs/{job}").json()
            if told["state"] not in ("queued", "running"):
                return told
            time.sleep(0.05)
        raise AssertionError(f"job {job} has not ended: {told}\n{self.log()[-3000:]}")


@contextmanager
def running_service(tmp_path: Path, *options: str, name: str = "service") -> Iterator[RunningService]:
    """Run a real server, with further options of `mutoscope serve`; it is stopped at the end."""
    service = RunningService(tmp_path / name, list(options))
    service.start()
    try:
        yield service
    finally:
        service.stop()


@contextmanager
def in_process_service(tmp_path: Path, **settings: Any) -> Iterator[tuple[Any, Service]]:
    """Run the application in this process; gives a client with the owner's token, and the service."""
    with warnings.catch_warnings():
        # It would rather have httpx2, which is not needed for anything else.
        warnings.filterwarnings("ignore", message="Using `httpx` with")
        from starlette.testclient import TestClient

    made = Settings(data=tmp_path / "service", **settings)
    service = Service(made)
    service.callers.admit(TOKEN, "owner")
    app = make_app(made)
    app.state.service = service
    with TestClient(app, base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client, service
