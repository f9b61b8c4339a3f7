"""An upload by tus through many kill -9 of the server: what arrives, how much is sent twice, and how the memory grows.

The film is a small one with a long box of noise in it that players pass over; it is made while it is sent. The sender
sends all that is missing in one request, as browsers do, asks for the offset when that breaks, and goes on from there.
Memory is that of the server's own process, looked at ten times a second, against the same process when it was ready.
"""

import argparse
import base64
import hashlib
import http.client
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from common import keep, table

from mutoscope.testing.media import make_clip

BLOCK = 1 << 20
TUS = {"Tus-Resumable": "1.0.0"}
GOAL_BYTES = 64 << 20


class Film:
    """A playable film of any length, made as it is read."""

    def __init__(self, folder: Path, length: int) -> None:
        self.clip = make_clip(folder / "clip.mp4", width=320, height=180, num_frames=25).read_bytes()
        size = length - len(self.clip)
        # A box with a size of 64 bits: it may be longer than 4 GiB.
        self.head = self.clip + b"\0\0\0\x01free" + size.to_bytes(8, "big")
        self.length = length

    def read(self, start: int) -> Iterator[bytes]:
        while start < self.length:
            if start < len(self.head):
                block = self.head[start : start + BLOCK]
            else:
                number, into = divmod(start - len(self.head), BLOCK)
                block = hashlib.shake_128(number.to_bytes(8, "big")).digest(BLOCK)[into:]
            block = block[: self.length - start]
            yield block
            start += len(block)

    def sha256(self) -> str:
        found = hashlib.sha256()
        for block in self.read(0):
            found.update(block)
        return found.hexdigest()


@dataclass
class Server:
    """The server, and what it takes of the memory."""

    folder: Path
    url: str = ""
    ready_bytes: int = 0
    growth_bytes: int = 0
    starts_s: list[float] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        began = time.monotonic()
        port = self.url.rpartition(":")[2] or "0"
        data = self.folder / "data"
        settings = ["-o", "disk_free_bytes=0", "-o", f"upload_bytes={1 << 40}", "-o", f"max_bytes={1 << 40}"]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [
                    str(Path(sys.executable).parent / "mutoscope"),
                    "serve",
                    "--port",
                    port,
                    "--data",
                    str(data),
                    *settings,
                ],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "MUTOSCOPE_DATA": str(self.folder / "own"), "OMP_NUM_THREADS": "1"},
            )
        line = self.process.stdout.readline()
        assert "Mutoscope is at" in line, (self.folder / "log").read_text()[-2000:]
        self.url = line.split()[-1].partition("/?")[0].rstrip("/")
        self.starts_s.append(time.monotonic() - began)
        self.ready_bytes = self.rss()

    def stop(self, sig: int) -> None:
        self.process.send_signal(sig)
        self.process.wait()
        self.process.stdout.close()

    def rss(self) -> int:
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS")), 0)

    def watch(self, end: threading.Event) -> None:
        while not end.wait(0.1):
            ready, now = self.ready_bytes, self.rss()
            self.growth_bytes = max(self.growth_bytes, now - ready) if ready else self.growth_bytes


@dataclass
class Sender:
    """Sends a film and goes on where it broke off."""

    server: Server
    token: str
    film: Film
    where: str = ""
    sent_bytes: int = 0
    broken: int = 0
    media: str = ""

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> http.client.HTTPResponse:
        parts = urlsplit(self.server.url)
        line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=120)
        try:
            line.request(method, path, body, {"Authorization": f"Bearer {self.token}", **TUS, **headers})
            answer = line.getresponse()
            answer.text = answer.read()
            return answer
        finally:
            line.close()

    def begin(self) -> None:
        told = f"filename {base64.b64encode(b'long.mp4').decode()}"
        headers = {"Upload-Length": str(self.film.length), "Upload-Metadata": told}
        self.where = self.ask("POST", "/api/uploads", **headers).headers["location"]

    def offset(self) -> int:
        while True:
            try:
                answer = self.ask("HEAD", self.where)
                if answer.status == 200:
                    self.media = answer.headers.get("mutoscope-media", "")
                    return int(answer.headers["upload-offset"])
            except OSError:
                pass
            time.sleep(0.05)

    def send(self) -> None:
        while not self.media:
            start = self.offset()
            if self.media:
                return
            told = {
                "Upload-Offset": str(start),
                "Content-Type": "application/offset+octet-stream",
                "Content-Length": str(self.film.length - start),
            }
            try:
                answer = self.ask("PATCH", self.where, self._counted(start), **told)
                assert answer.status in (204, 409), answer.text
                self.media = answer.headers.get("mutoscope-media", "")
            except (OSError, http.client.HTTPException):
                self.broken += 1

    def _counted(self, start: int) -> Iterator[bytes]:
        for block in self.film.read(start):
            self.sent_bytes += len(block)
            yield block


def run(folder: Path, length: int, kills: int) -> dict[str, object]:
    film = Film(folder, length)
    server = Server(folder)
    server.start()
    sender = Sender(server, (folder / "data" / "owner-token").read_text().strip(), film)
    sender.begin()
    partial = folder / "data" / "uploads" / sender.where.rpartition("/")[2]
    end = threading.Event()
    watcher = threading.Thread(target=server.watch, args=(end,))
    began = time.monotonic()
    thread = threading.Thread(target=sender.send)
    for one in (watcher, thread):
        one.start()
    rng = random.Random(1)
    for number in range(kills):
        # At a place somewhere in each part of the film, so that the last kill comes near its end.
        at = length * (number + rng.uniform(0.1, 0.9)) / kills
        while (partial.stat().st_size if partial.exists() else 0) < at and thread.is_alive():
            time.sleep(0.002)
        server.stop(signal.SIGKILL)
        server.ready_bytes = 0
        server.start()
    thread.join()
    seconds = time.monotonic() - began
    answer = sender.ask("GET", f"/api/media/{sender.media}")
    is_same = film.sha256().encode() in answer.text
    time.sleep(0.3)
    end.set()
    watcher.join()
    left = sum(path.stat().st_size for path in partial.parent.iterdir())
    server.stop(signal.SIGTERM)
    starting = sum(server.starts_s[1:])
    return {
        "MiB": length >> 20,
        "kills": kills,
        "requests that broke": sender.broken,
        "seconds": round(seconds, 1),
        "of them starting": round(starting, 1),
        "MiB/s while up": round(length / (1 << 20) / max(seconds - starting, 1e-9)),
        "MiB sent twice": round((sender.sent_bytes - length) / (1 << 20), 1),
        "same sha256": is_same,
        "memory when ready, MB": round(server.ready_bytes / 1e6),
        "growth, MB": round(server.growth_bytes / 1e6, 1),
        "bytes left over": left,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=256, help="length of the film; the goal speaks of 2048")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--keep", action="store_true", help="write the result to results/")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), args.mib << 20, args.kills)
    table("An upload through kills of the server", ("what", "found"), list(found.items()))
    assert found["same sha256"]
    assert found["growth, MB"] * 1e6 < GOAL_BYTES
    if args.keep:
        keep("service_upload", found)


if __name__ == "__main__":
    main()
