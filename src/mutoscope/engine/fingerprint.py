"""Digests of what a result depends on besides the film: code, libraries, parameters, files, weights."""

import functools
import hashlib
import importlib.util
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mutoscope
from mutoscope.effects.params import NamedWeights, Params, style_fields, weights_fields
from mutoscope.effects.registry import Entry
from mutoscope.models.weights import WEIGHTS, locate
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.video.ffmpeg import version_in_use

__all__ = ["code_digest", "params_print", "versions", "weights_of"]

_APART = ("cli", "provenance", "service", "testing")
"""Packages of ours that no picture depends on."""

_LIBRARIES = (
    "torch",
    "av",
    "numba",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "scenedetect-headless",
    "onnxruntime",
    "openvino",
)


@functools.cache
def versions() -> dict[str, str]:
    """Give the versions that decide about bytes."""
    return {
        "mutoscope": mutoscope.__version__,
        "python": platform.python_version(),
        "ffmpeg": version_in_use().text,
        **{name: version(name) for name in _LIBRARIES},
    }


@functools.cache
def code_digest(package: str = "mutoscope") -> str:
    """Digest the source of a package, so that a change of code is a change of results."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return "unknown"
    origin = Path(spec.origin)
    root = origin.parent if spec.submodule_search_locations else origin
    files = sorted(root.rglob("*.py")) if root.is_dir() else [root]
    digest = hashlib.sha256()
    for path in files:
        place = path.relative_to(origin.parent)
        if package != "mutoscope" or place.parts[0] not in _APART:
            digest.update(f"{place.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def weights_of(params: Params) -> list[NamedWeights]:
    """Give the weights that parameters name; not those that are given as a file."""
    found = params.used_weights()
    if getattr(params, "weights", None):
        return found
    names = [getattr(params, field) for field in weights_fields(type(params))]
    rows = [WEIGHTS[name] for name in names if name in WEIGHTS]
    return [NamedWeights(r.name, locate(r.name), r.licence, r.url or str(r.package)) for r in rows] + found


def params_print(entry: Entry, params: Params) -> dict[str, Any]:
    """Give everything that an effect's pictures depend on, as JSON values: files and weights by their bytes."""
    plain = params.model_dump(mode="json")
    plain.update({field: hash_file(path) for field, path in params.used_files().items()})
    lists = params.style_lists()
    plain.update({role: styles.fingerprint(lambda file: hash_file(Path(file))) for role, styles in lists.items()})
    # A tuple of style lists counts by its members, not by the places in its text.
    plain.update({field: len(plain[field] or ()) for field in style_fields(type(params)) if field not in lists})
    package = entry.effect.partition(":")[0].partition(".")[0]
    return {
        "effect": entry.name,
        "params": plain,
        "weights": {used.name: hash_file(used.path) for used in weights_of(params)},
        "code": hash_json([code_digest(), "" if package == "mutoscope" else code_digest(package)]),
    }
