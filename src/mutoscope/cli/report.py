"""The lines that end a run."""

import sys
from typing import TYPE_CHECKING

from mutoscope.core.errors import IncompleteError, TruncatedInputError

if TYPE_CHECKING:
    from mutoscope.engine.result import RunResult

__all__ = ["print_result"]


def print_result(done: "RunResult") -> None:
    """Print notices on stderr and where the result is on stdout.

    Raises:
        IncompleteError: pieces are missing in the result (exit code 3).
        TruncatedInputError: the source broke off; what decoded is in the result (exit code 3).

    """
    for notice in (*done.notices, *done.set_aside):
        print(f"notice: {notice}", file=sys.stderr)  # noqa: T201 # this is the command line
    frames = "1 picture" if done.frames == 1 else f"{done.frames} frames"
    rate = done.frames / max(1e-9, done.seconds)
    kept = f"; {done.reused} of {done.computed + done.reused} pieces were there already" if done.reused else ""
    # The path of an address has lost a slash.
    print(f"{getattr(done, 'uri', '') or done.path}: {frames} in {done.seconds:.1f} s ({rate:.2g} frames/s){kept}")  # noqa: T201 # as above
    if done.set_aside:
        pieces = "1 piece" if len(done.set_aside) == 1 else f"{len(done.set_aside)} pieces"
        raise IncompleteError(
            f"{pieces} of {done.path} could not be computed and are missing in it; run again to try once more."
        )
    if done.truncated:
        raise TruncatedInputError(f"{done.truncated}; {frames} were delivered in {done.path}.")
