"""The signed history of a stranger's file: read here, because it is a stranger's bytes as well."""

import json
from pathlib import Path
from typing import Any

from mutoscope.core.errors import InputError
from mutoscope.provenance.generation import Generation
from mutoscope.provenance.history import history_of, recipe_of
from mutoscope.provenance.verify import verify_file
from mutoscope.provenance.words import about_generation
from mutoscope.service.sandbox.tasks.naming import called, tidy

__all__ = ["recipe", "verify"]


def verify(path: str, name: str, anchors: str) -> dict[str, Any]:
    """Compare a file with its signed history.

    Args:
        path: the file.
        name: as its owner calls it.
        anchors: certificates of known signers in PEM (`provenance.certificate.anchors()`); may be empty.

    Returns:
        state, is_valid, lines (three, for a person), and generations, parents first: name, state, signer, tool, signed,
        relation, sha256, reason, actions, lines.

    Raises:
        InputError: it cannot be read.

    """
    with called(path, name):
        verdict = verify_file(Path(path), anchors=anchors)
        shown, own = tidy(name), Path(path).name
        return {
            "state": verdict.state,
            "is_valid": verdict.is_valid,
            "lines": [line.replace(own, shown) for line in verdict.lines()],
            "generations": [_plain(one, own, shown) for one in (*verdict.before, verdict.generation)],
        }


def recipe(path: str, name: str, anchors: str) -> dict[str, Any]:
    """Give the recipe that a file was made with.

    Returns:
        recipe: as JSON, with names instead of paths, or None; state: how far the history can be believed; files: name,
        sha256 and role of what it was made with.

    Raises:
        InputError: its history is altered or forged, or the recipe in it is none.

    """
    with called(path, name):
        text = recipe_of(Path(path))
        last = history_of(Path(path), anchors=anchors)[-1]
        try:
            plain = None if text is None else json.loads(text)
        except (ValueError, RecursionError):
            plain = text = ""
        if text is not None and not isinstance(plain, dict):
            raise InputError(f"the recipe in the history of {path} cannot be read; give the recipe itself.")
        rows = None if last.record is None else last.record.figures.get("files")
        return {"recipe": plain, "state": last.state, "files": rows if isinstance(rows, list) else []}


def _plain(one: Generation, own: str, shown: str) -> dict[str, Any]:
    lines = [line.replace(own, shown) for line in about_generation(one)]
    return {
        "name": shown if one.name == own else one.name,
        "state": one.state,
        "signer": one.signer,
        "tool": one.tool,
        "signed": one.signed,
        "relation": one.relation,
        "sha256": one.sha256,
        "reason": one.reason,
        "actions": list(one.actions),
        "lines": lines,
    }
