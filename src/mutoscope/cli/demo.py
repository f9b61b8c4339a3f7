"""mutoscope demo: the main jobs on the bundled clip."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result

__all__ = ["demo"]


def demo(
    folder: Annotated[Path, typer.Option("--out", help="Folder for the films and their contact sheet.")] = Path(
        "demo_out"
    ),
    quiet: o.Quiet = False,
) -> None:
    """Paint the bundled clip with a filter, and a second of it by optimisation; print where films and sheet are."""
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.demo import run_demo

        done = run_demo(folder, report)
    for film in (done.filtered, done.stylized):
        print_result(film)
    typer.echo(f"film:            {done.filtered.path.resolve()}")
    typer.echo(f"stylized second: {done.stylized.path.resolve()}")
    typer.echo(f"contact sheet:   {done.sheet.resolve()}")
    for name, film in (("filter", done.filtered), ("stylize", done.stylized)):
        rate = f"{film.frames / film.seconds:.2f} frames per second"
        typer.echo(f"{name + ':':<16} {rate if film.computed else 'taken from an earlier run'}")
