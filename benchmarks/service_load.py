"""The service under load: 200 clients while a job runs, repeated keys, long lists, broken streams, memory, previews.

Everything goes over loopback to the real `mutoscope serve`. The clients are raw sockets of asyncio with keep-alive in
this process; what the two processes take of the processor stands in the table, so one sees whose limit it is.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from common import CLIP, PAINTING, keep, table

from mutoscope.service.client import Client
from mutoscope.service.database.migrate import migrate
from mutoscope.service.database.open import open_database
from mutoscope.service.database.tables import Job
from mutoscope.service.ids import new_id
from mutoscope.service.security.callers import Callers
from mutoscope.service.settings import Settings

BIN = Path(sys.executable).parent
TOKEN = "token-of-the-benchmark-0123456789"
OLD_JOBS = 10_000
MIX = {"live": 10, "job": 30, "jobs": 20, "media": 15, "effects": 10, "submit": 15}
READS = ("job", "jobs", "media", "effects")


@dataclass
class Server:
    data: Path
    process: subprocess.Popen[str] | None = None
    url: str = ""

    def start(self) -> None:
        token_file = self.data.parent / "token"
        token_file.write_text(TOKEN)
        token_file.chmod(0o600)
        command = [BIN / "mutoscope", "serve", "--port", "0", "--data", self.data, "--token-file", token_file]
        command += ["--jobs", "1", "-o", "max_jobs=1000000"]
        with (self.data.parent / "log").open("a") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        line = self.process.stdout.readline()
        assert "Mutoscope is at" in line, (line, (self.data.parent / "log").read_text()[-2000:])
        self.url = line.split()[-1].rstrip("/")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.process.stdout.close()

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss(self, kind: str = "VmRSS") -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(kind))

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)


class Line:
    """One connection that is kept; HTTP/1.1 with Content-Length."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address, self.reader, self.writer = address, None, None

    async def ask(self, method: str, path: str, body: bytes = b"", headers: str = "") -> tuple[int, bytes]:
        for attempt in (1, 2):
            if self.writer is None:
                self.reader, self.writer = await asyncio.open_connection(*self.address)
            head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n{headers}"
            if body:
                head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            try:
                self.writer.write(head.encode() + b"\r\n" + body)
                told = (await self.reader.readuntil(b"\r\n\r\n")).lower()
                break
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()  # a kept connection that had just been given up
                if attempt == 2:
                    raise
        length = int(told.partition(b"content-length: ")[2].split(b"\r\n")[0])
        return int(told[9:12]), await self.reader.readexactly(length)

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


@dataclass
class Tally:
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)

    def add(self, kind: str, status: int, seconds: float) -> None:
        self.seconds[kind].append(seconds)
        self.statuses[kind, status] += 1

    def of(self, kinds: tuple[str, ...]) -> list[float]:
        return sorted(itertools.chain.from_iterable(self.seconds[kind] for kind in kinds))


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def fill(settings: Settings) -> None:
    """Put jobs into the database that have ended, as a busy year leaves them."""
    database = open_database(settings.url())
    migrate(database)
    callers = Callers(database)
    callers.admit(TOKEN, "owner")
    caller = callers.find(TOKEN)
    now = time.time()
    with database.writing() as session:
        for number in range(OLD_JOBS):
            at = now - 30 * (OLD_JOBS - number)
            session.add(
                Job(
                    id=new_id("j"),
                    owner=caller.owner,
                    token_id=caller.token_id,
                    kind="filter",
                    body={"kind": "filter", "inputs": {"source": new_id("m")}, "parameters": {"name": "great-wave"}},
                    state="done",
                    created_at=at,
                    started_at=at + 1,
                    finished_at=at + 20,
                    progress={"stage": "play", "done": 240, "total": 240, "unit": "frames"},
                    result={"frames": 240, "seconds": 19.0},
                    version=40,
                )
            )
    database.close()


