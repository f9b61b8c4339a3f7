"""`mutoscope.stylize`: the main job in one call."""

from pathlib import Path
from typing import Any

from mutoscope.core.progress import Listener, ignore
from mutoscope.effects.params import make_params
from mutoscope.recipes.film_params import FilmParams
from mutoscope.engine.run import RunResult, run_effect
from mutoscope.models.weights import WEIGHTS, locate
from mutoscope.stylize.optimise import Optimise
from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.style_picture import read_style

__all__ = ["stylize"]


def stylize(
    source: str | Path,
    result: str | Path,
    *,
    style: str | Path,
    mask: str | Path | None = None,
    report: Listener = ignore,
    **options: Any,
) -> RunResult:
    """Repaint a film or picture in the manner of a style picture, steadily.

    Args:
        source: video, picture or `%05d.png` sequence.
        result: where it goes; its suffix says in which container.
        style: picture whose manner is taken.
        mask: picture or video; painted where white, untouched where black.
        report: takes progress.
        **options: any field of `FilmParams` (size, crf, seed …) or `OptimiseParams` (strength, beta …).

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    film_options = {k: options.pop(k) for k in list(options) if k in FilmParams.model_fields}
    film = make_params(FilmParams, film_options)
    params = make_params(OptimiseParams, {"style": str(style), **options})
    # Before minutes of looking for cuts: can the style be read, are the weights here?
    read_style(Path(params.style))
    if params.backbone in WEIGHTS:
        locate(params.backbone, Path(params.weights) if params.weights else None, report)
    return run_effect(Optimise(params), source, result, film, mask=mask, report=report)
