"""What a file of a model says before its numbers are read: card and shapes. Torch-free."""

import json
from pathlib import Path

from mutoscope.autoencode.card import Card, parse_card
from mutoscope.core.errors import WeightsError
from mutoscope.models.metadata import read_metadata

__all__ = ["open_card", "read_shapes"]


def open_card(path: Path) -> Card:
    """Read a model's card; none of its numbers.

    Raises:
        WeightsError: it is missing, cut off, no model of a film, or of a newer version.

    """
    texts = read_metadata(path)
    if "card" not in texts:
        raise WeightsError(f"{path} is not a model of a film; make one with 'mutoscope train autoencoder'.")
    return parse_card(texts["card"], str(path))


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Read the shapes of a file's tensors, by name.

    Raises:
        WeightsError: it is missing, or not a whole safetensors file.

    """
    read_metadata(path)  # which sees that the header is one
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        return {
            name: tuple(int(side) for side in spec["shape"]) for name, spec in header.items() if name != "__metadata__"
        }
    except (OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        raise WeightsError(f"{path} is not a whole safetensors file; get it again.") from error
