"""mutoscope datamosh: break a film between encoder and decoder."""

from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result
from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.datamosh_params import DatamoshParams

__all__ = ["datamosh"]


def datamosh(
    films: Annotated[
        list[str], typer.Argument(metavar="A [B] RESULT", help="A film, for melt and transplant another, the result.")
    ],
    mode: Annotated[
        str | None,
        typer.Option("--mode", metavar="melt|bloom|transplant|noise", help=o.help_of(DatamoshParams, "mode")),
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIMES", help=o.help_of(DatamoshParams, "times"))] = None,
    length: Annotated[
        str | None, typer.Option("--length", metavar="SECONDS", help=o.help_of(DatamoshParams, "length"))
    ] = None,
    mosh_codec: Annotated[
        str | None,
        typer.Option("--mosh-codec", metavar="mpeg4|h264", help=o.help_of(DatamoshParams, "mosh_codec")),
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
    settings: o.Set = None,
    workers: o.Workers = 0,
    cluster: o.Cluster = None,
    work: o.Work = None,
    manifest: o.ManifestToo = False,
    quiet: o.Quiet = False,
) -> None:
    """Datamosh a film: lost keyframes, repeated and transplanted motion, damaged bytes; baked, in sync with its sound.

    mutoscope datamosh clip.mp4 out.mp4 --mode bloom --at 3.2s --mask subject
    """
    if not 2 <= len(films) <= 3:
        raise ParameterError(f"{len(films)} file(s) were given; name one film or two, then the result.")
    named = o.given(
        {
            "mode": mode,
            "times": at,
            "length": length,
            "mosh_codec": mosh_codec,
            "feather": feather,
            "invert_mask": invert_mask or None,
            "size": size,
            "effort": effort,
            "codec": codec,
            "crf": crf,
            "bit_depth": bit_depth,
            "seed": seed,
        }
    )
    values = {**named, **o.parse_job(settings, DatamoshParams, apart=())}
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.datamosh import datamosh as run
        from mutoscope.engine.remote import with_places

        done = with_places(
            run,
            films[0],
            films[-1],
            motion=films[1] if len(films) == 3 else None,
            mask=mask,
            workers=workers,
            cluster=cluster,
            work=work,
            manifest=manifest,
            report=report,
            **values,
        )
    print_result(done)
