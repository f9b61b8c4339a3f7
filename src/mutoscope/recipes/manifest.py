"""Manifests: beside each result a file that says what it was made of, with what, and what came out.

Canonical JSON, made for git: sorted keys, and one line for each shot, picture and input. Paths are absolute in memory;
in the file those around it are relative, so that a folder may be moved. A relative path means the manifest's folder.
"""

import contextlib
import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn

from pydantic import Field, ValidationError, field_validator

from mutoscope.core.errors import InputError, MutoscopeError
from mutoscope.effects.params import make_params
from mutoscope.effects.registry import get
from mutoscope.models.weights import WEIGHTS, locate
from mutoscope.recipes.lines import line_of
from mutoscope.recipes.paths import absolute, move_paths, portable
from mutoscope.recipes.rows import PathText, Picture, Record, Result, Run, SetAside, Shot, UsedFile, UsedWeights
from mutoscope.recipes.upgrade import Upgrades, upgrade
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import cache_folder
from mutoscope.storage.hashing import hash_file

__all__ = [
    "FORMAT",
    "SUFFIX",
    "UPGRADES",
    "Manifest",
    "Picture",
    "Result",
    "Run",
    "SetAside",
    "Shot",
    "UsedFile",
    "UsedWeights",
    "changed_inputs",
    "manifest_path",
    "read_manifest",
    "write_manifest",
]

FORMAT = 1
"""Version of the format that this Mutoscope writes."""

SUFFIX = ".mutoscope.json"
"""How names of manifests end."""

UPGRADES: Upgrades = {}
"""What brings older versions up to FORMAT; empty as long as there is only one."""

_NAME = "mutoscope.manifest/"
_ONE_LINE_EACH = ("inputs", "pictures", "set_aside", "shots", "weights")
_NUMBER = re.compile(r"%(?:0\d+)?d")


class Manifest(Record):
    """What a result was made of, with what, and what came out."""

    format: Literal["mutoscope.manifest/1"] = "mutoscope.manifest/1"
    """Name and version of the format."""

    kind: Literal["film", "frames"]
    """Whether a film or a picture was made, or a film taken apart into pictures."""

    time_base: str = "1"
    """Seconds per unit of all time stamps, like "1/12800"."""

    inputs: tuple[UsedFile, ...] = ()
    """Source, styles, masks: every file that was read."""

    recipe: dict[str, Any] | None = None
    """`Recipe.as_plain`."""

    weights: tuple[UsedWeights, ...] = ()
    """Weights that were used."""

    versions: dict[str, str] = Field(default_factory=dict)
    """Versions of the programs that the result depends on."""

    result: Result | None = None
    """The film or picture."""

    shots: tuple[Shot, ...] = ()
    """What was computed, in order of time."""

    set_aside: tuple[SetAside, ...] = ()
    """What is missing in the result."""

    notices: tuple[str, ...] = ()
    """What a person was told."""

    run: Run | None = None
    """Machine, time, cost."""

    film: dict[str, Any] | None = None
    """`VideoInfo.as_json` of the film that was taken apart."""

    pictures: tuple[Picture, ...] = ()
    """Its frames, in order of time."""

    sound: PathText | None = None
    """File with its sound."""

    @field_validator("time_base")
    @classmethod
    def _check_time_base(cls, text: str) -> str:
        if not re.fullmatch(r"[1-9]\d*(/[1-9]\d*)?", text):
            raise ValueError("a fraction like 1/12800 was expected")
        return text


def manifest_path(result: Path) -> Path:
    """Give the place of a result's manifest: out/clip.mutoscope.json for out/clip.mp4.

    For pictures like painted_%05d.png it is painted.mutoscope.json, for %05d.png frames.mutoscope.json.
    """
    name = result.stem
    if _NUMBER.search(name):
        name = _NUMBER.sub("", name).strip(" ._-") or "frames"
    return result.with_name(name + SUFFIX)


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest, whole or not at all.

    Raises:
        OutputError: the place cannot be written.

    """
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - links stay what they are
    plain = _moved(manifest.model_dump(exclude_defaults=True), lambda one: portable(one, folder))
    # A name of a file may hold bytes that are no UTF-8; escaped they survive.
    text = _canonical({**plain, "format": manifest.format}).encode("utf-8", "backslashreplace")
    with atomic_path(path) as temp:
        temp.write_bytes(text)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest of this or an older version; its paths become absolute.

    Raises:
        InputError: one line that says what is wrong with it.

    """
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - likewise
    text = _text(path)
    try:
        plain = json.loads(text)
    except json.JSONDecodeError as error:
        _refuse(path, f"line {error.lineno} is no JSON ({error.msg})")
    except (ValueError, RecursionError) as error:
        _refuse(path, f"it is no JSON ({error})")
    plain = upgrade(plain, _version(path, plain), FORMAT, UPGRADES)
    try:
        read = Manifest.model_validate({**plain, "format": f"{_NAME}{FORMAT}"})
    except ValidationError as error:
        problem = error.errors()[0]
        line = line_of(text, problem["loc"], is_json=True)
        field = ".".join(map(str, problem["loc"]))
        _refuse(path, (f"line {line}, " if line else "") + f"field {field}: {problem['msg'].lower()}")
    return Manifest.model_validate(_moved(read.model_dump(exclude_defaults=True), lambda one: absolute(one, folder)))


