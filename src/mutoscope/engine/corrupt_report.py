"""What the agents saw, learned and did, as one sheet: attention, rewards, policy, paths, learning curve, regret."""

import json
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mutoscope.core.clip import Clip
from mutoscope.core.errors import OutputError, ParameterError
from mutoscope.core.progress import Listener, Progress
from mutoscope.corrupt.inspect import LayerView, inspect_layers
from mutoscope.corrupt.params import AgentsParams
from mutoscope.corrupt.table import running_mean, write_curve_csv
from mutoscope.effects.curves import parse_time
from mutoscope.effects.protocol import Context
from mutoscope.engine.chain import Chain
from mutoscope.engine.corrupt_numbers import seen_numbers
from mutoscope.engine.plan import Plan, plan_film
from mutoscope.engine.pool import InlinePool
from mutoscope.engine.segment import Segment, chain_for, side_of
from mutoscope.engine.store import Store, work_folder
from mutoscope.recipes.layered import AGENTS
from mutoscope.recipes.recipe import Recipe
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder
from mutoscope.video.field_sheet import Arrows, CurvePanel, FieldPanel, draw_fields
from mutoscope.video.info import probe
from mutoscope.video.span import Span, SpanReader

__all__ = ["draw_report", "refuse_report_place"]

Array = npt.NDArray[np.float32]

_MOST_ARROWS = 34
"""Along the longer side of a grid: more make a carpet."""
_WINDOW = 100
"""Episodes of the running mean, at least."""
_MOST_POINTS = 20_000
_STEPS_XY = np.array([[0, -1], [0, 1], [-1, 0], [1, 0]], dtype=np.float64)
"""Up, down, left, right."""


