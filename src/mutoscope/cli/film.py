"""mutoscope film: put a folder of pictures together into a film."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result

__all__ = ["film"]


def film(
    folder: Annotated[Path, typer.Argument(help="Pictures, with or without frames.mutoscope.json.")],
    result: Annotated[Path, typer.Argument(help="Where it goes: mp4, mov, mkv, webm, gif.")],
    codec: o.Codec = None,
    crf: o.Crf = None,
    bit_depth: o.Bits = None,
    rate: Annotated[
        str | None,
        typer.Option("--rate", metavar="FPS", help="Frames per second where no manifest tells the times; 25."),
    ] = None,
    quiet: o.Quiet = False,
) -> None:
    """Put a film together from what 'mutoscope frames' made, edited or not: exact times, sound, tags.

    mutoscope film clip-frames/ again.mp4
    """
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.frames import join_frames

        depth = 8 if bit_depth is None else bit_depth
        done = join_frames(folder, result, codec=codec, crf=crf, bit_depth=depth, rate=rate, report=report)
    print_result(done)
