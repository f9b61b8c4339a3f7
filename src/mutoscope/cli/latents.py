"""mutoscope latents: a film becomes numbers, an edit cuts them, they become a film again."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.autoencode.latents_params import LatentsParams
from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result

__all__ = ["latents"]


def latents(
    source: Annotated[Path, typer.Argument(help="Film, or numbers (.npz).")],
    result: Annotated[Path, typer.Argument(help="Numbers (.npz), or where a film goes.")],
    model: Annotated[
        Path | None,
        typer.Option(
            "--model", "-m", metavar="FILE", help="Model of a film; not needed where numbers become other numbers."
        ),
    ] = None,
    edit: Annotated[
        Path | None,
        typer.Option("--edit", metavar="FILE", help="Cut the numbers as this edit list, .edl or .otio, cuts the film."),
    ] = None,
    sound: Annotated[
        Path | None, typer.Option("--sound", metavar="FILM", help="Give a film that is made the sound of this one.")
    ] = None,
    bend: o.Bend = None,
    size: o.DreamSize = None,
    codec: o.Codec = None,
    crf: o.Crf = None,
    bit_depth: o.Bits = None,
    device: o.Device = None,
    settings: o.Set = None,
    quiet: o.Quiet = False,
) -> None:
    """Take a film apart into 200 numbers a frame, with time codes; cut them; make a film of them.

    mutoscope latents film.mp4 film.npz --model film.safetensors
    """
    named = o.given(
        {
            "bends": ";".join(bend) if bend else None,
            "size": size,
            "codec": codec,
            "crf": crf,
            "bit_depth": bit_depth,
            "device": device,
        }
    )
    values = {**named, **o.parse_film_set(settings, LatentsParams)}
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.latents import latents as run

        done = run(source, result, model=model, edit=edit, sound=sound, report=report, **values)
    print_result(done)
