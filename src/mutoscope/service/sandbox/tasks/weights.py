"""Safetensors: the header only. Nothing of it is a program, and no tensor is read."""

import json
import math
from pathlib import Path
from typing import Any

from mutoscope.core.errors import InputError, WeightsError
from mutoscope.models.metadata import read_metadata

__all__ = ["look_at_weights"]

_BITS = {"BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16}
_BITS |= {"I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64}
_MOST_SIDES = 8
_MOST_TEXT = 1000
_KINDS = {"mutoscope.filter": "filter", "mutoscope.autoencoder": "model", "mutoscope.sorter": "model"}


def look_at_weights(path: Path) -> dict[str, Any]:
    """Check a header: every tensor inside the file, of a known type, none over another, no gaps.

    Raises:
        InputError: it is not a whole safetensors file.

    """
    try:
        texts = read_metadata(path)
    except WeightsError as error:
        raise InputError(str(error)) from None
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(length))
    header.pop("__metadata__", None)
    if not header:
        raise InputError(f"{path} holds no tensors; give weights.")
    try:
        spans = sorted(_span(spec) for spec in header.values())
    except (TypeError, ValueError, KeyError):
        spans = [(-1, -1)]
    end = 0
    for start, stop in spans:
        if start != end:
            raise InputError(
                f"{path} is not a whole safetensors file: its tensors do not lie end to end; get it again."
            )
        end = stop
    return {"kind": _kind(texts), "num_tensors": len(header), "card": _card(texts)}


def _span(spec: dict[str, Any]) -> tuple[int, int]:
    start, stop = spec["data_offsets"]
    shape, bits = spec["shape"], _BITS[spec["dtype"]]
    plain = [start, stop, *shape]
    if len(shape) > _MOST_SIDES or any(type(one) is not int or not 0 <= one < 2**48 for one in plain):
        raise ValueError
    if math.prod(shape) * bits // 8 != stop - start:
        raise ValueError
    return start, stop


def _card(texts: dict[str, str]) -> dict[str, str]:
    """Give the few words that a list of files shows."""
    try:
        card = json.loads(texts.get("card", "{}"))
    except (ValueError, RecursionError):
        card = {}
    if not isinstance(card, dict):
        return {}
    wanted = ("format", "name", "title", "kind", "licence")
    return {key: str(card[key])[:_MOST_TEXT] for key in wanted if isinstance(card.get(key), str)}


def _kind(texts: dict[str, str]) -> str:
    return _KINDS.get(_card(texts).get("format", "").partition("/")[0], "weights")
