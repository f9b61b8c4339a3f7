"""What is old enough to go, and taking it away so that a crash in between leaves nothing half there.

Rows go first, in one transaction: from then on nobody sees the thing. Its files go next. What a crash leaves of them
is a folder without a row, and `sweep` takes it.
"""

import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Decisions, Delivery, Event, Frameset, Idempotency, Job, Media, Upload
from mutoscope.service.ids import ID_PATTERN
from mutoscope.service.operations.uses import in_use
from mutoscope.service.settings import Settings

__all__ = ["Item", "Plan", "apply", "expired", "sweep"]

_Table = type[Upload] | type[Frameset] | type[Job] | type[Media]

_TABLES: dict[str, _Table] = {"upload": Upload, "frameset": Frameset, "job": Job, "media": Media}
_PLACES = {"upload": "uploads", "frameset": "framesets", "job": "jobs", "media": "media"}
_FINAL = ("done", "partial", "failed", "cancelled")
_DAY_S = 86400.0
_FRESH_S = 3600.0  # something so young may be of a row that is just being written
_AT_ONCE = 100  # things removed in one transaction: others wait for it
_ASKED_AT_ONCE = 500

_T = TypeVar("_T")


@dataclass(frozen=True)
class Item:
    """One thing that would go.

    Attributes:
        kind: upload, frameset, job or media. A job goes with its results.
        id: its id.
        name: what a person calls it; of a job, its kind.
        bytes: what its files take.
        at: the time that its age counts from, seconds since 1970.

    """

    kind: str
    id: str
    name: str
    bytes: int
    at: float


@dataclass(frozen=True)
class Plan:
    """What would go. A dry run shows it and applies nothing."""

    items: tuple[Item, ...] = ()

    @property
    def bytes(self) -> int:
        """Give the room that becomes free."""
        return sum(item.bytes for item in self.items)


def expired(database: Database, settings: Settings, now: float | None = None) -> Plan:
    """Find what may go; nothing is changed.

    That is always: uploads past their time. With `keep_days` also: jobs that ended so long ago with their results,
    and uploaded media and framesets of that age, unless jobs that wait or run, saved recipes or framesets that stay
    use them.
    """
    now = time.time() if now is None else now
    with database.reading() as session:
        past = session.scalars(select(Upload).where(Upload.expires_at < now).order_by(Upload.expires_at))
        items = [_item(settings, "upload", upload.id, upload.name, upload.expires_at) for upload in past]
        if settings.keep_days is not None:
            items += _aged(session, settings, now - settings.keep_days * _DAY_S)
    return Plan(tuple(items))


def apply(database: Database, settings: Settings, plan: Plan) -> Plan:
    """Take away what a plan lists; what has come into use since then stays. Give what went."""
    gone: list[Item] = []
    going = {item.id for item in plan.items}
    for some in _slices(plan.items, _AT_ONCE):
        with database.writing() as session:
            used = _held(session, going)
            forgotten = {item: media for item in some if (media := _forget(session, item, used)) is not None}
        for item, media in forgotten.items():
            _remove(settings, item.kind, item.id)
            for id_ in media:
                _remove(settings, "media", id_)
        gone += forgotten
    return Plan(tuple(gone))


def sweep(database: Database, settings: Settings, now: float | None = None) -> Plan:
    """Remove files that belong to no row and have not been touched for an hour; give what went."""
    now = time.time() if now is None else now
    gone = []
    for kind, table in _TABLES.items():
        place = settings.data / _PLACES[kind]
        there = {path.name.partition(".")[0] for path in place.iterdir()} if place.is_dir() else set()
        for some in _slices(sorted(name for name in there if re.match(ID_PATTERN, name)), _ASKED_AT_ONCE):
            with database.reading() as session:
                known = set(session.scalars(select(table.id).where(table.id.in_(some))))
            for id_ in some:
                if id_ not in known and _touched(settings, kind, id_) < now - _FRESH_S:
                    gone.append(_item(settings, kind, id_, id_, _touched(settings, kind, id_)))
                    _remove(settings, kind, id_)
    return Plan(tuple(gone))


