"""Memory for the frames of one clip after another."""

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.video.info import VideoInfo

__all__ = ["Shelf"]


class Shelf:
    """Places for the frames of one clip after another; each clip has memory of its own.

    Args:
        info: the film.
        size: width and height of the clips.
        clip_bytes: memory of one clip.

    """

    def __init__(self, info: VideoInfo, size: tuple[int, int], clip_bytes: int) -> None:
        self._info, self._size = info, size
        channels = 4 if info.has_alpha else 3
        self._per_clip = max(1, clip_bytes // (size[0] * size[1] * channels * 4))
        if info.num_frames_from == "header" and info.num_frames:
            self._per_clip = min(self._per_clip, info.num_frames)
        self.pts: list[int] = []

    @property
    def is_full(self) -> bool:
        """Whether no further frame fits."""
        return len(self.pts) == self._per_clip

    def place(self, pts: int) -> tuple[Tensor, Tensor | None]:
        """Lend the memory of the next frame: 3,H,W, and 1,H,W where there is alpha."""
        if not self.pts:
            shape = self._size[::-1]
            self._x_TCHW = torch.empty(self._per_clip, 3, *shape)
            self._alpha_T1HW = torch.empty(self._per_clip, 1, *shape) if self._info.has_alpha else None
        index = len(self.pts)
        self.pts.append(pts)
        return self._x_TCHW[index], None if self._alpha_T1HW is None else self._alpha_T1HW[index]

    def clip(self) -> Clip:
        """Hand over what is on the shelf."""
        num, pts = len(self.pts), tuple(self.pts)
        self.pts = []
        alpha = None if self._alpha_T1HW is None else self._alpha_T1HW[:num]
        return Clip(self._x_TCHW[:num], pts, self._info.time_base, alpha)
