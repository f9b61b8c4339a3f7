"""What was done, written beside a result."""

import datetime
import os
import platform

from mutoscope.engine.cost import Money
from mutoscope.engine.fingerprint import versions
from mutoscope.engine.plan import Plan
from mutoscope.engine.pool import Pool
from mutoscope.engine.result import RunResult
from mutoscope.engine.schedule import Film
from mutoscope.recipes.manifest import Manifest, Result, Run, SetAside, Shot
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.video.info import is_sequence_name
from mutoscope.video.pieces import Piece
from mutoscope.video.rising import usual_step
from mutoscope.video.sequence import numbered

__all__ = ["described", "result_of"]


def described(
    film: Film, done: RunResult, pieces: list[tuple[int, Piece, int]], pool: Pool, money: Money | None = None
) -> Manifest:
    """Make the manifest of a film that is finished.

    Args:
        film: what was to be done, and what became of it.
        done: what came out.
        pieces: number, file and frames of each segment in the film.
        pool: who did it.
        money: prices, and what was expected.

    Raises:
        OSError: the result is not there.

    """
    plan, outcomes = film.plan, list(film.outcomes.values())
    cpu = sum(outcome.cpu_seconds for outcome in outcomes)
    busy = sum(outcome.seconds for outcome in outcomes)
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=done.seconds)
    result = result_of(done)
    return Manifest(
        kind="film",
        time_base=str(plan.info.time_base),
        inputs=plan.inputs,
        recipe=plan.recipe.as_plain(),
        weights=plan.weights,
        versions=versions(),
        result=result,
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
            **({} if money is None else money.told(outcomes, result.bytes)),
        ),
    )


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
