"""Run a recipe over films: cut, compute, join, write down what was done."""

import contextlib
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mutoscope.core.errors import InputError, MutoscopeError, OutputError, ParameterError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.engine.cost import Budget, Money
from mutoscope.engine.estimate import calibrate
from mutoscope.engine.places import place_of
from mutoscope.engine.plan import Plan, plan_film
from mutoscope.engine.pool import InlinePool, Pool
from mutoscope.engine.price_book import load_prices
from mutoscope.engine.record import described
from mutoscope.engine.result import RunResult
from mutoscope.engine.schedule import Film, work_off
from mutoscope.engine.sign import sign_result, will_sign
from mutoscope.engine.store import Store, work_folder
from mutoscope.engine.tasks import Outcome
from mutoscope.recipes.manifest import manifest_path, write_manifest
from mutoscope.recipes.recipe import Recipe, load_recipe
from mutoscope.storage.lock import only_writer
from mutoscope.video.pieces import Piece, read_summary
from mutoscope.video.sound_part import SoundPart
from mutoscope.video.write import create_video, is_source

__all__ = ["Failure", "open_budget", "open_pool", "run_films", "run_recipe"]


@dataclass(frozen=True)
class Failure:
    """A film of several that could not be made."""

    source: Path
    error: MutoscopeError


