"""mutoscope info: what a film is made of, as JSON."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["info"]


def info(
    source: Annotated[Path, typer.Argument(help="Video, picture or sequence (frame_%05d.png).")],
    count: Annotated[bool, typer.Option("--count", help="Decode the film to count its frames exactly.")] = False,
) -> None:
    """Print streams, exact frame rate, time base, frames, rotation, colour and sound as JSON."""
    import json

    from mutoscope.video.info import probe

    typer.echo(json.dumps(probe(source, count_frames=count).as_json(), indent=2, ensure_ascii=False))
