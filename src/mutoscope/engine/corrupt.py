"""`mutoscope.corrupt`: glitch a film by learning agents, in one call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutoscope.core.errors import ParameterError
from mutoscope.core.progress import Listener, ignore
from mutoscope.engine.corrupt_report import draw_report, refuse_report_place
from mutoscope.engine.one_frame import render_frame
from mutoscope.engine.own_size import own_size
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.recipes.composed import composed
from mutoscope.recipes.layered import AGENTS, layered, read_layers
from mutoscope.recipes.recipe import Recipe

__all__ = ["corrupt", "recipe_of"]

Layers = str | Path | Sequence[Mapping[str, Any]] | None
"""A file of layers, or layers themselves as `recipes.layered` reads them."""


def corrupt(
    source: str | Path,
    result: str | Path,
    *,
    preset: str | None = None,
    layers: Layers = None,
    mask: str | Path | None = None,
    at: str | None = None,
    report_to: str | Path | None = None,
    workers: int = 0,
    cluster: str | None = None,
    work: str | Path | None = None,
    manifest: bool = False,
    report: Listener = ignore,
    **options: Any,
) -> RunResult:
    """Corrupt a film or picture: agents that have learned where a network looks carry glitches through it.

    Args:
        source: video, picture or `%05d.png` sequence.
        result: where it goes; its suffix says in which container.
        preset: "drift" or one of "srinivas-1" to "srinivas-4".
        layers: instead: a file of layers, or a list of them; other effects may stand between.
        mask: glitched where white, untouched where black: a picture or film, "subject", "attention", "box:0,0,1,0.5" …
        at: render only the frame at this time, into a picture.
        report_to: folder for a sheet that shows what the agents saw and learned.
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for finished pieces; the user's cache folder by default.
        manifest: whether to write beside the result what was done.
        report: takes progress.
        **options: any field of `FilmParams` (size, crf, seed …) or `AgentsParams` (classes, refine …), and `feather`
            and `invert_mask`.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    source = Path(source)
    recipe = recipe_of(source, preset=preset, layers=layers, mask=mask, **options)
    if report_to is not None:
        refuse_report_place(Path(report_to), recipe)
    if at is not None:
        if workers or cluster or manifest:
            raise ParameterError("one frame is rendered here and alone; leave out workers, cluster and manifest.")
        done = render_frame(recipe, source, at, result, work=work, report=report)
    else:
        done = run_recipe(
            recipe, source, result, workers=workers, cluster=cluster, work=work, manifest=manifest, report=report
        )
    if report_to is not None:
        draw_report(recipe, source, Path(report_to), at=at, work=None if work is None else Path(work), report=report)
    return done


def recipe_of(
    source: Path, *, preset: str | None = None, layers: Layers = None, mask: str | Path | None = None, **options: Any
) -> Recipe:
    """Make the recipe of a call.

    Raises:
        ParameterError: a preset and layers are both given, or one of them is not understood.

    """
    # Agents are fast: nobody need be spared the size of the film, nor wait for the encoder.
    options = {**own_size(source), "effort": "fast", **options}
    if preset is not None and layers is not None:
        raise ParameterError("a preset and layers are both given; a preset is layers, give one of them.")
    written = isinstance(layers, str) and layers.lstrip().startswith("[")
    if layers is None or written:
        named = {name: x for name, x in (("preset", preset), ("layers", layers)) if x is not None}
        return composed(AGENTS, {**named, **options}, mask)
    folder = Path(layers).parent if isinstance(layers, str | Path) else None
    listed = read_layers(Path(layers)) if isinstance(layers, str | Path) else layers
    return layered(listed, options, mask, folder)