def run_recipe(
    recipe: Recipe | str | Path,
    source: str | Path,
    result: str | Path,
    *,
    workers: int = 0,
    cluster: str | None = None,
    work: str | Path | None = None,
    manifest: bool = True,
    prices: str | Path | None = None,
    max_cost: float | None = None,
    sign: bool | None = None,
    report: Listener = ignore,
) -> RunResult:
    """Run a recipe over one film or picture; a run that was killed goes on with what is missing.

    Args:
        recipe: the path of a recipe, or one made in Python.
        source: video, picture or `%05d.png` sequence.
        result: where the result goes; for the path of a recipe it may be a folder. Nothing appears there before it is
            whole.
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for finished pieces; all workers must see it. The user's cache folder by default.
        manifest: whether to write beside the result what was done.
        prices: a price book; the package's own without it.
        max_cost: the run stops before it costs more, and goes on from there when it may.
        sign: whether the result gets a signed history; by default where there is a certificate.
        report: takes progress.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    made = recipe if isinstance(recipe, Recipe) else load_recipe(Path(recipe))
    place = Path(result)
    if not isinstance(recipe, Recipe):
        place = place_of(Path(source), place, is_one=True)
    store = Store(work_folder() if work is None else Path(work))
    with store.in_use(), open_pool(store, workers, cluster) as pool:
        budget = open_budget(prices, max_cost, pool.device(made.film.device))
        pairs = [(Path(source), place)]
        outcome = next(run_films(made, pairs, pool, store, manifest=manifest, budget=budget, sign=sign, report=report))
    if isinstance(outcome, Failure):
        raise outcome.error
    return outcome


@contextlib.contextmanager
def open_pool(store: Store, workers: int = 0, cluster: str | None = None) -> Iterator[Pool]:
    """Choose who does the work: this process, workers on this machine, or a cluster.

    Raises:
        ParameterError: both are asked for, or there is no scheduler at the address.

    """
    if workers and cluster:
        raise ParameterError("workers and cluster are both given; a cluster has workers of its own, give one of them.")
    if not workers and not cluster:
        with InlinePool(store) as inline:
            yield inline
        return
    # Not before it is wanted: dask takes a while to load.
    from mutoscope.engine.cluster import local_pool, remote_pool

    with remote_pool(store, cluster) if cluster else local_pool(store, workers) as pool:
        yield pool


def run_films(
    recipe: Recipe,
    pairs: Sequence[tuple[Path, Path]],
    pool: Pool,
    store: Store,
    *,
    manifest: bool = True,
    budget: Budget | None = None,
    sign: bool | None = None,
    report: Listener = ignore,
) -> Iterator[RunResult | Failure]:
    """Run a recipe over films, each with its place; yield what became of each as it ends.

    Raises:
        MutoscopeError: the workers are gone.

    """
    device = pool.device(recipe.film.device)
    budget = budget or open_budget(None, None, device)
    failed: list[Failure] = []
    begun: dict[Path, float] = {}
    expected: dict[Path, float] = {}
    rights: dict[Path, contextlib.ExitStack] = {}
    with contextlib.ExitStack() as held:

        def plans() -> Iterator[Plan]:
            for source, place in pairs:
                begun[place] = time.monotonic()
                try:
                    rights[place] = held.enter_context(contextlib.ExitStack())
                    rights[place].enter_context(_reserved(place))
                    plan = plan_film(recipe, source, place, device, store, report)
                    _try_out(plan)
                    if budget.limit is not None:
                        told = calibrate(plan, budget.prices, store, report=report)
                        budget.per_frame, expected[place] = max(budget.per_frame, told.cost_per_frame), told.cost
                except MutoscopeError as error:
                    rights[place].close()
                    failed.append(Failure(source, error))
                else:
                    yield plan

        for film in work_off(plans(), pool, store, report, budget):
            try:
                if film.error is not None:
                    raise film.error
                place = film.plan.result
                money = Money(budget.prices, expected.get(place))
                yield _finish(film, pool, store, begun[place], money, manifest=manifest, sign=sign, report=report)
            except MutoscopeError as error:
                failed.append(Failure(film.plan.source, error))
            finally:
                rights[film.plan.result].close()
        yield from failed


def open_budget(prices: str | Path | None, max_cost: float | None, device: str) -> Budget:
    """Read the price book and begin to count.

    Raises:
        InputError: it is no price book.
        ParameterError: the most that a run may cost is none, or the book does not know the device.

    """
    if max_cost is not None and not 0 < max_cost < math.inf:
        raise ParameterError(f"max_cost={max_cost:g} is not allowed; expected money above 0, like 5.00.")
    book = load_prices(None if prices is None else Path(prices))
    # A book that lacks the machine is told now, not when the work is done.
    book.of_work(Outcome("", reused=False, device="cuda" if device.startswith("cuda") else "cpu"))
    return Budget(book, max_cost)


@contextlib.contextmanager
def _reserved(place: Path) -> Iterator[None]:
    if not place.parent.is_dir():
        raise OutputError(f"the folder {place.parent} does not exist; make it or choose another place.")
    with only_writer(place):
        yield


def _try_out(plan: Plan) -> None:
    """Refuse what cannot be written before any work: container, codec, size, folder, a result that is an input."""
    film = plan.recipe.film
    for used in plan.inputs[1:]:
        if is_source(plan.result, Path(used.path)):
            raise OutputError(f"the result {plan.result} is an input itself ({used.role}); give another name.")
    writer = create_video(
        plan.result,
        like=plan.info,
        source=plan.source,
        codec=film.codec,
        crf=film.crf,
        bit_depth=film.bit_depth,
        effort=film.effort,
    )
    stop = MutoscopeError("only tried out")
    writer.__exit__(MutoscopeError, stop, None)


def _finish(
    film: Film,
    pool: Pool,
    store: Store,
    begun: float,
    money: Money,
    *,
    manifest: bool,
    sign: bool | None,
    report: Listener,
) -> RunResult:
    """Join the pieces, publish the film, write the manifest."""
    plan = film.plan
    done_ones = sorted(film.outcomes)
    pieces = [_piece(store, film.keys[number], plan.shift(number)) for number in done_ones]
    summaries = [read_summary(piece.path) for piece in pieces]
    frames = sum(summary.frames for summary in summaries)
    if frames == 0:
        reason = next(iter(film.set_aside.values()), f"{plan.source} has no frame that can be decoded.")
        raise InputError(reason)
    if manifest:
        # An older one must not stand beside a newer film.
        manifest_path(plan.result).unlink(missing_ok=True)
    notices, numbers = _join(plan, pieces, frames, report)
    notices += [str(n) for summary in summaries for n in _listed(summary.facts.get("notices"))]
    truncated = _truncated(plan, frames, is_damaged=any(summary.facts.get("damaged") for summary in summaries))
    outcomes = list(film.outcomes.values())
    done = RunResult(
        path=plan.result,
        frames=frames,
        seconds=time.monotonic() - begun,
        notices=tuple(dict.fromkeys(notices)),
        truncated=truncated,
        set_aside=tuple(film.set_aside[number] for number in sorted(film.set_aside)),
        computed=sum(not outcome.reused for outcome in outcomes),
        reused=sum(outcome.reused for outcome in outcomes),
        manifest=manifest_path(plan.result) if manifest else None,
        numbers=numbers,
    )
    if done.manifest is None and not will_sign(sign):
        return done
    told = described(
        film, done, [(n, p, s.frames) for n, p, s in zip(done_ones, pieces, summaries, strict=True)], pool, money
    )
    if done.manifest is not None:
        write_manifest(told, done.manifest)
    signed = sign_result(plan.result, told, [plan.source], sign=sign, numbers=numbers)
    return replace(done, notices=(*done.notices, *signed))


def _join(plan: Plan, pieces: Sequence[Piece], total: int, report: Listener) -> tuple[list[str], tuple[int, ...]]:
    film = plan.recipe.film
    done = 0
    keeps = None if plan.is_whole else [SoundPart(part.start, part.end, part.shift) for part in plan.parts]
    with create_video(
        plan.result,
        like=plan.shown,
        source=plan.source,
        codec=film.codec,
        crf=film.crf,
        bit_depth=film.bit_depth,
        effort=film.effort,
        sound_parts=keeps,
    ) as writer:
        for frames in writer.add_pieces(pieces):
            done += frames
            report(Progress("join", done, total))
    return list(writer.notices), writer.numbers


def _piece(store: Store, key: str, shift: int) -> Piece:
    path = store.find(key)
    if path is None:
        raise MutoscopeError("a finished piece has disappeared from the work folder; run again to make it anew.")
    return Piece(path, shift)


def _truncated(plan: Plan, frames: int, *, is_damaged: bool) -> str | None:
    reason = plan.index.breaks_off or (f"{plan.source} is damaged" if is_damaged else None)
    if reason is None or plan.info.kind != "video":
        return None
    expected = plan.info.num_frames if plan.info.num_frames_from == "header" else None
    return f"{reason}: {frames}{f' of {expected}' if expected else ''} frames could be decoded"


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
