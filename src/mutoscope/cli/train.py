"""mutoscope train: make weights out of pictures or films."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.core.errors import ParameterError
from mutoscope.filters.train_params import TrainFilterParams
from mutoscope.sort.params import SortParams
from mutoscope.sort.train_params import TrainSorterParams

__all__ = ["app"]

app = typer.Typer(help="Train filters, sorters, and networks that have seen only one film.", no_args_is_help=True)


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


@app.command("sorter")
def sorter(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="What is written: .safetensors; of decisions .json.")
    ],
    blur: Annotated[
        Path | None, typer.Option("--blur", metavar="DIR|CSV", help="Pictures in folders by class, a table, or CERTH.")
    ] = None,
    exposure: Annotated[
        Path | None, typer.Option("--exposure", metavar="DIR|CSV", help="Likewise: good, under, over.")
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", metavar="CSV", help="Your own keeps and rejects, saved by the report's page."),
    ] = None,
    footage: Annotated[
        Path | None, typer.Option("--footage", metavar="FOLDER", help="With --decisions: the folder that was sorted.")
    ] = None,
    settings: o.Set = None,
    quiet: o.Quiet = False,
) -> None:
    """Train the learned part of sorting on labelled pictures, or fit the thresholds to your own decisions.

    mutoscope train sorter --blur photos/ --out my.safetensors
    mutoscope train sorter --decisions decisions.csv --footage rushes/ --out mine.json
    """
    if decisions is not None:
        if blur is not None or exposure is not None:
            raise ParameterError("--decisions fits thresholds, --blur and --exposure train; give one or the other.")
        if footage is None:
            raise ParameterError("--decisions needs the folder that was sorted; give --footage FOLDER.")
        from mutoscope.engine.train_decisions import train_from_decisions

        as_sorted: dict[str, Any] = {**o.parse_set(settings, SortParams)}
        fitted = train_from_decisions(decisions, footage=footage, out=out, **as_sorted)
        for skipped in fitted.skipped:
            typer.echo(f"left out: {skipped.name}: {skipped.reason}", err=True)
        for fault, factor in fitted.multipliers.items():
            typer.echo(f"{fault}: threshold times {factor:.2f}")
        typer.echo(f"{fitted.num_decisions} decisions; {fitted.path}")
        typer.echo(f"use it: mutoscope sort {footage} --calibration {fitted.path}")
        return
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.train_sorter import train_sorter

        done = train_sorter(
            out=out, blur=blur, exposure=exposure, report=report, **o.parse_set(settings, TrainSorterParams)
        )
    for notice in (*(f"{s.name}: {s.reason}" for s in done.skipped), *done.notices):
        typer.echo(f"notice: {notice}", err=True)
    for task, right in done.right.items():
        typer.echo(
            f"{task}: {right.value:.1%} right on pictures that were kept apart ({right.low:.1%} .. {right.high:.1%})"
        )
    typer.echo(f"{done.path}; log: {done.folder}")
    typer.echo(f"use it: mutoscope sort rushes/ --sorter {done.path}")


@app.command("autoencoder")
def autoencoder(
    films: Annotated[list[Path], typer.Argument(help="Film, or several that become one memory.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The model that is written: .safetensors.")],
    minutes: Annotated[
        float | None, typer.Option("--minutes", metavar="N", help=o.help_of(TrainAutoencoderParams, "minutes"))
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="tiny|small|broad2016", help=o.help_of(TrainAutoencoderParams, "profile")),
    ] = None,
    fit: Annotated[
        str | None, typer.Option("--fit", metavar="crop|letterbox", help=o.help_of(TrainAutoencoderParams, "fit"))
    ] = None,
    settings: o.Set = None,
    quiet: o.Quiet = False,
) -> None:
    """Train a network that sees nothing but your film; stop and go on as you like.

    mutoscope train autoencoder film.mp4 --out film.safetensors --minutes 20
    """
    named = o.given({"minutes": minutes, "profile": profile, "fit": fit})
    values = {**named, **o.parse_set(settings, TrainAutoencoderParams)}
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.train_autoencoder import train_autoencoder, training_folder

        typer.echo(f"preview and curves: {training_folder(out)}")
        done = train_autoencoder(films, out=out, report=report, **values)
    for notice in done.notices:
        typer.echo(f"notice: {notice}", err=True)
    typer.echo(", ".join(f"{name} {value:.3g}" for name, value in done.card.quality.items()))
    typer.echo(f"{done.path}: {done.card.training.steps} steps, {done.path.stat().st_size / 1e6:.1f} MB")
    typer.echo(f"try it: mutoscope autoencode {films[0]} dream.mp4 --model {done.path} --compare")
