"""Inside of a job's process: runs what its kind says, tells how far it is, shows frames, comes to rest when asked."""

import contextlib
import importlib
import os
import resource
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from mutoscope.core.called import called
from mutoscope.core.errors import IncompleteError, MutoscopeError, TruncatedInputError
from mutoscope.core.onlooker import watching
from mutoscope.service.jobs.kinds.table import KINDS
from mutoscope.service.jobs.runs.task import OUT, Made, Product, Task
from mutoscope.service.jobs.telling import Reporter, Showing
from mutoscope.service.jobs.wording import plain_values, plain_words, without_places
from mutoscope.service.problems import Problem, problem_of
from mutoscope.service.sandbox.child import tell

__all__ = ["work"]


def work(job: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """Do a job; called in a process of its own, within its bounds.

    Args:
        job: kind, inputs, parameters, recipe, preview, result, titles, max_cost, sign, prices, cluster.
        folder: of the job.

    Returns:
        what was made, as JSON; {"stopped": True} where somebody asked for an end.

    """
    signal.signal(signal.SIGTERM, _stop)
    began = time.monotonic()
    os.chdir(folder)
    OUT.mkdir(exist_ok=True)
    reporter = Reporter(tell)
    kind = KINDS[job["kind"]]
    try:
        if job["sign"]:
            _have_certificate()
        task = _task(job, reporter)
        module, _, name = kind.run.partition(":")
        titles = {Path(place).name: title for place, title in job["titles"].items()}
        with watching(Showing(Path("previews"), tell)), called(titles):
            made = _made(getattr(importlib.import_module(module), name), task)
        reporter.flush()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        without_places([one.path for one in made.products], folder)
    except KeyboardInterrupt:
        return {"stopped": True}
    except MutoscopeError as error:
        raise _worded(error, folder, job["titles"]) from None
    return _told(made, job, folder, time.monotonic() - began)


def _made(run: Callable[[Task], Made], task: Task) -> Made:
    """Run a kind's function; where something is missing in what it made, what there is is delivered."""
    from mutoscope.engine.cost import CostLimitError

    try:
        return run(task)
    except CostLimitError as error:
        told = str(error).replace("give a higher --max-cost to go on from here", "send it again with a higher max_cost")
        raise Problem("cost-limit", told, pointer="/max_cost") from None
    except (IncompleteError, TruncatedInputError) as error:
        found = [one for one in sorted(OUT.iterdir()) if one.is_file() and not one.name.startswith(".")]
        if not found:
            raise
        return Made([Product(one, "result", one.name) for one in found], partial=str(error))


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    # As Ctrl-C does on the command line: what works writes down how far it is.
    raise KeyboardInterrupt


def _task(job: Mapping[str, Any], reporter: Reporter) -> Task:
    wish = job.get("result") or {}
    return Task(
        kind=job["kind"],
        inputs={role: [Path(one) for one in files] for role, files in job["inputs"].items()},
        values=job.get("parameters") or {},
        recipe=job.get("recipe"),
        preview=job.get("preview"),
        suffix=wish.get("suffix"),
        name=wish.get("name"),
        titles=job["titles"],
        max_cost=job.get("max_cost"),
        sign=bool(job["sign"]),
        prices=job.get("prices"),
        cluster=job.get("cluster"),
        report=reporter,
    )


def _have_certificate() -> None:
    """Make a certificate where the owner has none yet: every result is signed."""
    from mutoscope.provenance.certificate import find_identity
    from mutoscope.provenance.issue import init_certificate

    # Where another job is just making it, that one will do.
    with contextlib.suppress(MutoscopeError):
        if find_identity() is None:
            init_certificate()


def _worded(error: MutoscopeError, folder: str, titles: Mapping[str, str]) -> Problem:
    field = getattr(error, "field", None)
    pointer = None if field is None else f"/parameters/{field}"
    problem = problem_of(error, pointer)
    return Problem(problem.kind.name, plain_words(problem.detail, folder, titles), pointer=pointer)


def _told(made: Made, job: Mapping[str, Any], folder: str, seconds: float) -> dict[str, Any]:
    products = [{"path": str(one.path), "role": one.role, "name": one.name} for one in made.products]
    num_bytes = sum(one.path.stat().st_size for one in made.products if one.path.is_file())
    money = dict(made.money) or _priced(job.get("prices"), seconds, num_bytes)
    return {
        "products": products,
        "frames": made.frames,
        "notices": [plain_words(one, folder, job["titles"]) for one in made.notices],
        "partial": None if made.partial is None else plain_words(made.partial, folder, job["titles"]),
        "told": plain_values(made.told, folder, job["titles"]),
        "used": {"frames": made.frames, "bytes": num_bytes, **money},
        "seconds": seconds,
    }


def _priced(prices: str | None, seconds: float, num_bytes: int) -> dict[str, Any]:
    """Give what a job without a manifest has cost: the time of its processes, by the price book."""
    from mutoscope.engine.price_book import load_prices
    from mutoscope.engine.tasks import Outcome

    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in spent)
    book = load_prices(None if prices is None else Path(prices))
    cost = book.of_work(Outcome("job", seconds=seconds, cpu_seconds=cpu, reused=False))
    cost += book.of_bytes(num_bytes, leave=False)
    return {"cpu_seconds": cpu, "cost": cost, "price": book.price(cost), "currency": book.currency}
