"""Paths of files that recipes and manifests name: absolute while a program runs, short where a person keeps them."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import Params, file_fields, style_fields
from mutoscope.effects.registry import get
from mutoscope.effects.style_list import StyleList
from mutoscope.storage.uris import is_uri

__all__ = ["STEP_PREFIX", "absolute", "move_paths", "portable"]

STEP_PREFIX = "step:"
"""Before the name of a step where a file could stand as well."""


def absolute(path: str, folder: Path) -> str:
    """Give a path that was written relative to a folder; "~" is the home folder; addresses stay as they are."""
    if is_uri(path):
        return path
    return os.path.abspath(folder / os.path.expanduser(path))  # noqa: PTH100, PTH111 - Path keeps "..", raises without home


def portable(path: str, folder: Path) -> str:
    """Give a path relative to a folder where it lies below the folder's parent, so that both may move together."""
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 - see above
    # Below the root lies everything: a manifest there keeps only its own folder with it.
    around = folder.parent if folder.parent != folder.parent.parent else folder
    if not Path(path).is_absolute() or not Path(path).is_relative_to(around):
        return path
    return Path(os.path.relpath(path, folder)).as_posix()


def move_paths(recipe: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Give plain values of a recipe with every path of a file changed; what is not understood stays as it is."""
    steps = recipe.get("step")
    if not isinstance(steps, list):
        return dict(recipe)
    return {**recipe, "step": [_moved(step, change) if isinstance(step, dict) else step for step in steps]}


def _moved(step: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    moved = dict(step)
    if isinstance(step.get("mask"), str):
        moved["mask"] = _unless_step(step["mask"], change)
    if isinstance(step.get("inputs"), dict):
        moved["inputs"] = {name: _unless_step(value, change) for name, value in step["inputs"].items()}
    if isinstance(step.get("params"), dict):
        cls = _params(step.get("effect"))
        files, styles = ([], []) if cls is None else (file_fields(cls), style_fields(cls))
        moved["params"] = {
            name: _changed(value, change)
            if name in files
            else _changed_styles(value, change)
            if name in styles
            else value
            for name, value in step["params"].items()
        }
    return moved


def _params(effect: object) -> type[Params] | None:
    try:
        return get(str(effect)).load_params()
    except ParameterError:  # a plugin that is not here; replaying says so, reading goes on
        return None


def _changed_styles(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, list | tuple):
        return [_changed_styles(one, change) for one in value]
    if not isinstance(value, str) or value.lower() == "none":
        return value
    try:
        # A path that looks like a list may exist only from the folder that it is relative to.
        styles = StyleList.parse(value, lambda path: any(map(os.path.isfile, (path, change(path)))))
    except ParameterError:
        return value
    return str(styles.moved(change))


def _unless_step(value: Any, change: Callable[[str], str]) -> Any:
    is_step = isinstance(value, str) and value.startswith(STEP_PREFIX)
    return value if is_step else _changed(value, change)


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    # The word "none" in a parameter means that there is no file.
    return change(value) if isinstance(value, str) and value.lower() != "none" else value
