"""Turn FFmpeg's frames into pixels of a clip: upright, scaled, full range, BT.709 primaries."""

from collections.abc import Sequence

import numpy as np
import torch
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from torch import Tensor

from mutoscope.ops.hdr import hlg_to_linear, pq_to_linear, tone_map
from mutoscope.ops.primaries import convert_primaries, to_709
from mutoscope.video.color import HDR_TRANSFERS, matrix_of, range_of
from mutoscope.video.info import VideoInfo

__all__ = ["FrameReader", "fill_planes", "read_planes"]

_SHARP = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
_BT709, _FULL = 1, 2

_PLANE_OF_CHANNEL = (2, 0, 1, 3)
"""Red, green, blue and alpha in FFmpeg's planar RGB, which begins with green."""


class FrameReader:
    """Converts the frames of one film.

    Args:
        info: the film as it lies in the file.
        size: width and height of the clips, upright.

    """

    def __init__(self, info: VideoInfo, size: tuple[int, int]) -> None:
        self.notices: list[str] = []
        self._info = info
        self._size = size[::-1] if info.rotation in (90, 270) else size
        deep = info.bit_depth > 8 or info.hdr
        self._format = ("gbrap16le" if deep else "gbrap") if info.has_alpha else ("gbrp16le" if deep else "gbrp")
        # Reused: it keeps swscale's tables between frames.
        self._reformatter = VideoReformatter()
        self._to_709 = None if info.hdr else to_709(info.color_primaries)
        if info.hdr:
            kind = HDR_TRANSFERS[info.color_transfer]
            self.notices.append(f"{info.path.name} is HDR ({kind}); it was tone-mapped to SDR BT.709.")

    def read(self, frame: VideoFrame, x_3HW: Tensor, alpha_1HW: Tensor | None) -> None:
        """Write a frame's pixels, and its alpha where the film has any, float32 0..1, upright."""
        width, height = self._size
        scaling = (width, height) != (frame.width, frame.height)
        # Area averaging is the low-pass that shrinking needs.
        kernel = Interpolation.AREA if scaling and width <= frame.width else Interpolation.BICUBIC
        planar = self._reformatter.reformat(
            frame,
            width,
            height,
            self._format,
            src_colorspace=matrix_of(self._info.color_matrix, frame.height),
            dst_colorspace=_BT709,
            src_color_range=range_of(frame),
            dst_color_range=_FULL,
            interpolation=kernel | _SHARP,
            threads=1,
        )
        turns = self._info.rotation // 90
        if not turns and not self._info.hdr and self._to_709 is None:
            read_planes(planar, [*x_3HW])
        else:
            stored_13HW = torch.empty(1, 3, height, width)
            read_planes(planar, [*stored_13HW[0]])
            x_3HW.copy_(torch.rot90(self._to_sdr(stored_13HW)[0], turns, (1, 2)))
        if alpha_1HW is not None:
            stored_HW = torch.empty(height, width)
            read_planes(planar, [stored_HW], first=3)
            alpha_1HW[0].copy_(torch.rot90(stored_HW, turns, (0, 1)))

    def _to_sdr(self, x_13HW: Tensor) -> Tensor:
        if self._info.hdr:
            decode = pq_to_linear if self._info.color_transfer == "smpte2084" else hlg_to_linear
            return tone_map(decode(x_13HW))
        return x_13HW if self._to_709 is None else convert_primaries(x_13HW, self._to_709)


def read_planes(frame: VideoFrame, channels_HW: Sequence[Tensor], first: int = 0) -> None:
    """Copy channels of a planar RGB(A) frame, from channel `first` on, into float32 0..1."""
    for channel, out_HW in enumerate(channels_HW, first):
        plane_HW, most = _plane(frame, channel)
        # torch copies from uint16 slowly; NumPy does both well.
        np.multiply(plane_HW, np.float32(1 / most), out=out_HW.numpy(), casting="unsafe")


def fill_planes(x_CHW: Tensor, frame: VideoFrame) -> None:
    """Write float32 0..1 into the channels of a planar RGB(A) frame, rounded to its depth."""
    for channel, x_HW in enumerate(x_CHW):
        plane_HW, most = _plane(frame, channel)
        # Half a level, then cut off: rounding without a pass of its own.
        scaled_HW = (x_HW * most).add_(0.5).clamp_(0, most)
        np.copyto(plane_HW, scaled_HW.numpy(), casting="unsafe")


def _plane(frame: VideoFrame, channel: int) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.generic]], int]:
    plane = frame.planes[_PLANE_OF_CHANNEL[channel]]
    kind: type[np.generic] = np.uint16 if frame.format.name.endswith("16le") else np.uint8
    rows = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // np.dtype(kind).itemsize)
    return rows[: frame.height, : frame.width], 65535 if kind is np.uint16 else 255
