"""What was used: each sees their own, the owner of the server everybody's; money by the price book."""

import csv
import io

import pytest

from mutoscope.service.database.tables import Ledger
from mutoscope.service.ids import new_id


def used(api, headers, **values):
    me = api.get("/api/me", headers=headers).json()
    told = {"kind": "filter", "at": 1_000_000.0, "frames": 10, "cost": 0.5, "price": 1.0, "currency": "USD", **values}
    with api.service.database.writing() as session:
        session.add(Ledger(job_id=new_id("j"), token_id=me["token"], owner=me["owner"], **told))
    return me


def test_each_sees_their_own_and_the_owner_sees_all(api):
    one, other = api.stranger(), api.stranger()
    mine, theirs = used(api, one), used(api, other, cost=2.0)
    told = api.get("/api/usage", headers=one).json()
    assert [(row["token_id"], row["jobs"], row["cost"]) for row in told["items"]] == [(mine["token"], 1, 0.5)]
    everybody = {row["token_id"] for row in api.get("/api/usage").json()["items"]}
    assert {mine["token"], theirs["token"]} <= everybody


def test_only_the_time_that_is_asked_for_counts(api):
    stranger = api.stranger()
    used(api, stranger, at=1_000.0)
    used(api, stranger, at=2_000.0)
    told = api.get("/api/usage", params={"since": "1970-01-01T00:20:00Z"}, headers=stranger).json()
    assert (told["since"], told["items"][0]["jobs"]) == ("1970-01-01T00:20:00.000Z", 1)
    assert api.get("/api/usage", params={"until": "1970-01-01T00:00:01Z"}, headers=stranger).json()["items"] == []


@pytest.mark.parametrize(
    "params",
    [
        {"since": "yesterday"},
        {"since": "2026-01-01T00:00:00"},
        {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_what_is_no_time_is_refused(api, params):
    assert api.get("/api/usage", params=params).status_code == 422


def test_a_table_cannot_smuggle_formulas(api):
    made = api.post("/api/tokens", json={"name": "=HYPERLINK(1)"}).json()
    used(api, {"Authorization": f"Bearer {made['secret']}"})
    answer = api.get("/api/usage", params={"format": "csv"})
    rows = {row["token_id"]: row for row in csv.DictReader(io.StringIO(answer.text))}
    assert answer.headers["content-type"].startswith("text/csv")
    assert rows[made["id"]]["name"] == "'=HYPERLINK(1)"
    assert rows[made["id"]]["frames"] == "10"


def test_what_was_spent_is_summed_in_the_currency_of_the_price_book(api):
    stranger = api.stranger()
    used(api, stranger)
    used(api, stranger, cost=0.25)
    used(api, stranger, cost=7.0, currency="EUR")
    told = api.get("/api/cost/spent", headers=stranger).json()
    assert (told["cost"], told["currency"], told["others"], told["jobs"]) == (0.75, "USD", {"EUR": 7.0}, 3)


def test_the_price_book_is_told(api):
    told = api.get("/api/cost/prices").json()
    assert told["currency"] == "USD"
    assert told["machines"]["cpu"] == {"per_hour": 0.04, "by": "core"}
