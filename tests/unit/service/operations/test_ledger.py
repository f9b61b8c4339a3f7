import pytest

from mutoscope.service.database.tables import Ledger
from mutoscope.service.operations.ledger import Usage, spent, usage
from mutoscope.service.security import tokens
from service_databases import KINDS, fresh_database


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    with fresh_database(request.param, tmp_path) as database:
        yield database


def add(database, token, job_id, at, **used):
    with database.writing() as session:
        row = {"frames": 10, "cpu_seconds": 1.5, "device_seconds": 0.5, "bytes": 2**40, "cost": 0.25, "price": 0.5}
        row |= {"currency": "USD", **used}
        session.add(Ledger(job_id=job_id, token_id=token.id, owner=token.owner, kind="effect", at=at, **row))


def test_usage_sums_each_token_dearest_first(database):
    one, _ = tokens.make(database, "one")
    two, _ = tokens.make(database, "two", owner=one.owner)
    add(database, one, "j_1", 1.0)
    add(database, two, "j_2", 2.0, cost=2.0)
    add(database, one, "j_3", 3.0, frames=2**40)
    assert usage(database, one.owner) == [
        Usage(two.id, "two", one.owner, 1, 10, 1.5, 0.5, 2**40, 2.0, 0.5, "USD"),
        Usage(one.id, "one", one.owner, 2, 2**40 + 10, 3.0, 1.0, 2**41, 0.5, 1.0, "USD"),
    ]


def test_currencies_are_never_added_up(database):
    token, _ = tokens.make(database, "one")
    add(database, token, "j_1", 1.0, currency="USD", cost=1.0)
    add(database, token, "j_2", 1.0, currency="EUR", cost=2.0)
    assert [(row.currency, row.cost) for row in usage(database, None)] == [("EUR", 2.0), ("USD", 1.0)]


def test_a_time_begins_with_its_first_moment_and_ends_before_its_last(database):
    token, _ = tokens.make(database, "one")
    for number in range(5):
        add(database, token, f"j_{number}", float(number))
    assert [row.jobs for row in usage(database, None, since=1.0, until=4.0)] == [3]
    assert usage(database, None, since=9.0) == []


def test_nobody_sees_what_others_use(database):
    one, _ = tokens.make(database, "one")
    two, _ = tokens.make(database, "two")
    add(database, one, "j_1", 1.0)
    assert usage(database, two.owner) == []
    assert len(usage(database, None)) == 1


def test_what_a_removed_token_used_stays_in_the_ledger(database):
    token, _ = tokens.make(database, "one")
    add(database, token, "j_1", 1.0)
    with database.writing() as session:
        session.delete(session.get_one(type(token), token.id))
    assert [(row.name, row.cost) for row in usage(database, None)] == [("", 0.25)]


def test_spent_is_the_cost_of_one_token(database):
    one, _ = tokens.make(database, "one")
    two, _ = tokens.make(database, "two")
    add(database, one, "j_1", 1.0)
    add(database, one, "j_2", 1.0)
    with database.reading() as session:
        assert spent(session, one.id) == 0.5
        assert spent(session, two.id) == 0.0