async def load(server: Server, body: bytes, watched: str, clients: int, seconds: float, think_s: float) -> Tally:
    tally, end = Tally(), time.monotonic() + seconds
    paths = {
        "live": "/health/live",
        "job": f"/api/jobs/{watched}",
        "jobs": "/api/jobs?limit=50",
        "media": "/api/media?limit=50",
        "effects": "/api/effects",
    }

    async def one(number: int) -> None:
        chance, line = random.Random(number), Line(server.address)
        await asyncio.sleep(chance.random() * min(1.0, think_s))
        while time.monotonic() < end:
            kind = chance.choices(list(MIX), list(MIX.values()))[0]
            began = time.perf_counter()
            if kind == "submit":
                key = f"Idempotency-Key: load-{number}-{chance.random()}\r\n"
                status, _ = await line.ask("POST", "/api/jobs", body, key)
            else:
                status, _ = await line.ask("GET", paths[kind])
            tally.add(kind, status, time.perf_counter() - began)
            if think_s:
                await asyncio.sleep(chance.expovariate(1 / think_s))
        line.close()

    await asyncio.gather(*(one(number) for number in range(clients)))
    return tally


async def same_key(server: Server, body: bytes, times: int) -> tuple[set[str], Counter[int]]:
    """Send one request many times at once; give the ids that came back."""
    ids: set[str] = set()
    statuses: Counter[int] = Counter()
    left = iter(range(times))

    async def one() -> None:
        line = Line(server.address)
        for _ in left:
            for _again in range(100):
                status, told = await line.ask("POST", "/api/jobs", body, "Idempotency-Key: the-same\r\n")
                statuses[status] += 1
                if status != 409:
                    break
                await asyncio.sleep(0.05)
            ids.add(json.loads(told)["id"])
        line.close()

    await asyncio.gather(*(one() for _ in range(50)))
    return ids, statuses


async def whole_list(server: Server) -> tuple[list[float], int]:
    """Page through all jobs, several times."""
    line, seconds, seen = Line(server.address), [], 0
    for size in (20, 50, 200):
        cursor, seen = "", 0
        while True:
            began = time.perf_counter()
            status, told = await line.ask("GET", f"/api/jobs?limit={size}{cursor}")
            seconds.append(time.perf_counter() - began)
            assert status == 200, told
            page = json.loads(told)
            seen += len(page.get("items", page.get("jobs")))
            if not page["next"]:
                break
            cursor = f"&cursor={page['next']}"
    line.close()
    return seconds, seen


def broken_streams(server: Server, job: str, times: int) -> tuple[list[int], int]:
    """Read the events of a running job, over connections that are reset at random moments."""
    chance, seen, after, resets = random.Random(5), [], 0, 0
    end = time.monotonic() + 120
    # Hundred resets at least, and until there was something to miss.
    while resets < times or (after < 30 and time.monotonic() < end):
        with socket.create_connection(server.address, timeout=30) as line:
            head = f"GET /api/jobs/{job}/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n"
            line.sendall(f"{head}Last-Event-ID: {after}\r\n\r\n".encode())
            until, taken = time.monotonic() + chance.uniform(0.005, 0.4), b""
            while (left := until - time.monotonic()) > 0:
                line.settimeout(max(left, 0.001))
                with contextlib.suppress(TimeoutError):
                    block = line.recv(chance.choice((1, 7, 100, 4096)))
                    taken += block
                    if not block:
                        break
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        resets += 1
        for event in unchunked(taken).decode("utf-8", "ignore").split("\n\n")[:-1]:
            number = [text[3:] for text in event.replace("\r", "").split("\n") if text.startswith("id:")]
            if number:
                after = int(number[0])
                seen.append(after)
    return seen, resets


def unchunked(taken: bytes) -> bytes:
    """Give the body of an answer in chunks, as far as it came; what is half a chunk is given, too."""
    rest, whole = taken.partition(b"\r\n\r\n")[2], b""
    while True:
        size, found, rest = rest.partition(b"\r\n")
        if not found or not size:
            return whole
        length = int(size.split(b";")[0], 16)
        whole += rest[:length]
        rest = rest[length + 2 :]


def first_preview(client: Client, body: dict[str, object]) -> float:
    """Seconds from submitting to the first picture."""
    began = time.perf_counter()
    job = client.submit(body, fresh=True)["id"]
    for happening in client.events(job):
        if happening.kind == "preview":
            seconds = time.perf_counter() - began
            break
    else:
        raise AssertionError(f"{body['kind']} showed nothing: {client.job(job)}")
    with contextlib.suppress(Exception):
        client.cancel(job)
    return seconds


def short_job(clip: str) -> dict[str, object]:
    return {"kind": "filter", "inputs": {"source": clip}, "parameters": {"name": "great-wave"}}


