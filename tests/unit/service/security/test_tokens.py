import time

import pytest
from sqlalchemy import create_engine, text

from mutoscope.service.problems import Problem
from mutoscope.service.security import tokens
from mutoscope.service.security.callers import Callers
from service_databases import KINDS, fresh_database, url_of


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


def test_a_token_opens_what_its_owner_has_and_its_limits_come_with_it(database):
    token, secret = tokens.make(database, "studio", max_jobs=3, max_bytes=2**40, max_cost=1.5)
    caller = Callers(database).find(secret)
    assert (caller.token_id, caller.owner, caller.name, caller.is_admin) == (token.id, token.owner, "studio", False)
    assert (caller.max_jobs, caller.max_bytes, caller.max_cost) == (3, 2**40, 1.5)


def test_a_secret_is_kept_nowhere(database):
    _, secret = tokens.make(database, "studio")
    engine = create_engine(url_of(database))
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT * FROM tokens")).all()
    engine.dispose()
    assert secret not in repr(kept)


def test_a_new_token_is_somebody_new_unless_an_owner_is_named(database):
    first, _ = tokens.make(database, "one")
    second, _ = tokens.make(database, "two")
    third, _ = tokens.make(database, "three", owner=first.owner)
    assert first.owner != second.owner
    assert third.owner == first.owner
    assert third.id != first.id


def test_an_owner_that_nobody_is_is_refused(database):
    with pytest.raises(Problem) as told:
        tokens.make(database, "one", owner="t_nobody")
    assert (told.value.kind.name, told.value.errors[0].pointer) == ("invalid", "/owner")


def test_a_revoked_token_opens_nothing(database):
    token, secret = tokens.make(database, "studio")
    callers = Callers(database)
    assert callers.find(secret) is not None
    tokens.revoke(database, token.id)
    callers.forget()
    assert callers.find(secret) is None


def test_revoking_twice_keeps_the_first_time(database, monkeypatch):
    token, _ = tokens.make(database, "studio")
    first = tokens.revoke(database, token.id).revoked_at
    monkeypatch.setattr(time, "time", lambda: first + 100)
    assert tokens.revoke(database, token.id).revoked_at == first


def test_the_last_admin_cannot_shut_the_door_from_outside(database):
    first, _ = tokens.make(database, "owner", is_admin=True)
    tokens.make(database, "studio")
    with pytest.raises(Problem) as told:
        tokens.revoke(database, first.id)
    assert told.value.kind.name == "conflict"
    tokens.make(database, "another", is_admin=True)
    assert tokens.revoke(database, first.id).revoked_at is not None


def test_lists_are_newest_first_and_by_owner(database):
    made = [tokens.make(database, name)[0] for name in ("one", "two", "three")]
    tokens.revoke(database, made[0].id)
    assert [token.name for token in tokens.list_tokens(database)] == ["three", "two", "one"]
    assert [token.name for token in tokens.list_tokens(database, made[1].owner)] == ["two"]


def test_accepted_guidelines_are_kept_with_their_version(database):
    token, secret = tokens.make(database, "studio")
    tokens.accept_guidelines(database, token.id, "2026-11")
    assert Callers(database).find(secret).guidelines == "2026-11"
    assert tokens.list_tokens(database)[0].guidelines_at == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize("act", [tokens.revoke, lambda db, id_: tokens.accept_guidelines(db, id_, "1")])
def test_a_token_that_is_not_there_is_not_found(database, act):
    with pytest.raises(Problem) as told:
        act(database, "t_gone")
    assert told.value.kind.name == "not-found"
