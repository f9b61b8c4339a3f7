"""mutoscope texture: a texture of any size out of a style picture."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.filters.texture_params import TextureParams

__all__ = ["texture"]


def texture(
    painting: Annotated[str, typer.Argument(help="Picture whose manner is taken, or pattern:NAME.")],
    result: Annotated[Path, typer.Argument(help="Where it goes: png, jpg, webp, tiff.")],
    size: Annotated[int | None, typer.Option("--size", metavar="PX", help=o.help_of(TextureParams, "size"))] = None,
    tileable: Annotated[bool, typer.Option("--tileable", help=o.help_of(TextureParams, "tileable"))] = False,
    minutes: Annotated[
        float | None, typer.Option("--minutes", metavar="N", help=o.help_of(TextureParams, "minutes"))
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="N", help=o.help_of(TextureParams, "seed"))] = None,
    settings: o.Set = None,
    quiet: o.Quiet = False,
) -> None:
    """Synthesise a texture from the manner of a picture.

    mutoscope texture painting.jpg out.png --size 1024 --tileable
    """
    named = o.given({"size": size, "tileable": tileable or None, "minutes": minutes, "seed": seed})
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.texture import texture as run

        path = run(painting, result, report=report, **{**named, **o.parse_set(settings, TextureParams)})
    typer.echo(f"{path}")
