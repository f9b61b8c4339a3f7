"""The lines that end a run."""

import sys
from typing import TYPE_CHECKING

from mutoscope.core.errors import TruncatedInputError

if TYPE_CHECKING:
    from mutoscope.engine.run import RunResult

__all__ = ["print_result"]


def print_result(done: "RunResult") -> None:
    """Print notices on stderr and where the result is on stdout.

    Raises:
        TruncatedInputError: the source broke off; what decoded is in the result (exit code 3).

    """
    for notice in done.notices:
        print(f"notice: {notice}", file=sys.stderr)  # noqa: T201 # this is the command line
    frames = "1 picture" if done.frames == 1 else f"{done.frames} frames"
    rate = done.frames / max(1e-9, done.seconds)
    print(f"{done.path}: {frames} in {done.seconds:.1f} s ({rate:.2g} frames/s)")  # noqa: T201 # as above
    if done.truncated:
        raise TruncatedInputError(f"{done.truncated}; {frames} were delivered in {done.path}.")
