"""Price books, budgets and estimates."""

import json

import pytest

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.engine.cost import Budget, CostLimitError, Money
from mutoscope.engine.estimate import estimate
from mutoscope.engine.price_book import PriceBook, load_prices
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.engine.tasks import Outcome, Task
from mutoscope.recipes.recipe import Recipe
from mutoscope.testing.media import make_clip

HOUR = 3600


def book(**fields):
    return PriceBook.model_validate(
        {"machine": {"cpu": {"per_hour": 0.5, "by": "core"}, "cuda": {"per_hour": 2}}} | fields
    )


def spent(device="cpu", machine="here", seconds=HOUR, cpu=2 * HOUR, reused=False):
    return Outcome("k", seconds, cpu, reused, device, machine)


@pytest.fixture
def recipe(tmp_path):
    return Recipe.from_plain({"mutoscope": 1, "step": [{"effect": "frame.identity"}]}, tmp_path, name="")


@pytest.fixture
def film(tmp_path):
    return make_clip(tmp_path / "clip.mp4", width=64, height=48, num_frames=60)


def test_processors_are_paid_by_core_and_gpus_by_the_hour_they_are_busy():
    assert book().of_work(spent()) == pytest.approx(1.0)
    assert book().of_work(spent(device="cuda")) == pytest.approx(2.0)


def test_what_was_there_already_costs_nothing():
    assert book().of_work(spent(reused=True)) == 0


def test_a_machine_that_is_named_comes_before_its_kind():
    named = book(machine={"cpu": {"per_hour": 1}, "render-*": {"per_hour": 7}})

    assert named.of_work(spent(machine="render-12")) == pytest.approx(7)
    assert named.of_work(spent(machine="laptop")) == pytest.approx(1)


def test_bytes_cost_by_months_and_more_when_they_leave():
    kept = book(months=3, storage={"per_gb_month": 0.02}, egress={"per_gb": 0.1})

    assert kept.of_bytes(2 * 10**9, leave=False) == pytest.approx(0.12)
    assert kept.of_bytes(2 * 10**9, leave=True) == pytest.approx(0.32)


def test_the_margin_turns_cost_into_price():
    assert book(margin=0.4).price(10) == pytest.approx(14)


def test_the_packages_own_book_can_be_read():
    assert load_prices().of_work(spent()) > 0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[machine.cpu]\nper_hour = -1", "machine.cpu.per_hour"),
        ("margin = nan", "margin"),
        ("currency = 'euro'", "currency"),
        ("price = 3", "price"),
        ("[machine.cpu", "TOML"),
        ("x = " + "[" * 9000, "prices.toml"),
    ],
)
def test_a_broken_book_is_told_in_one_line(text, named, tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match=named) as told:
        load_prices(path)

    assert "\n" not in str(told.value)


def test_a_book_without_the_machine_is_refused_before_any_work(recipe, film, tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text("[machine.cuda]\nper_hour = 1", encoding="utf-8")

    with pytest.raises(ParameterError, match=r"machine\.cpu"):
        run_recipe(recipe, film, tmp_path / "out.mp4", work=tmp_path / "work", prices=path)


def test_a_budget_begins_nothing_that_would_cost_more_than_is_left():
    budget = Budget(book(), limit=1.0, per_frame=0.3)

    assert budget.takes(Task("a", "m:f", {}, size=2))
    assert not budget.takes(Task("b", "m:f", {}, size=2))
    budget.note(Task("a", "m:f", {}, size=2), spent(cpu=0.4 * HOUR))
    assert budget.spent == pytest.approx(0.2)
    assert budget.takes(Task("b", "m:f", {}, size=2))


def test_a_run_that_may_not_cost_more_stops_and_goes_on_when_it_may(recipe, film, tmp_path):
    out, work = tmp_path / "out.mp4", tmp_path / "work"
    dear = tmp_path / "prices.toml"
    dear.write_text("[machine.cpu]\nper_hour = 3600\nby = 'core'\n", encoding="utf-8")  # a second costs 1
    pieces = recipe.model_copy(update={"film": recipe.film.model_copy(update={"piece_frames": 10})})
    needed = estimate(pieces, film, prices=dear, work=work).cost

    with pytest.raises(CostLimitError, match="kept"):
        run_recipe(pieces, film, out, work=work, prices=dear, max_cost=needed / 2)

    assert not out.exists()
    done = run_recipe(pieces, film, out, work=work, prices=dear, max_cost=needed * 100)
    assert done.reused + done.computed == 6
    run = json.loads(done.manifest.read_text())["run"]
    assert run["cost"] > 0
    assert run["estimate"] > 0
    assert run["currency"] == "USD"


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf")])
def test_no_money_is_no_limit(limit, recipe, film, tmp_path):
    with pytest.raises(ParameterError, match="max_cost"):
        run_recipe(recipe, film, tmp_path / "out.mp4", work=tmp_path / "work", max_cost=limit)


def test_an_estimate_counts_what_will_be_computed(recipe, film, tmp_path):
    told = estimate(recipe, film, work=tmp_path / "work")

    assert told.frames == 60
    assert told.film_seconds == pytest.approx(2.4)
    assert told.cpu_seconds > 0
    assert told.num_bytes > 0
    assert told.cost_per_frame * 60 == pytest.approx(told.cost)


def test_a_manifest_tells_cost_price_and_estimate():
    told = Money(book(margin=1), expected=0.5).told([spent(), spent(reused=True)], 0)

    assert told == {"cost": 1.0, "price": 2.0, "estimate": 0.5, "currency": "USD"}
