"""mutoscope filter: paint a film or a picture with a trained filter."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result
from mutoscope.filters.params import FilterParams
from mutoscope.recipes.film_params import FilmParams
from mutoscope.recipes.step import Step

__all__ = ["filter_"]


def filter_(
    source: Annotated[Path, typer.Argument(help="Video, picture or sequence (frame_%05d.png).")],
    result: Annotated[Path, typer.Argument(help="Where it goes: mp4, mov, mkv, webm, gif, png, jpg, webp, tiff.")],
    name: Annotated[str, typer.Option("--name", "-n", help="Filter of the shelf, or a filter's file.")],
    strength: Annotated[
        str | None, typer.Option("--strength", metavar="0..1", help=o.help_of(FilterParams, "strength"))
    ] = None,
    mix: Annotated[str | None, typer.Option("--mix", metavar="NAME:SHARE", help=o.help_of(FilterParams, "mix"))] = None,
    smooth: Annotated[
        str | None, typer.Option("--smooth", metavar="0..0.95", help=o.help_of(FilterParams, "smooth"))
    ] = None,
    keep_colours: Annotated[bool, typer.Option("--keep-colours", help="Take only lightness from the filter.")] = False,
    palette: Annotated[
        str | None, typer.Option("--palette", metavar="COLOURS", help=o.help_of(FilterParams, "palette"))
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option("--mask", metavar="FILE", help="Picture or video: painted where white, untouched where black."),
    ] = None,
    feather: Annotated[float | None, typer.Option("--feather", metavar="PX", help=o.help_of(Step, "feather"))] = None,
    invert_mask: Annotated[bool, typer.Option("--invert-mask", help=o.help_of(Step, "invert_mask"))] = False,
    size: o.Size = None,
    codec: o.Codec = None,
    crf: o.Crf = None,
    bit_depth: o.Bits = None,
    seed: o.Seed = None,
    device: o.Device = None,
    settings: o.Set = None,
    workers: o.Workers = 0,
    cluster: o.Cluster = None,
    work: o.Work = None,
    manifest: Annotated[bool, typer.Option("--manifest", help="Write beside the result what was done.")] = False,
    quiet: o.Quiet = False,
) -> None:
    """Paint a film or picture with a filter, many frames a second, steadily, in sync with its sound.

    mutoscope filter clip.mp4 out.mp4 --name great-wave --strength '0s:0, 4s:1'
    """
    named = o.given(
        {
            "strength": strength,
            "mix": mix,
            "smooth": smooth,
            "keep_colours": 1 if keep_colours else None,
            "palette": palette,
            "feather": feather,
            "invert_mask": invert_mask or None,
            "size": size,
            "codec": codec,
            "crf": crf,
            "bit_depth": bit_depth,
            "seed": seed,
            "device": device,
        }
    )
    values = {
        **named,
        **o.parse_set(
            settings,
            FilterParams,
            FilmParams,
            Step,
            apart=("name", "file", "digest", "mask", "effect", "input", "inputs", "start", "end", "params"),
        ),
    }
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.filter import filter_film as run

        done = run(
            source,
            result,
            name=name,
            mask=mask,
            workers=workers,
            cluster=cluster,
            work=work,
            manifest=manifest,
            report=report,
            **values,
        )
    print_result(done)
