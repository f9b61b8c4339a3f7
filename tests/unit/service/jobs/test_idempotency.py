import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from mutoscope.service.database.tables import Event, Idempotency, Job
from mutoscope.service.jobs import idempotency
from mutoscope.service.jobs.queue import NewJob, Queue
from mutoscope.service.problems import Problem
from service_databases import KINDS, fresh_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def queue(database):
    return Queue(database)


def new(key="k", owner="t_a", **body):
    return NewJob(owner=owner, token_id=owner, kind="effect", body=body, key=key)


def number_of_jobs(database):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Job))


def test_the_same_request_makes_no_second_job(queue, database):
    first = queue.submit(new(size=64, seed=1))
    assert queue.submit(new(seed=1, size=64)).id == first.id  # the order of fields does not matter
    assert number_of_jobs(database) == 1


def test_the_first_job_is_given_whatever_has_become_of_it(queue):
    first = queue.submit(new())
    claimed = queue.claim("s", ("batch",), 30)
    queue.finish(claimed.id, claimed.fence, "done", result={"frames": 3})
    again = queue.submit(new())
    assert (again.id, again.state, again.result) == (first.id, "done", {"frames": 3})


def test_another_request_with_the_same_key_is_refused(queue, database):
    queue.submit(new(size=64))
    with pytest.raises(Problem) as told:
        queue.submit(new(size=65))
    assert (told.value.kind.name, told.value.kind.status) == ("key-reused", 422)
    assert number_of_jobs(database) == 1


def test_keys_of_different_owners_do_not_meet(queue):
    assert queue.submit(new(owner="t_a")).id != queue.submit(new(owner="t_b")).id


def test_a_repetition_is_not_checked_against_limits_again(queue):
    first = queue.submit(new())

    def refuse(_session):
        raise Problem("too-many", "enough")

    assert queue.submit(new(), refuse).id == first.id


def test_a_key_is_forgotten_after_a_day(queue, database):
    first = queue.submit(new(size=1))
    with database.writing() as session:
        session.get_one(Idempotency, ("t_a", "k")).created_at = time.time() - idempotency.KEPT_S - 1
    assert queue.submit(new(size=2)).id != first.id
    assert number_of_jobs(database) == 2


def test_purging_removes_only_what_is_older_than_a_day(queue, database):
    queue.submit(new("old"))
    queue.submit(new("young"))
    with database.writing() as session:
        session.get_one(Idempotency, ("t_a", "old")).created_at -= idempotency.KEPT_S + 1
    assert idempotency.purge(database) == 1
    with database.reading() as session:
        assert session.scalars(select(Idempotency.key)).all() == ["young"]


def test_a_thousand_at_once_make_one_job(queue, database):
    with ThreadPoolExecutor(16) as pool:
        ids = {job.id for job in pool.map(lambda _: queue.submit(new(size=64)), range(1000))}
    assert len(ids) == 1
    assert number_of_jobs(database) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == 1


def test_two_requests_that_race_for_a_key_make_one_job_and_one_refusal(queue, database):
    def submit(number):
        try:
            return queue.submit(new(f"k{number // 2}", half=number % 2)).id
        except Problem as problem:
            return problem.kind.name

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(submit, range(40)))
    assert answers.count("key-reused") == 20
    assert number_of_jobs(database) == 20
