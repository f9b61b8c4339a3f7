"""The queue of the service with 10,000 jobs: a page of the list, a claim, submits at once; on SQLite and PostgreSQL.

    python benchmarks/service_queue.py

Both databases flush to the disk at each commit, as in use. The reference of a page is the same page by OFFSET.
"""

import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from common import keep, table
from sqlalchemy import func, insert, select

from mutoscope.service.database.migrate import migrate
from mutoscope.service.database.open import Database, open_database
from mutoscope.service.database.tables import Event, Job
from mutoscope.service.ids import new_id
from mutoscope.service.jobs.queue import NewJob, Queue
from mutoscope.service.operations.quota import check_submit
from mutoscope.service.security.callers import Caller
from mutoscope.service.settings import Settings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import postgres_server  # it lies with the tests

NUM_JOBS, NUM_OWNERS, PAGE = 10_000, 50, 50
BODY = {"media": "media:m_0123456789012345678901", "effect": "stylize.optimise", "parameters": {"note": "x" * 400}}


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    found = {"SQLite": f"sqlite:///{folder / 'service.sqlite'}"}
    if postgres_server.folder_of_binaries() is None:
        yield found
        return
    place = folder / "postgres"
    place.mkdir()
    server = postgres_server.PostgresServer(place, settings=())
    server.start()
    try:
        yield found | {"PostgreSQL": server.url().replace("postgresql:", "postgresql+psycopg:")}
    finally:
        server.stop()


def fill(database: Database, num_jobs: int, owners: int, name: str, state: str) -> None:
    fixed = {"token_id": "t", "kind": "effect", "body": BODY, "lane": "batch", "cancel_asked": False, "fence": 0}
    fixed |= {"lease_until": 0.0, "attempts": 0, "version": 1}
    jobs = [
        {"id": new_id("j"), "owner": f"{name}_{n % owners}", "created_at": float(n), **fixed}
        | ({"state": "failed"} if state == "done" and n % 1000 == 999 else {"state": state})
        for n in range(num_jobs)
    ]
    first = {"number": 1, "kind": "state", "data": {"state": "queued"}, "at": 0.0}
    with database.writing() as session:
        session.execute(insert(Job), jobs)
        session.execute(insert(Event), [{"job_id": job["id"], **first} for job in jobs])


def milliseconds(work: Callable[[], object], times: int) -> tuple[float, float]:
    """The median and the 99th percentile of one call."""
    work()
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - start))
    return float(np.percentile(took, 50)), float(np.percentile(took, 99))


def by_offset(database: Database, chance: random.Random) -> None:
    query = select(Job).where(Job.owner == "long_0").order_by(Job.created_at.desc(), Job.id.desc())
    with database.reading() as session:
        session.scalars(query.limit(PAGE).offset(chance.randrange(NUM_JOBS))).all()


def claim_and_finish(queue: Queue) -> None:
    job = queue.claim("s", ("preview", "batch"), 30)
    assert job is not None
    queue.finish(job.id, job.fence, "done", result={"media": []})


def check(database: Database) -> None:
    with database.reading() as session:
        check_submit(session, Caller("t", "full_0", "studio", is_admin=False), Settings())


def at_once(work: Callable[[int], object], times: int, threads: int = 16) -> tuple[float, float, float]:
    """Calls a second, and median and 99th percentile of one call in milliseconds."""
    took: list[float] = []
    lock = threading.Lock()

    def one(number: int) -> None:
        start = time.perf_counter()
        work(number)
        with lock:
            took.append(1000 * (time.perf_counter() - start))

    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, range(times)))
    return times / (time.perf_counter() - start), float(np.percentile(took, 50)), float(np.percentile(took, 99))


def measured(url: str) -> dict[str, object]:
    database = open_database(url)
    migrate(database)
    queue, chance = Queue(database), random.Random(1)
    fill(database, NUM_JOBS, 1, "long", "done")
    fill(database, NUM_JOBS, NUM_OWNERS, "many", "queued")
    fill(database, 1999, 1, "full", "queued")
    found: dict[str, object] = {}

    def page(**more: object) -> object:
        return queue.list("long_0", after=(chance.uniform(0, NUM_JOBS), "z"), limit=PAGE, **more)  # type: ignore[arg-type]

    def new(key: str | None) -> NewJob:
        return NewJob(owner="new", token_id="t", kind="effect", body=BODY, key=key, lane="preview")

    found["page of 50, first, ms"] = milliseconds(lambda: queue.list("long_0", limit=PAGE), 500)
    found["page of 50, anywhere, ms"] = milliseconds(page, 500)
    found["the same by OFFSET, ms"] = milliseconds(lambda: by_offset(database, chance), 500)
    found["page of 50, one job in 1,000 fits, ms"] = milliseconds(lambda: queue.list("long_0", ["failed"]), 200)
    found["claim and finish, 51 owners wait, ms"] = milliseconds(lambda: claim_and_finish(queue), 400)
    found["limits of a token, 1,999 of 2,000 jobs wait, ms"] = milliseconds(lambda: check(database), 100)
    found["counts for metrics, ms"] = milliseconds(queue.counts, 100)
    found["submits by 16 threads, 1/s, ms"] = at_once(lambda _: queue.submit(new(None)), 1000)
    found["the same key by 16 threads, 1/s, ms"] = at_once(lambda _: queue.submit(new("k")), 1000)
    with database.reading() as session:
        made = session.scalar(select(func.count()).select_from(Job).where(Job.owner == "new"))
    found["jobs of 1,000 submits with one key"] = (made or 0) - 1000
    database.close()
    return found


def main() -> None:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    try:
        with databases(folder) as urls:
            numbers = {name: measured(url) for name, url in urls.items()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    def cell(value: object) -> str:
        return " / ".join(f"{x:.3g}" for x in value) if isinstance(value, tuple) else str(value)

    names = list(next(iter(numbers.values())))
    rows = [(name, *(cell(found[name]) for found in numbers.values())) for name in names]
    table("10,000 jobs: p50 / p99 (goal: a page in 100 ms, one job of one key)", ("what", *numbers), rows)
    keep("service_queue", numbers)


if __name__ == "__main__":
    main()
