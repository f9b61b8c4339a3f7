"""mutoscope corrupt: glitch a film or a picture by learning agents."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result
from mutoscope.corrupt.params import AgentsParams

__all__ = ["corrupt"]


def corrupt(
    source: Annotated[str, typer.Argument(help="Video, picture or sequence (frame_%05d.png).")],
    result: Annotated[str, typer.Argument(help="Where it goes: mp4, mov, mkv, webm, gif, png, jpg, webp, tiff.")],
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help=o.help_of(AgentsParams, "preset"))
    ] = None,
    layers: Annotated[
        Path | None,
        typer.Option(
            "--layers",
            metavar="FILE",
            help="A file of layers of your own, TOML or JSON; other effects may stand between.",
        ),
    ] = None,
    start: Annotated[str | None, typer.Option("--start", metavar="TIME", help=o.help_of(AgentsParams, "start"))] = None,
    classes: Annotated[
        str | None, typer.Option("--classes", metavar="NAMES", help=o.help_of(AgentsParams, "classes"))
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Render the frame at this time alone, into a picture.")
    ] = None,
    report_to: Annotated[
        Path | None,
        typer.Option("--report", metavar="FOLDER", help="Draw what the agents saw, learned and did on a sheet."),
    ] = None,
    mask: o.Mask = None,
    feather: o.Feather = None,
    invert_mask: o.InvertMask = False,
    size: o.OwnSize = None,
    effort: o.Effort = None,
    codec: o.Codec = None,
    crf: o.Crf = None,
    bit_depth: o.Bits = None,
    seed: o.Seed = None,
    device: o.Device = None,
    settings: o.Set = None,
    workers: o.Workers = 0,
    cluster: o.Cluster = None,
    work: o.Work = None,
    manifest: o.ManifestToo = False,
    quiet: o.Quiet = False,
) -> None:
    """Let agents that have learned where a network looks carry glitches through a film, in sync with its sound.

    mutoscope corrupt clip.mp4 out.mp4 --preset srinivas-1 --seed 7
    """
    named = o.given(
        {
            "preset": preset,
            "layers": layers,
            "start": start,
            "classes": classes,
            "feather": feather,
            "invert_mask": invert_mask or None,
            "size": size,
            "effort": effort,
            "codec": codec,
            "crf": crf,
            "bit_depth": bit_depth,
            "seed": seed,
            "device": device,
        }
    )
    apart = ("preset",) if layers is None else ("preset", "layers")
    values = {**named, **o.parse_job(settings, AgentsParams, apart=apart)}
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.corrupt import corrupt as run
        from mutoscope.engine.remote import with_places

        done = with_places(
            run,
            source,
            result,
            mask=mask,
            at=at,
            report_to=report_to,
            workers=workers,
            cluster=cluster,
            work=work,
            manifest=manifest,
            report=report,
            **values,
        )
    print_result(done)
    if report_to is not None:
        typer.echo(f"{report_to}: what the agents saw, learned and did.")
