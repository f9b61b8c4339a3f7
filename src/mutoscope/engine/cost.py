"""What a run costs while it runs, and where it stops."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mutoscope.core.errors import IncompleteError
from mutoscope.engine.price_book import PriceBook
from mutoscope.engine.tasks import Outcome, Task

__all__ = ["Budget", "CostLimitError", "Money"]


class CostLimitError(IncompleteError):
    """The money is spent; what was computed is kept."""


@dataclass
class Budget:
    """Counts the money that is spent.

    Attributes:
        prices: what machines cost.
        limit: most that may be spent, or None.
        per_frame: what a frame costs as far as is known; 0 where nobody knows yet.
        spent: by tasks that are done.

    """

    prices: PriceBook
    limit: float | None = None
    per_frame: float = 0.0
    spent: float = 0.0
    _frames: int = 0
    _under_way: dict[str, float] = field(default_factory=dict)

    def takes(self, task: Task) -> bool:
        """Tell whether a task may begin: it, and those that are under way, must find room; note it if so."""
        expected = self.per_frame * task.size
        if self.limit is not None and self.spent + sum(self._under_way.values()) + expected > self.limit:
            return False
        self._under_way[task.key] = expected
        return True

    def note(self, task: Task, outcome: Outcome | None) -> None:
        """Take what a task has cost; its frames tell what the next ones will."""
        self._under_way.pop(task.key, None)
        if outcome is None or outcome.reused:
            return
        self.spent += self.prices.of_work(outcome)
        self._frames += task.size
        self.per_frame = max(self.per_frame, self.spent / self._frames) if self.limit is not None else self.per_frame

    def stop(self) -> CostLimitError:
        """Say that the money is spent."""
        currency = self.prices.currency
        return CostLimitError(
            f"stopped at {self.spent:.4g} {currency} of {self.limit:.4g} {currency}: the next piece would cost more "
            "than is left. What is done is kept; give a higher --max-cost to go on from here."
        )


@dataclass(frozen=True)
class Money:
    """What a manifest tells of cost.

    Attributes:
        prices: what machines cost.
        expected: cost as it was estimated before, or None.
        leaves: whether the result goes to a store elsewhere.

    """

    prices: PriceBook
    expected: float | None = None
    leaves: bool = False

    def told(self, outcomes: Sequence[Outcome], num_bytes: int) -> dict[str, Any]:
        """Give the fields of `recipes.rows.Run`."""
        cost = sum(self.prices.of_work(one) for one in outcomes) + self.prices.of_bytes(num_bytes, leave=self.leaves)
        return {
            "cost": float(f"{cost:.6g}"),
            "price": float(f"{self.prices.price(cost):.6g}"),
            "estimate": float(f"{self.expected or 0.0:.6g}"),
            "currency": self.prices.currency,
        }
