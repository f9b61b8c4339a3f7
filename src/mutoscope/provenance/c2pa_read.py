"""Read C2PA manifests out of files: who signed what, whether it holds, and what came before. Never over the network."""

import json
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from mutoscope.core.errors import InputError
from mutoscope.provenance.generation import Generation, State, state_of
from mutoscope.provenance.record import History

__all__ = ["MIME", "RECORD_LABEL", "SETTINGS", "SIDECARS_LABEL", "holds", "read_file", "read_store"]

MIME = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
}
"""Files that carry their own history, by suffix."""

RECORD_LABEL = "org.mutoscope.history"
"""Assertion with our record. C2PA wants a domain name, turned round, before what is not its own."""

SIDECARS_LABEL = "org.mutoscope.sidecars"
"""Assertion with the sidecars of files that went in and cannot carry a manifest."""

SETTINGS: dict[str, Any] = {
    "version": 1,
    "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},  # small files would grow tenfold
    # Larger copies are kept on disk, not in memory.
    "core": {"allowed_network_hosts": [], "backing_store_memory_threshold_in_mb": 128},
}
"""Of c2pa: all offline."""

Enclosed = Callable[[Any], list[Generation]]
"""Reads what stands in an assertion SIDECARS_LABEL."""

Relation = Literal["self", "parent", "material"]

_TRUSTED, _UNTRUSTED = "signingCredential.trusted", "signingCredential.untrusted"
_MOST_GENERATIONS = 200


def read_file(path: Path, anchors: str, enclosed: Enclosed) -> list[Generation] | None:
    """Read a file's history, parents first, the file itself last; None where it has none.

    Args:
        path: of a file that can carry one.
        anchors: certificates of known authorities, in PEM.
        enclosed: reads sidecars within.

    Raises:
        InputError: the file cannot be read.

    """
    try:
        with path.open("rb") as file:
            told = _told(MIME[path.suffix.lower()], file, None, anchors)
    except OSError as error:
        raise InputError(f"{path} could not be read ({error.strerror}); give a file that exists.") from None
    if told is None:
        return None
    if isinstance(told, str):
        return [_broken(path, told)]
    return _generations(told, enclosed)


def read_store(carrier: bytes, mime: str, store: bytes, anchors: str, enclosed: Enclosed) -> list[Generation] | None:
    """Read manifests that were kept apart from what they belong to."""
    told = _told(mime, BytesIO(carrier), store, anchors)
    return None if told is None or isinstance(told, str) else _generations(told, enclosed)


def holds(path: Path, mime: str) -> bool:
    """Tell whether a file's bytes are those that were signed, whatever its name is."""
    with path.open("rb") as file:
        told = _told(mime, file, None, "")
    return isinstance(told, dict) and told.get("validation_state") in ("Valid", "Trusted")


def _told(mime: str, file: Any, store: bytes | None, anchors: str) -> dict[str, Any] | str | None:
    """Give c2pa's report; words where a manifest is there and broken, None where there is none."""
    import c2pa

    settings = {**SETTINGS, "trust": {"user_anchors": anchors}} if anchors else SETTINGS
    try:
        with c2pa.Context.from_dict(settings) as context, c2pa.Reader(mime, file, store, context=context) as reader:
            told: dict[str, Any] = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return None
    except (c2pa.C2paError, ValueError, RecursionError) as error:
        return " ".join(str(error).split())[:200] or "unreadable"
    return told if told.get("active_manifest") in told.get("manifests", {}) else None


def _broken(path: Path, words: str) -> Generation:
    # A file that is cut off or no picture at all has no history; only bytes of a manifest make it a broken one.
    has_manifest = _has_manifest(path)
    return Generation(path.name, "altered" if has_manifest else "unsigned", reason=words)


def _has_manifest(path: Path) -> bool:
    """Look for the name that stands in the first box of each manifest store."""
    last = b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if b"jumb" in (text := last + block) and b"c2pa" in text:
                return True
            last = block[-64:]
    return False


def _generations(told: dict[str, Any], enclosed: Enclosed) -> list[Generation]:
    manifests: dict[str, Any] = told["manifests"]
    results = told.get("validation_results", {})
    known, changed = _deltas(results)
    found: list[Generation] = []
    done: set[str] = set()

    def add(label: str, state: State, reason: str, relation: Relation, title: str) -> None:
        if label in done or len(found) >= _MOST_GENERATIONS:
            return
        done.add(label)
        manifest = manifests[label]
        for part in manifest.get("ingredients", []):
            before = part.get("active_manifest")
            if before in manifests:
                codes = _codes(part.get("validation_results", {}).get("activeManifest", {}).get("failure"))
                # Who is known is for this machine to say, not for the one that signed.
                codes = [one for one in codes if one != _UNTRUSTED or before not in known]
                kind: Relation = "parent" if part.get("relationship") == "parentOf" else "material"
                add(before, *state_of(codes), kind, part.get("title") or "")
        for one in _assertions(manifest, SIDECARS_LABEL):
            found.extend(enclosed(one))
        found.append(_generation(manifest, state, reason, relation, title))

    state, reason = state_of(_codes(results.get("activeManifest", {}).get("failure")))
    if state in ("trusted", "unknown") and changed:
        # A manifest of an earlier generation is another one now than when this file was signed.
        state, reason = "forged", changed[0]
    add(told["active_manifest"], state, reason, "self", "")
    return found


def _deltas(results: Mapping[str, Any]) -> tuple[set[str], list[str]]:
    """Give the manifests of earlier generations whose signers are known here, and what is wrong with any of them."""
    known: set[str] = set()
    wrong: list[str] = []
    for delta in results.get("ingredientDeltas") or []:
        told = delta.get("validationDeltas", {})
        urls = [str(one.get("url", "")) for one in told.get("success", []) if one.get("code") == _TRUSTED]
        known |= {url.partition("/c2pa/")[2].partition("/")[0] for url in urls}
        wrong += [code for code in _codes(told.get("failure")) if code != _UNTRUSTED]
    return known, wrong


def _generation(manifest: Mapping[str, Any], state: State, reason: str, relation: Relation, title: str) -> Generation:
    signature = manifest.get("signature_info") or {}
    record = next((History.from_plain(one) for one in _assertions(manifest, RECORD_LABEL)), None)
    actions = [
        one for label in ("c2pa.actions.v2", "c2pa.actions") for one in _assertions(manifest, label) if "actions" in one
    ]
    return Generation(
        name=title or str(manifest.get("title") or ""),
        state=state,
        signer=str(signature.get("common_name") or signature.get("issuer") or ""),
        tool=_tool(manifest),
        actions=tuple(str(one.get("action", "")) for group in actions for one in group["actions"]),
        record=record,
        relation=relation,
        reason=reason,
    )


def _tool(manifest: Mapping[str, Any]) -> str:
    said = manifest.get("claim_generator_info") or [{}]
    first = said[0] if isinstance(said[0], dict) else {}
    return f"{first.get('name', '')} {first.get('version', '') or ''}".strip() or str(
        manifest.get("claim_generator") or ""
    )


def _assertions(manifest: Mapping[str, Any], label: str) -> list[Mapping[str, Any]]:
    return [
        one["data"]
        for one in manifest.get("assertions", [])
        if one.get("label") == label and isinstance(one.get("data"), dict)
    ]


def _codes(rows: Any) -> list[str]:
    return [str(one.get("code", "")) for one in rows or []]
