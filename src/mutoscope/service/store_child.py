"""Asks a store something, in a process of its own: the drivers need more memory than the whole server may have.

The process may use the network and the keys of whoever runs the server; it decodes nothing.
"""

import heapq
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mutoscope.core.errors import MutoscopeError
from mutoscope.service.problems import Problem

__all__ = ["in_child", "main"]

_SECONDS = 40.0
_MOST_BYTES = 8 << 20
_SEEN = (
    ".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mts", ".m2ts", ".ts", ".mpg", ".mpeg", ".wmv", ".gif", ".png",
    ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".wav", ".mp3", ".flac", ".m4a", ".ogg", ".safetensors", ".onnx",
)  # fmt: skip
"""What a listing shows: films, pictures, sounds, weights."""

_KEYS = ("AWS_", "DROPBOX_", "S3_")


def in_child(action: str, asked: Mapping[str, Any], home: Path, *, with_keys: bool) -> dict[str, Any]:
    """Ask a store something.

    Args:
        action: "check" or "files".
        asked: what the function of that name takes.
        home: data folder of the owner.
        with_keys: whether the process gets the server's own keys.

    Raises:
        Problem: the store refuses, or does not answer in time (conflict).

    """
    env = {name: value for name, value in os.environ.items() if with_keys or not name.startswith(_KEYS)}
    command = [sys.executable, "-m", __name__, action]
    try:
        done = subprocess.run(  # noqa: S603 # our own module; what was asked goes by standard input
            command,
            input=json.dumps(dict(asked)).encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**env, "MUTOSCOPE_DATA": str(home)},
        )
        told: dict[str, Any] = json.loads(done.stdout[:_MOST_BYTES])
    except subprocess.TimeoutExpired:
        raise Problem("conflict", f"the store did not answer within {_SECONDS:.0f} s; try again later.") from None
    except ValueError:
        raise Problem("internal", "the store could not be asked; the server's log tells more.") from None
    if "problem" in told:
        raise Problem("conflict", str(told["problem"])[:500])
    return told


def main() -> None:
    """Answer one question, from standard input to standard output."""
    asked = json.load(sys.stdin)
    try:
        told = _check(**asked) if sys.argv[1] == "check" else _files(**asked)
    except MutoscopeError as error:
        told = {"problem": str(error)}
    json.dump(told, sys.stdout)


def _check(name: str) -> dict[str, Any]:
    from mutoscope.storage.places import check_store

    state = check_store(name)
    return {"ok": state.ok, "text": state.text}


def _files(name: str, prefix: str, deep: bool, after: str, limit: int) -> dict[str, Any]:
    from mutoscope.storage.addressed import place_at

    folder = prefix[: prefix.rfind("/") + 1]
    place = place_at(f"store://{name}/{folder}")

    def listed() -> Iterator[tuple[str, int]]:
        for entry in place.files.walk(place.path, is_deep=deep):
            is_wanted = entry.path.startswith(prefix) and entry.path > after
            if is_wanted and entry.path.lower().endswith(_SEEN):
                yield entry.path, entry.stat.size

    found = place.told(lambda: heapq.nsmallest(limit + 1, listed()))
    files = [
        {"path": path, "place": f"store://{name}/{path}", "bytes": size if size >= 0 else None}
        for path, size in found[:limit]
    ]
    return {"files": files, "next": files[-1]["path"] if len(found) > limit else None}


if __name__ == "__main__":
    main()
