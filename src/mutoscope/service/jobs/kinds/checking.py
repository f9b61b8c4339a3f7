"""Checks what a request says before it is queued: by the same parameter classes that the work uses. Torch-free."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from mutoscope.autoencode.bend_params import along
from mutoscope.core.errors import ParameterError
from mutoscope.effects.fields import file_fields, style_fields
from mutoscope.effects.params import Params, make_params
from mutoscope.effects.registry import get
from mutoscope.effects.style_list import StyleList
from mutoscope.recipes.mask_spec import parse_mask
from mutoscope.recipes.paths import STEP_PREFIX, move_paths
from mutoscope.recipes.recipe import FORMAT, Recipe
from mutoscope.recipes.step import Step
from mutoscope.service.jobs.kinds.kind import JobKind
from mutoscope.service.problems import Problem

__all__ = ["check_recipe", "check_values"]

_FILTER_SUFFIXES = (".safetensors", ".onnx")
_LATER = "in/later"
"""Stands for a file that another field or the run itself gives."""

_HOME = Path("/job")
"""What stands for the job's folder while a recipe is checked; nothing is opened there."""


def check_values(kind: JobKind, values: Mapping[str, Any], staged: Collection[str]) -> None:
    """Check parameters.

    Args:
        kind: of the job.
        values: parameters, in which references were replaced by names of files.
        staged: these names; no other file may be named.

    Raises:
        Problem: one is not allowed; with a pointer to it.

    """
    fields = kind.fields()
    for name in values:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(fields) or 'none'}."
            _refuse(f"{kind.name} has no parameter {name!r}; {hint}", name)
    for name in kind.required:
        if values.get(name) in (None, "", [], ()):
            told = fields[name].model_fields[name].description
            _refuse(f"parameter {name!r} is missing: {told}", name)
    if kind.effect == "stylize.optimise" and not values.get("style") and "=" not in str(values.get("mask", "")):
        _refuse("a style is missing; name a picture like media:m_…, or give each mask one of its own.", "style")
    plain = _without_mixed_layers(kind, values, staged)
    for cls in dict.fromkeys(kind.params):
        own = {name: value for name, value in plain.items() if fields[name] is cls}
        if own or not _is_later_class(kind, cls):
            _check_class(kind, cls, own, staged)
    for name, pattern in (("mask", _check_mask), ("keyframes", _check_keyframe), ("name", _check_name)):
        if name in fields and name in values:
            for one in values[name] if isinstance(values[name], list) else [values[name]]:
                _pointed(name, pattern, one, staged)


def check_recipe(plain: Mapping[str, Any], staged: Collection[str]) -> Recipe:
    """Check a recipe in which references were replaced by names of files.

    Raises:
        Problem: it is not allowed, or names another file.

    """
    try:
        recipe = Recipe.from_plain({"mutoscope": FORMAT, **plain}, _HOME)
    except ParameterError as error:
        raise Problem("invalid", str(error), pointer="/recipe") from None

    def look(path: str) -> str:
        if path not in {str(_HOME / name) for name in staged}:
            _refuse_path(path.removeprefix(f"{_HOME}/"), "/recipe")
        return path

    move_paths(recipe.as_plain(), look)
    return recipe


def _check_class(kind: JobKind, cls: type[Params], own: Mapping[str, Any], staged: Collection[str]) -> None:
    filled = dict(own)
    for name, field in cls.model_fields.items():
        if field.is_required() and name not in own and (name in kind.apart or name in kind.optional):
            filled[name] = _LATER
    if isinstance(filled.get("bends"), str | list):
        filled["bends"] = _settled(filled["bends"])
    try:
        make_params(cls, filled)
    except ParameterError as error:
        _refuse(str(error), error.field or _named(own, str(error)))
    for name in file_fields(cls):
        _check_files(name, own.get(name), lambda text: [text], staged)
    for name in style_fields(cls):
        _check_files(name, own.get(name), lambda text: StyleList.parse(text, staged.__contains__).files, staged)


def _settled(bends: str | list[Any]) -> list[Any]:
    """Give bends as they can be checked: "0..90" goes along a film whose length is known later."""
    listed = [bends] if isinstance(bends, str) else bends
    return [part for one in listed for part in (along(one, 1.0).split(";") if isinstance(one, str) else [one])]


