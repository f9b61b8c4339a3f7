"""What is wrong with the masks and guides of a recipe, seen before anything is computed."""

import re
from collections.abc import Iterator
from pathlib import Path

from mutoscope.core.errors import InputError
from mutoscope.effects.masks import EMPTY, brightness, check_shape
from mutoscope.recipes.paths import STEP_PREFIX
from mutoscope.recipes.recipe import Recipe
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.read import read_picture

__all__ = ["check_masks"]

_MASK = re.compile(r"mask|region ?\d+")
_GUIDE = "guide"
_MOST_APART_S, _MOST_APART = 1.0, 0.02
_LOOK_PX = 1024


def check_masks(recipe: Recipe, film: VideoInfo) -> None:
    """See that masks and guides fit the film.

    Args:
        recipe: its masks, and side inputs named "region1", "region2" … and "guide", are looked at.
        film: with the size of the result.

    Raises:
        InputError: one has another shape than the film, a film of masks another length (by more than a second and two
            in a hundred), or a picture has no place where anything would be done.

    """
    for name, path, inverted in _places(recipe):
        info = probe(path)
        check_shape((info.height, info.width), (film.height, film.width), f"the {name} {path}")
        _check_length(name, info, film)
        if info.kind == "picture" and name != _GUIDE:
            _check_not_empty(path, inverted=inverted)


def _places(recipe: Recipe) -> Iterator[tuple[str, Path, bool]]:
    for step in recipe.steps:
        named = {"mask": step.mask} if step.mask else {}
        named |= {name: place for name, place in step.inputs.items() if _MASK.fullmatch(name) or name == _GUIDE}
        for name, place in named.items():
            if not place.startswith(STEP_PREFIX):
                what = _GUIDE if name == _GUIDE else "mask"
                yield what, Path(place), name == "mask" and step.invert_mask


def _check_length(name: str, info: VideoInfo, film: VideoInfo) -> None:
    if info.kind == "picture" or film.kind == "picture" or info.duration is None or film.duration is None:
        return
    seconds, wanted = float(info.duration), float(film.duration)
    if abs(seconds - wanted) > max(_MOST_APART_S, _MOST_APART * wanted):
        raise InputError(
            f"the {name} {info.path} lasts {seconds:.3g} s and the film {wanted:.3g} s; "
            "give one that is as long as the film, or a picture."
        )


def _check_not_empty(path: Path, *, inverted: bool) -> None:
    # Smaller than it is where it is large: a spot of a pixel or two in it is no mask.
    levels_11HW = brightness(read_picture(path, size=_LOOK_PX))
    if float((1 - levels_11HW if inverted else levels_11HW).max()) <= EMPTY:
        here, wanted = ("white", "black") if inverted else ("black", "white")
        raise InputError(
            f"the mask {path} is {here} everywhere: nothing would be painted; give one with some {wanted} in it."
        )