def _aged(session: Session, settings: Settings, horizon: float) -> Iterator[Item]:
    framesets = session.scalars(select(Frameset).where(Frameset.created_at < horizon)).all()
    used = _held(session, {frameset.id for frameset in framesets})
    for frameset in framesets:
        if frameset.id not in used:
            yield _item(settings, "frameset", frameset.id, frameset.media_id, frameset.created_at)
    for job in session.scalars(select(Job).where(Job.state.in_(_FINAL), Job.finished_at < horizon)):
        if job.id not in used:
            results = session.scalars(select(Media.id).where(Media.job_id == job.id)).all()
            yield _item(settings, "job", job.id, job.kind, job.finished_at or 0.0, results)
    uploaded = select(Media).where(Media.job_id.is_(None), Media.created_at < horizon)
    for media in session.scalars(uploaded):
        if media.id not in used:
            yield _item(settings, "media", media.id, media.name, media.created_at)


def _held(session: Session, going: set[str]) -> set[str]:
    """Give the ids of all that must stay: what is in use, what it was made of, and what it lies in.

    Framesets are in use unless they are `going`, and while the job that makes them has not ended.
    """
    used = in_use(session)
    framesets = select(Frameset.id, Frameset.media_id, Frameset.job_id, Job.state)
    for id_, media_id, job_id, state in session.execute(framesets.outerjoin(Job, Job.id == Frameset.job_id)):
        if id_ in used or id_ not in going or state in ("queued", "running"):
            used |= {id_, media_id, job_id}
    # A result goes with its job, so the job stays as well.
    for some in _slices(sorted(used), _ASKED_AT_ONCE):
        query = select(Media.job_id).where(Media.id.in_(some), Media.job_id.is_not(None))
        used.update(id_ for id_ in session.scalars(query) if id_ is not None)
    return used


def _forget(session: Session, item: Item, used: set[str]) -> Sequence[str] | None:
    """Delete the rows of a thing and give the media that went with it; None, where it stays."""
    if item.id in used:
        return None
    table = _TABLES[item.kind]
    gone = delete(table).where(table.id == item.id)
    if item.kind == "upload":
        gone = gone.where(Upload.expires_at <= item.at)  # nothing has arrived since
    done = session.execute(gone)
    assert isinstance(done, CursorResult)
    if not done.rowcount:
        return None
    if item.kind != "job":
        return ()
    media = session.scalars(select(Media.id).where(Media.job_id == item.id)).all()
    for belonging in (Media, Event, Delivery, Decisions, Idempotency):
        session.execute(delete(belonging).where(belonging.job_id == item.id))
    return media


def _slices(values: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _item(settings: Settings, kind: str, id_: str, name: str, at: float, media: Sequence[str] = ()) -> Item:
    files = [*_files(settings, kind, id_), *(path for one in media for path in _files(settings, "media", one))]
    return Item(kind, id_, name, sum(path.lstat().st_size for path in files if not path.is_dir()), at)


def _tops(settings: Settings, kind: str, id_: str) -> list[Path]:
    return [*(settings.data / _PLACES[kind]).glob(f"{id_}*")]  # a folder, or a file with others beside it


def _files(settings: Settings, kind: str, id_: str) -> Iterator[Path]:
    for top in _tops(settings, kind, id_):
        yield top
        yield from top.rglob("*") if top.is_dir() and not top.is_symlink() else ()


def _touched(settings: Settings, kind: str, id_: str) -> float:
    return max((path.lstat().st_mtime for path in _files(settings, kind, id_)), default=0.0)


def _remove(settings: Settings, kind: str, id_: str) -> None:
    for top in _tops(settings, kind, id_):
        if top.is_dir() and not top.is_symlink():
            shutil.rmtree(top, ignore_errors=True)
        else:
            top.unlink(missing_ok=True)
