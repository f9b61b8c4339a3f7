import pytest
from sqlalchemy import func, select

from mutoscope.service.database.tables import Decisions, Delivery, Event, Ledger
from mutoscope.service.jobs.claims import MOST_CLAIMS, MOST_DEATHS, LeaseLost
from mutoscope.service.jobs.queue import NewJob, Queue, Used
from service_databases import KINDS, fresh_database

LANES = ("batch", "preview")


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def queue(database):
    return Queue(database)


def submit(queue, **more):
    return queue.submit(NewJob(owner="t_a", token_id="t_1", kind="effect", body={}, **more))


def events(database, job_id):
    with database.reading() as session:
        rows = session.scalars(select(Event).where(Event.job_id == job_id).order_by(Event.number)).all()
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    return [(row.kind, row.data) for row in rows]


def test_an_empty_queue_gives_nothing(queue):
    assert queue.claim("s", LANES, 30) is None


def test_a_claim_is_of_one_server_for_a_while(queue):
    submit(queue)
    job = queue.claim("here", LANES, 30)
    assert (job.state, job.server, job.fence) == ("running", "here", 1)
    assert job.lease_until == pytest.approx(job.started_at + 30)
    assert queue.claim("there", LANES, 30) is None


def test_the_first_lane_goes_first(queue):
    submit(queue, lane="batch")
    wanted = submit(queue, lane="preview")
    submit(queue, lane="batch")
    assert queue.claim("s", ("preview", "batch"), 30).id == wanted.id
    assert queue.claim("s", ("preview",), 30) is None
    assert queue.claim("s", ("preview", "batch"), 30).lane == "batch"


def test_an_end_writes_result_ledger_event_and_webhook_together(queue, database):
    submit(queue, webhook={"url": "https://example.org"})
    job = queue.claim("s", LANES, 30)
    used = Used(frames=7, cpu_seconds=1.5, device_seconds=0.5, bytes=2**40, cost=0.25, price=0.5, currency="USD")
    done = queue.finish(job.id, job.fence, "partial", result={"media": ["m_1"]}, notices=["cut short"], used=used)
    assert (done.state, done.result, done.notices, done.cost) == ("partial", {"media": ["m_1"]}, ["cut short"], 0.25)
    assert (done.server, done.finished_at is not None) == (None, True)
    with database.reading() as session:
        row = session.get_one(Ledger, job.id)
        assert (row.token_id, row.owner, row.kind, row.frames) == ("t_1", "t_a", "effect", 7)
        assert (row.bytes, row.cost, row.price, row.currency) == (2**40, 0.25, 0.5, "USD")
        assert session.scalars(select(Delivery.state)).all() == ["partial"]
    assert [data["state"] for _, data in events(database, job.id)] == ["queued", "running", "partial"]


def test_a_failure_keeps_its_problem_and_tells_it(queue, database):
    submit(queue)
    job = queue.claim("s", LANES, 30)
    problem = {"type": "/problems/invalid", "detail": "size: too large"}
    assert queue.finish(job.id, job.fence, "failed", problem=problem).problem == problem
    assert events(database, job.id)[-1] == ("state", {"state": "failed", "problem": problem})


def test_rows_that_belong_to_an_end_are_written_with_it_or_not_at_all(queue, database):
    submit(queue)
    job = queue.claim("s", LANES, 30)

    def rows(session):
        session.add(Decisions(job_id=job.id, body={}, changed_at=0.0))

    def broken(session):
        rows(session)
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 # ours, without a text
        queue.finish(job.id, job.fence, "done", also=broken)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Decisions)) == 0
        assert session.scalar(select(func.count()).select_from(Ledger)) == 0
    assert queue.get(None, job.id).state == "running"
    queue.finish(job.id, job.fence, "done", also=rows)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Decisions)) == 1


def test_whoever_was_overtaken_writes_nothing(queue, database):
    submit(queue)
    old = queue.claim("s", LANES, -1)  # a lease that has run out already
    assert queue.reclaim() == [old.id]
    job = queue.claim("other", LANES, 30)
    assert (job.id, job.fence) == (old.id, old.fence + 1)
    before = events(database, old.id)
    for stale in (
        lambda: queue.renew(old.id, old.fence, 30),
        lambda: queue.progress(old.id, old.fence, {"done": 9}, 1),
        lambda: queue.finish(old.id, old.fence, "done", result={"wrong": True}),
        lambda: queue.give_back(old.id, old.fence),
        lambda: queue.crashed(old.id, old.fence),
    ):
        with pytest.raises(LeaseLost):
            stale()
    assert events(database, old.id) == before
    found = queue.get(None, old.id)
    assert (found.state, found.result, found.attempts, found.server) == ("running", None, 0, "other")
    queue.finish(job.id, job.fence, "done")
    with pytest.raises(LeaseLost):  # and nobody ends it twice
        queue.finish(job.id, job.fence, "done")


