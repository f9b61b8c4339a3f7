"""What the attention pass leaves: the maps of a film, found by time."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.models.imagenet import labels

__all__ = ["FilmMaps", "Look", "as_floats", "name_of", "quantised"]


@dataclass(frozen=True)
class Look:
    """Where the network looks in one frame.

    Attributes:
        map_HW: 0..1 in steps of 1/255, long side at most 64.
        shot_map_HW: mean of the shot's maps, the same for all its frames.
        shot: number of the shot.
        index: number of the frame within its shot.
        film_index: number of the frame within the film.
        num_frames: of the film; None where it is not known.
        shot_frames: of the shot; None where it is not known.
        class_name: what was found, or what was asked for.

    """

    map_HW: npt.NDArray[np.float32]
    shot_map_HW: npt.NDArray[np.float32]
    shot: int
    index: int
    film_index: int
    num_frames: int | None
    shot_frames: int | None
    class_name: str


@dataclass(frozen=True)
class FilmMaps:
    """Maps of all frames of a film.

    Attributes:
        maps_Thw: 0..255.
        pts_T: time stamps, increasing.
        time_base: two whole numbers, the fraction of a second that time stamps count in.
        starts_S: number of the first frame of each shot.
        shot_maps_Shw: mean map of each shot, 0..255.
        names_S: class of each shot.

    """

    maps_Thw: npt.NDArray[np.uint8]
    pts_T: npt.NDArray[np.int64]
    time_base: npt.NDArray[np.int64]
    starts_S: npt.NDArray[np.int64]
    shot_maps_Shw: npt.NDArray[np.uint8]
    names_S: npt.NDArray[np.str_]

    def look(self, frame: Clip) -> Look:
        """Find the map of a frame: the one of its time, or the last before it.

        Raises:
            InputError: the film had no frames.

        """
        num = len(self.pts_T)
        if num == 0:
            raise InputError("the film that was looked at has no frames; look at the one that is shown.")
        pts: Any = frame.pts_T[0] * frame.time_base / Fraction(int(self.time_base[0]), int(self.time_base[1]))
        at = max(0, int(np.searchsorted(self.pts_T, float(pts) + 1e-3, side="right")) - 1)
        shot = int(np.searchsorted(self.starts_S, at, side="right")) - 1
        start = int(self.starts_S[shot])
        end = int(self.starts_S[shot + 1]) if shot + 1 < len(self.starts_S) else num
        return Look(
            as_floats(self.maps_Thw[at]),
            as_floats(self.shot_maps_Shw[shot]),
            shot,
            at - start,
            at,
            num,
            end - start,
            str(self.names_S[shot]),
        )


def quantised(map_hw: Tensor) -> npt.NDArray[np.uint8]:
    """Round a map 0..1 to steps of 1/255, so that what it steers hangs on no last digit."""
    rounded: npt.NDArray[np.uint8] = (map_hw.clamp(0, 1) * 255).round().byte().numpy()
    return rounded


def name_of(number: int, asked: str) -> str:
    """Name what a map shows: what was asked for, or the class of this number."""
    return asked or labels()[number].split(",")[0]


def as_floats(map_hw: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Bring 0..255 to 0..1."""
    return map_hw.astype(np.float32) / np.float32(255)