def _named(own: Collection[str], message: str) -> str | None:
    """Find the field that a message begins with: "bends=…", "layer 1: …"."""
    return next((name for name in own if re.match(rf"{re.escape(name.removesuffix('s'))}s?\b", message)), None)


def _check_files(name: str, value: Any, files: Callable[[str], Collection[str]], staged: Collection[str]) -> None:
    for text in value if isinstance(value, list | tuple) else [value]:
        if not isinstance(text, str) or text.lower() == "none":
            continue
        for path in files(text):
            if path not in staged:
                _refuse_path(path, f"/parameters/{name}")


def _check_mask(text: Any, staged: Collection[str]) -> None:
    if not isinstance(text, str):
        return
    spec = parse_mask(text, staged.__contains__)
    files = () if spec.style is None else StyleList.parse(spec.style, staged.__contains__).files
    for path in (spec.path, *files):
        if path is not None and path not in staged:
            _refuse_path(path, "/parameters/mask")


def _check_keyframe(text: Any, staged: Collection[str]) -> None:
    path, at, _ = str(text).rpartition("@")
    named = path if at else str(text)
    if named and named not in staged:
        _refuse_path(named, "/parameters/keyframes")


def _check_name(text: Any, _staged: Collection[str]) -> None:
    if "/" in str(text) or "\\" in str(text) or Path(str(text)).suffix in _FILTER_SUFFIXES:
        raise ParameterError(f"name={str(text)[:80]!r} is no name of the shelf; a filter's file goes into 'file'.")


def _pointed(name: str, check: Callable[[Any, Collection[str]], None], value: Any, staged: Collection[str]) -> None:
    try:
        check(value, staged)
    except ParameterError as error:
        _refuse(str(error), name)


def _without_mixed_layers(kind: JobKind, values: Mapping[str, Any], staged: Collection[str]) -> dict[str, Any]:
    """Check layers between which other effects stand, or that have masks of their own; give the other values."""
    layers = values.get("layers")
    listed = layers if isinstance(layers, list) else []
    is_mixed = any(isinstance(one, Mapping) and {"effect", "mask"} & {*one} for one in listed)
    if kind.effect != "corrupt.agents" or not is_mixed:
        return dict(values)
    if "preset" in values:
        _refuse("a preset and layers are both given; a preset is layers, give one of them.", "layers")
    for layer in listed:
        _pointed("layers", _check_layer, layer, staged)
    return {name: value for name, value in values.items() if name != "layers"}


def _check_layer(layer: Any, staged: Collection[str]) -> None:
    if not isinstance(layer, Mapping):
        raise ParameterError('layers: each one is a table like {"size": [40, 20]}.')
    _check_mask(layer.get("mask"), staged)
    if "effect" not in layer:
        return
    of_step = {name: layer[name] for name in ("feather", "invert_mask", "start", "end", "seed") if name in layer}
    make_params(Step, {"effect": str(layer["effect"]), **of_step})
    cls = get(str(layer["effect"])).load_params()
    make_params(cls, {k: v for k, v in layer.items() if k not in (*of_step, "effect", "mask")})
    for name in file_fields(cls):
        _check_files("layers", layer.get(name), lambda text: [text], staged)
    for name in style_fields(cls):
        _check_files("layers", layer.get(name), lambda text: StyleList.parse(text, staged.__contains__).files, staged)


def _is_later_class(kind: JobKind, cls: type[Params]) -> bool:
    """Tell whether a class of which nothing was said need not be checked: it belongs to something that is left out."""
    return (
        cls is not kind.params[0]
        and any(field.is_required() for field in cls.model_fields.values())
        and any(name in kind.optional for name in cls.model_fields)
    )


def _refuse_path(path: str, pointer: str) -> None:
    if path == _LATER or path.startswith(STEP_PREFIX):
        return
    raise Problem(
        "invalid", f"{path[:80]!r} is a path, and here media are named; write media:m_… with an id.", pointer=pointer
    )


def _refuse(detail: str, field: str | None) -> None:
    raise Problem("invalid", detail, pointer="/parameters" if field is None else f"/parameters/{field}")
