"""mutoscope cross: several films through several models, on one sheet."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress

__all__ = ["cross"]


def cross(
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where sheet and numbers go.")],
    places: Annotated[
        list[Path] | None, typer.Argument(help="Films, and models of films (.safetensors), in any order.")
    ] = None,
    films: Annotated[
        list[Path] | None, typer.Option("--films", metavar="FILM…", help="Films: the rows of the sheet.")
    ] = None,
    models: Annotated[
        list[Path] | None, typer.Option("--models", metavar="FILE…", help="Models of films: its columns.")
    ] = None,
    moments: Annotated[
        int, typer.Option("--moments", metavar="N", help="Pictures in each cell, spread over the film.")
    ] = 4,
    films_too: Annotated[
        bool, typer.Option("--films-too", help="Write each film through each model, and one in which all play.")
    ] = False,
    device: o.Device = None,
    work: o.Work = None,
    quiet: o.Quiet = False,
) -> None:
    """See films through models that have seen others: a sheet of pictures, and numbers.

    mutoscope cross --films a.mp4 b.mp4 --models a.safetensors b.safetensors --out sheet/
    """
    # An option takes one place; those behind it, as in "--films a.mp4 b.mp4", come as arguments.
    rest = places or []
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.cross import cross as run

        done = run(
            [*(films or []), *(path for path in rest if path.suffix != ".safetensors")],
            [*(models or []), *(path for path in rest if path.suffix == ".safetensors")],
            out,
            moments=moments,
            films_too=films_too,
            device=device or "auto",
            work=work,
            report=report,
        )
    for notice in done.notices:
        typer.echo(f"notice: {notice}", err=True)
    for path in (done.matrix, done.matrix_csv, done.matrix_film):
        if path is not None:
            typer.echo(path)
