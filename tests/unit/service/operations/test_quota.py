import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from mutoscope.service.database.tables import Frameset, Ledger, Media, Upload
from mutoscope.service.ids import new_id
from mutoscope.service.jobs.queue import NewJob, Queue
from mutoscope.service.operations import quota
from mutoscope.service.problems import Problem
from mutoscope.service.security import tokens
from mutoscope.service.security.callers import Callers
from mutoscope.service.settings import Settings
from service_databases import KINDS, fresh_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


def caller(database, **limits):
    return Callers(database).find(tokens.make(database, "studio", **limits)[1])


def submit(database, who, settings, lane="batch"):
    new = NewJob(owner=who.owner, token_id=who.token_id, kind="k", body={}, lane=lane)
    return Queue(database).submit(new, lambda session: quota.check_submit(session, who, settings))


def media(who, size, state="ready"):
    place = {"name": "clip.mp4", "kind": "video", "type": "video/mp4", "suffix": ".mp4", "path": "media/x"}
    return Media(
        id=new_id("m"), owner=who.owner, token_id=who.token_id, state=state, bytes=size, created_at=0.0, **place
    )


def test_waiting_and_running_jobs_are_limited_and_finished_ones_are_not(database):
    who, settings = caller(database), Settings(max_jobs=3)
    for lane in ("batch", "preview", "batch"):
        submit(database, who, settings, lane)
    claimed = Queue(database).claim("s", ("batch",), 30)
    with pytest.raises(Problem) as told:
        submit(database, who, settings)
    assert (told.value.kind.name, told.value.kind.status) == ("too-many", 429)
    assert int(told.value.headers["Retry-After"]) > 0
    Queue(database).finish(claimed.id, claimed.fence, "done")
    submit(database, who, settings)


def test_a_token_has_its_own_limit_before_that_of_the_server(database):
    settings = Settings(max_jobs=1)
    who = caller(database, max_jobs=2)
    submit(database, who, settings)
    submit(database, who, settings)
    with pytest.raises(Problem, match="2 jobs"):
        submit(database, who, settings)


def test_a_limit_of_none_at_all_refuses_the_first(database):
    with pytest.raises(Problem, match="0 jobs"):
        submit(database, caller(database, max_jobs=0), Settings())


def test_other_tokens_of_an_owner_have_a_limit_of_their_own(database):
    who, settings = caller(database), Settings(max_jobs=1)
    submit(database, who, settings)
    submit(database, caller(database, owner=who.owner), settings)


def test_a_limit_holds_however_many_send_at_once(database):
    who, settings = caller(database, max_jobs=5), Settings()

    def one(_):
        try:
            submit(database, who, settings)
        except Problem:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(40))) == 5


def test_cost_that_is_used_up_refuses_more_jobs(database):
    who, settings = caller(database), Settings(max_cost=1.0)
    submit(database, who, settings)
    with database.writing() as session:
        session.add(Ledger(job_id="j", token_id=who.token_id, owner=who.owner, kind="k", at=0.0, cost=1.0))
    with pytest.raises(Problem) as told:
        submit(database, who, settings)
    assert (told.value.kind.name, told.value.kind.status) == ("cost-limit", 402)
    submit(database, who, Settings())  # without a limit nobody counts


def test_bytes_are_media_uploads_under_way_and_frames_but_nothing_refused(database):
    who, settings = caller(database), Settings(max_bytes=100)
    other = caller(database, owner=who.owner)
    with database.writing() as session:
        session.add_all([media(who, 40), media(who, 1000, "refused"), media(other, 1000)])
        here = {"owner": who.owner, "token_id": who.token_id, "created_at": 0.0}
        session.add(Upload(id=new_id("u"), name="a", length=30, told={}, expires_at=1.0, **here))
        session.add(Upload(id=new_id("u"), name="b", length=500, told={}, media_id="m", expires_at=1.0, **here))
        session.add(Frameset(id=new_id("f"), media_id="m", job_id="j", path="framesets/x", bytes=20, **here))
    with database.writing() as session:
        assert quota.bytes_kept(session, who.token_id, who.owner) == 90
        quota.check_bytes(session, who, settings, 10)
        with pytest.raises(Problem, match="keeps 90 bytes of at most 100 bytes, and 11 bytes more") as told:
            quota.check_bytes(session, who, settings, 11)
    assert (told.value.kind.name, told.value.kind.status) == ("quota", 507)


def test_a_disk_that_is_nearly_full_takes_nothing_new(tmp_path, monkeypatch):
    settings = Settings(data=tmp_path, disk_free_bytes=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(9000, 7000, 2000))
    quota.check_disk(settings)
    quota.check_disk(settings, 1000)
    with pytest.raises(Problem) as told:
        quota.check_disk(settings, 1001)
    assert (told.value.kind.name, told.value.kind.status) == ("disk-full", 507)
    assert str(tmp_path) not in told.value.detail
