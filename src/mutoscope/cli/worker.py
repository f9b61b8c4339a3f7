"""mutoscope worker: lend this machine to a cluster."""

import sys
from typing import Annotated

import typer

__all__ = ["worker"]


def worker(
    address: Annotated[str, typer.Argument(help="Address of a dask scheduler, like tcp://host:8786.")],
    workers: Annotated[int, typer.Option("--workers", metavar="N", help="Processes; one for each core or GPU.")] = 1,
) -> None:
    """Work for a dask scheduler till Ctrl-C: it waits where the scheduler goes away, and starts dead processes anew.

    dask scheduler --port 8786 ; mutoscope worker tcp://host:8786 --workers 4
    """
    from mutoscope.engine.worker import work_for

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)  # noqa: T201 # this is the command line

    work_for(address, workers, say)
