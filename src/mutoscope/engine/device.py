"""Where networks run, and with how many threads."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from mutoscope.core.errors import ParameterError

__all__ = ["choose_device", "torch_threads"]


def choose_device(wish: str) -> str:
    """Turn "auto", "cpu" or "cuda" into a torch device.

    Raises:
        ParameterError: "cuda" was asked for and there is none.

    """
    if wish == "cuda" and not torch.cuda.is_available():
        raise ParameterError("device is cuda, but torch sees no GPU here; use --device cpu or auto.")
    return "cuda" if wish != "cpu" and torch.cuda.is_available() else "cpu"


@contextmanager
def torch_threads(num: int) -> Iterator[None]:
    """Set the number of torch's threads for a while: sums are rounded in another order with another number."""
    before = torch.get_num_threads()
    torch.set_num_threads(num)
    try:
        yield
    finally:
        torch.set_num_threads(before)
