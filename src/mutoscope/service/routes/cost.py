"""What work costs: the price book, an estimate before, what was spent after."""

from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from mutoscope.engine.price_book import PriceBook, load_prices
from mutoscope.service.answers import problems
from mutoscope.service.operations.ledger import usage
from mutoscope.service.routes.checked_recipes import begin_estimate
from mutoscope.service.routes.facades import BEGINS, Begun, IdempotencyKey
from mutoscope.service.routes.recipe_models import EstimateWish
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.settings import Settings

__all__ = ["price_book", "router"]

router = APIRouter(prefix="/api/cost", tags=["cost"])


class MachineRate(BaseModel):
    """What a kind of machine costs."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    per_hour: float
    """Money for an hour."""

    by: str
    """`core`: an hour of one core's computing; `machine`: an hour in which a worker is busy."""


class Prices(BaseModel):
    """The price book."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    currency: str = Field(examples=["USD"])
    """Three letters."""

    margin: float
    """What is added for a customer, as a share of the cost."""

    months: float
    """How long results are reckoned to be stored."""

    machines: dict[str, MachineRate]
    """By "cpu", "cuda", or names of machines."""

    storage_per_gb_month: float
    """Money for keeping a gigabyte for a month."""

    egress_per_gb: float
    """Money for a gigabyte that goes to a store elsewhere."""


class Spent(BaseModel):
    """What one's jobs have cost so far."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    jobs: int
    """That ended."""

    frames: int
    """That were made."""

    cost: float
    """What computing cost, in the currency of the price book."""

    price: float
    """What is charged for it."""

    currency: str
    """Three letters."""

    others: dict[str, float]
    """Costs in other currencies, from before the price book was changed."""


@router.get("/prices", summary="See the price book")
def show_prices(caller: AskingCaller, service: Serving) -> Prices:
    """Tell what machines, storage and egress cost here; estimates and costs are reckoned with it."""
    del caller
    book = price_book(service.settings)
    return Prices(
        currency=book.currency,
        margin=book.margin,
        months=book.months,
        machines={name: MachineRate(per_hour=one.per_hour, by=one.by) for name, one in book.machine.items()},
        storage_per_gb_month=book.storage.per_gb_month,
        egress_per_gb=book.egress.per_gb,
    )


@router.get("/spent", summary="See what your jobs have cost")
def show_spent(caller: AskingCaller, service: Serving) -> Spent:
    """Sum up the jobs of all tokens that share your things; `/api/usage` has each token apart."""
    rows = usage(service.database, caller.owner)
    currency = price_book(service.settings).currency
    own = [row for row in rows if row.currency in (currency, "")]
    others: dict[str, float] = {}
    for row in rows:
        if row.currency not in (currency, ""):
            others[row.currency] = others.get(row.currency, 0.0) + row.cost
    return Spent(
        jobs=sum(row.jobs for row in rows),
        frames=sum(row.frames for row in rows),
        cost=sum(row.cost for row in own),
        price=sum(row.price for row in own),
        currency=currency,
        others=others,
    )


@router.post("/estimate", status_code=202, responses=problems(*BEGINS), summary="Reckon what a job will take")
def estimate_cost(
    asked: EstimateWish,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Begun:
    """Begin a job that computes eight frames of a recipe on a film and says what all of it will take and cost."""
    return begin_estimate(asked, caller, service, response, idempotency_key)


def price_book(settings: Settings) -> PriceBook:
    """Read the price book that the owner has set; the package's own without one.

    Raises:
        InputError: it cannot be read.

    """
    path = settings.prices
    return _load(path, path.stat().st_mtime_ns if path is not None and path.is_file() else 0)


@lru_cache(maxsize=4)
def _load(path: Path | None, _stamp: int) -> PriceBook:
    return load_prices(path)
