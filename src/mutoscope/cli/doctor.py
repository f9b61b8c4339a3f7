"""mutoscope doctor: what this machine has."""

from typing import Annotated

import typer

__all__ = ["doctor"]


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print versions, the FFmpeg in use and whether it is a known-bad one, CPU features, GPU and weights.

    Exits with 1 where something should be mended.
    """
    import json

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
