"""mutoscope sign, verify, history: who made a file, of what, and whether it is still the same."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["history", "sign", "verify"]


def sign(
    what: Annotated[str, typer.Argument(help="A file to sign by hand; or init, which makes a certificate.")],
    parent: Annotated[
        list[Path] | None,
        typer.Option("--parent", metavar="FILE", help="What the file was made from; as often as you like."),
    ] = None,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="With init: who signs.")] = "",
) -> None:
    """Make a certificate, once: results are signed from then on. Or sign a file by hand.

    mutoscope sign init --name "Ada Lovelace"
    """
    if what == "init":
        from mutoscope.engine.histories import init_signing

        for line in init_signing(name):
            typer.echo(line)
        return
    from mutoscope.engine.histories import sign_by_hand

    done = sign_by_hand(what, parent or [])
    typer.echo(f"{done.place}: signed by {done.name}")


def verify(file: Annotated[Path, typer.Argument(help="A film, a picture, or a sequence.")]) -> None:
    """Say in three lines what was done to a file, and whether it is still what was signed.

    Exit code 0: it is; 3: it was altered, or the history is forged; 2: it has no history.

    mutoscope verify out.mp4
    """
    from mutoscope.engine.histories import verify as run

    verdict = run(file)
    for line in verdict.lines():
        typer.echo(line)
    raise typer.Exit(verdict.exit_code)


def history(file: Annotated[Path, typer.Argument(help="A film, a picture, or a sequence.")]) -> None:
    """Print all generations of a file, the oldest first: what each was made of, by what, by whom.

    mutoscope history out.mp4
    """
    from mutoscope.engine.histories import history_lines

    for line in history_lines(file):
        typer.echo(line)
