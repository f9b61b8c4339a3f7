"""Which frames of a shot are the same, or nearly: they share a number. Deterministic, linear time."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mutoscope.autoencode.frame_store import Bytes, Index

__all__ = ["MOST_MEAN", "Grey", "Hashes", "difference_hashes", "group_frames"]

Hashes = npt.NDArray[np.uint64]
Grey = npt.NDArray[np.float32]

MOST_MEAN = 2.0
"""Mean absolute difference, of 255, below which two frames are nearly the same: the noise of coding, grain, stillness.
What is above is movement that a network shall keep. Neighbours are below it in 8 to 18 % of live action, and in 58 % of
"Big Buck Bunny"."""
MOST_CELL = 8.0
"""Likewise for each of 8 x 8 cells: a mouth that moves in a still room is no repetition. Without it 60 % of the frames
of "Big Buck Bunny" would have a double, with it 40 %."""
_CELLS = 8
_BITS, _MOST_BITS = 16, 10
_SAME = 1e-4
"""Rounding must not decide about flat pictures."""


def difference_hashes(grey_NHW: Grey) -> Hashes:
    """Give 64 bits a frame: where luma (0..1) rises to the right, over 8 x 9 cells (dHash)."""
    down_8H, across_9W = (_means(num, side) for num, side in zip((8, 9), grey_NHW.shape[1:], strict=True))
    cells_N89 = down_8H @ grey_NHW @ across_9W.T
    rises_N64 = (np.diff(cells_N89, axis=2) > _SAME).reshape(len(grey_NHW), 64)
    return np.packbits(rises_N64, axis=1).view(">u8")[:, 0].astype(np.uint64)


def group_frames(frames_NHW3: Bytes, shot_N: Index, hash_N: Hashes, first: int = 0) -> Index:
    """Give each frame the number of its group, from `first` on.

    A frame is compared with the first frame of the group of the frame before, and then with the first frame of the
    latest group of its shot that shares 16 bits of the hash at one of four places: whatever differs in three bits
    does. It joins where few bits differ and both the picture and each part of it are nearly the same; else it begins
    a group. Compared with the first, not the one before: a slow pan does not become one group.

    Args:
        frames_NHW3: uint8; each is read once, in order, and some of the earlier ones again.
        shot_N: number of each frame's shot.
        hash_N: from `difference_hashes`.
        first: number of the first group.

    """
    group_N = np.zeros(len(shot_N), np.int64)
    heads: list[int] = []  # first frame of each group
    latest: dict[tuple[int, int], int] = {}
    last: int | None = None
    for i, (shot, bits) in enumerate(zip(shot_N.tolist(), hash_N.tolist(), strict=True)):
        if i == 0 or shot != shot_N[i - 1]:
            latest, last = {}, None
        keys = [(place, bits >> (_BITS * place) & 0xFFFF) for place in range(64 // _BITS)]
        tried = dict.fromkeys([last, *(latest.get(key) for key in keys)])
        found = next((g for g in tried if g is not None and _alike(frames_NHW3, hash_N, heads[g], i)), None)
        if found is None:
            found = len(heads)
            heads.append(i)
        latest.update(dict.fromkeys(keys, found))
        group_N[i], last = first + found, found
    return group_N


def _alike(frames_NHW3: Bytes, hash_N: Hashes, a: int, b: int) -> bool:
    if int(hash_N[a] ^ hash_N[b]).bit_count() > _MOST_BITS:
        return False
    one, other = frames_NHW3[a], frames_NHW3[b]
    # A few pixels say at once that most pairs differ.
    if _change(one[::4, ::4], other[::4, ::4]).mean() > 2 * MOST_MEAN:
        return False
    change_HW3 = _change(one, other)
    height, width = change_HW3.shape[:2]
    rows_8W = _means(_CELLS, height) @ change_HW3.reshape(height, width * 3)
    cells_88 = rows_8W @ np.repeat(_means(_CELLS, width), 3, axis=1).T / np.float32(3)
    return bool(cells_88.mean() < MOST_MEAN and cells_88.max() < MOST_CELL)


def _change(one_HW3: Bytes, other_HW3: Bytes) -> Grey:
    change_HW3 = np.maximum(one_HW3, other_HW3)
    change_HW3 -= np.minimum(one_HW3, other_HW3)
    return change_HW3.astype(np.float32)


@lru_cache(maxsize=16)
def _means(num: int, length: int) -> Grey:
    """Give a matrix num,length that averages neighbours; where there are fewer than `num`, some count again."""
    found = np.zeros((num, length), np.float32)
    for i in range(num):
        start = i * length // num
        stop = max(start + 1, (i + 1) * length // num)
        found[i, start:stop] = 1 / (stop - start)
    return found
