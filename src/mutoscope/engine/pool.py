"""Who does the tasks. Here: this process, one task after the other."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from mutoscope.core.errors import MutoscopeError
from mutoscope.engine.device import choose_device
from mutoscope.engine.store import Store
from mutoscope.engine.tasks import Desk, Outcome, Task, perform

__all__ = ["Done", "InlinePool", "Partial", "PoisonError", "Pool"]

Partial = Callable[[str, int], None]
"""Takes the key of a task and how far it is."""


class PoisonError(MutoscopeError):
    """A task that killed every worker that tried it."""

    exit_code = 3


@dataclass(frozen=True)
class Done:
    """A task that has ended: with an outcome, or with an error."""

    task: Task
    outcome: Outcome | None = None
    error: MutoscopeError | None = None


class Pool(Protocol):
    """Takes tasks and gives them back done, in any order; a context manager."""

    @property
    def name(self) -> str:
        """In words, for the manifest."""
        ...

    def device(self, wish: str) -> str:
        """Turn "auto", "cpu" or "cuda" into the device of its workers.

        Raises:
            ParameterError: no worker has what was wished for.

        """
        ...

    @property
    def room(self) -> int:
        """How many more tasks it takes now, so that nobody waits and no queue grows long."""
        ...

    def submit(self, task: Task) -> None:
        """Hand over a task."""
        ...

    def wait(self, partial: Partial) -> Done:
        """Wait for the next task that ends; tell meanwhile how far others are.

        Raises:
            MutoscopeError: there are no workers any more.

        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class InlinePool:
    """Works in this process: no other processes, no ports."""

    name = "inline"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tasks: deque[Task] = deque()

    def device(self, wish: str) -> str:
        """Choose this machine's own device."""
        return choose_device(wish)

    @property
    def room(self) -> int:
        """One task at a time."""
        return 1 - len(self._tasks)

    def submit(self, task: Task) -> None:
        """Put a task on the desk."""
        self._tasks.append(task)

    def wait(self, partial: Partial) -> Done:
        """Do the task."""
        task = self._tasks.popleft()
        try:
            return Done(task, perform(task, Desk(self._store, lambda done: partial(task.key, done))))
        except MutoscopeError as error:
            return Done(task, error=error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held."""
