import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

import queue_storm
from mutoscope.service.database.tables import Delivery, Event, Job, Ledger
from mutoscope.service.ids import new_id
from service_databases import KINDS, fresh_database, url_of


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


def fill(database, num_jobs):
    fixed = {"token_id": "t", "kind": "k", "body": {}, "state": "queued", "cancel_asked": False, "fence": 0}
    fixed |= {"lease_until": 0.0, "attempts": 0, "version": 1, "webhook": {"url": "https://example.org"}}
    jobs = [
        {
            "id": new_id("j"),
            "owner": f"t_{n % 7}",
            "lane": "preview" if n % 10 == 0 else "batch",
            "created_at": float(n),
        }
        | fixed
        for n in range(num_jobs)
    ]
    first = {"number": 1, "kind": "state", "data": {"state": "queued"}, "at": 0.0}
    with database.writing() as session:
        session.execute(insert(Job), jobs)
        session.execute(insert(Event), [{"job_id": job["id"], **first} for job in jobs])


@pytest.mark.parametrize(("num_jobs", "num_strikes"), [(120, 30), pytest.param(400, 100, marks=pytest.mark.slow)])
def test_killed_and_halted_processes_lose_no_job_and_end_none_twice(database, num_jobs, num_strikes):
    """The large one takes a quarter of a minute."""
    fill(database, num_jobs)
    database.engine.dispose()
    done = subprocess.run(
        [sys.executable, str(Path(queue_storm.__file__)), url_of(database), "4", str(num_strikes), "3"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    kills, halts = map(int, done.stdout.split())
    assert kills >= num_strikes // 3
    assert halts >= 1
    with database.reading() as session:
        jobs = session.scalars(select(Job)).all()
        assert Counter(job.state for job in jobs) == {"done": num_jobs}
        assert all(job.result == {"fence": job.fence} for job in jobs)  # the last claim has ended it, no earlier one
        assert sorted(session.scalars(select(Ledger.job_id))) == sorted(job.id for job in jobs)
        assert sorted(session.scalars(select(Delivery.job_id))) == sorted(job.id for job in jobs)
        numbers, begins, ends = {}, Counter(), Counter()
        for event in session.scalars(select(Event).order_by(Event.job_id, Event.number)):
            numbers.setdefault(event.job_id, []).append(event.number)
            begins[event.job_id] += event.data.get("state") == "running"
            ends[event.job_id] += event.data.get("state") == "done"
        assert begins == {job.id: job.fence for job in jobs}  # no two have had it under one number
        assert set(ends.values()) == {1}
        assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
        assert max(job.fence for job in jobs) > 1  # the storm has hit
        if database.is_sqlite:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
