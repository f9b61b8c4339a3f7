"""Any order of what may happen to a queue: what it says agrees with a model that is a dictionary."""

import random

import pytest
from sqlalchemy import select

from mutoscope.service.database.tables import Event, Ledger
from mutoscope.service.jobs.claims import MOST_CLAIMS, MOST_DEATHS, LeaseLost
from mutoscope.service.jobs.queue import FINAL, NewJob, Queue
from mutoscope.service.problems import Problem
from service_databases import KINDS, fresh_database

STEPS = 400


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


class Model:
    """What must be true: of each job its state, its fence, its deaths, who holds it."""

    def __init__(self, queue, chance):
        self.queue, self.chance = queue, chance
        self.state, self.fence, self.deaths, self.server = {}, {}, {}, {}
        self.asked, self.lapsed, self.keys = set(), set(), {}
        self.claims = []  # all that were ever given, overtaken ones too

    def submit(self):
        key = self.chance.choice([None, "a", "b", "c", "d"])
        job = self.queue.submit(NewJob(owner=self.chance.choice("xyz"), token_id="t", kind="k", body={}, key=key))
        if key is not None:
            assert self.keys.setdefault((job.owner, key), job.id) == job.id
        if job.id not in self.state:
            self.state[job.id], self.fence[job.id], self.deaths[job.id] = "queued", 0, 0

    def claim(self):
        server, lease = self.chance.choice(["s", "r"]), self.chance.choice([60, 60, -1])
        job = self.queue.claim(server, ("batch",), lease)
        if job is None:
            assert "queued" not in self.state.values()
            return
        assert self.state[job.id] == "queued"
        self.fence[job.id] += 1
        assert job.fence == self.fence[job.id]
        self.state[job.id], self.server[job.id] = "running", server
        (self.lapsed.add if lease < 0 else self.lapsed.discard)(job.id)
        self.claims.append((job.id, job.fence))

    def held(self, call):
        """Do something with a claim, perhaps an old one; give its job where the claim holds."""
        if not self.claims:
            return None
        job_id, fence = self.chance.choice(self.claims[-6:])
        if self.state[job_id] == "running" and self.fence[job_id] == fence:
            call(job_id, fence)
            return job_id
        with pytest.raises(LeaseLost):
            call(job_id, fence)
        return None

    def renew(self):
        def call(job_id, fence):
            assert self.queue.renew(job_id, fence, 60) is (job_id in self.asked)

        if (job_id := self.held(call)) is not None:
            self.lapsed.discard(job_id)

    def progress(self):
        self.held(lambda job_id, fence: self.queue.progress(job_id, fence, {"done": 1}))

    def finish(self):
        state = self.chance.choice(FINAL)
        if (job_id := self.held(lambda job_id, fence: self.queue.finish(job_id, fence, state))) is not None:
            self.state[job_id] = state

    def give_back(self):
        if (job_id := self.held(self.queue.give_back)) is not None:
            self.back(job_id)

    def crash(self):
        if (job_id := self.held(self.queue.crashed)) is not None:
            self.deaths[job_id] += 1
            if self.deaths[job_id] >= MOST_DEATHS:
                self.state[job_id] = "failed"
            else:
                self.back(job_id)

    def cancel(self):
        if not self.state:
            return
        job_id = self.chance.choice(list(self.state))  # ids are drawn, their order is not
        if self.state[job_id] in ("done", "partial", "failed"):
            with pytest.raises(Problem):
                self.queue.cancel(job_id)
            return
        self.queue.cancel(job_id)
        self.asked.add(job_id)
        if self.state[job_id] == "queued":
            self.state[job_id] = "cancelled"

    def restart(self):
        server = self.chance.choice(["s", "r", None])
        lost = {
            job_id
            for job_id, state in self.state.items()
            if state == "running" and (self.server[job_id] == server or job_id in self.lapsed)
        }
        assert set(self.queue.reclaim(server)) == lost
        for job_id in lost:
            if self.fence[job_id] < MOST_CLAIMS:
                self.back(job_id)
            else:
                self.state[job_id] = "failed"

    def back(self, job_id):
        self.state[job_id] = "cancelled" if job_id in self.asked else "queued"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_order_of_claims_deaths_and_expiries_loses_or_doubles_a_job(database, seed):
    chance = random.Random(seed)
    queue = Queue(database)
    model = Model(queue, chance)
    actions = [
        "submit",
        "submit",
        "claim",
        "claim",
        "crash",
        "renew",
        "progress",
        "finish",
        "give_back",
        "crash",
        "cancel",
        "restart",
    ]
    for _ in range(STEPS):
        getattr(model, chance.choice(actions))()
    jobs = {job.id: job for job in queue.list(None, limit=STEPS)[0]}
    assert {job_id: job.state for job_id, job in jobs.items()} == model.state
    assert {job_id: job.fence for job_id, job in jobs.items()} == model.fence
    assert set(model.state.values()) >= {"done", "failed", "cancelled"}  # much has happened
    with database.reading() as session:
        charged = set(session.scalars(select(Ledger.job_id)))
        for job_id, job in jobs.items():
            events = session.scalars(select(Event).where(Event.job_id == job_id).order_by(Event.number)).all()
            assert [event.number for event in events] == list(range(1, len(events) + 1))
            told = [event.data["state"] for event in events if event.kind == "state"]
            assert told[-1] == job.state
            assert sum(state in FINAL for state in told) == (job.state in FINAL)
            assert told.count("running") == job.fence
            assert job_id not in charged or job.state in FINAL
