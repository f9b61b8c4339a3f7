"""The recipe that a job stands for: the same that the engine makes of the same options.

As a recipe it can be priced, limited in cost, signed or not, and looked at in part.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutoscope.autoencode.bend_params import along
from mutoscope.autoencode.card_file import open_card
from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import make_params
from mutoscope.engine.corrupt import recipe_of as corrupt_recipe
from mutoscope.engine.own_size import own_size
from mutoscope.engine.ready import ready_to_paint
from mutoscope.filters.params import FilterParams
from mutoscope.filters.play import load_mixed
from mutoscope.recipes.composed import composed
from mutoscope.recipes.film_params import DEFAULT_LONG_SIDE_PX
from mutoscope.recipes.recipe import FORMAT, Recipe
from mutoscope.service.jobs.runs.task import Task, as_source
from mutoscope.video.index import index_frames
from mutoscope.video.info import VideoInfo, probe

__all__ = ["options_of", "recipe_of"]

_ENLARGED = 4


def recipe_of(task: Task, source: Path) -> Recipe:
    """Make the recipe of a job.

    Args:
        task: of a kind that plays one effect, or takes a recipe.
        source: film or picture.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    if task.recipe is not None:
        return Recipe.from_plain({"mutoscope": FORMAT, **task.recipe}, Path.cwd())
    return _MAKERS[task.kind](task, source)


def options_of(task: Task, *apart: str) -> dict[str, Any]:
    """Give what was said, without some of it, as the functions of the engine take it."""
    return {name: value for name, value in task.values.items() if name not in apart and value is not None}


def _stylize(task: Task, source: Path) -> Recipe:
    del source
    guide = task.maybe("guide")
    options = options_of(task, "mask")
    recipe = composed(
        "stylize.optimise", options, task.values.get("mask") or None, None if guide is None else as_source(guide)
    )
    ready_to_paint(recipe, task.report)
    return recipe


def _filter(task: Task, source: Path) -> Recipe:
    recipe = composed(
        "filter.play", {**own_size(source), **options_of(task, "mask", "frames")}, task.values.get("mask")
    )
    params = make_params(FilterParams, recipe.step[-1].params)
    params.check_together()
    if params.items()[params.main].card.kind != "onnx":
        load_mixed(params)
    return recipe


def _corrupt(task: Task, source: Path) -> Recipe:
    return corrupt_recipe(source, mask=task.values.get("mask"), **options_of(task, "mask", "report"))


def _datamosh(task: Task, source: Path) -> Recipe:
    motion, values = task.maybe("motion"), options_of(task, "mask")
    mode = values.get("mode") or ("bloom" if motion is None else "melt")
    if motion is not None and mode not in ("melt", "transplant"):
        raise ParameterError(f"a second film goes with melt and transplant, not with {mode}; leave it out.")
    if motion is None and mode == "transplant":
        raise ParameterError("transplant takes the motion of a second film; give it as the input motion.")
    said = {**own_size(source), "effort": "fast", **values, "mode": mode}
    if motion is not None and mode == "melt" and said.get("times") is None:
        first, last = _ends(probe(source))
        said["times"] = f"{(first + last) / 2:.3f}s"
    recipe = composed("corrupt.datamosh", said, task.values.get("mask"))
    if motion is None:
        return recipe
    told = recipe.step[-1].model_copy(update={"inputs": {"motion": str(motion.absolute())}})
    return recipe.model_copy(update={"step": (*recipe.step[:-1], told)})


def _autoencode(task: Task, source: Path) -> Recipe:
    model = task.one("model")
    card, info = open_card(model), probe(source)
    seen = max(card.profile.width, card.profile.height)
    size = min(max(info.width, info.height, 16), DEFAULT_LONG_SIDE_PX, _ENLARGED * seen)
    said = {"size": size, **options_of(task, "mask", "compare"), "model": str(model.absolute())}
    if info.sample_aspect_ratio != 1:
        said.setdefault("pixel_shape", round(float(info.sample_aspect_ratio), 6))
    if said.get("bends"):
        seconds = 0.0 if info.kind == "picture" else _ends(info)[1]
        said["bends"] = [one if isinstance(one, Mapping) else along(one, seconds) for one in _parted(said["bends"])]
    return composed("autoencode.play", said, task.values.get("mask"))


def _parted(bends: str | Sequence[Any]) -> list[Any]:
    listed = [bends] if isinstance(bends, str) else list(bends)
    return [part for one in listed for part in (one.split(";") if isinstance(one, str) else [one]) if part]


def _ends(info: VideoInfo) -> tuple[float, float]:
    pts = index_frames(info).pts
    return float(pts[0] * info.time_base), float(pts[-1] * info.time_base)


_MAKERS = {
    "stylize": _stylize,
    "filter": _filter,
    "filter_frames": _filter,
    "corrupt": _corrupt,
    "datamosh": _datamosh,
    "autoencode": _autoencode,
}
