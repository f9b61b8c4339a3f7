"""Recipes as they come by REST: a text or an object, in which files are references to media."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeGuard

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import file_fields, style_fields
from mutoscope.effects.registry import get
from mutoscope.effects.style_list import StyleList
from mutoscope.recipes.paths import STEP_PREFIX, move_paths
from mutoscope.recipes.reading import read_plain
from mutoscope.recipes.recipe import FORMAT, Recipe, parse_recipe

__all__ = ["REFERENCE", "Checked", "Complaint", "RecipeRefused", "check_recipe"]

REFERENCE = re.compile(r"media:(m_[0-9A-Za-z]{22})")
"""What stands in a recipe where a path would stand."""

Form = Literal["toml", "json"]

_FOLDER = Path("/media")
"""What references are relative to while a recipe is checked; nothing is looked up there."""

_NAME = "recipe"
_PLACE = re.compile(
    rf"{_NAME}(?:, line (?P<line>\d+))?(?:, step (?P<step>\d+)(?: \([^)]*\))?)?(?:, (?P<field>[\w.#-]+))?: "
)


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a recipe.

    Attributes:
        detail: one line.
        line: of the text, from 1; None for an object.
        pointer: JSON pointer into the recipe.

    """

    detail: str
    line: int | None = None
    pointer: str = ""


class RecipeRefused(Exception):  # noqa: N818 # it is an answer, not a fault
    """A recipe cannot be used."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint.detail)
        self.complaint = complaint


@dataclass(frozen=True)
class Checked:
    """A recipe that can be run.

    Attributes:
        plain: without what was not said; references as they came.
        recipe: the same, checked.
        references: ids of the media that it names, with the pointer to the first place of each.

    """

    plain: dict[str, Any]
    recipe: Recipe
    references: Mapping[str, str]


def check_recipe(said: str | Mapping[str, Any], form: Form | None = None) -> Checked:
    """Check a recipe as far as that goes without media.

    Args:
        said: text, or plain values; those need not name the version of the format.
        form: of a text; told from its first sign without it.

    Raises:
        RecipeRefused: with one line, and where it is.

    """
    try:
        if isinstance(said, str):
            is_json = (form or ("json" if said.lstrip()[:1] == "{" else "toml")) == "json"
            plain = read_plain(said, _NAME, is_json=is_json)
            references = _references(plain)
            recipe = parse_recipe(said, name=_NAME, folder=_FOLDER, is_json=is_json)
        else:
            plain = {"mutoscope": FORMAT, **said}
            references = _references(plain)
            recipe = Recipe.from_plain(plain, _FOLDER, _NAME)
    except ParameterError as error:
        raise RecipeRefused(_complaint(str(error))) from None
    around = f"{_FOLDER}/"
    return Checked(move_paths(recipe.as_plain(), lambda path: path.removeprefix(around)), recipe, references)


def _references(plain: Any) -> dict[str, str]:
    """Find the media that a recipe names.

    Raises:
        RecipeRefused: a path or an address stands where a reference is wanted.

    """
    steps = plain.get("step") if isinstance(plain, Mapping) else None
    found: dict[str, str] = {}
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        for field, path in _paths(step):
            pointer = f"/step/{index}/{field}"
            named = REFERENCE.fullmatch(path)
            if named is None:
                told = f"step {index + 1}, {field.replace('/', '.')}: {path[:80]!r} is no media; upload the file and "
                raise RecipeRefused(Complaint(f"{told}write media:m_… in its place.", pointer=pointer))
            found.setdefault(named[1], pointer)
    return found


def _paths(step: Any) -> Iterator[tuple[str, str]]:
    """Give every text of a step that names a file, with its field; what is no step at all is told elsewhere."""
    if not isinstance(step, Mapping):
        return
    inputs, params = step.get("inputs"), step.get("params")
    places = {"mask": step.get("mask")}
    if isinstance(inputs, Mapping):
        places |= {f"inputs/{name}": value for name, value in inputs.items()}
    yield from (
        (field, value) for field, value in places.items() if _is_file(value) and not value.startswith(STEP_PREFIX)
    )
    if isinstance(params, Mapping):
        yield from ((f"params/{name}", path) for name, path in _paths_of_params(step.get("effect"), params))


def _paths_of_params(effect: object, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    try:
        cls = get(str(effect)).load_params()
    except ParameterError:
        return
    for name in file_fields(cls):
        if _is_file(params.get(name)):
            yield name, params[name]
    for name in style_fields(cls):
        value = params.get(name)
        for text in value if isinstance(value, list | tuple) else (value,):
            if _is_file(text):
                yield from ((name, file) for file in _files_of(text))


def _is_file(value: object) -> TypeGuard[str]:
    # The word "none" in a recipe means that there is no file.
    return isinstance(value, str) and value.lower() != "none"


def _files_of(styles: str) -> tuple[str, ...]:
    try:
        return StyleList.parse(styles, lambda _: False).files
    except ParameterError:
        return ()


def _complaint(text: str) -> Complaint:
    found = _PLACE.match(text)
    if found is None:
        return Complaint(text)
    parts = [f"/step/{int(found['step']) - 1}" if found["step"] else ""]
    parts += [f"/{part}" for part in (found["field"] or "").split(".") if part]
    line = int(found["line"]) if found["line"] else None
    return Complaint(text.removeprefix(f"{_NAME}, ").removeprefix(f"{_NAME}: "), line, "".join(parts))
