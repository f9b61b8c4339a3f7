"""mutoscope replay: the same bytes again from a manifest, or what has changed."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress

__all__ = ["replay"]


def replay(
    manifest: Annotated[Path, typer.Argument(help="Manifest of a result: a file that ends in .mutoscope.json.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where the result goes; to its own place without it."),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Compute everything, also what an earlier run has left.")
    ] = False,
    workers: o.Workers = 0,
    cluster: o.Cluster = None,
    work: o.Work = None,
    quiet: o.Quiet = False,
) -> None:
    """Make a result again from its manifest and compare: the same bytes, or which input has changed.

    mutoscope replay out.mutoscope.json
    """
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.replay import replay as run

        done = run(manifest, out=out, fresh=fresh, workers=workers, cluster=cluster, work=work, report=report)
    from mutoscope.recipes.manifest import read_manifest

    told = read_manifest(manifest).result
    sha256 = f" (sha256 {told.sha256[:8]}…)" if told is not None else ""
    frames = "1 picture" if done.frames == 1 else f"{done.frames} frames"
    typer.echo(f"{done.path}: the same bytes again{sha256}, {frames} in {done.seconds:.1f} s")
