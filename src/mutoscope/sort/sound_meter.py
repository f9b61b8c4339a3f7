"""How loud the sound of each frame is, and whether it is clipped."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from mutoscope.sort.over_time import Seconds
from mutoscope.sort.tiles import Floats
from mutoscope.video.sound_samples import SoundBlock

__all__ = ["SILENCE_DB", "sound_of_frames"]

SILENCE_DB = -120.0
"""What digital silence is given as."""
_FULL_SCALE = 0.999
_FLOOR = 1e-12


def sound_of_frames(blocks: Iterable[SoundBlock], seconds_T: Seconds, last_s: float) -> tuple[Floats, Floats]:
    """Measure the sound while each frame is shown.

    Args:
        blocks: of the film, in order.
        seconds_T: when each frame appears.
        last_s: how long the last one is shown.

    Returns:
        loudness in dB of full scale (root mean square over all channels, -120 for silence), and the share of samples
        at full scale in per cent; NaN for frames without sound.

    """
    num = len(seconds_T)
    edges = np.append(seconds_T, seconds_T[-1] + last_s) if num else np.zeros(1)
    energy, clipped, count = np.zeros(num), np.zeros(num), np.zeros(num)
    for block in blocks:
        sizes = block.samples_CN.shape
        if not num or 0 in sizes:
            continue
        end_s = block.start_s + sizes[1] / block.rate
        low = max(0, int(np.searchsorted(edges, block.start_s, side="right")) - 1)
        high = int(np.searchsorted(edges, end_s)) + 1
        near = edges[low:high]
        first = np.ceil((near - block.start_s) * block.rate - 1e-6).clip(0, sizes[1]).astype(np.int64)
        for k in np.flatnonzero(np.diff(first)):
            i, part_CN = low + k, block.samples_CN[:, first[k] : first[k + 1]]
            energy[i] += _energy(part_CN)
            clipped[i] += np.count_nonzero(np.abs(part_CN) >= _FULL_SCALE)
            count[i] += part_CN.size
    heard = count > 0
    loudness, share = np.full(num, np.nan, np.float32), np.full(num, np.nan, np.float32)
    loudness[heard] = np.maximum(10 * np.log10(energy[heard] / count[heard] + _FLOOR), SILENCE_DB)
    share[heard] = 100 * clipped[heard] / count[heard]
    return loudness, share


def _energy(part_CN: npt.NDArray[np.float32]) -> float:
    # float64 and pairwise: the same sum whatever the block is cut into.
    finite_CN = np.nan_to_num(part_CN.astype(np.float64), posinf=1, neginf=-1)
    return float((finite_CN**2).sum())
