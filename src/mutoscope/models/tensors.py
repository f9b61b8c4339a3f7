"""Tensors by name in a file: weights of ours, and what one piece of a film leaves for the next."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load_file, save
from torch import Tensor

__all__ = ["load_tensors", "save_tensors"]


def save_tensors(tensors: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write tensors, bit by bit, and texts about them (`models.metadata` reads these)."""
    # Copies: names may share their memory, and the format has no word for that.
    copies = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    path.write_bytes(save(copies, metadata=dict(metadata or {}) or None))  # save_file hides it from all but the owner


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read tensors that `save_tensors` wrote."""
    loaded: dict[str, Tensor] = load_file(path)
    return loaded
