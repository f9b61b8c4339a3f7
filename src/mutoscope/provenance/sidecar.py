"""Histories beside files that cannot carry their own: webm, mkv, wav, sequences of pictures.

`NAME.history.json` holds a statement (digest of the file, record, histories of what it was made from), the signer's
certificates, and a signature over the statement in its one canonical form.
"""

import base64
import binascii
import datetime
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from mutoscope.core.errors import InputError, MutoscopeError
from mutoscope.provenance.c2pa_read import read_store
from mutoscope.provenance.c2pa_sign import CARRIER, CARRIER_MIME, can_carry, parents_store
from mutoscope.provenance.certificate import Identity, load_chain, name_in
from mutoscope.provenance.generation import Generation, State
from mutoscope.provenance.record import History, canonical
from mutoscope.provenance.seal import checks_out, is_issued_by_known, seal
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.hashing import hash_file, hash_json

__all__ = [
    "FORMAT",
    "SUFFIX",
    "find_sidecar",
    "read_enclosed",
    "read_sidecar",
    "sidecar_path",
    "without_list",
    "write_sidecar",
]

FORMAT = "mutoscope.sidecar/1"
SUFFIX = ".history.json"
"""How names of sidecars end."""

MOST_ENCLOSED_BYTES = 4 << 20
"""Histories of parents that are longer are left out: only names and digests stay."""

_NUMBER = re.compile(r"%(?:0\d+)?d")
_MOST_BYTES = 256 << 20
_MOST_DEPTH = 40
_PATTERN = re.compile(r"(.*)%(?:0\d+)?d(.*)")
_MOST_LOOKED_AT = 50


def sidecar_path(path: Path) -> Path:
    """Give the place of a file's sidecar: film.webm.history.json for film.webm.

    For pictures like painted_%05d.png it is painted.history.json; for %05d.png, and in a folder, frames.history.json.
    """
    if path.is_dir():
        return path / f"frames{SUFFIX}"
    if _NUMBER.search(path.name):
        return path.with_name((_NUMBER.sub("", path.stem).strip(" ._-") or "frames") + SUFFIX)
    return path.with_name(path.name + SUFFIX)


def find_sidecar(path: Path) -> Path | None:
    """Find the sidecar that speaks of a file: its own, or that of a sequence which it belongs to."""
    own = sidecar_path(path)
    if own.is_file():
        return own
    folder = path if path.is_dir() else path.parent
    try:
        names = sorted(one for one in os.listdir(folder) if one.endswith(SUFFIX))[:_MOST_LOOKED_AT]  # noqa: PTH208 - names only
    except OSError:
        return None
    for name in names:
        plain = _load(folder / name)
        listed = _listed(plain) if isinstance(plain, dict) else {}
        fits = _PATTERN.fullmatch(path.name)
        of_pattern = fits is not None and any(one.startswith(fits[1]) and one.endswith(fits[2]) for one in listed)
        if path.name in listed or (listed and (folder == path or of_pattern)):
            return folder / name
    return None


