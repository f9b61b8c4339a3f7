"""Opening the database: SQLite with a write-ahead log, or PostgreSQL. Migrations run when a server starts."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from mutoscope.core.errors import InputError
from mutoscope.service.database.fifo import FifoLock

__all__ = ["Database", "open_database"]

_BUSY_MS = 30_000
_SQLITE = {"timeout": _BUSY_MS / 1000, "check_same_thread": False}


class Database:
    """Where everything is kept that must survive."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._session = sessionmaker(engine, expire_on_commit=False)
        self._writer = FifoLock()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite; otherwise it is PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that only reads."""
        with self._session() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are kept when the block ends without an error, all or none.

        SQLite has one writer: it takes its lock at the beginning, so that what is read within stays true. Threads
        of this process take turns before that. Such blocks are not nested.
        """
        turn = self._writer.held(_BUSY_MS / 1000) if self.is_sqlite else nullcontext()
        with turn, self._session() as session, session.begin():
            if self.is_sqlite:
                session.execute(text("BEGIN IMMEDIATE"))
            yield session

    def answers(self) -> bool:
        """Tell whether it can be reached."""
        try:
            with self.reading() as session:
                session.execute(text("SELECT 1"))
        except OperationalError:
            return False
        return True

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open a database; its tables need not exist yet.

    Args:
        url: sqlite:///FILE or postgresql+psycopg://….

    Raises:
        InputError: it is no such address, or nothing answers there.

    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError(
            "the address of the database was not understood; expected postgresql://USER@HOST/NAME."
        ) from None
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise InputError(f"databases of kind {parsed.drivername} are not used here; expected SQLite or postgresql://….")
    if parsed.drivername == "sqlite":
        Path(parsed.database or "").parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, pool_size=20, max_overflow=20, connect_args=_SQLITE)
        event.listen(engine, "connect", _set_up_sqlite)
    else:
        engine = create_engine(parsed, pool_pre_ping=True, pool_size=20, max_overflow=20)
    database = Database(engine)
    for _ in range(3):
        if database.answers():
            return database
        time.sleep(0.3)
    # Never the address itself: it may hold a password.
    raise InputError(f"the database at {parsed.host or parsed.database} does not answer; is it running, may you enter?")


def _set_up_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where `writing` says so, not where the driver guesses
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={_BUSY_MS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
