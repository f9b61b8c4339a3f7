"""Recipes: what to do to a film, as data. TOML or JSON in, checked before anything runs. Torch-free."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import Field

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import Params, file_fields, make_params, style_fields
from mutoscope.effects.registry import get
from mutoscope.effects.style_list import StyleList
from mutoscope.recipes.film_params import FilmParams
from mutoscope.recipes.graph import filled, needs, ordered, problem_of
from mutoscope.recipes.lines import line_of
from mutoscope.recipes.paths import STEP_PREFIX, absolute, move_paths
from mutoscope.recipes.reading import read_plain, read_text
from mutoscope.recipes.step import Step
from mutoscope.recipes.upgrade import Upgrades, upgrade

__all__ = ["FORMAT", "UPGRADES", "Recipe", "Step", "load_recipe", "parse_recipe", "single"]

FORMAT = 1
"""Version of the format that this Mutoscope writes."""

UPGRADES: Upgrades = {}
"""What brings older versions up to FORMAT; empty as long as there is only one."""

_MOST_STEPS = 1000
_Fixed = {"keyframes": False}

P = TypeVar("P", bound=Params)


class Recipe(Params):
    """A chain of effects. The last step is the result."""

    mutoscope: Annotated[int, Field(json_schema_extra=_Fixed)] = FORMAT
    """Version of the format."""

    name: str = ""
    """What the recipe is called."""

    film: FilmParams = FilmParams()
    """How films are read and written."""

    step: Annotated[tuple[Step, ...], Field(min_length=1)]
    """Steps as they were said; `steps` has the names that were left out."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """Steps as they were said, with the names and inputs that were left out."""
        return filled(self.step)

    def order(self) -> tuple[Step, ...]:
        """Give all steps (the last one needs them all) so that each stands after what it needs."""
        return ordered(self.steps)

    def needs(self, step: Step) -> tuple[str, ...]:
        """Give the names of what one of `steps` takes: its input first, then mask and side inputs.

        The film itself is called "source".
        """
        return needs(step)

    def as_plain(self) -> dict[str, Any]:
        """Give JSON values, paths absolute, without what was not said; `from_plain` reads them."""
        plain: dict[str, Any] = {"mutoscope": self.mutoscope, "step": [_said(step) for step in self.step]}
        if self.name:
            plain["name"] = self.name
        if film := _said(self.film):
            plain["film"] = film
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any], folder: Path, name: str = "recipe") -> "Recipe":
        """Check plain values, of this or an older version, whose paths are relative to a folder.

        Args:
            plain: as `as_plain` gives them.
            folder: what relative paths are relative to.
            name: what errors call it; without one they name no step either.

        Raises:
            ParameterError: as `parse_recipe`, without lines.

        """
        return _recipe(plain, folder, _Where(name))


def load_recipe(path: Path) -> Recipe:
    """Read a recipe and see that the files that it names are there.

    Raises:
        InputError: the recipe cannot be read.
        ParameterError: one line that names file, line and field.

    """
    text = read_text(path)
    is_json = path.suffix.lower() == ".json"
    recipe = parse_recipe(text, name=path.name, folder=path.parent, is_json=is_json)
    where = _Where(path.name, text, is_json)
    for place, file in _files(recipe):
        # A pattern like mask_%05d.png names many pictures; opening it counts them.
        if "%" not in Path(file).name and not Path(file).is_file():
            effect = recipe.step[int(place[1])].effect
            where.refuse(f"{file} does not exist; give the path of a file.", *place, effect=effect)
    return recipe


def parse_recipe(text: str, *, name: str, folder: Path, is_json: bool) -> Recipe:
    """Read the text of a recipe and check all that can be checked without a film.

    Args:
        text: TOML or JSON.
        name: what errors call it.
        folder: what relative paths are relative to.
        is_json: whether the text is JSON.

    Raises:
        ParameterError: one line that names file, line and field.

    """
    plain = read_plain(text, name, is_json=is_json)
    return _recipe(plain, folder, _Where(name, text, is_json))


def single(effect: str, params: Mapping[str, Any], film: FilmParams, **step_fields: Any) -> Recipe:
    """Make a recipe of one step; relative paths are relative to the working folder, None means not said.

    Raises:
        ParameterError: as `parse_recipe`, without file and line.

    """
    step = {"effect": effect, "params": dict(params), **step_fields}
    return _recipe({"mutoscope": FORMAT, "film": _said(film), "step": [step]}, Path.cwd(), _Where(""))


@dataclass(frozen=True)
class _Where:
    """Where plain values come from; it makes the errors."""

    name: str
    text: str | None = None
    is_json: bool = False

    def refuse(self, message: str, *path: str | int, effect: str = "") -> NoReturn:
        line = None if self.text is None else line_of(self.text, path, is_json=self.is_json)
        parts = [self.name, f"line {line}" if line else ""]
        if path[:1] == ("step",) and len(path) > 1:
            parts.append(f"step {int(path[1]) + 1}" + (f" ({effect})" if effect else ""))
            path = path[2:]
        elif message.startswith(tuple(f"{path[0]}{sign}" for sign in ("=", " =") if path)):
            path = ()  # the message begins with the field
        parts.append(".".join(map(str, path)))
        # A recipe made of a command has no name, and its person wrote no step: there the message says enough.
        label = ", ".join(part for part in parts if part) if self.name else ""
        raise ParameterError(" ".join(f"{label}: {message}".removeprefix(": ").split()))

    def make(self, cls: type[P], values: Any, *path: str | int, effect: str = "") -> P:
        if not isinstance(values, Mapping):
            self.refuse(f"{values!r:.40} stands where a table with fields was expected; write one.", *path)
        try:
            return make_params(cls, values)
        except ParameterError as error:
            self.refuse(str(error), *path, *_culprit(cls, values, str(error)), effect=effect)


def _culprit(cls: type[Params], values: Mapping[str, Any], message: str) -> tuple[str, ...]:
    """Find the field that an error is about: the one without which there is another error, or none."""
    found: list[str] = []
    for name in values:
        try:
            make_params(cls, {other: value for other, value in values.items() if other != name})
        except ParameterError as error:
            if str(error) == message:
                continue
            if str(error).startswith(f"parameter {name!r} is missing"):
                found.append(name)  # without a required field there is another error anyway: the last resort
                continue
        return (name,)
    return tuple(found[:1])


def _recipe(plain: Any, folder: Path, where: _Where) -> Recipe:
    version = _version(plain, where)
    plain = {key: value for key, value in upgrade(plain, version, FORMAT, UPGRADES).items() if value is not None}
    said = plain.get("step")
    if not isinstance(said, list | tuple) or not said:
        where.refuse("there is no step; write [[step]], in two brackets, and effect = … below it.", "step")
    if len(said) > _MOST_STEPS:
        where.refuse(f"there are {len(said)} steps and {_MOST_STEPS} are allowed; make several recipes.", "step")
    film = where.make(FilmParams, _without_none(_json(plain.get("film", {}), where, "film")), "film")
    steps = tuple(_step(one, index, folder, where) for index, one in enumerate(said))
    recipe = where.make(Recipe, {**plain, "mutoscope": FORMAT, "film": film, "step": steps})
    if problem := problem_of(recipe.steps):
        path, message = problem
        where.refuse(message, *path, effect=steps[int(path[1])].effect)
    return recipe


def _version(plain: Any, where: _Where) -> int:
    version = plain.get("mutoscope") if isinstance(plain, Mapping) else None
    hint = '{"mutoscope": 1, …}' if where.is_json else f"mutoscope = {FORMAT} in the first line"
    if version is None:
        where.refuse(f"the version of the format is missing; write {hint}.")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        where.refuse(f"mutoscope = {version!r:.40} is no version of the format; write {hint}.", "mutoscope")
    if version > FORMAT:
        line = (
            f"mutoscope = {version} is a newer format than this Mutoscope reads ({FORMAT}); install a newer Mutoscope."
        )
        where.refuse(line, "mutoscope")
    return version


def _step(said: Any, index: int, folder: Path, where: _Where) -> Step:
    place = ("step", index)
    plain = _without_none(_json(said, where, *place))
    effect = plain.get("effect") if isinstance(plain, dict) else ""
    effect = effect if isinstance(effect, str) else ""
    if isinstance(plain, dict) and isinstance(plain.get("params"), dict):
        # TOML has no null; parameters understand the word.
        plain["params"] = {key: "none" if value is None else value for key, value in plain["params"].items()}
    if isinstance(plain, dict) and isinstance(plain.get("inputs"), dict):
        plain["inputs"] = _without_none(plain["inputs"])
    step = where.make(Step, plain, *place, effect=effect)
    try:
        params = get(step.effect).load_params()
    except ParameterError as error:
        where.refuse(str(error), *place, "effect")
    where.make(params, step.params, *place, "params", effect=effect)
    moved = move_paths({"step": [step.model_dump()]}, lambda path: absolute(path, folder))["step"][0]
    return step.model_copy(update={key: moved[key] for key in ("mask", "params", "inputs")})


def _json(value: Any, where: _Where, *path: str | int) -> Any:
    """Give values as JSON has them; paths become text, tuples lists."""
    if isinstance(value, Mapping):
        return {str(key): _json(one, where, *path, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json(one, where, *path, index) for index, one in enumerate(value)]
    if isinstance(value, datetime.date | datetime.time):
        where.refuse(f"{value} is a date or a time of day; put it in quotes.", *path)
    if isinstance(value, str) and "\0" in value:
        where.refuse("a text holds the character number 0; remove it.", *path)
    return str(value) if isinstance(value, Path) else value


def _without_none(value: Any) -> Any:
    return {key: one for key, one in value.items() if one is not None} if isinstance(value, dict) else value


def _said(params: Params) -> dict[str, Any]:
    return {
        key: value for key, value in params.model_dump(mode="json", exclude_defaults=True).items() if value is not None
    }


def _files(recipe: Recipe) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Give every file that a recipe names, with the path of its field."""
    for index, step in enumerate(recipe.step):
        named: dict[tuple[str, ...], Any] = {("inputs", name): value for name, value in step.inputs.items()}
        named[("mask",)] = step.mask
        params = get(step.effect).load_params()
        named |= {("params", name): step.params[name] for name in file_fields(params) if name in step.params}
        for path, value in named.items():
            if isinstance(value, str) and not value.startswith(STEP_PREFIX) and value.lower() != "none":
                yield ("step", index, *path), value
        for name in style_fields(params):
            value = step.params.get(name) or ()
            for text in (value,) if isinstance(value, str) else value:
                files = StyleList.parse(text).files if text.lower() != "none" else ()
                yield from ((("step", index, "params", name), file) for file in files)
