"""A look at a part: one frame or some seconds of what a recipe makes of a film; and a first quick one of each job."""

import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from mutoscope.core.errors import MutoscopeError, ParameterError
from mutoscope.core.onlooker import show
from mutoscope.effects.curves import parse_time
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.recipes.recipe import Recipe, Step
from mutoscope.service.jobs.runs.recipes import recipe_of
from mutoscope.service.jobs.runs.task import Task
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.index import index_frames
from mutoscope.video.info import probe
from mutoscope.video.picture import load_picture, save_picture
from mutoscope.video.read import open_video

__all__ = ["look_at_part", "quick_look"]

_QUICK_PX = 256
_QUICK_STEPS = 12
_HAIR_S = 1e-6
_NAME = "part that is looked at"


def look_at_part(task: Task, source: Path, result: Path) -> RunResult:
    """Run a recipe over one frame or some seconds, as they will be in the whole.

    Args:
        task: with a preview.
        source: film or picture.
        result: a picture for one frame, else a film.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    assert task.preview is not None
    recipe = recipe_of(task, source)
    size = task.preview.get("size", 480)
    if size is not None:
        shown = probe(source)
        full = recipe.film.size or max(shown.width, shown.height)
        recipe = _sized(recipe, max(16, min(int(size), full)))
    steps, pattern = _part(task, recipe, source), result
    is_one = task.preview.get("seconds") is None and len(steps) > len(recipe.step)
    if is_one:
        pattern = result.with_name(f"{result.stem}_%05d{result.suffix}")
    done = run_recipe(
        recipe.model_copy(update={"step": steps}),
        source,
        pattern,
        manifest=False,
        prices=task.prices,
        max_cost=task.max_cost,
        sign=False,
        report=task.report,
    )
    if is_one:
        made = sorted(result.parent.glob(f"{result.stem}_*{result.suffix}"))
        if not made:
            raise ParameterError("there is no frame at that time.")
        made[0].replace(result)
        return replace(done, path=result)
    return done


def quick_look(task: Task, source: Path) -> None:
    """Show the first frame at 256 px as it will be, more or less; where that is not possible, nothing is shown."""
    with contextlib.suppress(MutoscopeError, OSError, StopIteration), tempfile.TemporaryDirectory() as temp:
        still, place = Path(temp) / "first.png", Path(temp) / "look.png"
        with open_video(source, size=_QUICK_PX, enlarge=False) as film:
            clip = next(iter(film))[:1]
        with atomic_path(still) as written:
            save_picture(clip, written)
        recipe = _quickened(_sized(recipe_of(task, still), max(16, min(_QUICK_PX, max(clip.size)))))
        run_recipe(recipe, still, place, manifest=False, sign=False)
        show(load_picture(place).pixels_TCHW[0], 0.0)


def _sized(recipe: Recipe, size: int) -> Recipe:
    return recipe.model_copy(update={"film": recipe.film.model_copy(update={"size": size})})


def _quickened(recipe: Recipe) -> Recipe:
    """Let filters be played by what is loaded already (the fastest runtime takes a second to load), and paint less."""
    return recipe.model_copy(
        update={"step": tuple(step.model_copy(update={"params": _fewer(step)}) for step in recipe.step)}
    )


def _fewer(step: Step) -> dict[str, Any]:
    if step.effect == "filter.play":
        return {**step.params, "runtime": "torch", "precision": "float32"}
    if step.effect == "stylize.optimise":
        return {**step.params, "iterations": min(_QUICK_STEPS, int(step.params.get("iterations", _QUICK_STEPS)))}
    return step.params


def _part(task: Task, recipe: Recipe, source: Path) -> tuple[Step, ...]:
    """Let steps see only a part of a film; as they are where the source is a picture."""
    assert task.preview is not None
    info = probe(source)
    if info.kind == "picture":
        return recipe.step
    times = [float(pts * info.time_base) for pts in index_frames(info).pts]
    if not times:
        return recipe.step
    at = times[0] + parse_time(str(task.preview.get("at", "0s")))
    seconds = task.preview.get("seconds")
    first = max((n for n, t in enumerate(times) if t <= at + _HAIR_S), default=0)
    if at > times[-1] + 1:
        raise ParameterError(f"the film has no frame at {at:g} s; its last one is at {times[-1]:.2f} s.")
    end = times[first] + float(seconds) if seconds is not None else None
    if end is None:
        end = times[first + 1] if first + 1 < len(times) else times[-1] + 1.0
    # A hair before the first frame and before the end: a time is rounded on its way through text.
    ranges = f"{max(0.0, times[first] - _HAIR_S):.6f}s..{end - _HAIR_S:.6f}s"
    keep = Step(effect="frame.keep", name=_NAME, params={"ranges": ranges})
    kept = (step.model_copy(update={"input": _NAME}) if step.input == "source" else step for step in recipe.step)
    return keep, *kept
