"""Write a history into mp4, mov, png, jpg, webp and gif as a C2PA manifest. The last thing that is done to a file."""

import contextlib
import io
import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from mutoscope.core.called import name_of
from mutoscope.core.errors import InputError, OutputError
from mutoscope.provenance.actions import actions_of
from mutoscope.provenance.c2pa_read import MIME, RECORD_LABEL, SETTINGS, SIDECARS_LABEL, holds
from mutoscope.provenance.certificate import Identity
from mutoscope.provenance.record import History, Material
from mutoscope.provenance.xmp import MP4_SUFFIXES, boxes, with_xmp
from mutoscope.storage.atomic import atomic_path

__all__ = ["CARRIER", "CARRIER_MIME", "can_carry", "embed", "parents_store"]

CARRIER = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63680000008200"
    "8177cd72b60000000049454e44ae426082"
)
"""A picture of one grey pixel: what manifests are kept with that belong to files of another kind."""

CARRIER_MIME = "image/png"

_LARGE_BYTES = 128 << 20
_PART_KB = 16_384

_TYPES = {"filter": "c2pa.types.model", "model": "c2pa.types.model", "weights": "c2pa.types.model"}


def can_carry(path: Path) -> bool:
    """Tell whether a file of this name can carry its own history."""
    return path.suffix.lower() in MIME and "%" not in path.name


def embed(
    path: Path, record: History, parents: Sequence[Path], identity: Identity, sidecars: Sequence[dict[str, Any]] = ()
) -> None:
    """Put a signed history into a file; the file under its name is always whole, the old or the new one.

    Args:
        path: the file.
        record: what was done.
        parents: what it was made from, the first one first; their own histories are taken along.
        identity: who signs.
        sidecars: of those that cannot carry their own.

    Raises:
        InputError: the file is not what its name says, or a parent cannot be read.
        OutputError: the place cannot be written.

    """
    import c2pa

    claim = _Claim(path.name, record, parents, identity, sidecars)
    mime = MIME[path.suffix.lower()]
    try:
        with path.open("rb") as plain, atomic_path(path) as temp:
            stream, tail = with_xmp(path, plain, record.source_type)
            source = _Joined(stream, tail) if tail else stream
            in_parts = _may_be_hashed_in_parts(path, plain)
            _write(claim, mime, source, temp, in_parts=in_parts)
            if in_parts and not holds(temp, mime):
                # c2pa 0.38 at times hashes parts in one order and checks them in another.
                _write(claim, mime, source, temp, in_parts=False)
            # A job of the service may not change rights at all; its files are nobody else's anyhow.
            with contextlib.suppress(PermissionError):
                shutil.copymode(path, temp)
    except c2pa.C2paError as error:
        words = " ".join(str(error).split())[:200]
        raise InputError(f"{path} could not be signed ({words}); give a whole {path.suffix[1:]} file.") from None
    except FileNotFoundError as error:
        raise InputError(f"{error.filename} does not exist; give a file that does.") from None
    except OSError as error:
        raise OutputError(f"{path} could not be signed ({error.strerror}); choose another place.") from None


def parents_store(parents: Sequence[Path], identity: Identity) -> bytes:
    """Give the manifests of files in one store, kept with `CARRIER`, for a sidecar."""
    claim = _Claim("parents", History(), parents, identity)
    return _sign(claim, CARRIER_MIME, io.BytesIO(CARRIER), io.BytesIO(), SETTINGS, is_apart=True)


@dataclass(frozen=True)
class _Claim:
    """What is signed."""

    title: str
    record: History
    parents: Sequence[Path]
    identity: Identity
    sidecars: Sequence[dict[str, Any]] = ()


def _may_be_hashed_in_parts(path: Path, file: BinaryIO) -> bool:
    """Tell whether a film is so large that it must not be hashed in one piece, for which c2pa takes 512 MB of memory.

    In parts takes longer, and goes wrong where the samples lie in several boxes.
    """
    size = path.stat().st_size
    if size <= _LARGE_BYTES or path.suffix.lower() not in MP4_SUFFIXES:
        return False
    found = boxes(file, size) or []
    file.seek(0)
    return sum(name == b"mdat" for name, _, _ in found) == 1


def _write(claim: _Claim, mime: str, source: Any, place: Path, *, in_parts: bool) -> None:
    settings = {**SETTINGS, "core": {**SETTINGS["core"], "merkle_tree_chunk_size_in_kb": _PART_KB}}
    source.seek(0)
    with place.open("w+b") as out:
        _sign(claim, mime, source, out, settings if in_parts else SETTINGS)


