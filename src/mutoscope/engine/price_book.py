"""What machines, storage and egress cost: a TOML file of one's own, or the package's, `data/prices.toml`."""

import tomllib
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.engine.tasks import Outcome

__all__ = ["MachinePrice", "PriceBook", "load_prices"]

_Money = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
_GB = 1e9
_HOUR_S = 3600
_MOST_BYTES = 1 << 20
_ANY = ("cpu", "cuda")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class MachinePrice(_Part):
    """What a kind of machine costs."""

    per_hour: _Money
    """Money for an hour."""

    by: Literal["core", "machine"] = "machine"
    """`core`: an hour of one core's computing; `machine`: an hour in which a worker is busy."""

    def of(self, outcome: Outcome) -> float:
        """Give the money for a task that was done."""
        return self.per_hour / _HOUR_S * (outcome.cpu_seconds if self.by == "core" else outcome.seconds)


class _Storage(_Part):
    per_gb_month: _Money = 0.0
    """Money for a gigabyte and month."""


class _Egress(_Part):
    per_gb: _Money = 0.0
    """Money for a gigabyte that goes to a store elsewhere."""


class PriceBook(_Part):
    """Prices, and what is added to them."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    """Three letters."""

    margin: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 0.0
    """What is added for a customer, as a share of the cost."""

    months: Annotated[float, Field(ge=0, le=1200, allow_inf_nan=False)] = 1.0
    """How long results are stored."""

    machine: dict[str, MachinePrice] = {}
    """By "cpu", "cuda", or names of machines, in which * and ? stand for others."""

    storage: _Storage = _Storage()
    egress: _Egress = _Egress()

    def of_work(self, outcome: Outcome) -> float:
        """Give the money for a task; nothing for one that was there already.

        Raises:
            ParameterError: the book knows no such machine.

        """
        if outcome.reused:
            return 0.0
        named = (name for name in self.machine if name not in _ANY and fnmatchcase(outcome.machine, name))
        name = next(named, outcome.device)
        if name not in self.machine:
            raise ParameterError(
                f"the price book knows no machine {outcome.machine!r} and no {outcome.device!r}; "
                f"give it a table [machine.{outcome.device}] with per_hour."
            )
        return self.machine[name].of(outcome)

    def of_bytes(self, num_bytes: int, *, leave: bool) -> float:
        """Give the money for keeping a result, and for sending it out of the machines' network.

        Args:
            num_bytes: its size.
            leave: whether it goes to a store elsewhere.

        """
        kept = self.storage.per_gb_month * self.months
        return (kept + (self.egress.per_gb if leave else 0.0)) * num_bytes / _GB

    def price(self, cost: float) -> float:
        """Give what a customer is told."""
        return cost * (1 + self.margin)


def load_prices(path: Path | None = None) -> PriceBook:
    """Read a price book; the package's own without a path.

    Raises:
        InputError: it cannot be read, or is no price book.

    """
    name = "the package's price book" if path is None else str(path)
    try:
        if path is not None and path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is too large for a price book; give a TOML file of prices.")
        text = (files("mutoscope.data") / "prices.toml" if path is None else path).read_text(encoding="utf-8")
        return PriceBook.model_validate(tomllib.loads(text))
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}); give a TOML file of prices.") from None
    except (ValidationError, RecursionError) as error:
        raise InputError(f"{name} is no price book: {_reason(error)}.") from None
    except ValueError as error:
        raise InputError(f"{name} is no TOML ({error}); give a TOML file of prices.") from None


def _reason(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "brackets stand too deep in each other; write it flatter"
    problem = error.errors()[0]
    field = ".".join(map(str, problem["loc"]))
    wanted = problem["msg"].removeprefix("Input should be ").lower()
    if problem["type"] == "extra_forbidden":
        return f"there is no {field}; the reference lists what there is"
    return f"{field} is {problem['input']!r}, expected {wanted}"[:300]
