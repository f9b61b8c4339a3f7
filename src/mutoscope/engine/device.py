"""Where networks run."""

import torch

from mutoscope.core.errors import ParameterError

__all__ = ["choose_device"]


def choose_device(wish: str) -> str:
    """Turn "auto", "cpu" or "cuda" into a torch device.

    Raises:
        ParameterError: "cuda" was asked for and there is none.

    """
    if wish == "cuda" and not torch.cuda.is_available():
        raise ParameterError("device is cuda, but torch sees no GPU here; use --device cpu or auto.")
    return "cuda" if wish != "cpu" and torch.cuda.is_available() else "cpu"
