"""Filters out to other programs, and in from them."""

import shutil
from pathlib import Path

from mutoscope.core.errors import ParameterError, WeightsError
from mutoscope.filters.files import load_filter
from mutoscope.filters.foreign import PixelRange, check_foreign
from mutoscope.filters.onnx_graph import save_model
from mutoscope.filters.shelf import card_beside, check_name, find, own_folder
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder
from mutoscope.storage.lock import only_writer

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


def import_filter(path: str | Path, name: str | None = None, pixel_range: PixelRange = "0..255") -> str:
    """Put a filter's file, or a foreign ONNX model, on the shelf.

    Args:
        path: .safetensors of a Mutoscope, or .onnx.
        name: that it gets here; the file's own without one.
        pixel_range: of a foreign model.

    Returns:
        the name that it has here.

    Raises:
        OutputError: there is a filter of this name.
        WeightsError: the file is not a filter that can be played.

    """
    file = Path(path)
    called = check_name(name or file.stem.lower().replace("_", "-").replace(" ", "-"))
    folder = make_folder(own_folder())
    place = folder / f"{called}{file.suffix.lower()}"
    with only_writer(place):
        if file.suffix.lower() == ".onnx":
            card = check_foreign(file, called, pixel_range)
            # The card first: a model without one is not on the shelf.
            with atomic_path(card_beside(place)) as temp:
                temp.write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
        elif file.suffix.lower() == ".safetensors":
            load_filter(file)
        else:
            raise WeightsError(f"{file.name} is neither a .safetensors nor an .onnx file; give one of these.")
        with atomic_path(place) as temp:
            shutil.copyfile(file, temp)
    return called
