"""mutoscope measure: numbers about a film beside its source."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.core.errors import ParameterError
from mutoscope.measure.params import MeasureParams

if TYPE_CHECKING:
    from mutoscope.measure.report import Number, Report

__all__ = ["measure"]

_SHARES = ("contrast_drift", "brightness_drift")


def measure(
    film: Annotated[
        Path | None, typer.Argument(help="What was made: video, picture or sequence (frame_%05d.png).")
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--source", metavar="FILE", help="What it was made from, with the same frames.")
    ] = None,
    style: Annotated[
        Path | None,
        typer.Option("--style", metavar="FILE", help="Style picture, to measure the distance from its manner."),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write all numbers, those of each frame too.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw curves over time into a png, svg or pdf.")
    ] = None,
    backbone: Annotated[
        str | None, typer.Option("--backbone", metavar="NAME", help=o.help_of(MeasureParams, "backbone"))
    ] = None,
    size: Annotated[int | None, typer.Option("--size", metavar="PX", help=o.help_of(MeasureParams, "size"))] = None,
    flow: Annotated[str | None, typer.Option("--flow", metavar="NAME", help=o.help_of(MeasureParams, "flow"))] = None,
    gap: Annotated[int | None, typer.Option("--gap", metavar="N", help=o.help_of(MeasureParams, "gap"))] = None,
    certh: Annotated[
        Path | None,
        typer.Option("--certh", metavar="DIR", help="Instead of a film: how well `sort` tells blur on the CERTH set."),
    ] = None,
    labelled: Annotated[
        Path | None,
        typer.Option("--labelled", metavar="DIR|CSV", help="Likewise on your own labelled pictures."),
    ] = None,
    task: Annotated[
        str, typer.Option("--task", metavar="blur|exposure", help="With --labelled: what the labels are about.")
    ] = "blur",
    sorter: Annotated[
        Path | None, typer.Option("--sorter", metavar="FILE", help="With these: a learned part of your own.")
    ] = None,
    quiet: o.Quiet = False,
) -> None:
    """Say how steady a film is and how near to its source and its style picture; nothing is compared across a cut.

    mutoscope measure out.mp4 --source clip.mp4 --style wave.jpg --plot curves.png
    """
    if certh is not None or labelled is not None:
        _measure_sorter(certh, labelled, task, sorter, json_file, quiet=quiet)
        return
    if film is None or source is None:
        raise ParameterError("give the film that was made and --source, what it was made from; or --certh DIR.")
    values = o.given({"backbone": backbone, "flow": flow, "gap": gap, "size": size})
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.measure import measure as run

        done = run(film, source=source, style=style, json=json_file, plot=plot, report=report, **values)
    for notice in done.notices:
        typer.echo(f"notice: {notice}", err=True)
    _print_table(done)
    for what, path in (("numbers", json_file), ("curves", plot)):
        if path is not None:
            typer.echo(f"{what}: {path}")


def _measure_sorter(
    certh: Path | None, labelled: Path | None, task: str, sorter: Path | None, json_file: Path | None, *, quiet: bool
) -> None:
    if certh is not None and labelled is not None:
        raise ParameterError("--certh and --labelled are both given; give one of them.")
    if task not in ("blur", "exposure"):
        raise ParameterError(f"task {task!r} is not known; give blur or exposure.")
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.measure_sorter import measure_certh, measure_labelled

        if certh is not None:
            done = measure_certh(certh, weights=sorter, report=report)
        else:
            assert labelled is not None
            wanted: Literal["blur", "exposure"] = "exposure" if task == "exposure" else "blur"
            done = measure_labelled(labelled, task=wanted, weights=sorter, report=report)
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for head in done.head():
        table.add_column(head)
    for row in done.rows():
        table.add_row(*row)
    Console().print(table)
    for notice in (*(f"{s.name}: {s.reason}" for s in done.skipped), *done.notices):
        typer.echo(f"notice: {notice}", err=True)
    if json_file is not None:
        done.write_json(json_file)
        typer.echo(f"numbers: {json_file}")


def _print_table(report: "Report") -> None:
    from rich.console import Console
    from rich.table import Table

    shots = len(report.series.cuts_s()) + 1
    frames = "1 frame" if report.num_frames == 1 else f"{report.num_frames} frames"
    width, height = report.size
    title = f"{Path(report.film).name}: {frames}, {shots} {'shot' if shots == 1 else 'shots'}, at {width}x{height}"
    table = Table(title=title, title_justify="left", title_style="")
    table.add_column("")
    for head in ("film", "source", "film / source"):
        table.add_column(head, justify="right")
    for name, number in report.numbers.items():
        if number.out is not None or number.source is not None:
            table.add_row(report.title(name), *_cells(name, number))
    Console().print(table)


def _cells(name: str, number: "Number") -> tuple[str, str, str]:
    if name in _SHARES:
        out, source = ("" if value is None else f"{value:.1%}" for value in (number.out, number.source))
        return out, source, ""
    out, source = ("" if value is None else f"{value:.5f}" for value in (number.out, number.source))
    return out, source, "" if number.ratio is None or name == "edges" else f"{number.ratio:.3f}"
