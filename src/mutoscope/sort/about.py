"""What a sorter's file says about itself: one text, so that the same sorter is the same bytes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from mutoscope.core.errors import WeightsError
from mutoscope.models.metadata import read_metadata
from mutoscope.models.tensors import save_tensors
from mutoscope.storage.atomic import atomic_path

__all__ = ["read_about", "write_sorter"]

_KEY = "mutoscope.sorter"


def write_sorter(tensors: Mapping[str, Tensor], about: Mapping[str, Any], path: Path) -> None:
    """Write tensors, and what is said about them.

    Raises:
        OutputError: the place cannot be written.

    """
    # Several texts would come out in another order each time: safetensors keeps them in a hash table.
    with atomic_path(path) as temp:
        save_tensors(tensors, temp, {_KEY: json.dumps(dict(about), sort_keys=True)})


def read_about(path: Path) -> dict[str, Any]:
    """Read what `write_sorter` was told.

    Raises:
        WeightsError: the file is missing, damaged, or no sorter.

    """
    try:
        about = json.loads(read_metadata(path)[_KEY])
    except (KeyError, ValueError):
        about = None
    if not isinstance(about, dict):
        raise WeightsError(f"{path} holds no sorter; give a file that `mutoscope train sorter` made, or none.")
    return about
