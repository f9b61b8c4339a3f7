"""`serve --check` finds what would keep a server from working, says what to do, and changes nothing."""

import socket
import sqlite3

import pytest

from mutoscope.service.database.migrate import migrate
from mutoscope.service.database.open import open_database
from mutoscope.service.operations import check as check_module
from mutoscope.service.operations.check import check
from mutoscope.service.settings import Settings


def _found(settings):
    return {finding.what: finding for finding in check(settings)}


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "own"))
    return Settings(data=tmp_path / "service", port=0, slots=1)


def test_a_fresh_place_is_in_order_and_stays_untouched(settings, tmp_path):
    found = _found(settings)
    assert {what: finding.problem for what, finding in found.items() if finding.problem} == {}
    assert len(found) == 11
    assert list(tmp_path.iterdir()) == []


def test_a_server_s_own_place_is_in_order(settings):
    settings.data.mkdir(mode=0o700)
    database = open_database(settings.url())
    migrate(database)
    database.close()
    assert _found(settings)["database"].problem is None
    assert "tables" in _found(settings)["database"].state


def test_a_folder_that_others_may_read_is_told(settings):
    settings.data.mkdir(mode=0o755)
    settings.data.chmod(0o755)
    assert "chmod 700" in _found(settings)["data folder"].problem


def test_a_token_that_others_may_read_is_told(settings):
    settings.data.mkdir(mode=0o700)
    (settings.data / "owner-token").write_text("x" * 40)
    (settings.data / "owner-token").chmod(0o644)
    assert "chmod 600" in _found(settings)["data folder"].problem


def test_a_file_in_place_of_the_folder_is_told(settings):
    settings.data.write_text("")
    assert "no folder" in _found(settings)["data folder"].problem


def test_a_broken_database_is_told(settings):
    settings.data.mkdir(mode=0o700)
    (settings.data / "service.sqlite").write_bytes(b"no database at all" * 500)
    assert "not a database" in _found(settings)["database"].problem


def test_tables_of_a_newer_program_are_told(settings):
    settings.data.mkdir(mode=0o700)
    with sqlite3.connect(settings.data / "service.sqlite") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    assert "newer Mutoscope" in _found(settings)["database"].problem


def test_a_database_that_does_not_answer_is_told_without_its_password(settings):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]  # nobody listens on it
        told = _found(settings.model_copy(update={"database": f"postgresql://me:hidden-word@127.0.0.1:{port}/x"}))
    assert told["database"].problem
    assert "hidden-word" not in str(told)


def test_a_full_disk_is_told(settings):
    assert "free some space" in _found(settings.model_copy(update={"disk_free_bytes": 1 << 60}))["disk"].problem


def test_a_port_that_is_taken_is_told(settings):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = settings.model_copy(update={"port": listener.getsockname()[1]})
        assert "another --port" in _found(taken)["port"].problem


def test_a_kernel_without_bounds_is_told(settings, monkeypatch):
    monkeypatch.setattr(
        check_module,
        "capabilities",
        lambda: {"files": "not bounded: no Landlock", "network": "seccomp", "memory": "rlimits"},
    )
    found = _found(settings)
    assert "people you trust" in found["bounds of files"].problem
    assert found["bounds of the network"].problem is None


def test_too_little_memory_is_told(settings, monkeypatch):
    monkeypatch.setattr(check_module, "available_memory", lambda: 1 << 30)
    assert "--jobs 1" in _found(settings.model_copy(update={"slots": 8}))["memory"].problem


def test_a_clock_that_stands_wrong_is_told(settings, monkeypatch):
    monkeypatch.setattr(check_module.time, "time", lambda: 1_000_000.0)
    assert "set this machine's clock" in _found(settings)["clock"].problem


def test_switched_off_signing_is_no_problem(settings):
    assert "switched off" in _found(settings.model_copy(update={"sign": False}))["signing"].state
