"""Taking in, finding and deleting media; and what a kill at any moment leaves of it."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from mutoscope.service.database.tables import Job, Media, Upload
from mutoscope.service.ids import new_id
from mutoscope.service.media import recovery
from mutoscope.service.media.library import Library, refusal_of
from mutoscope.service.problems import Problem
from mutoscope.service.security.callers import Caller
from mutoscope.service.settings import Settings
from service_databases import KINDS, fresh_database

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


class Killed(BaseException):
    """Stands for kill -9: nothing is tidied up."""


@dataclass
class FakeSandbox:
    """Says what it is told to say."""

    problem: Problem | None = None
    asked: list[dict] = field(default_factory=list)

    def run(self, target, args, *, reads=(), writes=(), limits=None):
        self.asked.append(dict(args))
        if self.problem is not None:
            raise self.problem
        if args.get("poster"):
            Path(args["poster"]).write_bytes(b"jpeg")
        return {
            "kind": "picture",
            "content_type": "image/png",
            "suffix": ".png",
            "has_poster": True,
            "bytes": 1,
            "width": 17,
            "height": 23,
        }


@dataclass
class Counts:
    reasons: list[str] = field(default_factory=list)

    def refused(self, reason):
        self.reasons.append(reason)

    def took_in(self, number):
        pass


@pytest.fixture(params=KINDS)
def parts(request, tmp_path):
    settings = Settings(data=tmp_path / "data")
    settings.data.mkdir()
    with fresh_database(request.param, tmp_path) as database:
        sandbox, counts = FakeSandbox(), Counts()
        library = Library(settings, database, sandbox, counts)
        yield SimpleNamespace(
            settings=settings, database=database, sandbox=sandbox, counts=counts, library=library, data=settings.data
        )


ANN = Caller(token_id=new_id("t"), owner=new_id("t"), name="Ann", is_admin=False)
BOB = Caller(token_id=new_id("t"), owner=new_id("t"), name="Bob", is_admin=False)


def arrived(parts, data=PNG) -> Path:
    path = parts.data / "uploads" / new_id("u")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def adopt(parts, caller=ANN, name="pic.png") -> Media:
    return parts.library.adopt_upload(arrived(parts), name, caller, {})


def in_order(parts) -> None:
    """Each row has its bytes, and all bytes have a row."""
    with parts.database.reading() as session:
        rows = list(session.query(Media))
        uploads = {one.id for one in session.query(Upload) if one.media_id is None}
    kept = {one.id for one in rows if one.state != "refused"}
    assert {path.name for path in (parts.data / "media").iterdir()} == kept
    for one in rows:
        assert one.state in ("ready", "refused")
        if one.state == "ready":
            assert (parts.data / one.path).read_bytes() == PNG
            assert one.sha256 == hashlib.sha256(PNG).hexdigest()
    assert {path.name for path in (parts.data / "uploads").iterdir()} <= uploads


def recover(parts) -> None:
    thread = recovery.recover(parts.library, parts.settings, parts.database)
    if thread is not None:
        thread.join()


def test_what_was_looked_at_and_found_good_is_media(parts):
    media = adopt(parts)
    assert (media.state, media.kind, media.type, media.suffix) == ("ready", "picture", "image/png", ".png")
    assert media.path == f"media/{media.id}/original.png"
    assert media.sha256 == hashlib.sha256(PNG).hexdigest()
    assert media.info == {"width": 17, "height": 23}
    assert parts.library.path(media).read_bytes() == PNG
    assert parts.library.derived.poster(media).read_bytes() == b"jpeg"
    in_order(parts)


def test_what_is_refused_keeps_its_reason_and_not_its_bytes(parts):
    parts.sandbox.problem = Problem("media-refused", "pic.png is a playlist.")
    media = adopt(parts)
    assert (media.state, media.bytes) == ("refused", 0)
    assert parts.counts.reasons == ["media-refused"]
    found = parts.library.get(ANN.owner, media.id)
    assert refusal_of(found).detail == "pic.png is a playlist."
    with pytest.raises(Problem) as met:
        parts.library.path(found)
    assert met.value.kind.name == "gone"
    in_order(parts)


def test_a_sandbox_that_cannot_say_refuses_nothing(parts):
    parts.sandbox.problem = Problem("not-ready", "it is starting.")
    media = adopt(parts)
    assert media.state == "checking"
    parts.sandbox.problem = None
    recover(parts)
    assert parts.library.get(ANN.owner, media.id).state == "ready"
    in_order(parts)


def test_a_quota_is_checked_in_the_transaction_that_takes_the_room(parts):
    def check(session):
        raise Problem("quota", "full.")

    path = arrived(parts)
    with pytest.raises(Problem):
        parts.library.adopt_upload(path, "pic.png", ANN, {}, check=check)
    recover(parts)
    in_order(parts)
    assert parts.library.list(ANN.owner)[0] == []


def test_nobody_sees_the_media_of_somebody_else(parts):
    media = adopt(parts)
    for call in (parts.library.get, parts.library.delete):
        with pytest.raises(Problem) as met:
            call(BOB.owner, media.id)
        assert met.value.kind.status == 404
    assert parts.library.list(BOB.owner)[0] == []
    parts.library.delete(ANN.owner, media.id)
    in_order(parts)


def test_a_list_goes_on_where_the_page_before_ended(parts):
    names = [f"{number} % _.png" for number in range(7)]
    for name in names:
        adopt(parts, name=name)
    seen, after = [], None
    while True:
        page, after = parts.library.list(ANN.owner, after=after, limit=3)
        seen += [one.name for one in page]
        if after is None:
            break
    assert seen == names[::-1]
    assert [one.name for one in parts.library.list(ANN.owner, search="3 %")[0]] == ["3 % _.png"]
    assert parts.library.list(ANN.owner, search="3_%")[0] == []  # wildcards of the database are letters here
    assert len(parts.library.list(ANN.owner, sha256=hashlib.sha256(PNG).hexdigest())[0]) == 7
    assert parts.library.list(ANN.owner, kind="video")[0] == []


def job(parts, body, state="running") -> Job:
    made = Job(
        id=new_id("j"),
        owner=ANN.owner,
        token_id=ANN.token_id,
        kind="recipe",
        body=body,
        state=state,
        created_at=1.0,
    )
    with parts.database.writing() as session:
        session.add(made)
    return made


def test_media_that_a_job_needs_stays(parts):
    media = adopt(parts)
    needing = job(parts, {"parameters": {"style": f"0s: media:{media.id}, 3s: media:{media.id}:0.5"}})
    with pytest.raises(Problem) as met:
        parts.library.delete(ANN.owner, media.id)
    assert met.value.kind.name == "conflict"
    assert needing.id in met.value.detail
    with parts.database.writing() as session:
        session.get_one(Job, needing.id).state = "done"
    parts.library.delete(ANN.owner, media.id)
    in_order(parts)


def test_a_result_is_taken_in_once_however_often_it_is_told(parts):
    made = job(parts, {})
    place = parts.data / "jobs" / made.id / "out" / "film.png"
    place.parent.mkdir(parents=True)
    place.write_bytes(PNG)
    first = parts.library.adopt_output(made, place, "result", "painted.png")
    again = parts.library.adopt_output(made, place, "result", "painted.png")
    assert first.id == again.id
    assert (first.owner, first.role, first.job_id, first.info["width"]) == (ANN.owner, "result", made.id, 17)
    assert parts.library.path(first) == place
    with parts.database.writing() as session:
        session.get_one(Job, made.id).state = "done"
    parts.library.delete(ANN.owner, first.id)
    assert not place.exists()
    assert not (parts.data / "media" / first.id).exists()


def test_a_role_is_nothing_that_an_upload_says_of_itself(parts):
    upload = parts.library.uploads.create(ANN, len(PNG), {"filename": "x.png", "role": "result"})
    with parts.library.uploads.receive(upload, 0) as incoming:
        incoming.write(PNG)
    assert parts.library.uploads.finish(upload).role == "upload"


def test_a_name_is_changed_only_by_who_has_seen_it(parts):
    media = adopt(parts)

    def disagrees(version):
        raise Problem("changed", "changed.")

    with pytest.raises(Problem):
        parts.library.rename(ANN.owner, media.id, "new.png", disagrees)
    renamed = parts.library.rename(ANN.owner, media.id, "../new\0.png", lambda version: None)
    assert (renamed.name, renamed.version) == ("new.png", media.version + 1)


def die(*args, **kwargs):
    raise Killed


MOMENTS = {
    "row": "mutoscope.service.media.library.Library.move_in",
    "moved": "mutoscope.service.media.library.sync_folder",
    "hashed": "mutoscope.service.media.checking.look",
    "looked": "mutoscope.service.media.library.Library._change",
    "refused": "mutoscope.service.media.library.shutil.rmtree",
    "deleting": "mutoscope.service.media.shelf.shutil.rmtree",
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("by_tus", [True, False])
def test_a_kill_at_any_moment_leaves_no_row_without_bytes_and_no_bytes_without_a_row(
    parts, monkeypatch, moment, by_tus
):
    library, uploads = parts.library, parts.library.uploads

    def send():
        if not by_tus:
            return adopt(parts)
        upload = uploads.create(ANN, len(PNG), {"filename": "pic.png"})
        with uploads.receive(upload, 0) as incoming:
            incoming.write(PNG)
        return uploads.finish(upload)

    media = send() if moment == "deleting" else None
    if moment == "refused":
        parts.sandbox.problem = Problem("media-refused", "no.")
    with monkeypatch.context() as patched:
        patched.setattr(MOMENTS[moment], die)
        with pytest.raises(Killed):
            send() if media is None else library.delete(ANN.owner, media.id)
    recover(parts)
    in_order(parts)
    found = library.list(ANN.owner)[0]
    if moment == "deleting":
        assert found == []
    elif moment == "refused":
        assert [one.state for one in found] == ["refused"]
    elif by_tus or moment != "row":
        # What has come whole by tus is never asked for again.
        assert [one.state for one in found] == ["ready"]


def test_an_upload_that_was_whole_when_the_server_died_becomes_media(parts):
    uploads = parts.library.uploads
    upload = uploads.create(ANN, len(PNG), {"filename": "pic.png"})
    with uploads.receive(upload, 0) as incoming:
        incoming.write(PNG)
    half = uploads.create(ANN, 200, {})
    with uploads.receive(half, 0) as incoming:
        incoming.write(PNG)
    recover(parts)
    in_order(parts)
    assert [one.name for one in parts.library.list(ANN.owner)[0]] == ["pic.png"]
    assert uploads.offset(uploads.find(ANN.owner, half.id)) == len(PNG)
    assert uploads.finish(uploads.find(ANN.owner, upload.id)).state == "ready"
    assert len(parts.library.list(ANN.owner)[0]) == 1


def test_uploads_that_stand_still_are_removed(parts):
    uploads = parts.library.uploads
    old, new = (uploads.create(ANN, 200, {}) for _ in range(2))
    for one in (old, new):
        with uploads.receive(one, 0) as incoming:
            incoming.write(PNG)
    with parts.database.writing() as session:
        session.get_one(Upload, old.id).expires_at = 5.0
    with pytest.raises(Problem) as met:
        uploads.find(ANN.owner, old.id)
    assert met.value.kind.status == 404
    assert uploads.expire(now=10.0) == 1
    assert [path.name for path in uploads.folder.iterdir()] == [new.id]


def test_an_upload_removed_takes_its_bytes_along_but_not_its_media(parts):
    uploads = parts.library.uploads
    upload = uploads.create(ANN, len(PNG), {})
    with uploads.receive(upload, 0) as incoming:
        incoming.write(PNG)
        with pytest.raises(Problem):
            uploads.remove(upload)  # somebody is sending
    media = uploads.finish(upload)
    uploads.remove(upload)
    assert parts.library.path(media).is_file()
    in_order(parts)


@pytest.mark.parametrize("length", [0, (16 << 30) + 1])
def test_an_empty_or_too_large_upload_is_never_begun(parts, length):
    with pytest.raises(Problem) as met:
        parts.library.uploads.create(ANN, length, {})
    assert met.value.kind.status in (413, 422)
    assert json.dumps(met.value.body())
