"""mutoscope estimate: time and money of a recipe on a film, before it runs."""

from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress

__all__ = ["estimate"]


def estimate(
    recipe: Annotated[Path, typer.Argument(help="Recipe: .toml or .json.")],
    source: Annotated[str, typer.Argument(help="Film, picture or sequence (frame_%05d.png); a place in a store too.")],
    prices: o.Prices = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all numbers as JSON.")] = False,
    work: o.Work = None,
    quiet: o.Quiet = False,
) -> None:
    """Say what a recipe will take on a film: eight frames are computed, and a price book tells the money.

    mutoscope estimate recipe.toml clip.mp4
    """
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.estimate import estimate as run

        told = run(recipe, source, prices=prices, work=work, report=report)
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps(asdict(told), indent=2))
        return
    typer.echo(
        f"{told.frames} frames, {told.film_seconds:.1f} s of film: {_time(told.seconds)} with one worker, "
        f"{_time(told.cpu_seconds)} of processors, {told.num_bytes / 1e6:.1f} MB"
    )
    money = f"{told.cost:.3g} {told.currency}"
    per = f"{told.cost_per_frame:.3g} a frame, {told.cost_per_second:.3g} a second of film"
    typer.echo(f"cost {money} ({per}); price {told.price:.3g} {told.currency}")


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
