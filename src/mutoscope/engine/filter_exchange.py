"""Filters out to other programs, and in from them."""

import shutil
from pathlib import Path

from mutoscope.core.errors import OutputError, ParameterError, WeightsError
from mutoscope.filters.card import Card
from mutoscope.filters.files import load_filter
from mutoscope.filters.foreign import PixelRange, check_foreign
from mutoscope.filters.onnx_graph import save_model
from mutoscope.filters.shelf import CARD_SUFFIX, check_name, find, own_folder, read_card
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder

__all__ = ["export_filter", "import_filter"]


def export_filter(name: str, path: str | Path) -> Path:
    """Write a filter of the shelf as an ONNX model, or as a file for another Mutoscope.

    Args:
        name: of the filter.
        path: .onnx: plays in any runtime, takes n,3,h,w RGB 0..1 of any size; .safetensors: as it is here.

    Raises:
        OutputError: the place cannot be written.
        ParameterError: there is no such filter, or no such format.

    """
    item, place = find(name), Path(path)
    if place.suffix.lower() == ".onnx" and item.card.kind != "onnx":
        save_model(load_filter(item.path), place)
    elif place.suffix.lower() == item.path.suffix:
        with atomic_path(place) as temp:
            shutil.copyfile(item.path, temp)
    else:
        raise ParameterError(f"{name!r} cannot be exported as {place.name!r}; give it .onnx or {item.path.suffix}.")
    return place


def import_filter(path: str | Path, name: str | None = None, pixel_range: PixelRange = "0..255") -> Card:
    """Put a filter's file, or a foreign ONNX model, on the shelf.

    Args:
        path: .safetensors of a Mutoscope, or .onnx.
        name: that it gets here; the file's own without one.
        pixel_range: of a foreign model.

    Raises:
        OutputError: there is a filter of this name.
        WeightsError: the file is not a filter that can be played.

    """
    file = Path(path)
    called = check_name(name or file.stem.lower().replace("_", "-").replace(" ", "-"))
    folder = make_folder(own_folder())
    place = folder / f"{called}{file.suffix.lower()}"
    if file.suffix.lower() == ".onnx":
        card = check_foreign(file, called, pixel_range)
        # The card first: a model without one is not on the shelf.
        with atomic_path(place.with_name(called + CARD_SUFFIX)) as temp:
            temp.write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    elif file.suffix.lower() == ".safetensors":
        load_filter(file)
        card = read_card(file)
    else:
        raise WeightsError(f"{file.name} is neither a .safetensors nor an .onnx file; give one of these.")
    try:
        with atomic_path(place) as temp:
            shutil.copyfile(file, temp)
    except OSError as error:
        raise OutputError(f"{place} cannot be written ({error.strerror}).") from error
    return card
