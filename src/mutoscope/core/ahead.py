"""Work that runs ahead in a thread, so that reading, computing and writing overlap."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["run_ahead", "run_behind"]

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


def run_behind(items: Iterable[T], work: Callable[[T], object], depth: int = 2) -> Iterator[T]:
    """Hand each item to `work`, in order, in a thread of its own; yield it when that is done.

    Up to `depth` items wait there while the next one is made. An error of `work` comes out here; of the items after it
    only those that waited may be worked on. When the consumer stops early, what has begun is finished first.
    """
    going: deque[tuple[T, Future[object]]] = deque()
    with ThreadPoolExecutor(1, "behind") as thread:
        try:
            for item in items:
                going.append((item, thread.submit(work, item)))
                while len(going) > depth or (going and going[0][1].done()):
                    yield _finished(*going.popleft())
            while going:
                yield _finished(*going.popleft())
        finally:
            for _, future in going:
                future.cancel()


def _finished(item: T, future: "Future[object]") -> T:
    future.result()
    return item
