"""Run a recipe over films: cut, compute, join, write down what was done."""

import contextlib
import datetime
import os
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mutoscope.core.errors import InputError, MutoscopeError, OutputError, ParameterError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.engine.fingerprint import versions
from mutoscope.engine.plan import Plan, plan_film
from mutoscope.engine.pool import InlinePool, Pool
from mutoscope.engine.result import RunResult
from mutoscope.engine.schedule import Film, work_off
from mutoscope.engine.store import Store, work_folder
from mutoscope.recipes.manifest import (
    Manifest,
    Result,
    Run,
    SetAside,
    Shot,
    manifest_path,
    write_manifest,
)
from mutoscope.recipes.recipe import Recipe, load_recipe
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.storage.lock import only_writer
from mutoscope.video.encoders import CONTAINERS
from mutoscope.video.info import is_picture_name, is_sequence_name
from mutoscope.video.pieces import Piece, read_summary
from mutoscope.video.rising import usual_step
from mutoscope.video.sequence import numbered
from mutoscope.video.sound_part import SoundPart
from mutoscope.video.write import create_video, is_source

__all__ = ["Failure", "open_pool", "places", "result_of", "run_films", "run_recipe"]


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
        report: takes progress.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    made = recipe if isinstance(recipe, Recipe) else load_recipe(Path(recipe))
    place = Path(result)
    if not isinstance(recipe, Recipe):
        place = _place(Path(source), place, is_one=True)
    store = Store(work_folder() if work is None else Path(work))
    with store.in_use(), open_pool(store, workers, cluster) as pool:
        outcome = next(run_films(made, [(Path(source), place)], pool, store, manifest=manifest, report=report))
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


def places(sources: Sequence[Path], result: Path) -> list[tuple[Path, Path]]:
    """Say where the result of each source goes.

    Raises:
        OutputError: several sources and a result that is no folder, or two results of one name.

    """
    pairs = [(source, _place(source, result, is_one=len(sources) == 1)) for source in sources]
    seen: dict[Path, Path] = {}
    for source, place in pairs:
        if place in seen:
            raise OutputError(
                f"{seen[place]} and {source} would both become {place}; give them different names or run them apart."
            )
        seen[place] = source
    return pairs


def run_films(
    recipe: Recipe,
    pairs: Sequence[tuple[Path, Path]],
    pool: Pool,
    store: Store,
    *,
    manifest: bool = True,
    report: Listener = ignore,
) -> Iterator[RunResult | Failure]:
    """Run a recipe over films, each with its place; yield what became of each as it ends.

    Raises:
        MutoscopeError: the workers are gone.

    """
    device = pool.device(recipe.film.device)
    failed: list[Failure] = []
    begun: dict[Path, float] = {}
    with contextlib.ExitStack() as held:

        def plans() -> Iterator[Plan]:
            for source, place in pairs:
                begun[place] = time.monotonic()
                try:
                    held.enter_context(_reserved(source, place))
                    plan = plan_film(recipe, source, place, device, store, report)
                    _try_out(plan)
                except MutoscopeError as error:
                    failed.append(Failure(source, error))
                else:
                    yield plan

        for film in work_off(plans(), pool, store, report):
            try:
                if film.error is not None:
                    raise film.error
                yield _finish(film, pool, store, begun[film.plan.result], manifest=manifest, report=report)
            except MutoscopeError as error:
                failed.append(Failure(film.plan.source, error))
        yield from failed


@contextlib.contextmanager
def _reserved(source: Path, place: Path) -> Iterator[None]:
    if not place.parent.is_dir():
        raise OutputError(f"the folder {place.parent} does not exist; make it or choose another place.")
    del source
    with only_writer(place):
        yield


