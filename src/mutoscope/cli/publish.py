"""mutoscope publish: a page for people who look at results."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["publish"]


def publish(
    result: Annotated[Path, typer.Argument(help="Film or picture that has a manifest beside it.")],
    place: Annotated[str, typer.Argument(help="Where the page goes: a folder, or a place in a store.")],
) -> None:
    """Put a small page where people look: stills before and after, the film, how it was made. It has no script.

    mutoscope publish out/clip.mp4 dropbox://reviews/clip
    """
    from mutoscope.engine.publish import publish as run

    typer.echo(run(result, place))
