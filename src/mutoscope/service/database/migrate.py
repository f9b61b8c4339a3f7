"""Bringing the tables of a database up to what this program expects, when a server starts."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from mutoscope.core.errors import InputError
from mutoscope.service.database.open import Database

__all__ = ["LATEST", "migrate"]

LATEST = "0001"
"""The schema of this program: the last file of the folder migrations/versions."""

_LOCK = 0x6D75746F  # "muto": servers that start at once on PostgreSQL wait here for each other


def migrate(database: Database) -> None:
    """Bring the tables up to date; servers that start at once do it one after the other.

    All or nothing: it is one transaction, on SQLite as well.

    Raises:
        InputError: a newer program has made the tables.

    """
    with database.engine.connect() as connection:
        is_done = _found(connection) == LATEST
    if is_done:
        return
    with database.engine.connect() as connection, connection.begin():
        if database.is_sqlite:
            connection.execute(text("BEGIN EXCLUSIVE"))
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        found = _found(connection)  # another server may have done it while this one waited
        if found == LATEST:
            return
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", "mutoscope.service.database:migrations")
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise InputError(
                f"the database is of a newer Mutoscope (its tables are version {found}; expected at most {LATEST}); "
                "update this program, or give it another database."
            )
        command.upgrade(config, "head")


def _found(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
