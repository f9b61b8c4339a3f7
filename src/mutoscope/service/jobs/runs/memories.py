"""Jobs with networks that have seen one film."""

from pathlib import Path
from typing import Any

from mutoscope.engine.cross import cross
from mutoscope.engine.dream import dream
from mutoscope.engine.latents import latents
from mutoscope.engine.walk import walk
from mutoscope.service.jobs.runs.films import files_in, made_of
from mutoscope.service.jobs.runs.recipes import options_of
from mutoscope.service.jobs.runs.task import OUT, Made, Product, Task

__all__ = ["run_cross", "run_dream", "run_latents", "run_walk"]


def run_walk(task: Task) -> Made:
    """Walk through what a network remembers."""
    return _from_model(task, walk)


def run_dream(task: Task) -> Made:
    """Dream on from a moment."""
    return _from_model(task, dream)


def run_latents(task: Task) -> Made:
    """Take a film apart into numbers, or make one of them."""
    source = task.one("source")
    place, name = task.result(source, ".mp4" if source.suffix == ".npz" and task.maybe("model") else ".npz")
    done = latents(
        source,
        place,
        model=task.maybe("model"),
        edit=task.maybe("edit"),
        sound=task.maybe("sound"),
        report=task.report,
        **_options(task),
    )
    return made_of(done, name, "result" if place.suffix != ".npz" else "numbers")


def run_cross(task: Task) -> Made:
    """See films through models."""
    folder = OUT / "cross"
    films, models = task.many("films"), task.many("models")
    done = cross(films, models, folder, report=task.report, **options_of(task))
    named = {done.matrix: "sheet", done.matrix_csv: "numbers", done.matrix_json: "numbers"}
    products = [Product(path, role, path.name) for path, role in named.items()]
    products += [Product(path, "result", path.name) for path in files_in(folder) if path not in named]
    return Made(products, len(done.cells), done.notices)


def _from_model(task: Task, make: Any) -> Made:
    place, name = task.result(task.one("model"))
    latents_of: Path | None = task.maybe("latents")
    done = make(place, model=task.one("model"), latents=latents_of, report=task.report, **_options(task))
    return made_of(done, name)


def _options(task: Task) -> dict[str, Any]:
    options = options_of(task)
    if isinstance(options.get("bends"), list) and all(isinstance(one, str) for one in options["bends"]):
        options["bends"] = ";".join(options["bends"])
    return options
