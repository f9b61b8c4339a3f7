"""Write a history into mp4, mov, png, jpg, webp and gif as a C2PA manifest. The last thing that is done to a file."""

import io
import json
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

from mutoscope.core.errors import InputError, OutputError
from mutoscope.provenance.actions import actions_of
from mutoscope.provenance.c2pa_read import MIME, RECORD_LABEL, SETTINGS, SIDECARS_LABEL
from mutoscope.provenance.certificate import Identity
from mutoscope.provenance.record import History, Material
from mutoscope.provenance.xmp import with_xmp
from mutoscope.storage.atomic import atomic_path

__all__ = ["CARRIER", "CARRIER_MIME", "can_carry", "embed", "parents_store"]

CARRIER = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63680000008200"
    "8177cd72b60000000049454e44ae426082"
)
"""A picture of one grey pixel: what manifests are kept with that belong to files of another kind."""

CARRIER_MIME = "image/png"

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

    mime = MIME[path.suffix.lower()]
    try:
        with path.open("rb") as plain, atomic_path(path) as temp:
            stream, tail = with_xmp(path, plain, record.source_type)
            with temp.open("w+b") as out:
                _sign(
                    mime, _Joined(stream, tail) if tail else stream, out, path.name, record, parents, identity, sidecars
                )
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
    out = io.BytesIO()
    record = History(source_type="")
    return _sign(CARRIER_MIME, io.BytesIO(CARRIER), out, "parents", record, parents, identity, (), is_apart=True)


def _sign(
    mime: str,
    source: Any,
    out: Any,
    title: str,
    record: History,
    parents: Sequence[Path],
    identity: Identity,
    sidecars: Sequence[dict[str, Any]],
    *,
    is_apart: bool = False,
) -> bytes:
    import c2pa

    parts = [_part(one.name, f"parent-{n}", is_parent=n == 0) for n, one in enumerate(parents)]
    materials = [_material(one, f"material-{n}") for n, one in enumerate(record.materials)]
    labels = {one.name: part["label"] for one, part in zip(record.materials, materials, strict=True)}
    opened = [*zip(parts, parents, strict=True), *zip(materials, [one.path for one in record.materials], strict=True)]
    loose = [part for part, place in opened if place is None or not can_carry(place)]
    others = [part["label"] for part in parts[1:]]
    actions = actions_of(record, parent=parts[0]["label"] if parts else None, others=others, labels=labels)
    assertions = [
        {"label": "c2pa.actions.v2", "data": {"actions": actions}, "created": True},
        {"label": RECORD_LABEL, "data": record.as_plain(), "kind": "Json", "created": True},
    ]
    if sidecars:
        assertions.append(
            {"label": SIDECARS_LABEL, "data": {"sidecars": list(sidecars)}, "kind": "Json", "created": True}
        )
    definition = {
        "claim_generator_info": [{"name": "Mutoscope", "version": record.version or "unknown"}],
        "title": title,
        "format": mime,
        "ingredients": loose,
        "assertions": assertions,
    }
    info = c2pa.C2paSignerInfo(identity.algorithm.encode(), identity.chain.encode(), identity.key.encode(), None)
    with ExitStack() as stack:
        signer = stack.enter_context(c2pa.Signer.from_info(info))
        context = stack.enter_context(c2pa.Context.from_dict(SETTINGS))
        builder = stack.enter_context(c2pa.Builder(json.dumps(definition), context=context))
        for part, place in opened:
            if place is not None and can_carry(place):
                _add(builder, part, place)
        if is_apart:
            builder.set_no_embed()
        return bytes(builder.sign(signer, mime, source, out))


def _add(builder: Any, part: dict[str, Any], place: Path) -> None:
    """Take a file in, with its own manifests; one that is no whole picture or film goes in by its name."""
    import c2pa

    mime = MIME[place.suffix.lower()]
    with place.open("rb") as file:
        try:
            builder.add_ingredient({**part, "format": mime}, mime, file)
        except c2pa.C2paError as error:
            words = " ".join(str(error).split())[:200]
            raise InputError(f"the history of {place} could not be taken along ({words}); give a whole file.") from None


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
