"""mutoscope effects: what there is, and every parameter with its bounds and meaning."""

from typing import Annotated

import typer

from mutoscope.effects import registry
from mutoscope.effects.describe import describe

__all__ = ["app"]

app = typer.Typer(help="List the effects, or show one with all its parameters.", invoke_without_command=True)


@app.callback()
def _effects(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        list_effects()


@app.command("list")
def list_effects() -> None:
    """List every effect with one line about it."""
    entries = registry.entries()
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        typer.echo(f"{entry.name:<{width}}  {entry.summary}")


@app.command("show")
def show_effect(
    name: Annotated[str, typer.Argument(help="Name of an effect, as 'mutoscope effects list' prints it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON schema of the parameters.")] = False,
) -> None:
    """Show one effect: every parameter, its bounds, its default and its meaning.

    Where it says so, a number may be keyframed, '0s:2, 4s:8 ease', or follow the film's sound, 'bass:0..1': bass,
    mids, treble, loudness, onset or a band like 60-250hz; behind it, an easing and the time to fall back, 'ease 400ms'.
    """
    import json

    entry = registry.get(name)
    params = entry.load_params()
    if as_json:
        typer.echo(json.dumps(params.model_json_schema(), indent=2))
        return
    typer.echo(f"{entry.name}: {entry.summary}\n")
    for row in describe(params):
        moves = ", keyframes or sound" if row.keyframes else ""
        typer.echo(f"  {row.name}  ({row.type}{row.bounds and ', ' + row.bounds}{moves}; default {row.default})")
        typer.echo(f"      {row.meaning}")
