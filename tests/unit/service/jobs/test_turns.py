import pytest
from sqlalchemy import insert, text

from mutoscope.service.database.tables import Job
from mutoscope.service.ids import new_id
from mutoscope.service.jobs.queue import NewJob, Queue
from mutoscope.service.jobs.turns import owners_in_turn
from service_databases import KINDS, fresh_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def queue(database):
    return Queue(database)


def submit(queue, owner, count=1, lane="batch"):
    return [queue.submit(NewJob(owner=owner, token_id=owner, kind="k", body={}, lane=lane)).id for _ in range(count)]


def take(queue, count, lanes=("batch",)):
    return [queue.claim("s", lanes, 30) for _ in range(count)]


def test_nobody_waits_behind_somebody_elses_long_row(queue):
    submit(queue, "a", 20)
    submit(queue, "b", 2)
    submit(queue, "c", 1)
    assert [job.owner for job in take(queue, 7)] == ["a", "b", "c", "a", "b", "a", "a"]


def test_of_one_owner_the_oldest_comes_first(queue):
    ids = submit(queue, "a", 5)
    assert [job.id for job in take(queue, 5)] == ids


def test_who_has_fewest_running_is_next(queue):
    submit(queue, "a", 4)
    running = take(queue, 2)
    submit(queue, "b", 3)
    assert [job.owner for job in take(queue, 2)] == ["b", "b"]
    queue.finish(running[0].id, running[0].fence, "done")
    assert queue.claim("s", ("batch",), 30).owner == "a"


def test_with_one_place_owners_take_turns(queue):
    for owner in ("a", "b", "c"):
        submit(queue, owner, 3)
    served = []
    for _ in range(9):
        job = queue.claim("s", ("batch",), 30)
        served.append(job.owner)
        queue.finish(job.id, job.fence, "done")
    assert served == ["a", "b", "c"] * 3


def test_previews_that_run_do_not_push_back_the_films_of_their_owner(queue):
    submit(queue, "a", 1, lane="preview")
    take(queue, 1, ("preview",))
    submit(queue, "a")
    submit(queue, "b")
    assert queue.claim("s", ("batch",), 30).owner == "a"


def fill(database, number):
    rows = [
        {"id": new_id("j"), "owner": f"t_{n % 5}", "token_id": "t", "kind": "k", "body": {}, "lane": "batch"}
        | {"state": "queued", "created_at": float(n), "cancel_asked": False, "fence": 0, "lease_until": 0.0}
        | {"attempts": 0, "version": 1}
        for n in range(number)
    ]
    with database.writing() as session:
        session.execute(insert(Job), rows)
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def looks(database):
    """Count what the database does for one choice, which is the same on any machine: steps, or entries read."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            steps = []
            connection.connection.dbapi_connection.set_progress_handler(lambda: steps.append(1), 1)
            connection.execute(owners_in_turn("batch")).all()
            connection.connection.dbapi_connection.set_progress_handler(None, 1)
            return len(steps)
        query = str(owners_in_turn("batch").compile(database.engine, compile_kwargs={"literal_binds": True}))
        (plan,) = connection.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")).scalar_one()
        return sum(read(plan["Plan"]))


def read(node):
    if node.get("Relation Name") == "jobs":
        yield (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    for child in node.get("Plans", ()):
        yield from read(child)


def test_choosing_costs_no_more_when_more_are_queued(database):
    fill(database, 1000)  # of fewer rows PostgreSQL rightly reads the whole table
    few = looks(database)
    fill(database, 9000)
    assert few <= looks(database) <= 1.2 * few + 5
