import subprocess
import sys
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from mutoscope.core.errors import InputError
from mutoscope.service.database.migrate import LATEST, migrate
from mutoscope.service.database.open import open_database
from mutoscope.service.database.tables import Base
from service_databases import KINDS, empty_database, fresh_database, url_of

MIGRATE = """
import sys
from mutoscope.service.database.migrate import migrate
from mutoscope.service.database.open import open_database

database = open_database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
migrate(database)
database.close()
"""


@pytest.fixture(params=KINDS)
def empty(request, tmp_path):
    with empty_database(request.param, tmp_path) as database:
        yield database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


def test_migrated_tables_are_those_of_the_program(empty):
    migrate(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_latest_version_is_the_last_file():
    config = Config()
    config.set_main_option("script_location", "mutoscope.service.database:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [LATEST]


def test_migrating_a_second_time_changes_nothing(database):
    with database.writing() as session:
        session.execute(text("INSERT INTO decisions VALUES ('j_1', '{}', 1, 0.5)"))
    migrate(database)
    with database.reading() as session:
        assert session.execute(text("SELECT job_id, changed_at FROM decisions")).all() == [("j_1", 0.5)]


def test_servers_that_start_at_once_migrate_one_after_the_other(empty):
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, url_of(empty)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for server in servers:
        assert server.stdout.readline() == "ready\n"
    for server in servers:
        server.stdin.write("\n")
        server.stdin.flush()
    told = [server.communicate(timeout=60) for server in servers]
    assert [server.returncode for server in servers] == [0] * 4, told
    with empty.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == [(LATEST,)]


def test_threads_that_start_at_once_migrate_one_after_the_other(empty):
    failed = []

    def start():
        own = open_database(url_of(empty))
        try:
            migrate(own)
        except Exception as error:  # noqa: BLE001 # whatever it is, the test tells it
            failed.append(error)
        own.close()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_tables_of_a_newer_program_are_refused_in_one_line(database):
    with database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match=r"newer Mutoscope .*9999.*update this program") as told:
        migrate(database)
    assert "\n" not in str(told.value)


def test_a_migration_that_breaks_off_leaves_nothing(empty, monkeypatch):
    def broken(config, _revision):
        config.attributes["connection"].execute(text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError

    monkeypatch.setattr("mutoscope.service.database.migrate.command.upgrade", broken)
    with pytest.raises(RuntimeError):
        migrate(empty)
    assert inspect(empty.engine).get_table_names() == []
    monkeypatch.undo()
    migrate(empty)
    assert "jobs" in inspect(empty.engine).get_table_names()
