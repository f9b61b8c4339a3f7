"""mutoscope frames: take a film apart into pictures, a manifest and its sound."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result

__all__ = ["frames"]


def frames(
    source: Annotated[Path, typer.Argument(help="Video.")],
    folder: Annotated[Path, typer.Argument(help="Where the pictures go; made if missing.")],
    every: Annotated[
        str | None,
        typer.Option("--every", metavar="TIME", help="Only the first frame of each 1s, 250ms, 2m; or 10f: each tenth."),
    ] = None,
    size: Annotated[
        int | None, typer.Option("--size", metavar="PX", help="Long side of the pictures; the film's own without it.")
    ] = None,
    picture_format: Annotated[
        str, typer.Option("--format", metavar="NAME", help="png, jpg, tiff or webp; png and tiff lose nothing.")
    ] = "png",
    quiet: o.Quiet = False,
) -> None:
    """Take a film apart: frame_000001.png and so on, frames.mutoscope.json with the exact times, and the sound.

    mutoscope frames clip.mp4 clip-frames/ ; mutoscope film clip-frames/ again.mp4
    """
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.frames import write_frames

        done = write_frames(source, folder, every=every, size=size, picture_format=picture_format, report=report)
    print_result(done)
