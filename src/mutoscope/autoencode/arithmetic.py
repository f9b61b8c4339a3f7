"""Arithmetic of ranges of time: "00:10..00:12 - 00:20..00:22 + 0.5*01:00..01:03"."""

import math
import re
from dataclasses import dataclass

import torch
from torch import Tensor

from mutoscope.autoencode.moments import Span, Timeline
from mutoscope.core.errors import ParameterError

__all__ = ["Sum", "Term", "parse_terms", "sum_of"]

_SIGN = re.compile(r"\s+([+-])\s+")
_WEIGHT = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*\*\s*")
_MOST_TERMS = 64


@dataclass(frozen=True)
class Term:
    """One part of a sum: how often it is taken, and which range of time, or frame, it is."""

    weight: float
    range: str


@dataclass(frozen=True)
class Sum:
    """What came out: latents that move as those of the last range do.

    Attributes:
        z_TL: latents.
        seconds_T: times, from the beginning of that range on.
        shot_T: shots of that range.

    """

    z_TL: Tensor
    seconds_T: tuple[float, ...]
    shot_T: tuple[int, ...]


def parse_terms(text: str) -> tuple[Term, ...]:
    """Read ranges, or single times, with " + " or " - " between and weights like "0.5*" before them.

    Raises:
        ParameterError: says which part was not understood.

    """
    said = text.strip()
    leading = re.match(r"([+-])\s*", said)
    parts = _SIGN.split(said[leading.end() :] if leading else said)
    signs = [leading[1] if leading else "+", *parts[1::2]]
    if len(signs) > _MOST_TERMS:
        raise ParameterError(f"of={said[:40]!r}… has {len(signs)} parts; give {_MOST_TERMS} at most.")
    return tuple(_term(sign, part, said) for sign, part in zip(signs, parts[::2], strict=True))


def _term(sign: str, part: str, whole: str) -> Term:
    found = _WEIGHT.match(part)
    weight = float(found[1]) if found else 1.0
    rest = (part[found.end() :] if found else part).strip()
    if not rest or re.search(r"[\s*+]", rest) or not math.isfinite(weight):
        raise ParameterError(
            f"of={whole!r}: {part.strip()!r} was not understood; write ranges like 00:10..00:12 with ' + ' or ' - ' "
            "between, and weights before them like 0.5*00:10..00:12."
        )
    return Term(weight if sign == "+" else -weight, rest)


def sum_of(text: str, timeline: Timeline) -> Sum:
    """Add the weighted means of all ranges but the last to each frame of the last, which is weighted, too.

    So "A - B + C" takes what A has and B has not into C (Radford et al. 2015, section 6.3.2, for ranges of a film).

    Raises:
        ParameterError: a part was not understood, or lies outside the film.

    """
    *others, last = parse_terms(text)
    span, first, end = _frames(last, timeline)
    moved = last.weight * span.z_TL[first:end].double()
    for term in others:
        where, start, stop = _frames(term, timeline)
        moved = moved + term.weight * where.z_TL[start:stop].double().mean(0)
    seconds = tuple(s - span.seconds_T[first] for s in span.seconds_T[first:end])
    return Sum(moved.to(torch.float32), seconds, span.shot_T[first:end])


def _frames(term: Term, timeline: Timeline) -> tuple[Span, int, int]:
    if ".." in term.range:
        return timeline.frames(term.range)
    span, index = timeline.frame(term.range)
    return span, index, index + 1
