"""mutoscope walk: a film of a walk through what a network remembers."""

from typing import Annotated

import typer

from mutoscope.autoencode.walk_params import WalkParams
from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result

__all__ = ["walk"]


def walk(
    result: Annotated[str, typer.Argument(help="Where it goes: mp4, mov, mkv, webm, gif, or frame_%05d.png.")],
    model: o.Model,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help=o.help_of(WalkParams, "start"))] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help=o.help_of(WalkParams, "end"))] = None,
    via: Annotated[str | None, typer.Option("--via", metavar="TIMES", help=o.help_of(WalkParams, "via"))] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", metavar="N", help=o.help_of(WalkParams, "seconds"))
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help=o.help_of(WalkParams, "loop"))] = False,
    along: Annotated[bool, typer.Option("--along", help=o.help_of(WalkParams, "along"))] = False,
    random: Annotated[bool, typer.Option("--random", help=o.help_of(WalkParams, "random"))] = False,
    prior: Annotated[
        str | None, typer.Option("--prior", metavar="film|normal", help=o.help_of(WalkParams, "prior"))
    ] = None,
    of: Annotated[str | None, typer.Option("--of", metavar="SUM", help=o.help_of(WalkParams, "of"))] = None,
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
    """Walk from moment to moment of a film through frames that never were.

    mutoscope walk out.mp4 --model film.safetensors --from 00:10 --to 01:25 --seconds 20
    """
    named = o.given(
        {
            "start": start,
            "end": end,
            "via": via,
            "seconds": seconds,
            "loop": loop or None,
            "along": along or None,
            "random": random or None,
            "prior": prior,
            "of": of,
            "bends": ";".join(bend) if bend else None,
            "size": size,
            "codec": codec,
            "crf": crf,
            "bit_depth": bit_depth,
            "seed": seed,
            "device": device,
        }
    )
    values = {**named, **o.parse_film_set(settings, WalkParams)}
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.remote import result_place
        from mutoscope.engine.walk import walk as run

        with result_place(result) as place:
            done = place.deliver(run(place.path, model=model, latents=latents, report=report, **values))
    print_result(done)
