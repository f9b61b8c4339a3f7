"""Work that runs ahead in a thread, so that reading, computing and writing overlap."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

__all__ = ["run_ahead"]

T = TypeVar("T")


def run_ahead(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """Yield the items, of which `depth` wait made and one more is in the making, in a thread of their own.

    An error in the thread comes out here, after the items before it. When the consumer stops early, so does the
    thread; it has ended when this generator is closed.
    """
    ready: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(maxsize=depth)
    stop = threading.Event()

    def put(is_item: bool, value: T | BaseException | None) -> bool:
        while not stop.is_set():
            try:
                ready.put((is_item, value), timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for item in items:
                if not put(True, item):
                    return
            put(False, None)
        except BaseException as error:  # noqa: BLE001 # it is raised again where it is waited for
            put(False, error)

    thread = threading.Thread(target=work, name="ahead", daemon=True)
    thread.start()
    try:
        while True:
            is_item, value = ready.get()
            if is_item:
                yield value  # type: ignore[misc] # the flag says which of the three it is
            elif isinstance(value, BaseException):
                raise value
            else:
                return
    finally:
        stop.set()
        thread.join()
