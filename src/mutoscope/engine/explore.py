"""`mutoscope stylize --explore`: style weight, brush size and strength on three frames of a film, on one sheet."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import OutputError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.effects.protocol import Context
from mutoscope.engine.calm_frames import calm_frames
from mutoscope.engine.device import choose_device, torch_threads
from mutoscope.engine.explore_sheet import Attempt, Grid, command_for, draw_attempts, words_for, write_sidecar
from mutoscope.engine.ready import ready_to_paint
from mutoscope.recipes.composed import Masks, composed
from mutoscope.recipes.film_params import DEFAULT_LONG_SIDE_PX
from mutoscope.recipes.recipe import Recipe
from mutoscope.stylize.optimise import Optimise
from mutoscope.stylize.params import OptimiseParams
from mutoscope.video.read import open_video
from mutoscope.video.sheet import check_sheet_name
from mutoscope.video.write import is_source

__all__ = ["ExploreResult", "explore"]

_PLACES = (1 / 6, 3 / 6, 5 / 6)
_FACTORS = (0.5, 1.0, 2.0)
_STRENGTHS = (1.0, 0.5)
_SIDE_PX, _ITERATIONS = 320, 60
_HEAVY = {"vgg19": (192, 40), "resnext50_32x4d": (192, 40), "resnet18": (256, 60)}
"""Long side and iterations for networks with which the sheet would take an hour on a processor."""


@dataclass(frozen=True)
class ExploreResult:
    """What was drawn.

    Attributes:
        path: the sheet.
        sidecar: the parameters of its pictures, as JSON.
        tried: its pictures, row by row.
        seconds: wall time.
        notices: what a person should know, one line each.
        advice: what to type next.

    """

    path: Path
    sidecar: Path
    tried: tuple[Attempt, ...]
    seconds: float
    notices: tuple[str, ...]
    advice: str


def explore(
    source: str | Path,
    sheet: str | Path,
    *,
    style: str | Path | None = None,
    mask: Masks = None,
    guide: str | Path | None = None,
    report: Listener = ignore,
    **options: Any,
) -> ExploreResult:
    """Paint frames of a film with several style weights and sizes of the brush, and draw them on a sheet.

    Each frame is painted by itself and small, all with the same seed. Half the strength is drawn beside the whole.
    Beside the sheet a JSON file tells the parameters of each picture and its place.

    Args:
        source: video, picture or `%05d.png` sequence.
        sheet: png or jpg.
        style: picture whose manner is taken.
        mask: goes into the command on the sheet; the frames are painted everywhere, with `style`.
        guide: likewise.
        report: takes progress, in cells.
        **options: as of `stylize`; the values tried are half, once and twice its `beta` and `style_scale`.

    Raises:
        InputError: the source or the style cannot be read.
        OutputError: the sheet cannot be written there.
        ParameterError: an option is not allowed.
        WeightsError: the backbone's weights are not to be had.

    """
    began = time.monotonic()
    source, sheet = Path(source), Path(sheet)
    recipe = composed("stylize.optimise", {**({} if style is None else {"style": str(style)}), **options}, mask, guide)
    check_sheet_name(sheet)
    params, film, device = ready_to_paint(recipe, report), recipe.film, choose_device(recipe.film.device)
    _check_place(sheet, [source, *params.used_files().values()])
    side, steps = _affordable(params, device)
    size = film.size or DEFAULT_LONG_SIDE_PX
    with open_video(source, size=size, enlarge=film.size is not None) as whole:
        full = max(whole.info.width, whole.info.height)
    with open_video(source, size=min(side, full), enlarge=True) as small:
        frames = calm_frames(small, _PLACES)
    grid = _grid(params, frames[len(frames) // 2].seconds(0))
    ctx = Context(seed=film.seed, device=device)
    with torch_threads(film.threads):
        alone = params.model_copy(update={"iterations": steps, "strength": 1.0, "passes": 1, "regions": ()})
        painted = _paint(frames, grid, alone, ctx, report)
    notices = _notices(params, recipe, steps, min(side, full), full)
    typed = {name: value for name, value in {"mask": mask, "guide": guide, **options}.items() if name not in grid.own}
    command = command_for(source, style, typed)
    aspect = small.info.sample_aspect_ratio
    tried = draw_attempts(frames, painted, grid, aspect, command, notices, sheet)
    sidecar = sheet.with_name(f"{sheet.stem}.explore.json")
    write_sidecar(sidecar, command, tried, notices)
    then = "" if small.info.kind == "picture" else " --preview 2s"
    advice = f"With the words of the picture that you like, for instance: {command} {words_for(**grid.own)}{then}"
    return ExploreResult(sheet, sidecar, tried, time.monotonic() - began, tuple(notices), advice)


def _check_place(sheet: Path, inputs: Sequence[Path]) -> None:
    for used in inputs:
        if is_source(sheet, used):
            raise OutputError(f"the sheet {sheet} is an input itself; give another name.")
    if not sheet.parent.is_dir():
        raise OutputError(f"the folder {sheet.parent} does not exist; make it or choose another place.")


def _affordable(params: OptimiseParams, device: str) -> tuple[int, int]:
    """Give long side and iterations with which the sheet takes minutes."""
    side, most = (_SIDE_PX, _ITERATIONS) if device != "cpu" else _HEAVY.get(params.backbone, (_SIDE_PX, _ITERATIONS))
    return side, min(params.iterations, most)


def _grid(params: OptimiseParams, seconds: float) -> Grid:
    now = params.at(seconds)
    strength = now.strength or 1.0
    return Grid(
        betas=tuple(dict.fromkeys(now.beta * factor for factor in _FACTORS)),
        scales=tuple(dict.fromkeys(min(4.0, max(0.1, now.style_scale * factor)) for factor in _FACTORS)),
        strengths=tuple(strength * share for share in _STRENGTHS),
        own={"beta": now.beta, "style_scale": now.style_scale, "strength": strength},
    )


def _paint(
    frames: Sequence[Clip], grid: Grid, params: OptimiseParams, ctx: Context, report: Listener
) -> dict[tuple[int, float, float], Tensor]:
    """Paint each frame with each pair of values: 3,H,W by number of the frame, beta and style_scale."""
    total = len(frames) * len(grid.betas) * len(grid.scales)
    painted: dict[tuple[int, float, float], Tensor] = {}
    for scale in grid.scales:
        for beta in grid.betas:
            effect = Optimise(params.model_copy(update={"style_scale": scale, "beta": beta}))
            for number, frame in enumerate(frames):
                report(Progress("explore", len(painted), total, "cells"))
                # A context of its own: no frame is the past of another.
                alone = Context(seed=ctx.seed, device=ctx.device)
                painted[number, beta, scale] = next(iter(effect([frame], alone))).pixels_TCHW[0]
    report(Progress("explore", total, total, "cells"))
    return painted


def _notices(params: OptimiseParams, recipe: Recipe, steps: int, side: int, full: int) -> list[str]:
    fewer = f", {steps} iterations (yours: {params.iterations})" if steps < params.iterations else ""
    smaller = f", at {side} px (strokes are finer at your {full} px)" if side < full else ""
    notices = [f"Frames by themselves{smaller}{fewer}, seed {recipe.film.seed}."]
    if recipe.step[-1].mask or params.regions:
        notices.append("Painted everywhere: masks are left out here.")
    moving = [name for name in ("beta", "strength") if params.moves(name)]
    if moving:
        notices.append(f"{' and '.join(moving)} move in your film; the sheet goes from the value at the middle frame.")
    return notices
