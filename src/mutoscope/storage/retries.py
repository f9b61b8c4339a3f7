"""Patience with servers: try again what may go well in a moment, and say in one line when it does not."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from mutoscope.storage.protocol import TransientError

__all__ = ["CONNECT_S", "PATIENCE_S", "READ_S", "Patience"]

CONNECT_S = 10.0
"""Seconds that a server may take to answer the telephone."""

READ_S = 30.0
"""Seconds that a server may be silent."""

PATIENCE_S = 150.0
"""Seconds that a server may be gone in the middle of a transfer: it is started again in less."""

FIRST_PATIENCE_S = 20.0
"""Seconds for a server that was never reached: most often its address is wrong."""

_MAX_TIMEOUTS = 3
_FIRST_WAIT_S = 0.3
_LONGEST_WAIT_S = 8.0

_Given = TypeVar("_Given")


class Patience:
    """Calls of one server, repeated where that may help. It remembers whether the server was ever there."""

    def __init__(self) -> None:
        self.reached = False

    def __call__(self, call: Callable[[], _Given]) -> _Given:
        """Call till it goes well.

        Raises:
            TransientError: the last one, when patience is at its end.
            StoreError: whatever else the call raises, at once.

        """
        begun, timeouts, wait = time.monotonic(), 0, _FIRST_WAIT_S
        while True:
            try:
                given = call()
            except TransientError as error:
                timeouts += error.is_timeout
                self.reached = self.reached or error.retry_after_s is not None
                left = (PATIENCE_S if self.reached else FIRST_PATIENCE_S) - (time.monotonic() - begun)
                # Spread: many workers that lost the same server shall not come back in the same moment.
                pause = max(wait * random.uniform(0.5, 1.0), error.retry_after_s or 0.0)
                if left <= 0 or timeouts >= _MAX_TIMEOUTS or (error.retry_after_s or 0.0) > left:
                    raise
                time.sleep(min(pause, left))  # one last time at the very end
                wait = min(wait * 2, _LONGEST_WAIT_S)
            else:
                self.reached = True
                return given
