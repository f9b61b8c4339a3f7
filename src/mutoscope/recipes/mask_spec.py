"""What `--mask` takes: a subject that is found, a picture or film, a drawing that is carried along, a guide's levels.

    subject  background                 what the film shows in front, and the rest
    mask.png  mask.mp4  mask_%05d.png   white where it works
    drawn.png@2s                        drawn on the frame at 2 s, carried along within its shot
    guide:0.5..1                        where the film of `--guide` is that bright

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
from mutoscope.recipes.paths import STEP_PREFIX

__all__ = ["MaskSpec", "mask_steps", "parse_mask"]

MaskKind = Literal["subject", "background", "file", "tracked", "guide"]

_GUIDE = re.compile(r"^guide:\s*(?P<low>[^.\s]?[^\s]*?)\s*\.\.\s*(?P<high>\S*)$")
_WANTED = "give a picture or film, subject, background, FILE@TIME, or guide:LOW..HIGH"


@dataclass(frozen=True)
class MaskSpec:
    """One mask as a person asks for it.

    Attributes:
        kind: "subject", "background", "file", "tracked" (a drawing of one frame) or "guide" (levels of a guide film).
        path: of "file" and "tracked".
        at: time of the frame that a "tracked" mask is drawn on, as it was written.
        low: lowest brightness of a "guide", 0..1.
        high: highest.
        style: style list of its own, or None.

    """

    kind: MaskKind
    path: str | None = None
    at: str | None = None
    low: float = 0.0
    high: float = 1.0
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
    if levels := _GUIDE.match(word):
        low, high = (_level(levels[name], word, default) for name, default in (("low", 0.0), ("high", 1.0)))
        if low > high:
            raise ParameterError(f"mask {word!r}: {low:g} is above {high:g}; write the lower one first.")
        return MaskSpec("guide", low=low, high=high)
    path, _, time = word.rpartition("@")
    if path and exists(path.rstrip()):
        parse_time(time.strip())
        return MaskSpec("tracked", path.rstrip(), time.strip())
    # A pattern like mask_%05d.png names many pictures; opening it counts them.
    return MaskSpec("file", word) if "%" in Path(word).name else None


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
    near = difflib.get_close_matches(missing, ["subject", "background"], n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"{_WANTED}."
    raise ParameterError(f"mask {text!r}: there is no file {missing!r}; {hint}")
