"""`mutoscope stylize --preview 2s`: the first seconds of a film at half its size, as they will be painted."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from mutoscope.core.errors import ParameterError
from mutoscope.core.progress import Listener, ignore
from mutoscope.effects.curves import parse_time
from mutoscope.engine.ready import ready_to_paint
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.recipes.composed import Masks, composed
from mutoscope.recipes.film_params import DEFAULT_LONG_SIDE_PX
from mutoscope.recipes.recipe import Recipe, Step
from mutoscope.video.index import index_frames
from mutoscope.video.info import VideoInfo
from mutoscope.video.read import open_video

__all__ = ["preview"]

_LEAST_SIDE_PX = 16
_HAIR_S = 1e-6
_NAME = "first seconds"


def preview(
    source: str | Path,
    result: str | Path,
    seconds: str | float,
    *,
    style: str | Path | None = None,
    mask: Masks = None,
    guide: str | Path | None = None,
    workers: int = 0,
    cluster: str | None = None,
    work: str | Path | None = None,
    manifest: bool = False,
    report: Listener = ignore,
    **options: Any,
) -> RunResult:
    """Stylize the first seconds of a film at half the size, with their sound.

    Args:
        source: video, picture or `%05d.png` sequence; a picture is only halved.
        result: where it goes.
        seconds: how long: 2, "2s", "500ms". A film that is no longer is done whole.
        style: picture whose manner is taken.
        mask: a mask or several, as `recipes.mask_spec` reads them; painted where white, untouched where black.
        guide: a film that tells depth or segments.
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for finished pieces; the user's cache folder by default.
        manifest: whether to write beside the result what was done.
        report: takes progress.
        **options: as of `stylize`; a `size` is halved too.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    length = _seconds(seconds)
    recipe = composed("stylize.optimise", {**({} if style is None else {"style": str(style)}), **options}, mask, guide)
    ready_to_paint(recipe, report)
    wished = recipe.film.size
    with open_video(source, size=wished or DEFAULT_LONG_SIDE_PX, enlarge=wished is not None) as opened:
        full = max(opened.info.width, opened.info.height)
        info = opened.source
    half = max(_LEAST_SIDE_PX, full // 2)
    film = recipe.film.model_copy(update={"size": half})
    steps = _first_seconds(info, length, recipe.step)
    done = run_recipe(
        Recipe(film=film, step=steps),
        source,
        result,
        workers=workers,
        cluster=cluster,
        work=work,
        manifest=manifest,
        report=report,
    )
    much = f"the first {length:g} s" if len(steps) > len(recipe.step) else "all of it"
    return replace(
        done, notices=(f"a preview: {much} at {half} px; strokes are finer at your {full} px.", *done.notices)
    )


def _seconds(given: str | float) -> float:
    """Read how long a preview is.

    Raises:
        ParameterError: it is no time, or none above 0.

    """
    try:
        length = parse_time(given.strip()) if isinstance(given, str) else float(given)
    except ParameterError as error:
        raise ParameterError(f"preview: {error}") from None
    if not 0 < length < math.inf:
        raise ParameterError(f"preview={given} is not allowed; expected a time above 0, like 2s.")
    return length


def _first_seconds(info: VideoInfo, length: float, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Let steps see the first seconds of a film only; as they are where that is the whole film."""
    pts = index_frames(info).pts
    # Some films do not begin at 0.
    start = float(pts[0] * info.time_base) if pts else 0.0
    if not pts or float(pts[-1] * info.time_base) - start < length:
        return steps
    # A hair before the first frame and before the end: a time is rounded on its way through text.
    ranges = f"{max(0.0, start - _HAIR_S):.6f}s..{start + length - _HAIR_S:.6f}s"
    for step in steps:
        drawn = step.params.get("time", "0s") if step.effect == "mask.track" else "0s"
        if parse_time(drawn) >= start + length:
            raise ParameterError(f"a mask is drawn at {drawn}, after the first {length:g} s; preview a longer time.")
    keep = Step(effect="frame.keep", name=_NAME, params={"ranges": ranges})
    # Masks that are found in the film are found in what is kept of it.
    kept = (step.model_copy(update={"input": _NAME}) if step.input == "source" else step for step in steps)
    return keep, *kept
