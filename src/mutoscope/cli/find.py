"""mutoscope find: seconds of a sorted folder that are as one asks."""

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["find"]


def find(
    report: Annotated[Path, typer.Argument(help="Folder that `mutoscope sort` wrote.")],
    query: Annotated[str, typer.Argument(help='Like "sharp, not shaky, 2..8 s"; "help" explains it.')] = "keep",
    as_json: Annotated[bool, typer.Option("--json", help="Print the hits as JSON.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="Print so many at most.")] = None,
) -> None:
    """Find good seconds while editing, in what `mutoscope sort` has written.

    mutoscope find report/ "sharp, not shaky, 2..8 s"
    """
    from dataclasses import asdict

    from mutoscope.sort.find import find as run
    from mutoscope.sort.find import query_help

    if query.strip().lower() == "help":
        typer.echo(query_help())
        return
    hits = run(report, query)[:limit]
    if as_json:
        typer.echo(json.dumps([asdict(hit) for hit in hits], indent=1, ensure_ascii=False))
        return
    for hit in hits:
        fault = f" {hit.fault}" if hit.fault else ""
        why = f"  ({hit.why})" if hit.why else ""
        name = " ".join(hit.path.split())
        length = hit.end_s - hit.start_s
        typer.echo(f"{hit.start_timecode}  {hit.end_timecode}  {length:5.1f} s  {hit.verdict}{fault}  {name}{why}")
    if not hits:
        typer.echo("nothing is as asked.", err=True)