def test_a_lease_that_ran_out_still_holds_where_nobody_took_it(queue):
    submit(queue)
    job = queue.claim("s", LANES, -1)
    assert queue.renew(job.id, job.fence, 30) is False
    assert queue.reclaim() == []
    queue.finish(job.id, job.fence, "done")


def test_renewing_is_no_change_that_a_client_sees(queue):
    submit(queue)
    job = queue.claim("s", LANES, 30)
    queue.renew(job.id, job.fence, 99)
    found = queue.get(None, job.id)
    assert found.version == job.version
    assert found.lease_until > job.lease_until


def test_progress_and_previews_are_kept_and_told(queue, database):
    submit(queue)
    job = queue.claim("s", LANES, 30)
    assert queue.progress(job.id, job.fence, {"done": 3, "total": 9}) == 3
    assert queue.progress(job.id, job.fence, {"done": 4, "total": 9}, preview=2) == 5
    found = queue.get(None, job.id)
    assert (found.progress, found.preview, found.version) == ({"done": 4, "total": 9}, 2, job.version + 2)
    assert events(database, job.id)[2:] == [
        ("progress", {"done": 3, "total": 9}),
        ("progress", {"done": 4, "total": 9}),
        ("preview", {"number": 2}),
    ]


def test_a_job_that_is_given_back_goes_on_and_loses_no_attempt(queue, database):
    submit(queue)
    for _ in range(MOST_DEATHS + 1):
        job = queue.claim("s", LANES, 30)
        queue.give_back(job.id, job.fence)
    found = queue.get(None, job.id)
    assert (found.state, found.attempts, found.server) == ("queued", 0, None)
    assert events(database, job.id)[2] == ("state", {"state": "queued", "reason": "the server was stopped"})


def test_a_job_that_kills_its_process_three_times_has_failed(queue, database):
    submit(queue, webhook={"url": "https://example.org"})
    for attempt in (1, 2, 3):
        job = queue.claim("s", LANES, 30)
        left = queue.crashed(job.id, job.fence)
        assert left.attempts == attempt
    assert left.state == "failed"
    assert "died 3 times" in left.problem["detail"]
    assert queue.claim("s", LANES, 30) is None
    with database.reading() as session:
        assert session.scalars(select(Delivery.state)).all() == ["failed"]


def test_a_starting_server_takes_up_its_own_jobs_and_those_whose_lease_ran_out(queue):
    for _ in range(4):
        submit(queue)
    own = queue.claim("here", LANES, 30)
    others = queue.claim("there", LANES, 30)
    lapsed = queue.claim("there", LANES, -1)
    assert set(queue.reclaim("here")) == {own.id, lapsed.id}
    assert queue.get(None, others.id).state == "running"
    assert queue.get(None, own.id).state == "queued"
    assert queue.get(None, own.id).attempts == 0
    assert queue.reclaim("here") == []


def test_a_job_survives_more_deaths_of_servers_than_of_its_process_but_not_for_ever(queue):
    submit(queue)
    for number in range(1, MOST_CLAIMS + 1):
        job = queue.claim("s", LANES, 30)
        assert job.fence == number
        queue.reclaim("s")
    left = queue.get(None, job.id)
    assert left.state == "failed"
    assert f"died {MOST_CLAIMS} times" in left.problem["detail"]


@pytest.mark.parametrize("how", ["give_back", "crashed", "reclaim"])
def test_what_was_to_be_cancelled_is_not_begun_again(queue, database, how):
    submit(queue)
    job = queue.claim("s", LANES, 30)
    queue.cancel(job.id)
    if how == "reclaim":
        queue.reclaim("s")
    else:
        getattr(queue, how)(job.id, job.fence)
    assert queue.get(None, job.id).state == "cancelled"
    assert events(database, job.id)[-1] == ("state", {"state": "cancelled"})
