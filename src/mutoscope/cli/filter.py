"""mutoscope filter: paint a film or a picture with a trained filter."""

from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result
from mutoscope.filters.params import FilterParams

__all__ = ["filter_"]


def filter_(
    source: Annotated[str, typer.Argument(help="Video, picture or sequence (frame_%05d.png).")],
    result: Annotated[str, typer.Argument(help="Where it goes: mp4, mov, mkv, webm, gif, png, jpg, webp, tiff.")],
    name: Annotated[str, typer.Option("--name", "-n", help="Filter of the shelf, or a filter's file.")],
    strength: o.Strength = None,
    mix: Annotated[str | None, typer.Option("--mix", metavar="NAME:SHARE", help=o.help_of(FilterParams, "mix"))] = None,
    smooth: Annotated[
        str | None, typer.Option("--smooth", metavar="0..0.95", help=o.help_of(FilterParams, "smooth"))
    ] = None,
    keep_colours: Annotated[bool, typer.Option("--keep-colours", help="Take only lightness from the filter.")] = False,
    palette: Annotated[
        str | None, typer.Option("--palette", metavar="COLOURS", help=o.help_of(FilterParams, "palette"))
    ] = None,
    mask: o.Mask = None,
    feather: o.Feather = None,
    invert_mask: o.InvertMask = False,
    size: o.OwnSize = None,
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
    values = {**named, **o.parse_job(settings, FilterParams, apart=("name", "file", "digest"))}
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.filter import filter_film as run
        from mutoscope.engine.remote import with_places

        done = with_places(
            run,
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
