"""mutoscope filters: the shelf."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mutoscope.cli.progress import show_progress

__all__ = ["app"]

app = typer.Typer(
    help="The shelf of filters: list, draw, try, show, export, import, remove.", invoke_without_command=True
)

_Sheet = Annotated[Path | None, typer.Option("--sheet", metavar="FILE", help="Draw them into a png or jpg.")]


@app.callback()
def _filters(
    ctx: typer.Context,
    sheet: _Sheet = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="Film or picture to draw them on.")
    ] = None,
) -> None:
    if ctx.invoked_subcommand is None:
        _print_list()
        if sheet is not None:
            from mutoscope.engine.try_filters import draw_shelf

            with show_progress() as report:
                draw_shelf(sheet, picture, report=report)
            typer.echo(f"sheet: {sheet}")


@app.command("list")
def list_filters() -> None:
    """List every filter: name, picture and painter, licence, touch, size, speed on this machine."""
    _print_list()


@app.command("try")
def try_(
    footage: Annotated[list[Path], typer.Argument(help="Folder with films and pictures, or some of them.")],
    sheet: _Sheet = None,
    name: Annotated[
        list[str] | None, typer.Option("--name", "-n", help="Filter to try; all of them without it.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Paint frames of footage with every filter and say which pairs suit each other, the best first."""
    from mutoscope.engine.try_filters import sheet_of, try_filters

    with show_progress(quiet=quiet) as report:
        tried = try_filters(list(footage), names=name or (), report=report)
    pairs = tried.pairs
    typer.echo(f"{'filter':<20} {'score':>5}  {'content':>7} {'style':>5} {'steady':>6}  footage")
    for pair in pairs:
        s = pair.scores
        typer.echo(
            f"{pair.filter:<20} {s.total:5.2f}  {s.content:7.2f} {s.style:5.2f} {s.steady:6.2f}  {pair.footage.name}"
        )
    for notice in tried.notices:
        typer.echo(f"left out: {notice}", err=True)
    if sheet is not None and pairs:
        typer.echo(f"sheet: {sheet_of(pairs, sheet)}")


@app.command("show")
def show(name: Annotated[str, typer.Argument(help="Name of a filter.")]) -> None:
    """Print all that is known about a filter, as JSON."""
    from mutoscope.filters.shelf import find

    item = find(name)
    typer.echo(item.card.model_dump_json(indent=2))
    typer.echo(f"file: {item.path}", err=True)


@app.command("export")
def export(
    name: Annotated[str, typer.Argument(help="Name of a filter.")],
    result: Annotated[Path, typer.Argument(help="An .onnx model for any program, or a .safetensors file.")],
) -> None:
    """Write a filter for another program (ONNX, RGB 0..1, any size) or for another Mutoscope."""
    from mutoscope.engine.filter_exchange import export_filter

    path = export_filter(name, result)
    typer.echo(f"{path}: {path.stat().st_size / 1000:.0f} kB")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A filter's .safetensors file, or a foreign .onnx model.")],
    name: Annotated[
        str | None, typer.Option("--name", "-n", help="What it is called here; its file's name without it.")
    ] = None,
    pixel_range: Annotated[
        Literal["0..1", "0..255"], typer.Option("--range", help="Pixels that a foreign model takes and gives.")
    ] = "0..255",
) -> None:
    """Put a filter's file or a foreign model on the shelf, after a check."""
    from mutoscope.engine.filter_exchange import import_filter

    called = import_filter(file, name, pixel_range)
    typer.echo(f"try it: mutoscope filter clip.mp4 out.mp4 --name {called}")


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="Name of a filter of your own.")]) -> None:
    """Delete one of your own filters."""
    from mutoscope.filters.shelf import remove as remove_filter

    typer.echo(f"removed {remove_filter(name)}")


def _print_list() -> None:
    from mutoscope.filters.runtime_table import frames_per_second
    from mutoscope.filters.shelf import shelf

    rows = [
        (
            item.name,
            " by ".join(filter(None, [item.card.style.title, item.card.style.artist])) or "unknown",
            item.card.style.licence,
            item.card.touch or "unknown",
            f"{item.path.stat().st_size / 1000:.0f} kB",
            "" if item.is_shipped else "yours",
        )
        for item in shelf()
    ]
    heads = ("name", "picture", "licence", "touch", "size", "")
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    for row in [heads, *rows]:
        typer.echo("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip())
    rate = frames_per_second()
    told = (
        f"{rate:.0f} frames/s at 640x360 on one thread of this machine"
        if rate
        else "'mutoscope doctor --tune' measures it"
    )
    typer.echo(f"speed of the network: {told}")
