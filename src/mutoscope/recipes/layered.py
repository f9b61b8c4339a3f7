"""A recipe out of layers of glitches: agents' layers, and any other effect between them. Torch-free.

    [[layer]]
    size = [40, 20]
    agents = 800

    [[layer]]
    effect = "corrupt.pixel_sort"
    mask = "subject"
    low = 0.3

A layer that names an effect is a step of its own; what else it says are the effect's parameters, but for `mask`,
`feather`, `invert_mask`, `start`, `end` and `seed`, which are the step's. Layers of agents that follow each other are
one step, unless one has a mask of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import make_params
from mutoscope.recipes.film_params import FilmParams
from mutoscope.recipes.mask_spec import MaskSpec, mask_steps, parse_mask
from mutoscope.recipes.reading import read_plain, read_text
from mutoscope.recipes.recipe import FORMAT, Recipe

__all__ = ["AGENTS", "layered", "read_layers"]

AGENTS = "corrupt.agents"

_OF_MASK = ("mask", "feather", "invert_mask")

Plain = dict[str, Any]


def read_layers(path: Path) -> list[Plain]:
    """Read a file of layers, TOML with [[layer]] tables or JSON with a list.

    Raises:
        InputError: it cannot be read.
        ParameterError: it has no layers, or something else stands in it.

    """
    plain = read_plain(read_text(path), path.name, is_json=path.suffix.lower() == ".json")
    layers = plain.get("layer") if isinstance(plain, dict) else plain
    others = [key for key in plain if key != "layer"] if isinstance(plain, dict) else []
    if others:
        raise ParameterError(f"{path.name}: {others[0]!r} is not known here; write [[layer]] tables only.")
    if not isinstance(layers, list) or not layers or not all(isinstance(layer, dict) for layer in layers):
        raise ParameterError(f"{path.name}: no layer stands in it; write [[layer]] and below it size = [40, 20].")
    return layers


def layered(
    layers: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
    mask: str | Path | None = None,
    folder: Path | None = None,
) -> Recipe:
    """Make a recipe of layers, the first one below.

    Args:
        layers: as `read_layers` gives them.
        options: fields of `FilmParams`; `feather` and `invert_mask` of the mask; all others are the agents'.
        mask: of all layers that name none, as `recipes.mask_spec` reads it.
        folder: what paths in the layers are relative to; the working folder by default.

    Raises:
        ParameterError: one line that says what was not understood.

    """
    folder = Path.cwd() if folder is None else folder.absolute()
    film = {name: value for name, value in options.items() if name in FilmParams.model_fields}
    edge = {name: options[name] for name in ("feather", "invert_mask") if name in options}
    agents = {name: value for name, value in options.items() if name not in film and name not in edge}
    if edge and mask is None:
        raise ParameterError(f"{next(iter(edge))} belongs to a mask and there is none; give --mask.")
    steps = list(_steps(layers, agents))
    if agents and all(step["effect"] != AGENTS for step in steps):
        raise ParameterError(f"{next(iter(agents))} belongs to layers of agents and there are none; leave it out.")
    common = None if mask is None else _absolute(parse_mask(str(mask)), Path.cwd())
    specs = []
    for step in steps:
        own = step.pop("mask", None)
        spec = common if own is None else _absolute(_parse_inside(own, folder), folder)
        if spec is not None and spec.style is not None:
            raise ParameterError("a style behind a mask goes with stylize only; give the mask alone.")
        specs.append(spec)
        if own is None:
            step.update(edge)
    before, places = mask_steps([spec for spec in specs if spec is not None])
    coming = iter(places)
    for step, spec in zip(steps, specs, strict=True):
        if spec is not None:
            step["mask"] = next(coming)
    if before:
        steps[0]["input"] = "source"  # masks stand before it, and are not its input
    said = make_params(FilmParams, film).model_dump(mode="json", exclude_defaults=True)
    plain = {"mutoscope": FORMAT, "step": [*before, *steps]}
    return Recipe.from_plain({**plain, "film": said} if said else plain, folder, name="")


def _steps(layers: Iterable[Mapping[str, Any]], agents: Mapping[str, Any]) -> Iterator[Plain]:
    """Put layers of agents that follow each other into one step; others, and those with a mask, are steps."""
    together: list[Mapping[str, Any]] = []

    def flush() -> Iterator[Plain]:
        if together:
            yield {"effect": AGENTS, "params": {**agents, "layers": list(together)}}
            together.clear()

    for layer in layers:
        is_agents = "effect" not in layer
        if is_agents and "mask" not in layer:
            together.append(layer)
            continue
        yield from flush()
        if str(layer.get("effect", "")).startswith("mask."):
            raise ParameterError(
                f'{layer["effect"]} makes a mask and no picture; write mask = "box:…" or the like in a layer.'
            )
        of_step = _OF_MASK if is_agents else (*_OF_MASK, "start", "end", "seed", "effect")
        step = {name: layer[name] for name in of_step if name in layer}
        own = {name: value for name, value in layer.items() if name not in step}
        yield {"effect": AGENTS, **step, "params": {**agents, "layers": [own]} if is_agents else own}
    yield from flush()


def _parse_inside(text: Any, folder: Path) -> MaskSpec:
    if not isinstance(text, str):
        raise ParameterError(f"mask {text!r} of a layer is no text; write a file's name, subject or attention.")
    return parse_mask(text, lambda place: (folder / place).is_file())


def _absolute(spec: MaskSpec, folder: Path) -> MaskSpec:
    return spec if spec.path is None else replace(spec, path=str(folder / spec.path))
