"""mutoscope demo: the main job on the bundled clip."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result

__all__ = ["demo"]


def demo(
    folder: Annotated[Path, typer.Option("--out", help="Folder for the film and its contact sheet.")] = Path(
        "demo_out"
    ),
    quiet: o.Quiet = False,
) -> None:
    """Stylize the bundled clip like the bundled painting; make a contact sheet; print where they are."""
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.demo import run_demo

        film, sheet = run_demo(folder, report)
    print_result(film)
    typer.echo(f"film:          {film.path.resolve()}")
    typer.echo(f"contact sheet: {sheet.resolve()}")
    typer.echo(f"speed:         {film.frames / film.seconds:.2f} frames per second")
