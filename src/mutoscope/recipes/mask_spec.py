"""What `--mask` takes: a subject that is found, what a classifier sees, a picture, film, drawing, levels or shape.

    subject  background                 what the film shows in front, and the rest
    mask.png  mask.mp4  mask_%05d.png   white where it works
    drawn.png@2s                        drawn on the frame at 2 s, carried along within its shot
    guide:0.5..1                        where the film of `--guide` is that bright
    attention  attention:dog+cat        where a classifier looks: at the likeliest, or at what is named
    box:X,Y,W,H  ellipse:X,Y,W,H        left, top, width and height, as shares of the frame from 0 to 1

Behind each of them "=STYLES" may give a style list of its own: "subject=wave.jpg:0.5 + night.jpg". What exists as a
file is a file, whatever its name looks like. Torch-free.
"""

import difflib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NoReturn

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import parse_time
from mutoscope.effects.style_list import StyleList
from mutoscope.models.imagenet_classes import parse_classes
from mutoscope.recipes.paths import STEP_PREFIX

__all__ = ["MaskSpec", "mask_steps", "parse_mask"]

MaskKind = Literal["subject", "background", "file", "tracked", "guide", "attention", "box", "ellipse"]

_GUIDE = re.compile(r"^guide:\s*(?P<low>[^.\s]?[^\s]*?)\s*\.\.\s*(?P<high>\S*)$")
_SHAPE = re.compile(r"^(?P<shape>box|ellipse)\s*(?::(?P<numbers>.*))?$", re.DOTALL)
_ATTENTION = re.compile(r"^attention\s*(?::(?P<classes>.*))?$", re.DOTALL)
_WORDS = ("subject", "background", "attention", "box", "ellipse")
_WANTED = (
    "give a picture or film, subject, background, attention, attention:CLASS, FILE@TIME, guide:LOW..HIGH, "
    "box:X,Y,W,H, or ellipse:X,Y,W,H"
)


@dataclass(frozen=True)
class MaskSpec:
    """One mask as a person asks for it.

    Attributes:
        kind: "subject", "background", "file", "tracked" (a drawing of one frame), "guide" (levels of a guide film),
            "attention" (what a classifier sees), "box" or "ellipse".
        path: of "file" and "tracked".
        at: time of the frame that a "tracked" mask is drawn on, as it was written.
        low: lowest brightness of a "guide", 0..1.
        high: highest.
        classes: of "attention"; empty for the likeliest.
        box: left, top, width and height of "box" and "ellipse", as shares of the frame.
        style: style list of its own, or None.

    """

    kind: MaskKind
    path: str | None = None
    at: str | None = None
    low: float = 0.0
    high: float = 1.0
    classes: str = ""
    box: tuple[float, float, float, float] | None = None
    style: str | None = None


def parse_mask(text: str, exists: Callable[[str], bool] = os.path.isfile) -> MaskSpec:
    """Read one `--mask`.

    Args:
        text: what a person wrote.
        exists: tells whether a file lies at a path.

    Raises:
        ParameterError: it is none of the above, or its style list was not understood.

    """
    if exists(text):
        return MaskSpec("file", text)
    signs = [match.start() for match in re.finditer("=", text)]
    places = {sign: _place(text[:sign], exists) for sign in signs}
    sign = next((sign for sign in signs if places[sign] is not None), signs[0] if signs else None)
    if sign is None:
        return _place(text, exists) or _refuse(text, text)
    spec, style = places[sign] or _refuse(text, text[:sign]), text[sign + 1 :].strip()
    if not style:
        raise ParameterError(f"mask {text!r}: a style is missing after '='; write {text[:sign]}=PICTURE.")
    StyleList.parse(style, exists)
    return replace(spec, style=style)


def mask_steps(specs: Sequence[MaskSpec], guide: str | None = None) -> tuple[list[dict[str, Any]], list[str]]:
    """Make the steps of a recipe that give the masks; they come before the step that works within them.

    All of them take the film itself, so that the step that follows must say `input = "source"`.

    Args:
        specs: masks as `parse_mask` reads them.
        guide: path of the guide film.

    Returns:
        steps as plain values, and for each mask what `mask` or a side input of a step is: a path, or "step:NAME".

    Raises:
        ParameterError: a guide is wanted and there is none, or there is one that no mask wants.

    """
    steps: list[dict[str, Any]] = []
    places = []
    for spec in specs:
        if spec.kind == "file":
            places.append(str(spec.path))
            continue
        step = _step(spec, guide)
        alike = next((one for one in steps if {**one, "name": ""} == {**step, "name": ""}), None)
        if alike is None:
            alike = {**step, "name": f"mask {len(steps) + 1}"}
            steps.append(alike)
        places.append(f"{STEP_PREFIX}{alike['name']}")
    return steps, places


