"""mutoscope sort: which seconds of a folder of footage are usable, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.sort.params import SortParams

if TYPE_CHECKING:
    from mutoscope.engine.sort import SortResult

__all__ = ["sort"]

_MOST_LISTED = 10


def sort(
    folder: Annotated[Path, typer.Argument(help="Folder of footage, the folders in it too; or a single film.")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the report goes.")] = Path("report"),
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help=o.help_of(SortParams, "preset"))
    ] = None,
    export: Annotated[
        str | None,
        typer.Option(
            "--export", metavar="FORMATS", help="Files for editors: otio, fcpxml, xmeml, edl, xmp, csv, json."
        ),
    ] = None,
    assemble: Annotated[
        Path | None, typer.Option("--assemble", metavar="FILM", help="Cut all keeps together into one film.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Look at key frames only: coarse, and many times as fast.")
    ] = False,
    sorter: Annotated[
        Path | None, typer.Option("--sorter", metavar="FILE", help="A learned part of your own, of `train sorter`.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option("--calibration", metavar="FILE", help=o.help_of(SortParams, "calibration"))
    ] = None,
    settings: o.Set = None,
    workers: o.Workers = 0,
    cluster: o.Cluster = None,
    work: o.Work = None,
    quiet: o.Quiet = False,
) -> None:
    """Measure every film in a folder and mark its usable seconds, with reasons, for people and editors.

    mutoscope sort rushes/ --out report/ --export otio,fcpxml
    """
    named = o.given({"preset": preset, "calibration": None if calibration is None else str(calibration)})
    values = {**named, **o.parse_set(settings, SortParams)}
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.sort import sort as run

        done = run(
            folder,
            out,
            export=[] if export is None else [name for name in export.split(",") if name.strip()],
            assemble=assemble,
            quick=quick,
            sorter=sorter,
            workers=workers,
            cluster=cluster,
            work=work,
            report=report,
            **values,
        )
    _tell(done)


def _tell(done: "SortResult") -> None:
    for notice in done.notices:
        typer.echo(f"notice: {notice}", err=True)
    refused = [report for report in done.reports if report.error is not None]
    for report in refused[:_MOST_LISTED]:
        typer.echo(f"left out: {' '.join(report.path.split())}: {report.error}", err=True)
    if len(refused) > _MOST_LISTED:
        typer.echo(f"left out: {len(refused) - _MOST_LISTED} more; the report lists them.", err=True)
    shares = done.seconds_by_verdict()
    total = sum(shares.values())
    told = ", ".join(f"{name} {seconds / max(total, 1e-9):.0%}" for name, seconds in shares.items())
    reused = f"; {done.reused} known already" if done.reused else ""
    clips = "1 clip" if done.num_sorted == 1 else f"{done.num_sorted} clips"
    typer.echo(f"{clips}, {total / 60:.1f} min: {told} ({done.seconds:.1f} s{reused})")
    for path in done.exports[:_MOST_LISTED]:
        typer.echo(f"{path}")
    if len(done.exports) > _MOST_LISTED:
        typer.echo(f"… and {len(done.exports) - _MOST_LISTED} more files in {done.page.parent}")
    if done.assembled is not None:
        typer.echo(f"{done.assembled}: all keeps")
    typer.echo(f"{done.page}")
