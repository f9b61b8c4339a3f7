"""Looks at everything that a server needs, before it starts. Nothing is changed or made."""

import datetime
import os
import shutil
import socket
import sqlite3
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from mutoscope.core.errors import MutoscopeError
from mutoscope.service.database.migrate import LATEST
from mutoscope.service.database.open import Database, open_database
from mutoscope.service.database.tables import Job
from mutoscope.service.operations.logs import redacted
from mutoscope.service.operations.memory import available_memory
from mutoscope.service.sandbox.jail import capabilities
from mutoscope.service.settings import Settings

__all__ = ["Finding", "check"]

_MIB, _GIB = 1 << 20, 1 << 30
_JOB_BYTES = 1 * _GIB  # what a job takes at least: torch and a film's frames
_OLDEST = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).timestamp()
_CLOCK_S = 120.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, how it is, and what is wrong with it and what to do, if anything."""

    what: str
    state: str
    problem: str | None = None


def check(settings: Settings) -> list[Finding]:
    """Look at the data folder, database, disk, port, decoder, sandbox, certificate, clock and memory."""
    looks: tuple[tuple[str, Callable[[Settings], Finding]], ...] = (
        ("data folder", _data),
        ("database", _database),
        ("disk", _disk),
        ("port", _port),
        ("decoder", _decoder),
        ("bounds of files", _bounds("files")),
        ("bounds of the network", _bounds("network")),
        ("bounds of memory", _bounds("memory")),
        ("signing", _signing),
        ("clock", _clock),
        ("memory", _memory),
    )
    found = []
    for what, look in looks:
        try:
            found.append(look(settings))
        except (MutoscopeError, OSError, SQLAlchemyError) as error:
            # What a driver says may hold the address with its password.
            line = redacted(str(error).splitlines()[0] if str(error) else type(error).__name__)
            found.append(Finding(what, "not in order", line))
    return found


def _data(settings: Settings) -> Finding:
    folder, what = settings.data, "data folder"
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir():
        return Finding(what, str(folder), f"{nearest} is no folder; choose another --data.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding(what, str(folder), f"{nearest} cannot be written; choose another --data, or mend its rights.")
    if nearest != folder:
        return Finding(what, f"{folder}, will be made")
    status = folder.stat()
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding(what, str(folder), f"others of this machine may look into it; say: chmod 700 {folder}")
    token = folder / "owner-token"
    if token.exists() and token.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding(what, str(folder), f"others may read the owner's token; say: chmod 600 {token}")
    return Finding(what, f"{folder}, private")


def _database(settings: Settings) -> Finding:
    what = "database"
    try:
        url = make_url(settings.url())
    except ArgumentError:
        return Finding(what, "not understood", "expected postgresql://USER@HOST/NAME, or none for SQLite.")
    if url.drivername == "sqlite":
        file = Path(url.database or "")
        if not file.exists():
            return Finding(what, f"SQLite {sqlite3.sqlite_version}, will be made")
        name = f"SQLite {sqlite3.sqlite_version} with {file.stat().st_size / _MIB:.1f} MiB"
    else:
        name = f"PostgreSQL at {url.host or 'this machine'}"
    database = open_database(settings.url())
    try:
        tables = _tables(database)
    finally:
        database.close()
    if tables is None:
        return Finding(what, f"{name}, empty; tables will be made")
    if tables > LATEST:
        return Finding(
            what, name, f"its tables are version {tables} of a newer Mutoscope; update this one (it knows {LATEST})."
        )
    return Finding(what, f"{name}, tables {tables}" + ("" if tables == LATEST else f", will become {LATEST}"))


def _tables(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _disk(settings: Settings) -> Finding:
    folder = next(place for place in (settings.data, *settings.data.absolute().parents) if place.exists())
    free = shutil.disk_usage(folder).free
    told = f"{free / _GIB:.1f} GiB free; nothing is taken below {settings.disk_free_bytes / _GIB:.1f} GiB"
    if free < settings.disk_free_bytes:
        return Finding("disk", told, "the disk is too full; free some space, or choose another --data.")
    return Finding("disk", told)


def _port(settings: Settings) -> Finding:
    place = f"{settings.host}:{settings.port}"
    if settings.port == 0:
        return Finding("port", f"{settings.host}, any free one")
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            problem = f"it cannot be listened on ({why}); is a server running already? Else choose another --port."
            return Finding("port", place, problem)
    return Finding("port", f"{place}, free")


def _decoder(_settings: Settings) -> Finding:
    from mutoscope.video.ffmpeg import known_bad, version_in_use  # the decoder is loaded here, and never in a server

    ffmpeg = version_in_use()
    return Finding("decoder", f"PyAV {version('av')}, FFmpeg {ffmpeg.text}", known_bad(ffmpeg))


def _bounds(name: str) -> Callable[[Settings], Finding]:
    def look(_settings: Settings) -> Finding:
        told, what = capabilities()[name], f"bounds of {'the ' if name == 'network' else ''}{name}"
        if not told.startswith("not bounded"):
            return Finding(what, told)
        advice = "strangers' files are decoded with less protection here; take files only from people you trust, or "
        return Finding(what, told, advice + "use Linux 5.13 or later with Landlock and seccomp.")

    return look


def _signing(settings: Settings) -> Finding:
    if not settings.sign:
        return Finding("signing", "switched off; results carry no signed history")
    from mutoscope.provenance.certificate import check_identity, find_identity

    identity = find_identity()
    if identity is None:
        return Finding("signing", "no certificate yet; one is made for the first result")
    check_identity(identity)
    return Finding("signing", f"by {identity.name}")


def _clock(settings: Settings) -> Finding:
    now = time.time()
    told = datetime.datetime.fromtimestamp(now, datetime.UTC).isoformat(timespec="seconds")
    last = _OLDEST
    url = make_url(settings.url())
    if url.drivername != "sqlite" or Path(url.database or "").exists():
        database = open_database(settings.url())
        try:
            last = max(last, _newest(database))
        finally:
            database.close()
    if now < last - _CLOCK_S:
        behind = datetime.datetime.fromtimestamp(last, datetime.UTC).isoformat(timespec="seconds")
        return Finding("clock", told, f"it stands before {behind}, which is past; set this machine's clock.")
    return Finding("clock", told)


def _newest(database: Database) -> float:
    if _tables(database) is None:
        return 0.0
    with database.reading() as session:
        return session.scalar(select(func.max(Job.created_at))) or 0.0


def _memory(settings: Settings) -> Finding:
    available = available_memory()
    if available is None:
        return Finding("memory", "this system does not tell")
    wanted = (settings.slots + 1) * _JOB_BYTES  # previews have a place of their own
    told = f"{available / _GIB:.1f} GiB free for {settings.slots} jobs at once and a preview"
    if available < wanted:
        fewer = max(1, available // _JOB_BYTES - 1)
        return Finding("memory", told, f"a job takes a GiB at least; say --jobs {fewer}, or free some memory.")
    return Finding("memory", told)
