import os
import time

import pytest
from sqlalchemy import func, select

from mutoscope.service.database.tables import (
    Decisions,
    Delivery,
    Event,
    Frameset,
    Idempotency,
    Job,
    Ledger,
    Media,
    SavedRecipe,
    Upload,
)
from mutoscope.service.ids import new_id
from mutoscope.service.jobs.queue import NewJob, Queue
from mutoscope.service.operations import retention
from mutoscope.service.operations.retention import apply, expired, sweep
from mutoscope.service.settings import Settings
from service_databases import KINDS, fresh_database

DAY = 86400.0


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path, keep_days=7)


class House:
    """A data folder with things of a certain age in days."""

    def __init__(self, database, settings):
        self.database, self.settings, self.now = database, settings, time.time()

    def media(self, age, size=10, job_id=None):
        id_ = new_id("m")
        row = {"owner": "t", "token_id": "t", "name": "clip", "state": "ready", "kind": "video", "type": "video/mp4"}
        row |= {"suffix": ".mp4", "bytes": size, "path": f"media/{id_}/original.mp4", "job_id": job_id}
        self._add(Media(id=id_, created_at=self.now - age * DAY, **row))
        self.file("media", id_, "original.mp4", size)
        return id_

    def job(self, age, body=None, state="done"):
        queue = Queue(self.database)
        new = NewJob(owner="t", token_id="t", kind="effect", body=body or {}, key=new_id("k"), webhook={})
        job = queue.submit(new)
        if state != "queued":
            claimed = queue.claim("s", ("batch",), 30)
            assert claimed.id == job.id
        if state == "done":
            queue.finish(claimed.id, claimed.fence, "done")
            with self.database.writing() as session:
                session.get_one(Job, job.id).finished_at = self.now - age * DAY
                session.add(Decisions(job_id=job.id, body={}, changed_at=0.0))
        self.file("jobs", job.id, "log.jsonl", 5)
        return job.id

    def frameset(self, age, media_id, job_id):
        id_ = new_id("f")
        row = {"owner": "t", "token_id": "t", "media_id": media_id, "job_id": job_id, "path": f"framesets/{id_}"}
        self._add(Frameset(id=id_, created_at=self.now - age * DAY, **row))
        self.file("framesets", id_, "000000.png", 3)
        return id_

    def upload(self, late):
        id_ = new_id("u")
        row = {"owner": "t", "token_id": "t", "name": "clip", "length": 99, "told": {}, "created_at": 0.0}
        self._add(Upload(id=id_, expires_at=self.now - late, **row))
        place = self.settings.data / "uploads"
        place.mkdir(exist_ok=True)
        (place / id_).write_bytes(b"x" * 7)
        return id_

    def file(self, place, id_, name, size):
        folder = self.settings.data / place / id_
        folder.mkdir(parents=True)
        (folder / name).write_bytes(b"x" * size)

    def there(self, place):
        folder = self.settings.data / place
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()

    def count(self, table):
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table))

    def _add(self, row):
        with self.database.writing() as session:
            session.add(row)


@pytest.fixture
def house(database, settings):
    return House(database, settings)


def ids(plan):
    return {item.id for item in plan.items}


def test_old_jobs_go_with_their_results_and_all_that_belongs_to_them(house, database, settings):
    old, young = house.job(8), house.job(6)
    result = house.media(8, size=100, job_id=old)
    plan = expired(database, settings)
    assert [(item.kind, item.id, item.bytes) for item in plan.items] == [("job", old, 105)]
    assert plan.bytes == 105
    assert house.count(Job) == 2  # nothing goes by being looked at
    assert apply(database, settings, plan) == plan
    assert house.there("jobs") == {young}
    assert result not in house.there("media")
    for table in (Job, Decisions, Delivery, Idempotency):
        assert house.count(table) == 1
    assert house.count(Media) == 0
    with database.reading() as session:
        assert set(session.scalars(select(Event.job_id))) == {young}
    assert house.count(Ledger) == 2  # what was used stays written
    assert expired(database, settings).items == ()


def test_old_uploads_that_nothing_uses_go(house, database, settings):
    old, young = house.media(8), house.media(6)
    assert ids(expired(database, settings)) == {old}
    apply(database, settings, expired(database, settings))
    assert house.there("media") == {young}


@pytest.mark.parametrize("state", ["queued", "running"])
def test_what_a_waiting_or_running_job_speaks_of_stays(house, database, settings, state):
    first, second, loose = house.media(8), house.media(8), house.media(8)
    body = {"input": f"media:{first}", "parameters": {"styles": f"0s: media:{second}, 3s: media:{second}:0.5"}}
    house.job(0, body, state)
    assert ids(expired(database, settings)) == {loose}