def long_job(clip: str, style: str) -> dict[str, object]:
    """A job that works as long as the load lasts."""
    wanted = {"style": f"media:{style}", "size": 512}
    return {"kind": "stylize", "inputs": {"source": clip}, "parameters": wanted, "sign": False}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--think", type=float, default=1.0, help="mean pause of a client between requests, s")
    parser.add_argument("--keep", action="store_true", help="write results/service_load.json")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder) / "data")
        settings.data.mkdir(mode=0o700)
        fill(settings)
        server = Server(settings.data)
        server.start()
        try:
            numbers = measure(server, told)
        finally:
            server.stop()
    if told.keep:
        keep("service_load", numbers)


def measure(server: Server, told: argparse.Namespace) -> dict[str, object]:
    time.sleep(3)
    rows: list[tuple[object, ...]] = [("idle memory of the server", f"{server.rss() / 1e6:.0f} MB", "< 250 MB")]
    list_s, listed = asyncio.run(whole_list(server))
    rows.append((f"list of {listed} jobs, p50 / p99", ms(list_s), "p99 < 100 ms"))
    with Client(server.url, TOKEN) as client:
        clip = client.upload(CLIP)["id"]
        previews = [{**short_job(clip), "preview": {"at": f"{at}s"}} for at in (0, 0.5, 1, 1.5)]
        first_preview(client, previews[0])  # warm
        preview_s = [first_preview(client, body) for body in previews[1:]]
        rows.append(("first preview picture, worst of 3", f"{max(preview_s):.2f} s", "<= 2 s"))
        watched = client.submit(long_job(clip, client.upload(PAINTING)["id"]))["id"]
        body = json.dumps({**short_job(clip), "result": {"name": "load"}}).encode()
        ids, statuses = asyncio.run(same_key(server, body, 1000))
        rows.append((f"1,000 submits with one key {dict(statuses)}", f"{len(ids)} job", "1 job"))
        seen, resets = broken_streams(server, watched, 100)
        missed = sorted(set(range(1, max(seen) + 1)) - set(seen))
        rows.append((f"{resets} resets of a stream of {max(seen)} events", f"{len(missed)} missed", "0 missed"))
    cpu = server.cpu_s(), time.process_time(), time.monotonic()
    tally = asyncio.run(load(server, body, watched, told.clients, told.seconds, told.think))
    wall = time.monotonic() - cpu[2]
    rows += load_rows(tally, told, wall)
    shares = (server.cpu_s() - cpu[0]) / wall, (time.process_time() - cpu[1]) / wall
    rows.append(("processor: server / load generator", f"{shares[0]:.2f} / {shares[1]:.2f} cores", ""))
    rows.append(("memory of the server after the load", f"{server.rss() / 1e6:.0f} MB", ""))
    table("The service on loopback", ("what", "measured", "goal"), rows)
    return {str(row[0]): row[1] for row in rows}


def load_rows(tally: Tally, told: argparse.Namespace, wall: float) -> list[tuple[object, ...]]:
    live = tally.seconds["live"]
    total = sum(tally.statuses.values())
    faults = sum(number for (_, status), number in tally.statuses.items() if status >= 500)
    odd = {f"{kind} {status}": n for (kind, status), n in tally.statuses.items() if status not in (200, 202)}
    rows: list[tuple[object, ...]] = [
        (f"{told.clients} clients for {wall:.0f} s, pause {told.think} s", f"{total / wall:.0f} requests/s", ""),
        ("answers 5xx", faults, 0),
        (f"other answers than 200 and 202 {odd or ''}", sum(odd.values()), 0),
        (f"/health/live p50 / p99 ({len(live)})", ms(live), ""),
    ]
    for kind in (*READS, "submit"):
        values = tally.seconds[kind]
        ratio = quantile(values, 0.99) / quantile(live, 0.99)
        limit = 10 if kind == "submit" else 5
        rows.append((f"{kind} p50 / p99 ({len(values)})", f"{ms(values)} = {ratio:.1f} x live", f"<= {limit} x"))
    reads = tally.of(READS)
    rows.append(
        (f"all reads ({len(reads)})", f"{ms(reads)} = {quantile(reads, 0.99) / quantile(live, 0.99):.1f} x", "<= 5 x")
    )
    return rows


def ms(values: list[float]) -> str:
    return f"{statistics.median(values) * 1e3:.1f} / {quantile(values, 0.99) * 1e3:.1f} ms"


if __name__ == "__main__":
    main()
