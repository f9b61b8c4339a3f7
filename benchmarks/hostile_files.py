"""Hostile files in 25 classes through the sandbox: what becomes of each, how long it takes, what leaks.

As root it runs in a network of its own, whose packets are counted; where strace is installed, every file that a child
opens and every socket that it asks for is seen.

    python benchmarks/hostile_files.py             # straight into the sandbox
    python benchmarks/hostile_files.py --service   # by POST /api/media into a running server
"""

import argparse
import contextlib
import ctypes
import fcntl
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from common import keep, table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hostile_corpus import MARKER, HostileFile, make_corpus
from mutoscope.service.problems import Problem
from mutoscope.service.sandbox.jail import Jail, capabilities
from mutoscope.service.sandbox.sandbox import Sandbox
from mutoscope.service.settings import Settings

MOST_S = 10.0
_NEW_NETWORK = 0x40000000
_OPENED = re.compile(r'^(\d+) +open(?:at)?\((?:[^,"]+, )?"((?:[^"\\]|\\.)*)", ([A-Z_|]+).*= (\d+)')
_CLOSED_IN = re.compile(r"^(\d+) +landlock_restrict_self\(.*= 0")
_ASKED = re.compile(r"^\d+ +(socket|connect|sendto|execve)\(.*(?<!NULL, 0)\) = (-?\d+)")

Send = Callable[[HostileFile], tuple[str, str]]
"""Gives "refused", "notice" or "taken", and what was told."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", action="store_true")
    service = parser.parse_args().service
    is_alone = not service and own_network()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        corpus = make_corpus(folder / "corpus")
        sizes = sum(one.path.stat().st_size for one in corpus)
        print(f"{len(corpus)} files, {sizes / 1e6:.0f} MB; bounds: {capabilities()}")
        numbers: dict[str, object] = {"files": len(corpus), "bounds": capabilities()}
        with through_service(folder, numbers) if service else through_sandbox(folder, numbers) as send:
            before = packets() if is_alone else 0
            numbers["classes"] = run(corpus, send)
            numbers["packets"] = packets() - before if is_alone else None
        marks = [*Path(tempfile.gettempdir()).glob(f"{MARKER}*"), *folder.rglob(f"{MARKER}*")]
        numbers["programs that ran"] = len(marks)
    for name, value in numbers.items():
        if name != "classes":
            print(f"{name}: {value}")
    keep("hostile_files_by_http" if service else "hostile_files", numbers)


def run(corpus: list[HostileFile], send: Send) -> dict[str, dict[str, object]]:
    """Send each file; print one table."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    slowest: dict[str, float] = defaultdict(float)
    for one in corpus:
        start = time.perf_counter()
        became, told = send(one)
        seconds = time.perf_counter() - start
        slowest[one.kind] = max(slowest[one.kind], seconds)
        found[one.kind][became] += 1
        if became == "wrong" or seconds > MOST_S or (became == "taken" and not one.may_pass):
            print(f"  LOOK: {one.kind}: {one.name[:40]!r} ({one.path.name}) {became} in {seconds:.1f} s: {told}")
    rows: list[tuple[object, ...]] = [
        (kind, sum(counts.values()), *(counts[one] for one in ("refused", "notice", "taken")), round(slowest[kind], 2))
        for kind, counts in found.items()
    ]
    total: Counter[str] = sum(found.values(), Counter())
    sums = (total[one] for one in ("refused", "notice", "taken"))
    rows.append(("all", total.total(), *sums, round(max(slowest.values()), 2)))
    table("Hostile files", ("class", "files", "refused", "taken with a notice", "taken", "slowest s"), rows)
    return {
        str(row[0]): dict(zip(("files", "refused", "notice", "taken", "slowest"), row[1:], strict=True)) for row in rows
    }