def changed_inputs(manifest: Manifest, digest: Callable[[Path], str] = hash_file) -> list[str]:
    """Tell which inputs and weights have other bytes today or are missing, one line each; paths must be absolute.

    Args:
        manifest: as `read_manifest` gives it.
        digest: digest of an input; give the engine's own where an input may be a sequence of pictures.

    """
    lines = [_change_of_file(one, digest) for one in manifest.inputs]
    named = _named_weights(manifest)
    lines += [_change_of_weights(one, named) for one in manifest.weights]
    return [line for line in lines if line]


def _change_of_file(used: UsedFile, digest: Callable[[Path], str]) -> str:
    path = Path(used.path)
    try:
        now = digest(path)
    except MutoscopeError:
        return f"{path.name} ({used.role}) is missing: it was {path}, sha256 {_short(used.sha256)}"
    if now == used.sha256:
        return ""
    return f"{path.name} ({used.role}) has changed: sha256 {_short(now)} was {_short(used.sha256)}"


def _named_weights(manifest: Manifest) -> dict[str, Path]:
    """Find the weights that the recipe's parameters know by names of their own."""
    found: dict[str, Path] = {}
    for step in (manifest.recipe or {}).get("step", []):
        with contextlib.suppress(MutoscopeError, KeyError, TypeError):
            params = make_params(get(step["effect"]).load_params(), step.get("params", {}))
            found |= {used.name: used.path for used in params.used_weights()}
    return found


def _change_of_weights(used: UsedWeights, named: Mapping[str, Path]) -> str:
    row = WEIGHTS.get(used.name)
    if row is None and used.name in named:
        now = hash_file(named[used.name])
        changed = f"weights {used.name!r} have changed: sha256 {_short(now)} was {_short(used.sha256)}"
        return "" if now == used.sha256 else changed
    if row is None:
        return f"weights {used.name!r} are missing: this Mutoscope has none of that name"
    now = row.sha256
    try:
        # Weights that are fetched when needed are not missing: the table says which bytes will come.
        path = locate(row.name) if row.url is None else cache_folder() / "weights" / row.file
        now = hash_file(path) if path.is_file() else now
    except (MutoscopeError, RuntimeError) as error:
        return f"weights {used.name!r} are missing: {error}"
    if used.sha256.startswith(now):
        return ""
    return f"weights {used.name!r} have changed: sha256 {_short(now)} was {_short(used.sha256)}"


def _short(sha256: str) -> str:
    return f"{sha256[:8]}…"


def _moved(plain: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Change every path; weights come from an address, not a path."""
    moved = dict(plain)
    for key, field in (("inputs", "path"), ("pictures", "file")):
        if key in moved:
            moved[key] = [{**one, field: change(one[field])} for one in moved[key]]
    if moved.get("result"):
        moved["result"] = {**moved["result"], "path": change(moved["result"]["path"])}
    if moved.get("sound"):
        moved["sound"] = change(moved["sound"])
    if moved.get("recipe"):
        moved["recipe"] = move_paths(moved["recipe"], change)
    return moved


def _canonical(plain: dict[str, Any]) -> str:
    fields = []
    for key, value in sorted(plain.items()):
        if key in _ONE_LINE_EACH and value:
            text = "[\n" + ",\n".join(f"  {_dump(one)}" for one in value) + "\n ]"
        else:
            text = _dump(value, indent=1).replace("\n", "\n ")
        fields.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _dump(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            # A film that was given by mistake need not be read whole to see what it is.
            head = file.read(64)
            if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
                _refuse(path, "it is no JSON object")
            return (head + file.read()).decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; give a manifest, a file that ends in {SUFFIX}.") from None
    except UnicodeDecodeError:
        _refuse(path, "it is no text in UTF-8")
    except OSError as error:
        raise InputError(
            f"{path} could not be read ({error.strerror}); give a manifest, a file that ends in {SUFFIX}."
        ) from None


def _version(path: Path, plain: Any) -> int:
    said = plain.get("format") if isinstance(plain, dict) else None
    match = re.fullmatch(re.escape(_NAME) + r"([1-9]\d{0,8})", said) if isinstance(said, str) else None
    if match is None:
        raise InputError(f"{path} is no manifest of Mutoscope; give a file that ends in {SUFFIX}.")
    version = int(match[1])
    if version > FORMAT:
        raise InputError(
            f"{path} has format {version}, which is newer than this Mutoscope reads ({FORMAT}); install a newer one."
        )
    return version


def _refuse(path: Path, reason: str) -> NoReturn:
    reason = " ".join(reason.split())
    raise InputError(f"{path} is no manifest, or it is damaged: {reason}; bring back the file that was written.")
