"""Jobs that make a film of a film."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from mutoscope.core.errors import InputError, MutoscopeError
from mutoscope.engine.autoencode import compare_folder
from mutoscope.engine.compare_film import compare_film
from mutoscope.engine.corrupt_report import draw_report
from mutoscope.engine.estimate import estimate
from mutoscope.engine.histories import recipe_from_film
from mutoscope.engine.replay import replay
from mutoscope.engine.result import RunResult
from mutoscope.engine.review_page import write_review
from mutoscope.engine.run_recipe import Failure, open_budget, open_pool, run_films
from mutoscope.engine.store import Store, work_folder
from mutoscope.engine.stylize import stylize
from mutoscope.recipes.manifest import read_manifest
from mutoscope.recipes.recipe import Recipe
from mutoscope.service.jobs.runs.looking import look_at_part, quick_look
from mutoscope.service.jobs.runs.recipes import options_of, recipe_of
from mutoscope.service.jobs.runs.task import OUT, Made, Product, Task, as_source

__all__ = [
    "files_in",
    "made_of",
    "run_autoencode",
    "run_corrupt",
    "run_datamosh",
    "run_estimate",
    "run_filter",
    "run_keyframes",
    "run_recipe_job",
    "run_replay",
    "run_stylize",
]


def run_filter(task: Task) -> Made:
    """Play one effect over a film or picture."""
    return _one_film(task)


run_stylize = run_datamosh = run_filter


def run_corrupt(task: Task) -> Made:
    """Corrupt a film; draw a report where it is wished."""
    made = _one_film(task)
    if not task.values.get("report") or task.preview is not None:
        return made
    folder = OUT / "report"
    draw_report(recipe_of(task, task.source()), task.source(), folder, report=task.report)
    return _with(made, [Product(one, "report", one.name) for one in files_in(folder)])


def run_autoencode(task: Task) -> Made:
    """See a film through a model; compare it where that is wished."""
    made = _one_film(task)
    if not task.values.get("compare") or task.preview is not None:
        return made
    result = made.products[0].path
    folder = compare_folder(result)
    compare_film(task.source(), result, folder, model=task.one("model"), fit=task.values.get("fit"), report=task.report)
    return _with(made, [Product(one, "compare", one.name) for one in files_in(folder)])


def run_keyframes(task: Task) -> Made:
    """Carry painted frames through a film."""
    source = task.source()
    place, name = task.result(source)
    options = options_of(task, "style", "mask", "keyframes")
    done = stylize(
        source,
        place,
        style=task.values.get("style"),
        mask=task.values.get("mask"),
        keyframes=task.values["keyframes"],
        cluster=task.cluster,
        manifest=True,
        report=task.report,
        **options,
    )
    return made_of(done, name)


def run_recipe_job(task: Task) -> Made:
    """Run a recipe over films; each has its own result, and one that fails leaves the others."""
    sources = [as_source(one) for one in task.many("source")]
    if task.preview is not None:
        return _preview(task, sources[0])
    recipe = _recipe(task)
    if task.recipe is not None:
        quick_look(task, sources[0])
    places = [_numbered(task, one, number, len(sources)) for number, one in enumerate(sources, 1)]
    pairs = [(source, place) for source, (place, _) in zip(sources, places, strict=True)]
    outcomes = _run(task, recipe, pairs)
    if len(pairs) == 1 and isinstance(outcomes[0], Failure):
        raise outcomes[0].error
    names = dict(places)
    source_of = {place: source for source, place in pairs}
    parts = []
    for one in outcomes:
        if isinstance(one, Failure):
            parts.append(Made(partial=f"{task.title(one.source)}: {one.error}"))
            continue
        made = made_of(one, names[one.path])
        if task.values.get("review"):
            folder = OUT / f"review-{one.path.stem}"
            pages = write_review(one.path, folder, source_of[one.path])
            made = _with(made, [Product(page, "review", page.name) for page in pages])
        parts.append(made)
    if not any(part.products for part in parts):
        raise MutoscopeError(f"none of {len(pairs)} films could be made: {parts[0].partial}")
    return _joined(parts)


def run_estimate(task: Task) -> Made:
    """Say what a recipe will take."""
    recipe = recipe_of(task, task.source())
    told = estimate(
        recipe, task.source(), prices=task.prices, suffix=task.values.get("suffix", ".mp4"), report=task.report
    )
    return Made(told={**asdict(told), "cost_per_frame": told.cost_per_frame, "cost_per_second": told.cost_per_second})


def run_replay(task: Task) -> Made:
    """Make a result again from its manifest, and compare."""
    manifest = task.one("manifest")
    told = read_manifest(manifest)
    if told.result is None:
        raise InputError("it is no manifest of a run; give the manifest of a result.")
    name = Path(told.result.path).name
    place = OUT / name
    done = replay(manifest, out=place, fresh=bool(task.values.get("fresh")), cluster=task.cluster, report=task.report)
    return made_of(done, name)


def made_of(done: RunResult, name: str, role: str = "result") -> Made:
    """Tell what a run made, as the command line does at its end."""
    products = [Product(done.path, role, name)]
    money: dict[str, Any] = {}
    if done.manifest is not None and done.manifest.is_file():
        products.append(Product(done.manifest, "manifest", f"{Path(name).stem}.mutoscope.json"))
        run = read_manifest(done.manifest).run
        if run is not None:
            fields = ("cpu_seconds", "device_seconds", "cost", "price", "currency")
            money = {field: getattr(run, field) for field in fields}
    partial = done.truncated
    if done.set_aside:
        pieces = "1 piece" if len(done.set_aside) == 1 else f"{len(done.set_aside)} pieces"
        partial = f"{pieces} could not be computed and are missing; retry to try once more: {done.set_aside[0]}"
    told = {"frames": done.frames, "seconds": done.seconds, "computed": done.computed, "reused": done.reused}
    return Made(products, done.frames, (*done.notices, *done.set_aside), partial, told, money)


def _one_film(task: Task) -> Made:
    source = task.source()
    if task.preview is not None:
        return _preview(task, source)
    quick_look(task, source)
    place, name = task.result(source)
    outcome = _run(task, recipe_of(task, source), [(source, place)])[0]
    if isinstance(outcome, Failure):
        raise outcome.error
    return made_of(outcome, name)


def _preview(task: Task, source: Path) -> Made:
    assert task.preview is not None
    suffix = ".mp4" if task.preview.get("seconds") is not None else ".png"
    place, name = task.result(source, suffix)
    return made_of(look_at_part(task, source, place), name, "preview")


def _run(task: Task, recipe: Recipe, pairs: list[tuple[Path, Path]]) -> list[RunResult | Failure]:
    store = Store(work_folder())
    with store.in_use(), open_pool(store, 0, task.cluster) as pool:
        budget = open_budget(task.prices, task.max_cost, pool.device(recipe.film.device))
        sign = None if task.sign else False
        return list(run_films(recipe, pairs, pool, store, budget=budget, sign=sign, report=task.report))


def _recipe(task: Task) -> Recipe:
    film = task.maybe("recipe_from")
    return recipe_of(task, task.many("source")[0]) if film is None else recipe_from_film(film, task.many("given"))


def _numbered(task: Task, source: Path, number: int, total: int) -> tuple[Path, str]:
    place, name = task.result(source)
    if total == 1:
        return place, name
    # Two films may have the same name.
    return place.with_name(f"{number:03d}-{place.name}"), name


def _joined(parts: list[Made]) -> Made:
    money: dict[str, Any] = {}
    for part in parts:
        for field, value in part.money.items():
            money[field] = value if isinstance(value, str) else money.get(field, 0) + value
    return Made(
        products=[product for part in parts for product in part.products],
        frames=sum(part.frames for part in parts),
        notices=[notice for part in parts for notice in part.notices],
        partial="; ".join(part.partial for part in parts if part.partial) or None,
        told={"films": [dict(part.told) for part in parts]} if len(parts) > 1 else parts[0].told,
        money=money,
    )


def _with(made: Made, more: list[Product]) -> Made:
    return Made([*made.products, *more], made.frames, made.notices, made.partial, made.told, made.money)


def files_in(folder: Path) -> list[Path]:
    """List the files of a folder and those below it, hidden ones left out."""
    return sorted(one for one in folder.rglob("*") if one.is_file() and not one.name.startswith("."))