@contextlib.contextmanager
def through_sandbox(folder: Path, numbers: dict[str, object]) -> Iterator[Send]:
    settings = Settings(data=folder / "data")
    sandbox = Sandbox(settings)
    limits = {"pixels": settings.media_pixels, "seconds": settings.media_seconds, "frames": settings.media_frames}
    drawer = folder / "drawer"
    drawer.mkdir()

    def send(one: HostileFile) -> tuple[str, str]:
        args = {"path": str(one.path), "name": one.name, "limits": limits, "poster": str(drawer / "poster.jpg")}
        try:
            target = "mutoscope.service.sandbox.tasks.look:look"
            told = sandbox.run(target, args, reads=[one.path], writes=[drawer])
        except Problem as problem:
            return ("refused" if problem.kind.name == "media-refused" else "wrong"), problem.detail
        return ("notice" if told["notices"] else "taken"), str(told["notices"])

    with contextlib.suppress(Problem):  # it loads; that is not counted
        sandbox.run("builtins:dict", {})
    pid = sandbox.pid
    with watched(pid, folder / "trace", numbers) if shutil.which("strace") else contextlib.nullcontext():
        yield send
    numbers["restarts"] = int(sandbox.pid != pid)
    sandbox.stop()


@contextlib.contextmanager
def through_service(folder: Path, numbers: dict[str, object]) -> Iterator[Send]:
    import httpx

    from service_client import running_service

    (folder / "service").mkdir()
    with running_service(folder / "service") as server:
        client = httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, timeout=60)

        def send(one: HostileFile) -> tuple[str, str]:
            name = one.name.encode("utf-8", "replace").decode()  # no client sends half a letter
            answer = client.post("/api/media", files={"file": (name, one.path.read_bytes())})
            if 400 <= answer.status_code < 500:
                is_problem = answer.headers["content-type"].startswith("application/problem+json")
                return ("refused" if is_problem else "wrong"), answer.text[:300]
            if not answer.is_success:
                return "wrong", f"{answer.status_code} {answer.text[:300]}"
            told = answer.json()
            if told.get("state") == "refused":
                return "refused", str(told.get("problem"))
            notices = (told.get("info") or {}).get("notices")
            return ("notice" if notices else "taken"), str(notices)

        process = server.process
        with client:
            yield send
        numbers["restarts"] = int(process is None or process.poll() is not None)


@contextlib.contextmanager
def watched(pid: int | None, trace: Path, numbers: dict[str, object]) -> Iterator[None]:
    """Let strace see what the nursery's children open and ask for."""
    calls = "trace=open,openat,socket,connect,sendto,execve,landlock_restrict_self"
    command = ["strace", "-f", "-qq", "-s", "4096", "-e", calls, "-e", "signal=none", "-o", str(trace), "-p", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracer:
        time.sleep(1)
        try:
            yield
        finally:
            tracer.send_signal(signal.SIGINT)
    outside, asked = read_trace(trace, pid)
    numbers |= {"files opened outside": len(outside), "sockets and programs that were got": len(asked)}
    for line in [*outside, *asked][:20]:
        print(f"  LOOK: {line}")


def read_trace(trace: Path, nursery: int | None) -> tuple[list[str], list[str]]:
    """Give the files that were opened outside of the sandbox after it was closed, and calls that should have failed."""
    closed_in: set[str] = set()
    early: dict[str, list[str]] = defaultdict(list)
    opened: list[tuple[str, str]] = []
    asked: list[str] = []
    for line in trace.read_text("utf-8", "replace").splitlines():
        if found := _CLOSED_IN.match(line):
            closed_in.add(found[1])
            early.pop(found[1], None)
        elif found := _OPENED.match(line):
            if found[1] != str(nursery):
                (opened.append((found[1], found[2])) if found[1] in closed_in else early[found[1]].append(found[2]))
        elif (found := _ASKED.match(line)) and int(found[2]) >= 0:  # without an address, it is the server's own socket
            asked.append(line)
    # Threads are born within, so they are never seen to be closed in: all that they open counts.
    opened += [(pid, path) for pid, paths in early.items() for path in paths]
    roots = [str(path) for path in Jail().places()]
    inside = (*roots, str(trace.parent))
    outside = [f"{pid} {path}" for pid, path in opened if path.startswith("/") and not path.startswith(inside)]
    return [line for line in outside if not line.endswith("/dev/null")], asked


def own_network() -> bool:
    """Move this process into a network without anything but loopback; tell whether that worked."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(_NEW_NETWORK) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up = struct.pack("16sh14x", b"lo", 0x1 | 0x40)
        fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS
    return True


def packets() -> int:
    """Count what was sent in this network so far."""
    rows = [line.partition(":")[2].split() for line in Path("/proc/net/dev").read_text("ascii").splitlines()[2:]]
    return sum(int(row[9]) for row in rows)


if __name__ == "__main__":
    main()
