"""`mutoscope.stylize`: the main job in one call."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError
from mutoscope.core.progress import Listener, ignore
from mutoscope.core.random import generator
from mutoscope.effects.params import make_params
from mutoscope.effects.style_list import StyleList
from mutoscope.engine.device import choose_device, torch_threads
from mutoscope.engine.keyframes import Paint, parse_keyframe, stylize_by_keyframes
from mutoscope.engine.ready import ready_to_paint
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.keyframes.params import KeyframeParams, LearnParams
from mutoscope.ops.colour_transfer import keep_colours
from mutoscope.recipes.composed import Masks, composed
from mutoscope.recipes.film_params import FilmParams
from mutoscope.stylize.colours import MatchedColours
from mutoscope.stylize.painter import painter_for
from mutoscope.stylize.params import OptimiseParams

__all__ = ["stylize"]


def stylize(
    source: str | Path,
    result: str | Path,
    *,
    style: str | Path | None = None,
    mask: Masks = None,
    guide: str | Path | None = None,
    keyframes: str | Sequence[str] = (),
    workers: int = 0,
    cluster: str | None = None,
    work: str | Path | None = None,
    manifest: bool = False,
    report: Listener = ignore,
    **options: Any,
) -> RunResult:
    """Repaint a film or picture in the manner of a style picture, steadily.

    Args:
        source: video, picture or `%05d.png` sequence.
        result: where it goes; its suffix says in which container.
        style: picture whose manner is taken, or a style list: "0s: wave.jpg, 3s: wave.jpg:0.5 + night.jpg". It may be
            left out where each mask has a style, or each keyframe a picture.
        mask: painted where white, untouched where black: a picture or film, "subject", "background", "drawn.png@2s",
            or "guide:0.5..1"; several of them, each with "=STYLE" behind it, paint each region in its own style.
        guide: film of depth or segments, for masks and to tell what comes before what.
        keyframes: frames painted by hand or program, like "painted.png@3s", that are carried through the film instead;
            "@3s" has that frame painted in the style.
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for finished pieces; the user's cache folder by default.
        manifest: whether to write beside the result what was done.
        report: takes progress.
        **options: any field of `FilmParams` (size, crf, seed …) or `OptimiseParams` (strength, beta …), and
            `feather` and `invert_mask`; with keyframes also of `KeyframeParams` and `LearnParams`.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    where: dict[str, Any] = {"workers": workers, "cluster": cluster, "work": work, "manifest": manifest}
    if keyframes:
        if guide is not None:
            raise ParameterError("a guide does not go with keyframes; leave one of them.")
        return _by_keyframes(source, result, style, mask, keyframes, where, options, report)
    styled = {} if style is None else {"style": str(style)}
    recipe = composed("stylize.optimise", {**styled, **options}, mask, guide)
    # Before minutes of looking for cuts: can the styles be read, are the weights here?
    ready_to_paint(recipe, report)
    return run_recipe(recipe, source, result, **where, report=report)


def _by_keyframes(
    source: str | Path,
    result: str | Path,
    style: str | Path | None,
    mask: Masks,
    keyframes: str | Sequence[str],
    where: dict[str, Any],
    options: dict[str, Any],
    report: Listener,
) -> RunResult:
    others = KeyframeParams.model_fields | LearnParams.model_fields | FilmParams.model_fields
    painting = {k: v for k, v in options.items() if k in OptimiseParams.model_fields and k not in others}
    rest = {k: v for k, v in options.items() if k not in painting}
    paint = None
    if painting and style is None:
        raise ParameterError(
            f"{next(iter(painting))} is for frames that are painted in a style, and there is none; give --style and a "
            "keyframe like @3s, or leave it out."
        )
    if style is not None:
        seen = composed("stylize.optimise", {"style": str(style), **painting})
        paint = _painting(ready_to_paint(seen, report), rest)
    given = [parse_keyframe(text) for text in ([keyframes] if isinstance(keyframes, str) else keyframes)]
    return stylize_by_keyframes(
        source, result, keyframes=given, painted=paint, mask=mask, **where, report=report, **rest
    )


def _painting(params: OptimiseParams, options: dict[str, Any]) -> Paint:
    film = make_params(FilmParams, {k: v for k, v in options.items() if k in FilmParams.model_fields})

    def paint(frame: Clip) -> Tensor:
        seconds = frame.seconds(0)
        painter = painter_for(params, choose_device(film.device))
        chance = generator(film.seed, frame.pts_T[0], "jitter")
        mix = StyleList.parse(params.style).at(seconds)
        content = frame.pixels_TCHW
        painter.recolour = MatchedColours.of(content) if params.colours == "match" else None
        with torch_threads(film.threads):
            painted = painter.paint(content, params.at(seconds), chance, mix=mix).cpu()
        return keep_colours(painted, content) if params.colours == "source" else painted

    return paint
