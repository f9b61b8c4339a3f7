"""Sign what a run has made: its manifest becomes a record without paths, which goes into the file or beside it."""

import contextlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import mutoscope
from mutoscope.autoencode.card_file import open_card
from mutoscope.autoencode.params import AutoencodeParams
from mutoscope.core.called import name_of
from mutoscope.core.errors import MutoscopeError
from mutoscope.effects.params import Params, make_params
from mutoscope.effects.registry import get
from mutoscope.filters.params import FilterParams
from mutoscope.filters.shelf import shelf
from mutoscope.provenance.actions import deed_of, is_mask, source_type_of
from mutoscope.provenance.record import History, Material, Origin, Step, canonical
from mutoscope.recipes.manifest import Manifest
from mutoscope.recipes.paths import move_paths
from mutoscope.storage.hashing import hash_file
from mutoscope.video.info import is_sequence_name
from mutoscope.video.sequence import numbered

__all__ = ["made_by", "record_of", "sign_result", "will_sign"]

_ROLE = re.compile(r"step (\d+) (.+)")
_SHIPPED = "shipped"


def sign_result(
    result: Path,
    manifest: Manifest | History,
    sources: Sequence[Path] = (),
    *,
    sign: bool | None = None,
    numbers: Sequence[int] = (),
) -> list[str]:
    """Sign a finished result, where there is a certificate. The last thing that is done to it.

    Args:
        result: the file, whole and under its name; or the pattern of a sequence.
        manifest: what was done: of a run, or made with `made_by`. Its digest of the result is of the bytes before they
            were signed, and stays so: that is what a replay compares.
        sources: files that it was made from, the one that was worked on first; those that are gone are passed over.
        sign: False: do not; True: complain where that is not possible; None: sign where there is a certificate.
        numbers: of the pictures of a sequence; all of its pattern without them.

    Returns:
        what a person should know, one line each.

    Raises:
        MutoscopeError: sign is True and the result could not be signed; it stands as it is.

    """
    if sign is False:
        return []
    # Not before it is wanted: signing loads cryptography.
    from mutoscope.provenance.certificate import find_identity
    from mutoscope.provenance.sign import sign_file

    try:
        identity = find_identity()
        if identity is None and sign is None:
            return []
        record = record_of(manifest) if isinstance(manifest, Manifest) else manifest
        parents = [one for one in sources if one.is_file() or is_sequence_name(one)]
        wanted = set(numbers)
        pictures = [one for number, one in _pictures(result) if not wanted or number in wanted]
        signed = sign_file(result, record, parents, pictures=pictures, identity=identity)
    except MutoscopeError as error:
        if sign:
            raise
        return [f"{result.name} was not signed: {error}"]
    beside = "" if signed.place == result else f" in {signed.place.name}"
    return [f"signed by {signed.name}{beside}"]


def will_sign(sign: bool | None) -> bool:
    """Tell whether results are signed: as somebody said, else where there is a certificate."""
    if sign is not None:
        return sign
    from mutoscope.provenance.certificate import find_identity

    with contextlib.suppress(MutoscopeError):
        return find_identity() is not None
    return True  # there is one, and it is broken: signing says how


def record_of(manifest: Manifest) -> History:
    """Make a record of a run's manifest: names instead of paths, whose filters, whose paintings."""
    names = _names(used.path for used in manifest.inputs)
    plain = _plain_recipe(manifest, names)
    materials = _materials(manifest, names)
    steps = [
        Step(
            str(step.get("effect", "")),
            {**step.get("params", {}), **{k: step[k] for k in ("mask", "start", "end") if step.get(k)}},
            tuple(one.name for owner, one in materials if owner == number),
        )
        for number, step in enumerate(plain.get("step", []), 1)
    ]
    once = list({(one.kind, one.name): one for _, one in materials}.values())
    origins = tuple(Origin(names[used.path], used.sha256) for used in manifest.inputs if used.role == "source")
    figures: dict[str, Any] = {
        "versions": dict(manifest.versions),
        "files": [
            {"role": used.role, "name": names[used.path], "sha256": used.sha256}
            for used in manifest.inputs
            if used.role != "source"
        ],
        "pieces": len(manifest.shots),
        "pieces_missing": len(manifest.set_aside),
    }
    if manifest.result is not None:
        figures["frames"] = manifest.result.frames
    if isinstance(plain.get("film"), dict) and plain["film"].get("size"):
        figures["resized"] = True
    return History(
        steps=tuple(steps),
        materials=tuple(once),
        sources=origins,
        recipe=canonical(plain) if manifest.recipe else "",
        figures=figures,
        source_type=_source_type(steps, once),
        version=mutoscope.__version__,
        unsigned_sha256=manifest.result.sha256 if manifest.result is not None else "",
    )


def made_by(
    effect: str,
    params: Mapping[str, Any] | Params,
    files: Mapping[str, Path] | None = None,
    figures: Mapping[str, Any] | None = None,
) -> History:
    """Make a record of what no recipe made: a walk, a dream, a texture.

    Args:
        effect: its name, as `provenance.actions` knows it: "autoencode.walk".
        params: what was said about it.
        files: what it was made with, by role: "model", "style", or any other word.
        figures: numbers worth keeping.

    Raises:
        InputError: a file cannot be read.

    """
    said = params.model_dump(mode="json", exclude_defaults=True) if isinstance(params, Params) else dict(params)
    files = dict(files or {})
    names = _names(str(path) for path in files.values())
    materials = [_material(role, path, names[str(path)]) for role, path in files.items()]
    step = Step(effect, _without_places(said), tuple(one.name for one in materials))
    return History(
        steps=(step,),
        materials=tuple(materials),
        figures={"versions": {"mutoscope": mutoscope.__version__}, **(figures or {})},
        source_type=_source_type([step], materials),
        version=mutoscope.__version__,
    )