def _sign(
    claim: _Claim,
    mime: str,
    source: Any,
    out: Any,
    settings: dict[str, Any],
    *,
    is_apart: bool = False,
    closed: frozenset[Path] = frozenset(),
) -> bytes:
    """Sign once; parents in `closed` go in by their names only."""
    import c2pa

    identity = claim.identity
    definition, opened = _definition(claim, mime, closed)
    info = c2pa.C2paSignerInfo(identity.algorithm.encode(), identity.chain.encode(), identity.key.encode(), None)
    with ExitStack() as stack:
        signer = stack.enter_context(c2pa.Signer.from_info(info))
        context = stack.enter_context(c2pa.Context.from_dict(settings))
        builder = stack.enter_context(c2pa.Builder(json.dumps(definition), context=context))
        for part, place in opened:
            kind = MIME[place.suffix.lower()]
            with place.open("rb") as file:
                try:
                    builder.add_ingredient({**part, "format": kind}, kind, file)
                except c2pa.C2paError:
                    # A film that breaks off may be made use of; its own history, if it had one, is gone.
                    return _sign(claim, mime, source, out, settings, is_apart=is_apart, closed=closed | {place})
        if is_apart:
            builder.set_no_embed()
        return bytes(builder.sign(signer, mime, source, out))


def _definition(
    claim: _Claim, mime: str, closed: frozenset[Path]
) -> tuple[dict[str, Any], list[tuple[dict[str, Any], Path]]]:
    """Give a manifest's definition, and the ingredients whose files are to be opened for their own histories."""
    record = claim.record
    parents = [_part(name_of(one), f"parent-{n}", is_parent=n == 0) for n, one in enumerate(claim.parents)]
    materials = [_material(one, f"material-{n}") for n, one in enumerate(record.materials)]
    places = [*claim.parents, *(one.path for one in record.materials)]
    opened: list[tuple[dict[str, Any], Path]] = []
    loose = []
    for part, place in zip([*parents, *materials], places, strict=True):
        if place is None or not can_carry(place) or place in closed:
            loose.append(part)
        else:
            opened.append((part, place))
    actions = actions_of(
        record,
        parent=parents[0]["label"] if parents else None,
        others=[part["label"] for part in parents[1:]],
        labels={one.name: part["label"] for one, part in zip(record.materials, materials, strict=True)},
    )
    assertions = [
        {"label": "c2pa.actions.v2", "data": {"actions": actions}, "created": True},
        {"label": RECORD_LABEL, "data": record.as_plain(), "kind": "Json", "created": True},
    ]
    if claim.sidecars:
        enclosed = {"sidecars": list(claim.sidecars)}
        assertions.append({"label": SIDECARS_LABEL, "data": enclosed, "kind": "Json", "created": True})
    definition = {
        "claim_generator_info": [{"name": "Mutoscope", "version": record.version or "unknown"}],
        "title": claim.title,
        "format": mime,
        "ingredients": loose,
        "assertions": assertions,
    }
    return definition, opened


def _part(title: str, label: str, *, is_parent: bool) -> dict[str, Any]:
    relation = "parentOf" if is_parent else "componentOf"
    return {
        "title": title,
        "format": "application/octet-stream",
        "relationship": relation,
        "label": label,
        "instance_id": f"xmp:iid:{label}",
    }


def _material(material: Material, label: str) -> dict[str, Any]:
    made = _part(f"{material.kind} {material.name}", label, is_parent=False)
    words = [
        f"sha256 {material.sha256}" if material.sha256 else "",
        f"trained from or showing {material.title!r}" if material.title else "",
        f"by {material.artist}" if material.artist else "",
        f"licence: {material.licence}" if material.licence else "",
    ]
    made["description"] = "; ".join(word for word in words if word)
    if material.kind in _TYPES:
        made["data_types"] = [{"type": _TYPES[material.kind]}]
    return made


class _Joined(io.RawIOBase):
    """A file with more bytes behind its end, as one stream."""

    def __init__(self, file: BinaryIO, tail: bytes) -> None:
        self._file, self._tail = file, tail
        self._length = file.seek(0, io.SEEK_END)
        self._at, self._stands = 0, -1

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length + len(self._tail)}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        if self._at < self._length:
            if self._stands != self._at:
                self._file.seek(self._at)
            count = self._file.readinto(view[: self._length - self._at])  # type: ignore[attr-defined] # open() gives it
            self._stands = self._at + count
        else:
            start = self._at - self._length
            data = self._tail[start : start + len(view)]
            count = len(data)
            view[:count] = data
        self._at += count
        return int(count)
