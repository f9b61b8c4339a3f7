"""Kernels on several threads: each takes a part of the lines, and no result depends on how many there are."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import torch

__all__ = ["Spread", "spreading"]

Spread = Callable[[int, Callable[[int, int], object]], None]
"""Called with a count and work; the work is called with the first and the end of each part of 0..count."""


@contextlib.contextmanager
def spreading() -> Iterator[Spread]:
    """Lend as many threads as torch may use, for kernels that let others run meanwhile."""
    threads = max(1, torch.get_num_threads())
    if threads == 1:
        yield lambda count, work: (work(0, count), None)[1]
        return
    with ThreadPoolExecutor(threads, "lines") as pool:

        def spread(count: int, work: Callable[[int, int], object]) -> None:
            edges = [count * i // threads for i in range(threads + 1)]
            waiting = [pool.submit(work, a, b) for a, b in pairwise(edges) if a < b]
            for one in waiting:
                one.result()

        yield spread