def refuse_report_place(folder: Path, recipe: Recipe) -> None:
    """Say before any work that there will be no report.

    Raises:
        OutputError: the folder is a file.
        ParameterError: no agents are in the recipe.

    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; give a folder for the report.")
    if all(step.effect != AGENTS for step in recipe.step):
        raise ParameterError("a report shows agents and there are none in these layers; leave --report out.")


def draw_report(
    recipe: Recipe, source: Path, folder: Path, *, at: str | None = None, work: Path | None = None, report: Listener
) -> Path:
    """Draw `report.png`; write the returns of each layer as CSV, and the numbers as `report.json`.

    Args:
        recipe: with at least one step of agents.
        source: film or picture.
        folder: made where it is missing.
        at: time of the frame that is shown; the middle of the film by default.
        work: folder for finished pieces, as of the run.
        report: takes progress.

    Raises:
        OutputError: the folder cannot be written.

    """
    make_folder(folder)
    store = Store(work_folder() if work is None else work)
    rows: list[list[FieldPanel | CurvePanel]] = []
    numbers = []
    with store.in_use():
        device = InlinePool(store).device(recipe.film.device)
        plan = plan_film(recipe, source, folder / "report.mp4", device, store, report)
        frame, context, chain = _frame(plan, at, store)
        steps = [step for step in chain.steps if step.effect == AGENTS]
        for done, step in enumerate(steps):
            report(Progress("report", done, len(steps), "steps"))
            began = time.monotonic()
            params = chain.params_of(step.name)
            assert isinstance(params, AgentsParams)
            for view in inspect_layers(params, frame, context):
                rows.append(_row(view, frame, len(rows) + 1))
                numbers.append(_numbers(view, frame, time.monotonic() - began))
                with atomic_path(folder / f"layer-{len(rows)}-returns.csv") as temp:
                    write_curve_csv(view.table.returns, temp, window=_window(view))
                began = time.monotonic()
        report(Progress("report", len(steps), len(steps), "steps"))
    title = f"{source.name} at {frame.seconds(0):.2f} s, seed {recipe.film.seed}"
    told = {"source": source.name, "seconds": round(frame.seconds(0), 4), "layers": numbers}
    with atomic_path(folder / "report.json") as temp:
        temp.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return draw_fields(rows, folder / "report.png", title=title)


def _frame(plan: Plan, at: str | None, store: Store) -> tuple[Clip, Context, Chain]:
    """Read the frame that is shown, what is known of its film, and the effects."""
    pts = plan.index.pts
    seconds = float(pts[len(pts) // 2] * plan.info.time_base) if at is None else parse_time(at)
    number = max(0, bisect_right(pts, seconds + 1e-6, key=lambda t: float(t * plan.info.time_base)) - 1)
    start = pts[number]
    segment = Segment(**plan.task(0, None).spec)
    end = pts[number + 1] if number + 1 < len(pts) else None
    with SpanReader(probe(plan.source), (plan.info.width, plan.info.height)) as reader:
        frame = next(iter(reader.read(Span(start, end, plan.index.key_before(start)))))[:1]
    segment = replace(segment, span=(start, end, None))
    chain = chain_for(segment, store)
    side = side_of(segment, chain, store)
    return frame, Context(seed=plan.recipe.film.seed, device=plan.device, side=side), chain


def _row(view: LayerView, frame: Clip, number: int) -> list[FieldPanel | CurvePanel]:
    picture_HWC = frame.pixels_TCHW[0].permute(1, 2, 0).numpy()
    look, grid = view.look, view.grid
    size = f"{grid.rows} x {grid.cols}"
    planes = _montage(view)
    seen = f"attention: {look.class_name}" if look.class_name else "attention"
    names = ", ".join(view.manipulations)
    returns, means = view.table.returns, running_mean(view.table.returns, _window(view))
    # Of a million episodes as many as there are pixels.
    step = max(1, len(returns) // _MOST_POINTS)
    learned = f"returns of {len(returns):,} episodes" if len(returns) else "solved, not learned"
    return [
        FieldPanel(f"{number}. layer, {size} cells. {seen}", picture_HWC, look.map_HW, 0.55),
        FieldPanel(f"rewards of {names}", None, planes, words="mean of the four directions; nothing: outside"),
        FieldPanel("policy", picture_HWC, arrows=_arrows(view)),
        FieldPanel(f"paths of {len(view.paths)} agents", picture_HWC, paths=[_path(view, path) for path in view.paths]),
        CurvePanel(
            f"{learned}; regret {view.table.regret:.3f}",
            np.arange(0, len(returns), step),
            returns[::step],
            means[::step],
            x="episode",
            y="return; bright: running mean",
        ),
    ]


def _window(view: LayerView) -> int:
    return max(_WINDOW, len(view.table.returns) // 200)


def _montage(view: LayerView) -> Array:
    """Lay the planes of the manipulations beside each other, as nearly square as they go."""
    rows, cols = view.grid.used_rows, view.grid.used_cols
    planes = view.rewards_Amn[:, :rows, :cols].reshape(-1, 4, rows, cols).mean(1)
    across = int(np.ceil(np.sqrt(len(planes) * rows / cols)))
    down = -(-len(planes) // across)
    gap = max(1, rows // 30)
    sheet = np.full((down * (rows + gap) - gap, across * (cols + gap) - gap), np.nan, np.float32)
    for number, plane in enumerate(planes):
        top, left = (number // across) * (rows + gap), (number % across) * (cols + gap)
        sheet[top : top + rows, left : left + cols] = plane
    return sheet


def _arrows(view: LayerView) -> list[Arrows]:
    grid = view.grid
    stride = -(-max(grid.used_rows, grid.used_cols) // _MOST_ARROWS)
    rows, cols = np.meshgrid(
        np.arange(stride // 2, grid.used_rows, stride), np.arange(stride // 2, grid.used_cols, stride), indexing="ij"
    )
    at_N2 = _centres(view, np.stack([rows.ravel(), cols.ravel()], 1))
    actions_N = view.table.policy_mn[rows.ravel(), cols.ravel()]
    length = 0.8 * stride * float(grid.col_edges[-1]) / grid.used_cols
    return [
        Arrows(name, at_N2[chosen], _STEPS_XY[actions_N[chosen] % 4] * length)
        for number, name in enumerate(view.manipulations)
        if (chosen := actions_N // 4 == number).any()
    ]


def _path(view: LayerView, path: Sequence[tuple[int, int]]) -> npt.NDArray[np.float64]:
    return _centres(view, np.asarray(path))


def _centres(view: LayerView, cells_N2: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Give the middles of cells in px, x then y."""
    ys, xs = ((edges[:-1] + edges[1:]) / 2 for edges in (view.grid.row_edges, view.grid.col_edges))
    return np.stack([xs[cells_N2[:, 1]], ys[cells_N2[:, 0]]], 1)


def _numbers(view: LayerView, frame: Clip, seconds: float) -> dict[str, object]:
    returns = view.table.returns
    return {
        "size": [view.grid.rows, view.grid.cols],
        "cells_on_picture": [view.grid.used_rows, view.grid.used_cols],
        "manipulations": list(view.manipulations),
        "class": view.look.class_name,
        "episodes": len(returns),
        "regret": round(float(view.table.regret), 4),
        "mean_return_of_last_tenth": round(float(returns[-max(1, len(returns) // 10) :].mean()), 4)
        if len(returns)
        else None,
        "seconds": round(seconds, 3),
        "seen": seen_numbers(view, frame, _window(view)),
    }
