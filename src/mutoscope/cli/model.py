"""mutoscope model: what a model of a film says about itself; export for other programs."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["model"]


def model(
    file: Annotated[Path, typer.Argument(help="A file that 'mutoscope train autoencoder' made.")],
    onnx: Annotated[
        Path | None, typer.Option("--onnx", metavar="FOLDER", help="Write encoder.onnx and decoder.onnx there.")
    ] = None,
) -> None:
    """Print what a model has seen, how it was trained and what it can, as JSON; or export it.

    mutoscope model film.safetensors
    """
    import json

    from mutoscope.autoencode.files import open_card

    if onnx is None:
        typer.echo(json.dumps(open_card(file).model_dump(mode="json"), indent=2, ensure_ascii=False))
        return
    from mutoscope.engine.film_model import export_model

    for path in export_model(file, onnx):
        typer.echo(path)
