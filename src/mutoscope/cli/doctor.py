"""mutoscope doctor: what this machine has."""

from typing import Annotated

import typer

__all__ = ["doctor"]


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    tune: Annotated[
        bool,
        typer.Option("--tune", help="Measure what plays filters fastest on this processor, and use it from now on."),
    ] = False,
) -> None:
    """Print versions, the FFmpeg in use and whether it is a known-bad one, CPU features, GPU and weights.

    Exits with 1 where something should be mended.
    """
    import json

    if tune:
        _tune()
        return
    from mutoscope.engine.doctor import examine

    findings = examine()
    if as_json:
        rows = [{"what": f.what, "is": f.state, "problem": f.problem} for f in findings]
        typer.echo(json.dumps(rows, indent=2))
    else:
        width = max(len(f.what) for f in findings)
        for f in findings:
            typer.echo(f"{'!!' if f.problem else 'ok'}  {f.what:<{width}}  {f.problem or f.state}")
    if any(f.problem for f in findings):
        raise typer.Exit(1)


def _tune() -> None:
    from mutoscope.cli.progress import show_progress
    from mutoscope.engine.tune import tune

    with show_progress() as report:
        found = tune(report)
    width = max(map(len, found.milliseconds))
    chosen = " ".join(found.choice)
    for name, milliseconds in sorted(found.milliseconds.items(), key=lambda pair: pair[1]):
        mark = "  <- used from now on" if name == chosen else ""
        difference = 255 * found.differences[name]
        typer.echo(f"{name:<{width}}  {milliseconds:6.1f} ms  {difference:.2f}/255 from torch float32{mark}")
    typer.echo(f"for a frame of 640x360 on one thread; kept in {found.path}")
