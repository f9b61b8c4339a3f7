"""Turn FFmpeg's frames into pixels of a clip: upright, scaled, full range, BT.709."""

import av.video.reformatter
import numpy as np
import torch
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from torch import Tensor

from mutoscope.ops.hdr import hlg_to_linear, pq_to_linear, tone_map
from mutoscope.ops.primaries import linear_to_srgb, srgb_to_linear, to_709
from mutoscope.video.color import HDR_TRANSFERS, matrix_of, range_of
from mutoscope.video.info import VideoInfo

__all__ = ["FrameReader"]

_SHARP = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


class FrameReader:
    """Converts the frames of one film.

    Args:
        info: the film as it lies in the file.
        size: width and height of the clips, upright.
    """

    def __init__(self, info: VideoInfo, size: tuple[int, int]) -> None:
        self.notices: list[str] = []
        self._info = info
        self._turned = info.rotation in (90, 270)
        self._size = size[::-1] if self._turned else size
        self._deep = info.bit_depth > 8 or info.hdr
        # Reused: it keeps swscale's tables between frames.
        self._reformatter = av.video.reformatter.VideoReformatter()
        self._to_709 = None if info.hdr else to_709(info.color_primaries)
        if info.hdr:
            kind = HDR_TRANSFERS[info.color_transfer]
            self.notices.append(f"{info.path.name} is HDR ({kind}); it was tone-mapped to SDR BT.709.")

    def pixels(self, frame: VideoFrame) -> Tensor:
        """Give pixels 1,3,H,W, float32 0..1, upright."""
        rgb_HWC = self._convert(frame, "rgb48le" if self._deep else "rgb24")
        x_1CHW = _to_float(rgb_HWC)
        if self._info.hdr:
            x_1CHW = self._tone_map(x_1CHW)
        elif self._to_709 is not None:
            linear = torch.einsum("ij,njhw->nihw", self._to_709, srgb_to_linear(x_1CHW))
            x_1CHW = linear_to_srgb(linear.clamp(0, 1))
        return self._upright(x_1CHW)

    def alpha(self, frame: VideoFrame) -> Tensor | None:
        """Give alpha 1,1,H,W, 0..1, or None where the film is opaque."""
        if not self._info.has_alpha:
            return None
        rgba_HWC = self._convert(frame, "rgba64le" if self._deep else "rgba")
        return self._upright(_to_float(rgba_HWC[:, :, 3:]))

    def _convert(self, frame: VideoFrame, form: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
        width, height = self._size
        smaller = width < frame.width
        scaling = (width, height) != (frame.width, frame.height)
        kernel = (Interpolation.AREA if smaller else Interpolation.BICUBIC) if scaling else Interpolation.BICUBIC
        out = self._reformatter.reformat(
            frame,
            width,
            height,
            form,
            src_colorspace=matrix_of(self._info.color_matrix, frame.height),
            dst_colorspace=1,
            src_color_range=range_of(frame),
            dst_color_range=2,
            interpolation=kernel | _SHARP,
            threads=1,
        )
        return out.to_ndarray()

    def _tone_map(self, x_1CHW: Tensor) -> Tensor:
        decode = pq_to_linear if self._info.color_transfer == "smpte2084" else hlg_to_linear
        return tone_map(decode(x_1CHW))

    def _upright(self, x_1CHW: Tensor) -> Tensor:
        turns = self._info.rotation // 90
        return torch.rot90(x_1CHW, turns, (2, 3)).contiguous() if turns else x_1CHW


def _to_float(pixels_HWC: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Tensor:
    most = 65535.0 if pixels_HWC.dtype == np.uint16 else 255.0
    return torch.from_numpy(pixels_HWC.astype(np.float32)).permute(2, 0, 1)[None].contiguous() / most
