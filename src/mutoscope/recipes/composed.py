"""A recipe out of the options of a command: one effect, within masks that may take steps of their own. Torch-free."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import make_params
from mutoscope.recipes.film_params import FilmParams
from mutoscope.recipes.mask_spec import MaskSpec, mask_steps, parse_mask
from mutoscope.recipes.recipe import FORMAT, Recipe

__all__ = ["Masks", "composed"]

Masks = str | Path | Sequence[str | Path] | None
"""A mask or several, as `recipes.mask_spec` reads them."""

_OF_MASK = ("feather", "invert_mask")


def composed(effect: str, options: Mapping[str, Any], masks: Masks = None, guide: str | Path | None = None) -> Recipe:
    """Make a recipe out of options as a person gives them, all in one: of the film, the mask, the effect.

    Args:
        effect: name of the effect; its step is the last one.
        options: fields of `FilmParams`, `feather` and `invert_mask`; all others are the effect's.
        masks: the effect works where the mask is white. Of several, each with a style of its own or that of the
            options, an effect that has `regions` makes regions.
        guide: a film that tells depth or segments; masks may take levels of it, `stylize` looks at it too.

    Raises:
        ParameterError: as `parse_recipe`, without file and line.

    """
    film = {name: value for name, value in options.items() if name in FilmParams.model_fields}
    edge = {name: options[name] for name in _OF_MASK if name in options}
    params = {name: value for name, value in options.items() if name not in film and name not in edge}
    specs = [parse_mask(str(mask)) for mask in ([masks] if isinstance(masks, str | Path) else masks or ())]
    steps, places = mask_steps(specs, None if guide is None else str(guide))
    step: dict[str, Any] = {"effect": effect, "input": "source"} if steps else {"effect": effect}
    if len(specs) == 1 and specs[0].style is None:
        step |= {"mask": places[0], **edge}
    elif specs:
        step["inputs"] = {f"region{number}": place for number, place in enumerate(places, 1)}
        params = _with_regions(effect, params, specs, edge)
    elif edge:
        raise ParameterError(f"{next(iter(edge))} belongs to a mask and there is none; give --mask.")
    if guide is not None and effect.startswith("stylize."):
        step["inputs"] = {**step.get("inputs", {}), "guide": str(guide)}
    said = make_params(FilmParams, film).model_dump(mode="json", exclude_defaults=True)
    plain = {"mutoscope": FORMAT, "step": [*steps, {**step, "params": params}]}
    return Recipe.from_plain({**plain, "film": said} if said else plain, Path.cwd(), name="")


def _with_regions(
    effect: str, params: Mapping[str, Any], specs: Sequence[MaskSpec], edge: Mapping[str, Any]
) -> dict[str, Any]:
    if not effect.startswith("stylize."):
        raise ParameterError("several masks, or a style behind a mask, go with stylize only; give one mask.")
    if edge.get("invert_mask"):
        raise ParameterError("invert_mask goes with one mask without a style of its own; draw the others inverted.")
    styles = [spec.style or params.get("style") for spec in specs]
    if not all(styles):
        raise ParameterError("a mask has no style; give --style for all, or write --mask MASK=PICTURE for each.")
    feather = {"region_feather": edge["feather"]} if "feather" in edge else {}
    return {**params, "style": params.get("style") or styles[0], "regions": styles, **feather}