def write_sidecar(
    path: Path,
    record: History,
    parents: Sequence[Path],
    identity: Identity,
    *,
    pictures: Sequence[Path] = (),
    sidecars: Sequence[dict[str, Any]] = (),
) -> Path:
    """Write the signed history of a file beside it.

    Args:
        path: the file; the pattern or folder of a sequence.
        record: what was done.
        parents: what it was made from.
        identity: who signs.
        pictures: files of a sequence.
        sidecars: of parents that cannot carry their own.

    Raises:
        InputError: the file or a parent cannot be read.
        OutputError: the place cannot be written.

    """
    listed = {one.name: hash_file(one) for one in pictures}
    carried = [one for one in parents if can_carry(one) and one.is_file()]
    store = parents_store(carried, identity) if carried else b""
    statement: dict[str, Any] = {
        "format": FORMAT,
        "file": path.name,
        "sha256": hash_json(listed) if pictures else hash_file(path),
        "pictures": len(listed),
        "record": record.as_plain(),
        "tool": f"Mutoscope {record.version}".strip(),
        "sidecars": list(sidecars),
        "manifests": base64.b64encode(store).decode() if len(store) <= MOST_ENCLOSED_BYTES else "",
    }
    algorithm, signature = seal(identity, canonical(statement).encode())
    whole: dict[str, Any] = {
        "format": FORMAT,
        "statement": statement,
        "certificates": identity.chain,
        "algorithm": algorithm,
        "signature": base64.b64encode(signature).decode(),
    }
    if listed:
        whole["pictures"] = listed
    place = sidecar_path(path)
    with atomic_path(place) as temp:
        temp.write_text(json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    return place


def read_sidecar(place: Path, path: Path, anchors: str) -> list[Generation]:
    """Read a sidecar and compare it with its file; parents first, the file last.

    Args:
        place: of the sidecar.
        path: of the file; of one picture, or of a sequence.
        anchors: certificates of known authorities, in PEM.

    Raises:
        InputError: the file cannot be read.

    """
    plain = _load(place)
    if not isinstance(plain, dict):
        return [Generation(path.name, "forged", reason="the sidecar is damaged")]
    found = _generations(plain, anchors, "self", 0)
    last = found[-1]
    if last.state != "forged" and (wrong := _difference(plain, path)):
        last = replace(last, state="altered", reason=wrong)
    return [*found[:-1], replace(last, name=path.name if path.name in _listed(plain) else last.name)]


def without_list(place: Path) -> dict[str, Any] | None:
    """Give a sidecar as it is enclosed in later histories: without its list of pictures, whose digest is signed."""
    plain = _load(place)
    return {key: value for key, value in plain.items() if key != "pictures"} if isinstance(plain, dict) else None


def read_enclosed(plain: Any, anchors: str, depth: int = 0) -> list[Generation]:
    """Read sidecars that stand in another history."""
    rows = plain.get("sidecars") if isinstance(plain, Mapping) else plain
    if not isinstance(rows, list) or depth > _MOST_DEPTH:
        return []
    return [one for row in rows if isinstance(row, dict) for one in _generations(row, anchors, "parent", depth + 1)]


def _generations(plain: Mapping[str, Any], anchors: str, relation: Any, depth: int) -> list[Generation]:
    raw = plain.get("statement")
    statement: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    state, signer, reason = _judge(plain, statement, anchors)
    generation = Generation(
        name=str(statement.get("file", "")),
        state=state,
        signer=signer,
        tool=str(statement.get("tool", "")),
        record=History.from_plain(statement.get("record")),
        relation=relation,
        sha256=str(statement.get("sha256", "")),
        reason=reason,
    )
    before: list[Generation] = []
    if state != "forged":
        before += read_enclosed(statement.get("sidecars"), anchors, depth)
        before += _manifests(statement.get("manifests"), anchors, depth)
    return [*before, generation]


def _manifests(text: Any, anchors: str, depth: int) -> list[Generation]:
    if not isinstance(text, str) or not text:
        return []
    try:
        store = base64.b64decode(text, validate=True)
    except binascii.Error:
        return []
    found = read_store(CARRIER, CARRIER_MIME, store, anchors, lambda one: read_enclosed(one, anchors, depth + 1))
    # The last one is the carrier's own.
    return (found or [])[:-1]


def _judge(plain: Mapping[str, Any], statement: Mapping[str, Any], anchors: str) -> tuple[State, str, str]:
    """Say how far a sidecar can be believed, whatever its file is now."""
    try:
        chain = load_chain(str(plain.get("certificates", "")), "the sidecar")
        signature = base64.b64decode(str(plain.get("signature", "")), validate=True)
        checks_out(chain[0], str(plain.get("algorithm", "")), signature, canonical(statement).encode())
    except (MutoscopeError, InvalidSignature, ValueError, TypeError):
        return "forged", "", "the signature does not fit"
    signer = name_in(chain[0])
    now = datetime.datetime.now(datetime.UTC)
    if not _is_valid(chain[0], now):
        return "expired", signer, f"the certificate ran out on {chain[0].not_valid_after_utc:%d %B %Y}"
    known = is_issued_by_known(chain, load_chain(anchors, "anchors") if anchors else [])
    return ("trusted" if known else "unknown"), signer, ""


def _is_valid(leaf: x509.Certificate, now: datetime.datetime) -> bool:
    return leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc


def _difference(plain: Mapping[str, Any], path: Path) -> str:
    """Say what is not as it was signed; empty where all is."""
    statement = plain["statement"]
    listed = _listed(plain)
    if not statement.get("pictures"):
        return "" if hash_file(path) == statement.get("sha256") else "its bytes are not those that were signed"
    if hash_json(listed) != statement.get("sha256"):
        return "the list of its pictures is not the one that was signed"
    folder = path if path.is_dir() else path.parent
    wanted = [path.name] if path.name in listed else sorted(listed)
    for name in wanted:
        one = folder / Path(name).name  # a forged list must not make us read elsewhere
        try:
            if hash_file(one) != listed[name]:
                return f"the bytes of {one.name} are not those that were signed"
        except InputError:
            return f"{one.name} is missing"
    # Beside a sequence that is told by its pattern older pictures may lie; a folder means all that is in it.
    added = _added(path, listed) if path.is_dir() else []
    return f"{added[0]} was added, and nobody signed it" if added else ""


def _added(folder: Path, listed: Mapping[str, Any]) -> list[str]:
    """Name pictures that lie in a signed folder and are none of those that were signed."""
    suffixes = {Path(name).suffix.lower() for name in listed}
    names = sorted(os.listdir(folder))  # noqa: PTH208 - names only
    return [name for name in names if name not in listed and Path(name).suffix.lower() in suffixes]


def _listed(plain: Mapping[str, Any]) -> dict[str, Any]:
    listed = plain.get("pictures")
    return listed if isinstance(listed, dict) else {}


def _load(place: Path) -> Any:
    try:
        if place.stat().st_size > _MOST_BYTES:
            return None
        return json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
