"""Tensors by name in a file: what one piece of a film leaves for the next."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

__all__ = ["load_tensors", "save_tensors"]


def save_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write tensors, bit by bit."""
    # Copies: names may share their memory, and the format has no word for that.
    save_file({name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}, path)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read tensors that `save_tensors` wrote."""
    loaded: dict[str, Tensor] = load_file(path)
    return loaded
