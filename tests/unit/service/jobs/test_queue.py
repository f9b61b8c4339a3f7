import pytest
from sqlalchemy import select

from mutoscope.service.database.tables import Delivery, Event, Ledger
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


def new(owner="t_a", kind="effect", **more):
    return NewJob(owner=owner, token_id=owner, kind=kind, body={"size": 64}, **more)


def states(database, job_id):
    with database.reading() as session:
        events = session.scalars(select(Event).where(Event.job_id == job_id).order_by(Event.number)).all()
    return [event.data["state"] for event in events if event.kind == "state"]


def end(queue, state="done", **more):
    job = queue.claim("s", ("batch",), 30)
    return queue.finish(job.id, job.fence, state, **more)


def test_a_submitted_job_is_queued(queue, database):
    job = queue.submit(new())
    found = queue.get("t_a", job.id)
    assert (found.state, found.body, found.version, found.fence) == ("queued", {"size": 64}, 1, 0)
    assert states(database, job.id) == ["queued"]


def test_somebody_elses_job_is_not_found(queue):
    job = queue.submit(new("t_a"))
    with pytest.raises(Problem) as told:
        queue.get("t_b", job.id)
    assert told.value.kind.name == "not-found"
    assert queue.get(None, job.id).id == job.id


def test_a_check_that_refuses_leaves_no_job_and_no_key(queue):
    def refuse(_session):
        raise Problem("too-many", "enough")

    with pytest.raises(Problem, match="enough"):
        queue.submit(new(key="k"), refuse)
    assert queue.list("t_a") == ([], None)
    assert queue.submit(new(key="k")).state == "queued"


def test_pages_are_newest_first_and_leave_nothing_out(queue, monkeypatch):
    monkeypatch.setattr("mutoscope.service.jobs.queue.time.time", lambda: 5.0)  # the same moment for all
    made = {queue.submit(new()).id for _ in range(7)}
    queue.submit(new("t_b"))
    seen, after = [], None
    while True:
        rows, after = queue.list("t_a", after=after, limit=3)
        seen += [row.id for row in rows]
        if after is None:
            break
        queue.submit(new())  # what comes in between does not shift the pages by more than itself
    assert len(seen) == len(set(seen))
    assert made <= set(seen)
    assert seen == sorted(seen, reverse=True)


def test_a_full_last_page_has_no_next(queue):
    for _ in range(4):
        queue.submit(new())
    rows, after = queue.list("t_a", limit=4)
    assert (len(rows), after) == (4, None)


def test_lists_are_narrowed_by_state_and_kind(queue):
    done = queue.submit(new(kind="effect"))
    end(queue)
    waiting = queue.submit(new(kind="recipe"))
    assert [row.id for row in queue.list("t_a", states=["done"])[0]] == [done.id]
    assert [row.id for row in queue.list("t_a", kinds=["recipe"])[0]] == [waiting.id]
    assert [row.id for row in queue.list("t_a", states=["done", "queued"])[0]] == [waiting.id, done.id]
    assert queue.list("t_a", states=["done"], kinds=["recipe"]) == ([], None)
    assert len(queue.list(None)[0]) == 2


def test_a_queued_job_is_cancelled_at_once_and_told(queue, database):
    job = queue.submit(new(webhook={"url": "https://example.org"}))
    gone = queue.cancel(job.id)
    assert gone.state == "cancelled"
    assert gone.finished_at is not None
    assert queue.claim("s", ("batch",), 30) is None
    assert states(database, job.id) == ["queued", "cancelled"]
    with database.reading() as session:
        assert session.scalars(select(Delivery.state).where(Delivery.job_id == job.id)).all() == ["cancelled"]
        assert session.scalars(select(Ledger)).all() == []  # it used nothing


def test_cancelling_twice_is_the_same_as_once(queue, database):
    job = queue.submit(new())
    first = queue.cancel(job.id)
    assert queue.cancel(job.id).version == first.version
    assert states(database, job.id) == ["queued", "cancelled"]


def test_a_running_job_is_asked_to_stop(queue):
    queue.submit(new())
    job = queue.claim("s", ("batch",), 30)
    assert queue.renew(job.id, job.fence, 30) is False
    assert queue.cancel(job.id).state == "running"
    assert queue.renew(job.id, job.fence, 30) is True


@pytest.mark.parametrize("state", ["done", "partial", "failed"])
def test_what_has_ended_is_not_cancelled(queue, state):
    job = queue.submit(new())
    end(queue, state)
    with pytest.raises(Problem) as told:
        queue.cancel(job.id)
    assert told.value.kind.name == "conflict"


@pytest.mark.parametrize("state", ["partial", "failed", "cancelled"])
def test_a_retry_is_a_new_job_of_the_same_request(queue, state):
    old = queue.submit(new(key="k", webhook={"url": "https://example.org"}, lane="batch"))
    end(queue, state)
    again = queue.retry(old.id)
    assert again.id != old.id
    assert (again.state, again.retry_of, again.body, again.webhook) == ("queued", old.id, old.body, old.webhook)
    assert queue.get(None, old.id).state == state


@pytest.mark.parametrize("state", ["queued", "done"])
def test_only_what_went_wrong_is_retried(queue, state):
    job = queue.submit(new())
    if state == "done":
        end(queue)
    with pytest.raises(Problem) as told:
        queue.retry(job.id)
    assert told.value.kind.name == "conflict"


def test_counts_tell_what_waits_and_runs_by_lane(queue):
    for lane in ("batch", "batch", "batch", "preview"):
        queue.submit(new(lane=lane))
    end(queue)
    queue.claim("s", ("batch",), 30)
    assert queue.counts() == {("queued", "batch"): 1, ("running", "batch"): 1, ("queued", "preview"): 1}
