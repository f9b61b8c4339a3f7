"""A file that is read in blocks from elsewhere: bounded memory, and the next block on its way before it is wanted."""

import io
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

__all__ = ["BlockReader"]

_BLOCK_BYTES = 8 * 2**20
_MAX_KEPT = 3
_AHEAD = 2


class BlockReader(io.RawIOBase):
    """A seekable, read-only file over a function that gives ranges.

    Args:
        read: gives the bytes from start to before end.
        size: bytes in all.
        block_bytes: bytes that are asked for at once; at most six blocks are in memory.

    """

    def __init__(self, read: Callable[[int, int], bytes], size: int, block_bytes: int = _BLOCK_BYTES) -> None:
        super().__init__()
        self._read, self._size, self._block_bytes = read, size, block_bytes
        self._at = 0
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._coming: dict[int, Future[bytes]] = {}
        self._pool = ThreadPoolExecutor(_AHEAD, "mutoscope-read")
        self._last = -1

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be sought in."""
        return True

    def tell(self) -> int:
        """Give the place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative place {base + offset}")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: object) -> int:
        """Fill a buffer with what is next; 0 at the end."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        if self._at >= self._size or not view:
            return 0
        number = self._at // self._block_bytes
        block = self._block(number)
        start = self._at - number * self._block_bytes
        taken = block[start : start + len(view)]
        view[: len(taken)] = taken
        self._at += len(taken)
        return len(taken)

    def close(self) -> None:
        """Let go of all blocks."""
        if not self.closed:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._kept.clear()
            self._coming.clear()
        super().close()

    def _block(self, number: int) -> bytes:
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        coming = self._coming.pop(number, None)
        # Read on only where somebody reads on: a player that jumps would pay for blocks that it never sees.
        if number == self._last + 1:
            for ahead in range(number + 1, number + 1 + _AHEAD):
                is_known = ahead in self._kept or ahead in self._coming
                if not is_known and ahead * self._block_bytes < self._size:
                    self._coming[ahead] = self._pool.submit(self._ask, ahead)
        for stale in [one for one in self._coming if not number < one <= number + _AHEAD]:
            self._coming.pop(stale).cancel()
        self._last = number
        data = self._ask(number) if coming is None else coming.result()
        self._kept[number] = data
        while len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)
        return data

    def _ask(self, number: int) -> bytes:
        start = number * self._block_bytes
        return self._read(start, min(start + self._block_bytes, self._size))
