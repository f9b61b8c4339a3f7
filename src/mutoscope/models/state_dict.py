"""Tables of tensors in files: .safetensors and .pth, of which nothing is executed."""

import pickle
import warnings
import zipfile
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from mutoscope.core.errors import WeightsError

__all__ = ["read_state"]


def read_state(path: Path) -> dict[str, Tensor]:
    """Read a state dict onto the CPU.

    Args:
        path: .safetensors; any other suffix is taken for torch's own format, tensors only (`weights_only`).

    Raises:
        WeightsError: the file is damaged or holds something else than tensors.

    """
    loaded: object
    try:
        if path.suffix.lower() == ".safetensors":
            loaded = load_file(path)
        else:
            with warnings.catch_warnings():
                # Torch warns of files that it did not write itself; we read them or refuse them.
                warnings.simplefilter("ignore", UserWarning)
                loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise WeightsError(
            f"{path} is damaged or holds more than tensors; expected a state dict, as .pth or .safetensors."
        ) from None
    except (SafetensorError, zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError, LookupError):
        raise WeightsError(
            f"{path} is damaged or no weights file; expected a state dict, as .pth or .safetensors."
        ) from None
    if not isinstance(loaded, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in loaded.items()
    ):
        raise WeightsError(f"{path} holds no table of tensors; expected a state dict, as .pth or .safetensors.")
    return loaded
