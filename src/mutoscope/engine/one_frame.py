"""One frame of what a recipe makes of a film, alone: the same frame as in the whole film."""

import time
from bisect import bisect_right
from dataclasses import replace
from pathlib import Path

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.effects.curves import parse_time
from mutoscope.engine.plan import Plan, plan_film
from mutoscope.engine.pool import InlinePool
from mutoscope.engine.result import RunResult
from mutoscope.engine.segment import Segment, remade, state_key
from mutoscope.engine.store import Store, work_folder
from mutoscope.engine.tasks import Desk, perform
from mutoscope.recipes.recipe import Recipe
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.info import is_picture_name
from mutoscope.video.picture import save_picture
from mutoscope.video.write import is_source

__all__ = ["render_frame"]


def render_frame(
    recipe: Recipe,
    source: str | Path,
    at: str,
    result: str | Path,
    *,
    work: str | Path | None = None,
    report: Listener = ignore,
) -> RunResult:
    """Render the frame that a film shows at a time.

    Where effects remember, the pieces before it in its shot are needed: those that an earlier run has left are taken,
    others are computed and kept. Without memory only this frame is computed.

    Args:
        recipe: what is done.
        source: a film.
        at: its time, like "3.2s".
        result: png, jpg, webp or tiff.
        work: folder for finished pieces; the user's cache folder by default.
        report: takes progress.

    Raises:
        InputError: the film cannot be read, or is shorter.
        OutputError: the result cannot be written there.
        ParameterError: the time or an effect's parameter is not allowed.

    """
    began, seconds = time.monotonic(), parse_time(at)
    source, result = Path(source), Path(result)
    if not is_picture_name(result) or not result.parent.is_dir() or is_source(result, source):
        raise OutputError(f"{result} cannot be written; one frame goes into a png, jpg, webp or tiff in a folder.")
    store = Store(work_folder() if work is None else Path(work))
    with store.in_use():
        device = InlinePool(store).device(recipe.film.device)
        # The pieces on the way there are those of a film, so that its run and this one share them.
        plan = plan_film(recipe, source, result.with_suffix(".mp4"), device, store, report)
        frame = _frame(plan, seconds, store, report)
    with atomic_path(result) as temp:
        save_picture(frame, temp)
    return RunResult(result, 1, time.monotonic() - began)


def _frame(plan: Plan, seconds: float, store: Store, report: Listener) -> Clip:
    if plan.info.kind != "video":
        raise ParameterError(f"{plan.source} is no film; leave the time out.")
    pts = plan.index.pts
    # Time stamps as they are, as for keyframes and ranges: a film may begin later than 0.
    number = max(0, bisect_right(pts, seconds + 1e-6, key=lambda t: float(t * plan.info.time_base)) - 1)
    last = float(pts[-1] * plan.info.time_base)
    if seconds > last + 1:
        raise InputError(f"{plan.source} has no frame at {seconds:g} s; its last one is at {last:.2f} s.")
    place = next((n for n, one in enumerate(plan.stretches) if one.first <= number < one.end), None)
    if place is None:
        raise InputError(f"the frame at {seconds:g} s is not among the parts of the film that are kept.")
    before = _memory_before(plan, place, store, report)
    segment = Segment(**plan.task(place, before).spec)
    first = number if plan.chain.memory == "none" else plan.stretches[place].first
    end = pts[number + 1] if number + 1 < len(pts) else None
    start = pts[first]
    segment = replace(segment, span=(start, end, plan.index.key_before(start)))
    found: Clip | None = None
    for done, clip in enumerate(remade(segment, store), 1):
        found = clip
        report(Progress("frames", done, number + 1 - first))
    if found is None:
        raise InputError(f"{plan.source} has no frame at {seconds:g} s that can be decoded.")
    return found[-1:]


def _memory_before(plan: Plan, place: int, store: Store, report: Listener) -> str | None:
    """Give the key of the piece whose memory is taken, and see that the memory is there."""
    first = place
    while plan.stretches[first].goes_on:
        first -= 1
    before: str | None = None
    for number in range(first, place):
        task = plan.task(number, before)
        if store.find(state_key(task.key)) is None:
            store.forget(task.key)  # a piece without its memory is of no use here
            perform(task, Desk(store))
        report(Progress("pieces before", number + 1 - first, place - first, "pieces"))
        before = task.key
    return before
