"""Looks for seconds in what a sort has written."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mutoscope.sort.find import find_in

__all__ = ["find"]


def find(path: str, query: str, decided: Sequence[tuple[str, int, int, str]]) -> dict[str, Any]:
    """Find segments that are as asked.

    Args:
        path: of `sort.json`.
        query: like "sharp, not shaky, 2..8 s".
        decided: clip, first row, end and word of each decision; those that are no words of verdicts do not count.

    Returns:
        hits: the best first.

    Raises:
        ParameterError: the query is not understood.

    """
    words = {(clip, first, end): word for clip, first, end, word in decided if word in ("keep", "reject")}
    return {"hits": [asdict(hit) for hit in find_in(Path(path), query, words)]}
