"""mutoscope dream: a network that has seen a film dreams on."""

from typing import Annotated

import typer

from mutoscope.autoencode.dream_params import DreamParams
from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result

__all__ = ["dream"]


def dream(
    result: Annotated[str, typer.Argument(help="Where it goes: mp4, mov, mkv, webm, gif, or frame_%05d.png.")],
    model: o.Model,
    start: Annotated[str | None, typer.Option("--start", metavar="TIME", help=o.help_of(DreamParams, "start"))] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="N", help=o.help_of(DreamParams, "seconds"))
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", metavar="T", help=o.help_of(DreamParams, "temperature"))
    ] = None,
    cuts: Annotated[
        str | None, typer.Option("--cuts", metavar="film|glide|never", help=o.help_of(DreamParams, "cuts"))
    ] = None,
    latents: o.LatentsOf = None,
    bend: o.Bend = None,
    size: o.DreamSize = None,
    codec: o.Codec = None,
    crf: o.Crf = None,
    bit_depth: o.Bits = None,
    seed: o.Seed = None,
    device: o.Device = None,
    settings: o.Set = None,
    quiet: o.Quiet = False,
) -> None:
    """Go on from a moment of a film as the film might have.

    mutoscope dream out.mp4 --model film.safetensors --start 00:10 --seconds 60 --temperature 0.8
    """
    named = o.given(
        {
            "start": start,
            "seconds": seconds,
            "temperature": temperature,
            "cuts": cuts,
            "bends": ";".join(bend) if bend else None,
            "size": size,
            "codec": codec,
            "crf": crf,
            "bit_depth": bit_depth,
            "seed": seed,
            "device": device,
        }
    )
    values = {**named, **o.parse_film_set(settings, DreamParams)}
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.dream import dream as run
        from mutoscope.engine.remote import result_place

        with result_place(result) as place:
            done = place.deliver(run(place.path, model=model, latents=latents, report=report, **values))
    print_result(done)
