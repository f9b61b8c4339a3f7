"""Find good seconds in a sorted folder, while editing: "sharp, not shaky, 2..8 s"."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutoscope.core.errors import InputError
from mutoscope.sort.decisions import read_decisions
from mutoscope.sort.query import parse
from mutoscope.sort.query_words import NUMBERS, WORDS, Asked
from mutoscope.sort.report.numbers import NAME, SCHEMA

__all__ = ["Hit", "find", "find_in", "query_help"]

_ORDER = {"keep": 0, "unsure": 1, "reject": 2}


@dataclass(frozen=True)
class Hit:
    """A segment that is as asked.

    Attributes:
        path: of the clip, relative to the folder that was sorted.
        start_s: seconds from the clip's first frame.
        end_s: of the end, which is no longer part of it.
        start_timecode: of its first frame.
        end_timecode: of the first frame after it.
        verdict: keep, unsure or reject; a person's decision counts before the machine's.
        fault: what is wrong with it by the machine, or None.
        score: of its clip within the shoot, 0..100.
        why: what was found, in words; may be empty.

    """

    path: str
    start_s: float
    end_s: float
    start_timecode: str
    end_timecode: str
    verdict: str
    fault: str | None
    score: float | None
    why: str


def find(report_folder: Path, query: str) -> list[Hit]:
    """Find segments in a report of `mutoscope sort`.

    Where `decisions.csv` was saved beside the report, its keeps and rejects count before the machine's.

    Args:
        report_folder: what `sort` wrote.
        query: as `query_help` tells.

    Returns:
        Segments of the best clips first; within a clip keeps first, then as they come.

    Raises:
        InputError: there is no report, or it cannot be read.
        ParameterError: the query is not understood; an unknown word with the nearest one.

    """
    return find_in(report_folder / NAME, query, _decided(report_folder / "decisions.csv"))


def find_in(report: Path, query: str, decided: Mapping[tuple[str, int, int], str]) -> list[Hit]:
    """Find segments in the numbers of a report.

    Args:
        report: `sort.json`.
        query: as `query_help` tells.
        decided: a person's words by path of the clip, first row and end.

    Returns:
        As `find`.

    Raises:
        InputError: it is no report, or cannot be read.
        ParameterError: the query is not understood; an unknown word with the nearest one.

    """
    test = parse(query).test
    told = _read(report)
    hits: list[tuple[tuple[Any, ...], Hit]] = []
    for number, clip in enumerate(told["clips"]):
        for segment in clip["segments"]:
            key = (clip["path"], segment["first"], segment["end_row"])
            asked = Asked(clip, segment, told["params"], decided.get(key, segment["verdict"]))
            is_so, why = test(asked)
            if is_so:
                place = (-(clip["score"] or 0.0), number, _ORDER[asked.verdict], segment["first"])
                hits.append((place, _hit(asked, why)))
    return [hit for _, hit in sorted(hits, key=lambda one: one[0])]


def query_help() -> str:
    """Explain the language of queries, for the command line."""
    width = max(map(len, WORDS))
    words = "\n".join(f"  {name:<{width}}  {word.meaning}" for name, word in WORDS.items())
    numbers = "\n".join(
        f"  {name:<20}{number.meaning}{f', {number.unit}' if number.unit else ''}" for name, number in NUMBERS.items()
    )
    return f"""A query says what a segment is like: "sharp, not shaky, 2..8 s".

A comma means and; it binds closer than "or"; ( ) group. "not" turns the next word round.
Lengths of a segment: 2..8 s, > 5 s, ..1 min. Numbers, as the mean over a segment: shake < 0.2, exposure > -1,
exposure -1..1. Names: name:*dance*, name:dance, name:"day 2/*". What was not measured is never as asked;
"not shaky" holds where nothing tells of shake.

Words, by the thresholds that the folder was sorted with:
{words}

Numbers:
{numbers}
"""


def _hit(asked: Asked, why: str) -> Hit:
    clip, segment = asked.clip, asked.segment
    return Hit(
        path=clip["path"],
        start_s=segment["start_seconds"],
        end_s=segment["end_seconds"],
        start_timecode=segment["start_timecode"],
        end_timecode=segment["end_timecode"],
        verdict=asked.verdict,
        fault=segment["fault"],
        score=clip["score"],
        why=why,
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path.parent} has no {NAME}; give the folder that `mutoscope sort --out` wrote.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); sort the folder again.") from None
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise InputError(f"{path} is no report of this version ({SCHEMA}); sort the folder again.")
    return told


def _decided(path: Path) -> dict[tuple[str, int, int], str]:
    if not path.is_file():
        return {}
    decisions, _ = read_decisions(path)
    return {(one.path, one.first, one.end): "keep" if one.keep else "reject" for one in decisions}
