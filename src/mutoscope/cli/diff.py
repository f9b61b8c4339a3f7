"""mutoscope diff: what differs between two results."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["diff"]


def diff(
    a: Annotated[Path, typer.Argument(help="Manifest of a result.")],
    b: Annotated[Path, typer.Argument(help="Manifest of another.")],
) -> None:
    """Say what differs between two results: inputs, recipe, weights, versions, shots. Exit code 1 where they differ."""
    from mutoscope.recipes.diff import diff as compare
    from mutoscope.recipes.manifest import read_manifest

    lines = compare(read_manifest(a), read_manifest(b))
    for line in lines or ["no difference"]:
        typer.echo(line)
    if lines:
        raise typer.Exit(1)
