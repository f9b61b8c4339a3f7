"""Sign a file: its history goes into it where it can carry one, else beside it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mutoscope.core.called import name_of
from mutoscope.core.errors import InputError
from mutoscope.provenance.c2pa_sign import can_carry, embed
from mutoscope.provenance.certificate import Identity, check_identity, find_identity
from mutoscope.provenance.record import History, Origin, canonical
from mutoscope.provenance.sidecar import (
    MOST_ENCLOSED_BYTES,
    find_sidecar,
    without_list,
    write_sidecar,
)
from mutoscope.storage.hashing import hash_file, hash_json

__all__ = ["SignedBy", "sign_file"]


@dataclass(frozen=True)
class SignedBy:
    """A signature that was made.

    Attributes:
        name: whose.
        place: where the history is: the file itself, or its sidecar.
        is_local: whether the certificate is a local one, which is on no public list.

    """

    name: str
    place: Path
    is_local: bool


def sign_file(
    path: Path,
    record: History,
    parents: Sequence[Path] = (),
    *,
    pictures: Sequence[Path] = (),
    identity: Identity | None = None,
    now: datetime.datetime | None = None,
) -> SignedBy:
    """Sign a file with its history and those of its parents. Whatever is done to the file later breaks the signature.

    Args:
        path: the file; the pattern (frame_%05d.png) or folder of a sequence.
        record: what was done; name and digest of sources, time and digest of the file are filled in where missing.
        parents: files that it was made from, the one that was worked on first. A file that has a history and no
            parents is its own: signing it once more loses nothing.
        pictures: files of a sequence.
        identity: who signs; `find_identity()` by default.
        now: when.

    Raises:
        InputError: there is no certificate, it has run out, or a file cannot be read.
        OutputError: the place cannot be written.

    """
    identity = find_identity() if identity is None else identity
    if identity is None:
        raise InputError("there is no certificate to sign with; run: mutoscope sign init")
    check_identity(identity, now=now)
    if not pictures and not path.is_file():
        raise InputError(f"{path} does not exist; give a file that does.")
    parents = list(dict.fromkeys(parents)) or ([path] if not record.steps else [])
    for one in parents:
        if not one.exists() and "%" not in one.name:
            raise InputError(f"{one} does not exist; give the file that {path.name} was made from.")
    record = _filled(record, path, parents, pictures, now or datetime.datetime.now(datetime.UTC))
    sidecars = _sidecars(parents)
    if can_carry(path) and not pictures:
        embed(path, record, parents, identity, sidecars)
        return SignedBy(identity.name, path, identity.is_local)
    # Before it has a sidecar, a file that is its own parent has no history to take along.
    parents = [one for one in parents if one != path]
    place = write_sidecar(path, record, parents, identity, pictures=pictures, sidecars=sidecars)
    return SignedBy(identity.name, place, identity.is_local)


def _filled(
    record: History, path: Path, parents: Sequence[Path], pictures: Sequence[Path], now: datetime.datetime
) -> History:
    known = {one.name for one in record.sources}
    more = [
        Origin(name_of(one), hash_file(one) if one.is_file() else "") for one in parents if name_of(one) not in known
    ]
    digest = record.unsigned_sha256
    if not digest:
        digest = hash_json({one.name: hash_file(one) for one in pictures}) if pictures else hash_file(path)
    # By hand, a file is its own source: that is no news.
    more = [] if list(parents) == [path] else more
    signed = now.astimezone(datetime.UTC).isoformat(timespec="seconds")
    return replace(record, sources=(*record.sources, *more), unsigned_sha256=digest, signed=signed)


def _sidecars(parents: Sequence[Path]) -> list[dict[str, Any]]:
    found = []
    for one in parents:
        place = None if can_carry(one) else find_sidecar(one)
        plain = without_list(place) if place is not None else None
        if plain is not None and len(canonical(plain)) <= MOST_ENCLOSED_BYTES:
            found.append(plain)
    return found
