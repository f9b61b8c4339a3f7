"""mutoscope stylize: repaint a film or a picture like a painting."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result
from mutoscope.stylize.params import OptimiseParams

__all__ = ["stylize"]


def stylize(
    source: Annotated[Path, typer.Argument(help="Video, picture or sequence (frame_%05d.png).")],
    result: Annotated[Path, typer.Argument(help="Where it goes: mp4, mov, mkv, webm, gif, png, jpg, webp, tiff.")],
    style: Annotated[Path, typer.Option("--style", help=o.help_of(OptimiseParams, "style"))],
    size: o.Size = None,
    strength: o.Strength = None,
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help=o.help_of(OptimiseParams, "preset"))
    ] = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help=o.help_of(OptimiseParams, "weights"))
    ] = None,
    mask: o.Mask = None,
    feather: o.Feather = None,
    invert_mask: o.InvertMask = False,
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
    """Repaint a film or picture in the manner of a style picture, steadily, in sync with its sound.

    mutoscope stylize clip.mp4 out.mp4 --style wave.jpg --size 640 --strength 0.8
    """
    named = o.given(
        {
            "size": size,
            "strength": strength,
            "preset": preset,
            "weights": None if weights is None else str(weights),
            "feather": feather,
            "invert_mask": invert_mask or None,
            "codec": codec,
            "crf": crf,
            "bit_depth": bit_depth,
            "seed": seed,
            "device": device,
        }
    )
    values = {**named, **o.parse_job(settings, OptimiseParams, apart=("style",))}
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.stylize import stylize as run

        done = run(
            source,
            result,
            style=style,
            mask=mask,
            workers=workers,
            cluster=cluster,
            work=work,
            manifest=manifest,
            report=report,
            **values,
        )
    print_result(done)