def test_the_result_of_an_old_job_that_is_used_keeps_the_job(house, database, settings):
    old = house.job(8)
    result = house.media(8, job_id=old)
    house.job(0, {"input": f"media:{result}"}, "queued")
    assert expired(database, settings).items == ()


def test_a_saved_recipe_keeps_its_media(house, database, settings):
    painting = house.media(8)
    house._add(SavedRecipe(id=new_id("r"), owner="t", name="r", body={"s": painting}, created_at=0.0, changed_at=0.0))
    assert expired(database, settings).items == ()


def test_frames_keep_their_film_and_their_job_until_they_are_old_too(house, database, settings):
    film, job = house.media(8), house.job(8)
    house.frameset(6, film, job)
    assert expired(database, settings).items == ()
    old_film, old_job = house.media(8), house.job(8)
    old = house.frameset(8, old_film, old_job)
    assert ids(expired(database, settings)) == {old, old_film, old_job}
    house.job(0, {"frames": old}, "queued")
    assert expired(database, settings).items == ()


def test_frames_that_a_job_is_making_stay_however_old_the_request_is(house, database, settings):
    film, job = house.media(8), house.job(8, state="queued")
    house.frameset(8, film, job)
    assert expired(database, settings).items == ()


def test_without_an_age_only_uploads_past_their_time_go(house, database, tmp_path):
    settings = Settings(data=tmp_path)
    house.media(800), house.job(800)
    late = house.upload(10)
    house.upload(-10)
    plan = expired(database, settings)
    assert [(item.kind, item.id, item.bytes) for item in plan.items] == [("upload", late, 7)]
    apply(database, settings, plan)
    assert late not in house.there("uploads")
    assert len(house.there("uploads")) == 1


def test_what_has_come_into_use_after_the_plan_stays(house, database, settings):
    clip, film, job, upload = house.media(8), house.media(8), house.job(8), house.upload(10)
    loose = house.media(8)
    plan = expired(database, settings)
    assert ids(plan) == {clip, film, job, upload, loose}
    house.job(0, {"input": clip}, "queued")
    house.frameset(0, film, job)
    with database.writing() as session:
        session.get_one(Upload, upload).expires_at = time.time() + 100  # more has arrived
    assert ids(apply(database, settings, plan)) == {loose}
    assert {clip, film} <= house.there("media")


def test_a_removal_that_is_killed_half_way_is_finished_by_a_sweep(house, database, settings, monkeypatch):
    job = house.job(8)
    result = house.media(8, job_id=job)
    kept = house.media(1)

    def killed(*_args):
        raise SystemExit

    monkeypatch.setattr(retention, "_remove", killed)
    with pytest.raises(SystemExit):
        apply(database, settings, expired(database, settings))
    monkeypatch.undo()
    assert house.count(Job) == 0  # nobody sees it any more
    assert house.there("media") == {result, kept}
    assert ids(sweep(database, settings, house.now + 7200)) == {job, result}
    assert house.there("media") == {kept}
    assert house.there("jobs") == set()


def test_a_sweep_leaves_what_is_young_and_what_is_not_ours(house, database, settings):
    young, old = new_id("m"), new_id("m")
    for id_ in (young, old):
        house.file("media", id_, "original.mp4", 4)
    house.file("media", "somebody's notes", "read.me", 4)
    for path in (settings.data / "media" / old, settings.data / "media" / old / "original.mp4"):
        os.utime(path, (house.now - 7200, house.now - 7200))
    upload = new_id("u")
    (settings.data / "uploads").mkdir()
    (settings.data / "uploads" / upload).write_bytes(b"1234")
    os.utime(settings.data / "uploads" / upload, (house.now - 7200, house.now - 7200))
    swept = sweep(database, settings)
    assert {(item.kind, item.id, item.bytes) for item in swept.items} == {("media", old, 4), ("upload", upload, 4)}
    assert house.there("media") == {young, "somebody's notes"}
    assert house.there("uploads") == set()


def test_a_link_that_lies_in_a_folder_is_removed_and_not_followed(house, database, settings, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "precious").write_text("x")
    old = house.media(8)
    (settings.data / "media" / old / "link").symlink_to(outside)
    apply(database, settings, expired(database, settings))
    assert house.there("media") == set()
    assert (outside / "precious").exists()


def test_many_things_go_in_several_transactions(house, database, settings, monkeypatch):
    monkeypatch.setattr(retention, "_AT_ONCE", 3)
    monkeypatch.setattr(retention, "_ASKED_AT_ONCE", 2)
    old = {house.media(8) for _ in range(8)}
    assert ids(apply(database, settings, expired(database, settings))) == old
    assert house.there("media") == set()
