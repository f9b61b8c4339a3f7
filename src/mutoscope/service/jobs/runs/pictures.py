"""Jobs that draw pictures and sheets."""

from dataclasses import asdict
from pathlib import Path

from mutoscope.core.errors import ParameterError
from mutoscope.engine.explore import explore
from mutoscope.engine.texture import texture
from mutoscope.engine.try_filters import draw_shelf, sheet_of, try_filters
from mutoscope.service.jobs.runs.recipes import options_of
from mutoscope.service.jobs.runs.task import Made, Product, Task, as_source

__all__ = ["painting_of", "run_explore", "run_filter_sheet", "run_texture", "run_try_filters"]


def painting_of(task: Task) -> Path | str:
    """Give the painting that is learned from: a picture, or a pattern that is made by code.

    Raises:
        ParameterError: neither is there, or both.

    """
    painting, pattern = task.maybe("painting"), task.values.get("pattern")
    if (painting is None) == (pattern is None):
        raise ParameterError("one of the input painting and the parameter pattern is wanted.")
    return f"pattern:{pattern}" if painting is None else painting


def run_texture(task: Task) -> Made:
    """Synthesise a texture."""
    place, name = task.result(task.maybe("painting"), ".png")
    path = texture(painting_of(task), place, report=task.report, **options_of(task, "pattern"))
    return Made([Product(path, "result", name)], frames=1)


def run_explore(task: Task) -> Made:
    """Draw style weights, brush sizes and strengths on one sheet."""
    place, name = task.result(task.source(), ".png")
    guide = task.maybe("guide")
    done = explore(
        task.source(),
        place,
        mask=task.values.get("mask") or None,
        guide=None if guide is None else as_source(guide),
        report=task.report,
        **options_of(task, "mask"),
    )
    products = [Product(done.path, "result", name), Product(done.sidecar, "numbers", done.sidecar.name)]
    return Made(products, len(done.tried), done.notices, told={"advice": done.advice})


def run_try_filters(task: Task) -> Made:
    """Paint frames of footage with filters; say which pairs suit each other."""
    footage = [as_source(one) for one in task.many("footage")]
    tried = try_filters(footage, names=task.values.get("names") or (), report=task.report)
    place, name = task.result(None, ".png")
    products = [Product(sheet_of(tried.pairs, place), "sheet", name)] if tried.pairs else []
    pairs = [
        {
            "filter": pair.filter,
            "footage": task.titles.get(str(pair.footage), pair.footage.name),
            "score": pair.scores.total,
            **asdict(pair.scores),
        }
        for pair in tried.pairs
    ]
    return Made(products, len(tried.pairs), tried.notices, told={"pairs": pairs})


def run_filter_sheet(task: Task) -> Made:
    """Draw every filter on a picture."""
    picture = task.maybe("picture")
    place, name = task.result(None, ".png")
    draw_shelf(place, None if picture is None else as_source(picture), report=task.report)
    return Made([Product(place, "sheet", name)], frames=1)