def _pictures(result: Path) -> list[tuple[int, Path]]:
    return numbered(result) if is_sequence_name(result) else []


def _source_type(steps: Sequence[Step], materials: Sequence[Material]) -> str:
    trained = {one.name for one in materials if one.kind in ("filter", "model", "weights")}
    seen = [step for step in steps if not is_mask(step.effect)]
    return source_type_of(deed_of(s.effect, has_weights=bool(trained & set(s.materials))).source_type for s in seen)


def _names(paths: Iterable[str]) -> dict[str, str]:
    """Give each path a name; two files of one name in different folders get different ones."""
    found: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        title = Path(name_of(Path(path)))
        name, number = title.name, 2
        while name in found.values():
            name, number = f"{title.stem}-{number}{title.suffix}", number + 1
        found[path] = name
    return found


def _plain_recipe(manifest: Manifest, names: Mapping[str, str]) -> dict[str, Any]:
    moved = move_paths(manifest.recipe or {}, lambda path: names.get(path, Path(path).name))
    plain: dict[str, Any] = _without_places(moved)
    return plain


def _without_places(value: Any) -> Any:
    """Cut every text that is an absolute path down to a name: those of plugins nobody has declared as files."""
    if isinstance(value, Mapping):
        return {str(key): _without_places(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_places(one) for one in value]
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, str) and (PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute()):
        return PureWindowsPath(value).name if "\\" in value else PurePosixPath(value).name
    return value


def _materials(manifest: Manifest, names: Mapping[str, str]) -> list[tuple[int, Material]]:
    """Give what took part, with the number of the step that used it; weights that only measure belong to all."""
    found: list[tuple[int, Material]] = []
    weights = {used.name: used for used in manifest.weights}
    for number, step in enumerate((manifest.recipe or {}).get("step", []), 1):
        params = _params(step)
        files = {_role(used.role, number): used for used in manifest.inputs if _role(used.role, number)}
        filters = _filters(params) if isinstance(params, FilterParams) else {}
        for name, (material, role) in filters.items():
            used = weights.pop(f"filter {name}", None) if role == _SHIPPED else files.pop(role, None)
            digest = used.sha256 if used is not None else material.sha256
            found.append((number, _with(material, digest)))
        for role, used in files.items():
            path = Path(used.path)
            kind = "model" if isinstance(params, AutoencodeParams) and role == "model" else role
            found.append((number, _material(kind, path, names[used.path], used.sha256)))
        own = {one.name for one in (_weights_of(params) if params is not None else ())}
        for name in [name for name in weights if name in own]:
            row = weights[name]
            found.append((number, Material("weights", name, row.sha256, licence=row.licence, source=row.source)))
    return found


def _params(step: Mapping[str, Any]) -> Params | None:
    with contextlib.suppress(MutoscopeError, KeyError, TypeError):
        return make_params(get(step["effect"]).load_params(), step.get("params", {}))
    return None  # a plugin that has gone since


def _weights_of(params: Params) -> list[Any]:
    from mutoscope.engine.fingerprint import weights_of

    with contextlib.suppress(MutoscopeError):
        return list(weights_of(params))
    return []


def _role(role: str, number: int) -> str:
    match = _ROLE.fullmatch(role)
    return match[2] if match and int(match[1]) == number else ""


def _filters(params: FilterParams) -> dict[str, tuple[Material, str]]:
    """Give the filters that are played, each with the role of its file, or "shipped"."""
    found: dict[str, tuple[Material, str]] = {}
    with contextlib.suppress(MutoscopeError):
        for name, item in params.items().items():
            style = item.card.style
            called = item.card.name if params.file == name else name
            material = Material(
                "filter",
                called,
                "",
                title=style.title,
                artist=style.artist,
                year=style.year,
                licence=style.licence,
                source=_name_only(style.source),
            )
            role = _SHIPPED if item.is_shipped else "file" if params.file == name else f"filter {name}"
            found[name] = (material, role)
    return found


def _with(material: Material, sha256: str) -> Material:
    return replace(material, sha256=sha256)


def _material(role: str, path: Path, name: str, sha256: str = "") -> Material:
    sha256 = sha256 or hash_file(path)
    if role == "model":
        with contextlib.suppress(MutoscopeError):
            films = ", ".join(film.name for film in open_card(path).films)
            return Material("model", name, sha256, title=films)
        return Material("model", name, sha256)
    kind = "style picture" if "style" in role else "file"
    # A style picture that a shelf's filter was trained from is known by its bytes.
    known = next((item.card.style for item in shelf() if item.card.style.sha256 == sha256), None)
    if known is None:
        return Material(kind, name, sha256, path=path)
    told = {"title": known.title, "artist": known.artist, "year": known.year, "licence": known.licence}
    return Material(kind, name, sha256, source=_name_only(known.source), path=path, **told)


def _name_only(source: str) -> str:
    cut = _without_places(source)
    return str(cut)
