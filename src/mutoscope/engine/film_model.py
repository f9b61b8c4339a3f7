"""A model of a film for other programs."""

from pathlib import Path

from mutoscope.autoencode.files import load_model
from mutoscope.autoencode.onnx_graph import export_onnx
from mutoscope.storage.folders import make_folder

__all__ = ["export_model"]


def export_model(path: str | Path, folder: str | Path) -> tuple[Path, ...]:
    """Write encoder and decoder as ONNX files, for any runtime.

    Raises:
        OutputError: the folder cannot be written.
        WeightsError: it is no model of a film.

    """
    model = load_model(Path(path))
    return tuple(export_onnx(model, make_folder(Path(folder))))
