"""mutoscope stylize: repaint a film or a picture like a painting."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result
from mutoscope.core.errors import ParameterError
from mutoscope.keyframes.params import KeyframeParams, LearnParams
from mutoscope.stylize.params import OptimiseParams

__all__ = ["stylize"]


def stylize(
    source: Annotated[str, typer.Argument(help="Video, picture or sequence (frame_%05d.png).")],
    result: Annotated[
        str | None, typer.Argument(help="Where it goes: mp4, mov, mkv, webm, gif, png, jpg, webp, tiff.")
    ] = None,
    style: Annotated[
        str | None, typer.Option("--style", metavar="PICTURE", help=o.help_of(OptimiseParams, "style"))
    ] = None,
    size: o.Size = None,
    strength: o.Strength = None,
    colours: Annotated[
        str | None,
        typer.Option("--colours", metavar="style|source|match", help=o.help_of(OptimiseParams, "colours")),
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option(
            "--mask",
            metavar="MASK[=STYLE]",
            help="Painted where white: a picture or film, subject, background, drawn.png@2s (carried along), or "
            "guide:0.5..1. Several, each with a style of its own: --mask subject=a.jpg --mask background=b.jpg.",
        ),
    ] = None,
    feather: o.Feather = None,
    invert_mask: o.InvertMask = False,
    guide: Annotated[
        Path | None,
        typer.Option("--guide", metavar="FILM", help="Depth or segments, for masks and to tell what is before what."),
    ] = None,
    keyframe: Annotated[
        list[str] | None,
        typer.Option(
            "--keyframe",
            metavar="PICTURE@TIME",
            help="A painted frame, carried through the film; several are blended. @3s paints that frame first.",
        ),
    ] = None,
    explore: Annotated[
        Path | None,
        typer.Option("--explore", metavar="SHEET", help="Draw style weights, brush sizes and strengths on one sheet."),
    ] = None,
    preview: Annotated[
        str | None, typer.Option("--preview", metavar="TIME", help="Do the first seconds at half the size.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help=o.help_of(OptimiseParams, "preset"))
    ] = None,
    weights: Annotated[
        Path | None, typer.Option("--weights", metavar="FILE", help=o.help_of(OptimiseParams, "weights"))
    ] = None,
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
            "style": style,
            "size": size,
            "strength": strength,
            "colours": colours,
            "preset": preset,
            "weights": None if weights is None else str(weights),
            "feather": feather,
            "invert_mask": invert_mask or None,
            "codec": codec,
            "crf": crf,
            "bit_depth": bit_depth,
            "seed": seed,
            "device": device,
            "guide": guide,
            "mask": mask or None,
        }
    )
    of_keyframes = (KeyframeParams, LearnParams) if keyframe else ()
    apart = ("style", "regions", "network", "guides")
    values = {**named, **o.parse_job(settings, OptimiseParams, *of_keyframes, apart=apart)}
    if explore is not None:
        _refuse(("a result", result), ("--preview", preview), ("--keyframe", keyframe), beside="--explore")
        _refuse(("--workers", workers), ("--cluster", cluster), ("--manifest", manifest), beside="--explore")
        _explore(Path(source), explore, values, quiet=quiet)
        return
    if result is None:
        raise ParameterError("the result has no name; say where it goes: mutoscope stylize clip.mp4 out.mp4 …")
    where: dict[str, Any] = {"workers": workers, "cluster": cluster, "work": work, "manifest": manifest}
    with show_progress(quiet=quiet) as report:
        if preview is not None:
            _refuse(("--keyframe", keyframe), beside="--preview")
            from mutoscope.engine.preview import preview as run_preview

            done = run_preview(source, result, preview, **where, report=report, **values)
        else:
            from mutoscope.engine.remote import with_places
            from mutoscope.engine.stylize import stylize as run

            done = with_places(run, source, result, keyframes=keyframe or (), **where, report=report, **values)
    print_result(done)


def _explore(source: Path, sheet: Path, values: dict[str, Any], *, quiet: bool) -> None:
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.explore import explore

        done = explore(source, sheet, report=report, **values)
    for notice in done.notices:
        typer.echo(notice)
    typer.echo(f"{done.path}: {len(done.tried)} pictures, {done.seconds:.0f} s. Their parameters: {done.sidecar}")
    typer.echo(done.advice)


def _refuse(*pairs: tuple[str, object], beside: str) -> None:
    for name, value in pairs:
        if value:
            raise ParameterError(f"{name} and {beside} do not go together; leave one of them.")
