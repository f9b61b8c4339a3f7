"""`mutoscope.filter`: play a trained filter over a film, in one call."""

from pathlib import Path
from typing import Any

from mutoscope.core.progress import Listener, ignore
from mutoscope.effects.params import make_params
from mutoscope.engine.own_size import own_size
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.filters.params import FilterParams
from mutoscope.filters.play import load_mixed
from mutoscope.recipes.composed import Masks, composed

__all__ = ["filter_film"]


def filter_film(
    source: str | Path,
    result: str | Path,
    *,
    name: str,
    mask: Masks = None,
    workers: int = 0,
    cluster: str | None = None,
    work: str | Path | None = None,
    manifest: bool = False,
    report: Listener = ignore,
    **options: Any,
) -> RunResult:
    """Paint a film or picture with a filter, many frames a second, in sync with its sound.

    Args:
        source: video, picture or `%05d.png` sequence.
        result: where it goes; its suffix says in which container.
        name: of a filter on the shelf, or the path of a filter's file.
        mask: painted where white, untouched where black: a picture or film, "subject", "background", "drawn.png@2s".
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for finished pieces; the user's cache folder by default.
        manifest: whether to write beside the result what was done.
        report: takes progress.
        **options: any field of `FilmParams` (size, crf, seed …) or `FilterParams` (strength, mix, palette …), and
            `feather` and `invert_mask`.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    # A filter is fast: other than for optimisation, nobody need be spared the size of the film.
    called = {"file": name} if is_file_name(name) else {"name": name}
    recipe = composed("filter.play", {**own_size(Path(source)), **called, **options}, mask)
    params = make_params(FilterParams, recipe.step[-1].params)
    # Before a look at the whole film: are the filters here, and do they fit each other?
    params.check_together()
    if params.items()[params.main].card.kind != "onnx":
        load_mixed(params)
    return run_recipe(
        recipe, source, result, workers=workers, cluster=cluster, work=work, manifest=manifest, report=report
    )


def is_file_name(name: str) -> bool:
    """Tell whether somebody means a file and not a name of the shelf."""
    return "/" in name or "\\" in name or Path(name).suffix in (".safetensors", ".onnx")
