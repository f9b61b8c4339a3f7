"""The history of a file: all its generations, parents first, and the recipe of the last one."""

from pathlib import Path

from mutoscope.core.errors import InputError
from mutoscope.provenance.c2pa_read import read_file
from mutoscope.provenance.c2pa_sign import can_carry
from mutoscope.provenance.certificate import anchors as known_anchors
from mutoscope.provenance.generation import Generation
from mutoscope.provenance.sidecar import find_sidecar, read_enclosed, read_sidecar

__all__ = ["Generation", "history_of", "recipe_of", "unsigned_sha256"]


def history_of(path: Path, *, anchors: str | None = None) -> list[Generation]:
    """Tell all generations of a file, parents first, the file itself last.

    Args:
        path: a file; a pattern (frame_%05d.png) or folder of a sequence.
        anchors: certificates of known authorities in PEM; those known here by default.

    Returns:
        at least the file itself, whose state is "unsigned" where it has no history.

    Raises:
        InputError: there is no such file.

    """
    anchors = known_anchors() if anchors is None else anchors
    is_many = "%" in path.name or path.is_dir()
    if not is_many and not path.is_file():
        raise InputError(f"{path} does not exist; give a file that does.")
    broken: list[Generation] = []
    if can_carry(path) and not is_many:
        found = read_file(path, anchors, lambda one: read_enclosed(one, anchors))
        if found is not None and found[-1].state != "unsigned":
            return found
        broken = found or []
    place = find_sidecar(path)
    if place is not None:
        return read_sidecar(place, path, anchors)
    return broken or [Generation(path.name, "unsigned")]


def recipe_of(path: Path) -> str | None:
    """Give the recipe that a file was made with, as JSON with names instead of paths; None where it has none.

    Raises:
        InputError: there is no such file, or its history is altered or forged.

    """
    last = history_of(path)[-1]
    if last.state in ("altered", "forged"):
        raise InputError(f"{path} is not what was signed ({last.reason}); its recipe cannot be believed.")
    return (last.record.recipe or None) if last.record is not None else None


def unsigned_sha256(path: Path) -> str | None:
    """Give the digest of a file's bytes before it was signed, as its history says; None where that cannot be believed.

    Only a signer who is known here is believed: anybody could sign another file and claim the digest.

    Raises:
        InputError: there is no such file.

    """
    last = history_of(path)[-1]
    if last.state != "trusted" or last.record is None:
        return None
    return last.record.unsigned_sha256 or None
