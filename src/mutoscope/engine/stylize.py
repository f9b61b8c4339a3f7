"""`mutoscope.stylize`: the main job in one call."""

from pathlib import Path
from typing import Any

from mutoscope.core.progress import Listener, ignore
from mutoscope.effects.params import make_params
from mutoscope.effects.style_picture import read_style
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.models.weights import WEIGHTS, locate
from mutoscope.recipes.recipe import single_of
from mutoscope.stylize.params import OptimiseParams

__all__ = ["stylize"]


def stylize(
    source: str | Path,
    result: str | Path,
    *,
    style: str | Path,
    mask: str | Path | None = None,
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
        style: picture whose manner is taken.
        mask: picture or video; painted where white, untouched where black.
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for finished pieces; the user's cache folder by default.
        manifest: whether to write beside the result what was done.
        report: takes progress.
        **options: any field of `FilmParams` (size, crf, seed …) or `OptimiseParams` (strength, beta …), and
            `feather` and `invert_mask`.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    recipe = single_of("stylize.optimise", {"style": str(style), **options}, mask)
    params = make_params(OptimiseParams, recipe.step[0].params)
    # Before minutes of looking for cuts: can the style be read, are the weights here?
    read_style(Path(params.style))
    if params.backbone in WEIGHTS:
        locate(params.backbone, Path(params.weights) if params.weights else None, report)
    return run_recipe(
        recipe, source, result, workers=workers, cluster=cluster, work=work, manifest=manifest, report=report
    )
