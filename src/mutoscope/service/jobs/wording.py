"""Takes places out of what a job tells and makes: a person knows names of files, and nothing of this machine."""

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mutoscope.service.jobs.references import FOOTAGE

__all__ = ["plain_values", "plain_words", "without_places"]

_TEXTS = (".json", ".csv", ".html", ".otio", ".fcpxml", ".xml", ".edl", ".xmp", ".txt", ".mutoscope")
_MOST_BYTES = 64 << 20


def plain_words(text: str, folder: str, titles: Mapping[str, str]) -> str:
    """Put names that people know into a message.

    Args:
        text: one line.
        folder: of the job.
        titles: what people call the files, by their places in it.

    """
    text = text.replace(f"{folder}/", "")
    for place, title in titles.items():
        text = text.replace(place, title)
    return text.replace("out/", "")


def plain_values(value: Any, folder: str, titles: Mapping[str, str]) -> Any:
    """Put names that people know into all texts of plain values."""
    if isinstance(value, str):
        return plain_words(value, folder, titles)
    if isinstance(value, Mapping):
        return {name: plain_values(one, folder, titles) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(one, folder, titles) for one in value]
    return value


def without_places(files: Sequence[Path], folder: str) -> None:
    """Take the job's folder out of texts that were written, in all the ways in which a path is spelled in them.

    The folder of footage seems to lie at the root: editors want an address that begins there.
    """
    spellings = dict.fromkeys((folder, quote(folder), html.escape(folder), json.dumps(folder)[1:-1]))
    for file in files:
        if file.suffix.lower() not in _TEXTS or not file.is_file() or file.stat().st_size > _MOST_BYTES:
            continue
        before = after = file.read_bytes()
        for spelling in spellings:
            after = after.replace(f"{spelling}/{FOOTAGE}".encode(), b"/footage").replace(f"{spelling}/".encode(), b"")
            after = after.replace(spelling.encode(), b"")
        if after != before:
            # A new file: it may share its bytes with another one.
            temp = file.with_name(f".{file.name}.part")
            temp.write_bytes(after)
            temp.replace(file)
