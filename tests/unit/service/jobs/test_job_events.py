from concurrent.futures import ThreadPoolExecutor

import pytest

from mutoscope.service.jobs import events
from mutoscope.service.jobs.queue import NewJob, Queue
from mutoscope.service.problems import Problem
from service_databases import KINDS, fresh_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def jobs(database):
    return [Queue(database).submit(NewJob(owner="t_a", token_id="t_a", kind="k", body={})).id for _ in range(2)]


def test_numbers_have_no_gaps_when_many_write_at_once(database, jobs):
    def add(number):
        with database.writing() as session:
            return events.append(session, jobs[number % 2], "progress", {"done": number})

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(add, range(80)))
    for half, job_id in enumerate(jobs):
        assert sorted(given[half::2]) == list(range(2, 42))  # 1 is the job's beginning
        with database.reading() as session:
            found = events.since(session, job_id)
        assert [event.number for event in found] == list(range(1, 42))


def test_a_number_that_was_not_kept_is_given_again(database, jobs):
    with pytest.raises(OSError), database.writing() as session:  # noqa: PT011 # ours, without a text
        assert events.append(session, jobs[0], "notice", {}) == 2
        raise OSError
    with database.writing() as session:
        assert events.append(session, jobs[0], "notice", {}) == 2
        assert events.append(session, jobs[0], "notice", {}) == 3


def test_since_gives_what_came_after_in_order_and_no_more_than_asked_for(database, jobs):
    with database.writing() as session:
        for done in range(5):
            events.append(session, jobs[0], "progress", {"done": done}, at=float(done))
    with database.reading() as session:
        found = events.since(session, jobs[0], after=2, limit=3)
        assert [(event.number, event.kind, event.data, event.at) for event in found] == [
            (3, "progress", {"done": 1}, 1.0),
            (4, "progress", {"done": 2}, 2.0),
            (5, "progress", {"done": 3}, 3.0),
        ]
        assert events.since(session, jobs[0], after=6) == []


def test_events_of_no_job_are_refused(database):
    with pytest.raises(Problem, match="no such job"), database.writing() as session:
        events.append(session, "j_gone", "notice", {})
