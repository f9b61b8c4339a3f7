"""mutoscope autoencode: see a film through a network that has seen only one film."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mutoscope.autoencode.params import AutoencodeParams
from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result
from mutoscope.core.errors import ParameterError

if TYPE_CHECKING:
    from mutoscope.engine.autoencode import Autoencoded
    from mutoscope.engine.result import RunResult

__all__ = ["autoencode"]


def autoencode(
    source: Annotated[str, typer.Argument(help="Video, picture or sequence (frame_%05d.png).")],
    result: Annotated[str, typer.Argument(help="Where it goes: mp4, mov, mkv, webm, gif, png, jpg, webp, tiff.")],
    model: o.Model,
    noise: Annotated[
        str | None, typer.Option("--noise", metavar="AMOUNT", help=o.help_of(AutoencodeParams, "noise"))
    ] = None,
    bend: o.Bend = None,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Draw the result beside the source and measure it, in a folder beside it."),
    ] = False,
    strength: Annotated[
        str | None, typer.Option("--strength", metavar="0..1", help=o.help_of(AutoencodeParams, "strength"))
    ] = None,
    mask: o.Mask = None,
    feather: o.Feather = None,
    invert_mask: o.InvertMask = False,
    size: Annotated[
        int | None,
        typer.Option(
            "--size",
            metavar="PX",
            help="Long side of the result in px. Without it four times the network's, at most the source's.",
        ),
    ] = None,
    codec: o.Codec = None,
    crf: o.Crf = None,
    bit_depth: o.Bits = None,
    effort: o.Effort = None,
    seed: o.Seed = None,
    device: o.Device = None,
    settings: o.Set = None,
    workers: o.Workers = 0,
    cluster: o.Cluster = None,
    work: o.Work = None,
    manifest: o.ManifestToo = False,
    quiet: o.Quiet = False,
) -> None:
    """See a film as a network remembers it that has seen one film only: this one, or another.

    mutoscope autoencode film.mp4 out.mp4 --model film.safetensors --noise 0.2 --compare
    """
    named = o.given(
        {
            "noise": noise,
            "strength": strength,
            "feather": feather,
            "invert_mask": invert_mask or None,
            "size": size,
            "codec": codec,
            "crf": crf,
            "bit_depth": bit_depth,
            "effort": effort,
            "seed": seed,
            "device": device,
        }
    )
    values = {**named, **o.parse_job(settings, AutoencodeParams, apart=("model", "bends"))}
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.autoencode import autoencode as run
        from mutoscope.engine.remote import with_places
        from mutoscope.storage.uris import is_uri

        if compare and is_uri(result):
            raise ParameterError("a comparison goes beside the result on this machine; leave --compare out.")
        seen: list[Autoencoded] = []

        def film_of(local: Path, place: Path, **options: Any) -> "RunResult":
            seen.append(run(local, place, **options))
            return seen[0].film

        done = with_places(
            film_of,
            source,
            result,
            model=model,
            compare=compare,
            bends=bend or [],
            mask=mask,
            workers=workers,
            cluster=cluster,
            work=work,
            manifest=manifest,
            report=report,
            **values,
        )
    print_result(done)
    if (compared := seen[0].compared) is not None:
        for path in (compared.side_by_side, compared.sheet, compared.plot, compared.shots_csv):
            if path is not None:
                typer.echo(path)