def _step(spec: MaskSpec, guide: str | None) -> dict[str, Any]:
    step: dict[str, Any] = {"name": "", "input": "source"}
    if spec.kind == "tracked":
        return {**step, "effect": "mask.track", "params": {"mask": spec.path, "time": spec.at}}
    if spec.kind == "guide":
        if guide is None:
            raise ParameterError("a mask of the guide's levels was asked for and there is no guide; give --guide FILE.")
        params = {"low": spec.low, "high": spec.high}
        return {**step, "effect": "mask.levels", "params": params, "inputs": {"guide": guide}}
    if spec.kind == "attention":
        return {**step, "effect": "mask.attention", "params": {"classes": spec.classes} if spec.classes else {}}
    if spec.box is not None:
        sides = dict(zip(("x", "y", "width", "height"), spec.box, strict=True))
        shape = {"shape": "ellipse"} if spec.kind == "ellipse" else {}
        return {**step, "effect": "mask.box", "params": {**sides, **shape}}
    return {**step, "effect": "mask.subject", "params": {"invert": True} if spec.kind == "background" else {}}


def _place(text: str, exists: Callable[[str], bool]) -> MaskSpec | None:
    """Read what stands before the style; None where it is nothing that there is."""
    if exists(text):
        return MaskSpec("file", text)
    word = text.strip()
    if exists(word):
        return MaskSpec("file", word)
    if word in ("subject", "background"):
        return MaskSpec("subject" if word == "subject" else "background")
    if made := _in_words(word):
        return made
    path, _, time = word.rpartition("@")
    if path and exists(path.rstrip()):
        parse_time(time.strip())
        return MaskSpec("tracked", path.rstrip(), time.strip())
    # A pattern like mask_%05d.png names many pictures; opening it counts them.
    return MaskSpec("file", word) if "%" in Path(word).name else None


def _in_words(word: str) -> MaskSpec | None:
    """Read a mask that is told by words and numbers."""
    if levels := _GUIDE.match(word):
        low, high = (_level(levels[name], word, default) for name, default in (("low", 0.0), ("high", 1.0)))
        if low > high:
            raise ParameterError(f"mask {word!r}: {low:g} is above {high:g}; write the lower one first.")
        return MaskSpec("guide", low=low, high=high)
    if seen := _ATTENTION.match(word):
        return MaskSpec("attention", classes=" + ".join(parse_classes(seen["classes"] or "")))
    if shape := _SHAPE.match(word):
        return MaskSpec("box" if shape["shape"] == "box" else "ellipse", box=_box(shape["numbers"] or "", word))
    return None


def _box(text: str, whole: str) -> tuple[float, float, float, float]:
    try:
        x, y, width, height = (float(part) for part in text.split(","))
        is_fit = -1 <= x < 1 and -1 <= y < 1 and 0 < width <= 3 and 0 < height <= 3 and min(x + width, y + height) > 0
    except ValueError:
        is_fit = False
    if not is_fit:
        raise ParameterError(
            f"mask {whole!r}: left, top, width and height were expected, as shares of the frame from 0 to 1; "
            f"write {whole.partition(':')[0].strip()}:0.25,0.25,0.5,0.5."
        )
    return x, y, width, height


def _level(text: str, whole: str, default: float) -> float:
    try:
        level = float(text) if text else default
    except ValueError:
        level = -1.0
    if not 0 <= level <= 1:
        raise ParameterError(
            f"mask {whole!r}: {text!r} is no brightness; write numbers from 0 to 1, like guide:0.5..1."
        )
    return level


def _refuse(text: str, place: str) -> NoReturn:
    place = place.strip()
    if place.startswith("guide"):
        raise ParameterError(f"mask {text!r}: {place!r} was not understood; write guide:LOW..HIGH, like guide:0.5..1.")
    path, sign, time = place.rpartition("@")
    missing = path if sign and not Path(time).suffix else place
    near = difflib.get_close_matches(missing, _WORDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"{_WANTED}."
    raise ParameterError(f"mask {text!r}: there is no file {missing!r}; {hint}")