def _try_out(plan: Plan) -> None:
    """Refuse what cannot be written before any work: container, codec, size, folder, a result that is an input."""
    film = plan.recipe.film
    for used in plan.inputs[1:]:
        if is_source(plan.result, Path(used.path)):
            raise OutputError(f"the result {plan.result} is an input itself ({used.role}); give another name.")
    writer = create_video(
        plan.result, like=plan.info, source=plan.source, codec=film.codec, crf=film.crf, bit_depth=film.bit_depth
    )
    stop = MutoscopeError("only tried out")
    writer.__exit__(MutoscopeError, stop, None)


def _finish(film: Film, pool: Pool, store: Store, begun: float, *, manifest: bool, report: Listener) -> RunResult:
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
    if done.manifest is not None:
        _write_manifest(
            film, done, [(n, p, s.frames) for n, p, s in zip(done_ones, pieces, summaries, strict=True)], pool
        )
    return done


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


def _write_manifest(film: Film, done: RunResult, pieces: list[tuple[int, Piece, int]], pool: Pool) -> None:
    assert done.manifest is not None
    plan, outcomes = film.plan, list(film.outcomes.values())
    cpu = sum(outcome.cpu_seconds for outcome in outcomes)
    busy = sum(outcome.seconds for outcome in outcomes)
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=done.seconds)
    told = Manifest(
        kind="film",
        time_base=str(plan.info.time_base),
        inputs=plan.inputs,
        recipe=plan.recipe.as_plain(),
        weights=plan.weights,
        versions=versions(),
        result=result_of(done),
        shots=tuple(
            Shot(
                shot=plan.stretches[number].shot,
                first_pts=plan.span(number).start,
                end_pts=_end(plan, number),
                frames=frames,
                key=film.keys[number],
                sha256=piece.path.name.split(".")[1],
            )
            for number, piece, frames in pieces
        ),
        set_aside=tuple(
            SetAside(first_pts=plan.span(number).start, end_pts=_end(plan, number), reason=reason)
            for number, reason in sorted(film.set_aside.items())
        ),
        notices=done.notices,
        run=Run(
            machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
            seconds=round(done.seconds, 3),
            cpu_seconds=round(cpu, 3),
            device_seconds=round(busy, 3) if plan.device == "cuda" else 0.0,
            engine=pool.name,
            computed=done.computed,
            reused=done.reused,
            started=began.isoformat(timespec="seconds"),
        ),
    )
    write_manifest(told, done.manifest)


def _end(plan: Plan, number: int) -> int:
    end = plan.span(number).end
    return plan.index.pts[-1] + usual_step(plan.info) if end is None else end


def result_of(done: RunResult) -> Result:
    """Describe a result by its bytes; those of a sequence by all its pictures.

    Raises:
        OSError: it is not there.

    """
    path = str(done.path.absolute())
    if is_sequence_name(done.path):
        wanted = set(done.numbers)  # older pictures of the same pattern may lie there too
        files = [(number, one) for number, one in numbered(done.path) if number in wanted]
        digest = hash_json([[number, hash_file(one)] for number, one in files])
        return Result(path=path, sha256=digest, bytes=sum(one.stat().st_size for _, one in files), frames=done.frames)
    return Result(path=path, sha256=hash_file(done.path), bytes=done.path.stat().st_size, frames=done.frames)


def _place(source: Path, result: Path, *, is_one: bool) -> Path:
    """Give the name of a result: as it was said, or the source's own name in the folder that was said."""
    is_name = is_sequence_name(result) or is_picture_name(result) or result.suffix.lower() in CONTAINERS
    if is_one and result.suffix and not result.is_dir():
        return result
    if result.exists() and not result.is_dir():
        raise OutputError(f"{result} is a file and several films are given; give a folder for the results.")
    if not is_one and is_name:
        raise OutputError(
            f"{result.name} is the name of one film and several are given; give a folder for the results."
        )
    try:
        result.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {result} cannot be made ({error.strerror}); choose another place.") from error
    if is_sequence_name(source) or is_picture_name(source):
        return result / source.name
    return result / (source.name if source.suffix.lower() in CONTAINERS else f"{source.stem}.mp4")


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
