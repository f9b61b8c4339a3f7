"""mutoscope train: make weights out of pictures or films."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.filters.train_params import TrainFilterParams

__all__ = ["app"]

app = typer.Typer(help="Train filters.", no_args_is_help=True)


@app.command("filter")
def filter_(
    painting: Annotated[str, typer.Argument(help="Picture whose manner is learned, or pattern:NAME.")],
    name: Annotated[str, typer.Option("--name", "-n", help="Name of the new filter: small letters, digits, hyphens.")],
    footage: Annotated[
        list[Path] | None,
        typer.Option("--footage", metavar="FILE", help="Film that the filter is meant for; as often as you like."),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option("--minutes", metavar="N", help=o.help_of(TrainFilterParams, "minutes"))
    ] = None,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help=o.help_of(TrainFilterParams, "from_scratch"))
    ] = False,
    brush: Annotated[
        float | None, typer.Option("--brush", metavar="SIZE", help=o.help_of(TrainFilterParams, "brush"))
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help=o.help_of(TrainFilterParams, "title"))] = None,
    artist: Annotated[str | None, typer.Option("--artist", help=o.help_of(TrainFilterParams, "artist"))] = None,
    licence: Annotated[str | None, typer.Option("--licence", help=o.help_of(TrainFilterParams, "licence"))] = None,
    settings: o.Set = None,
    quiet: o.Quiet = False,
) -> None:
    """Train a filter from one painting in minutes and put it on the shelf; stop and go on as you like.

    mutoscope train filter painting.jpg --name dusk --footage clip.mp4 --minutes 10
    """
    named = o.given(
        {
            "minutes": minutes,
            "from_scratch": from_scratch or None,
            "brush": brush,
            "title": title,
            "artist": artist,
            "licence": licence,
        }
    )
    values = {**named, **o.parse_set(settings, TrainFilterParams)}
    from mutoscope.engine.train_filter import look_at, train_filter
    from mutoscope.storage.folders import data_folder

    for line in look_at(painting).advice:
        typer.echo(f"{Path(painting).name}: {line}")
    typer.echo(f"preview and curves: {data_folder() / 'training' / name}")
    with show_progress(quiet=quiet) as report:
        done = train_filter(painting, name=name, footage=footage or [], report=report, **values)
    for notice in done.notices:
        typer.echo(notice, err=True)
    kilobytes = done.path.stat().st_size / 1000
    typer.echo(
        f"{done.name}: {done.card.touch} touch, {done.card.training.steps} steps, {kilobytes:.0f} kB, {done.path}"
    )
    typer.echo(f"try it: mutoscope filter clip.mp4 out.mp4 --name {done.name}")
