"""Turn the pixels of a clip into frames for an encoder: BT.709, limited range, the encoder's format."""

import torch
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from mutoscope.core.clip import Clip
from mutoscope.video.frames import fill_planes
from mutoscope.video.info import VideoInfo

__all__ = ["FramePainter"]

_BT709, _LIMITED, _FULL = 1, 1, 2
_KERNEL = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP


class FramePainter:
    """Makes frames of one film.

    Args:
        like: the size.
        pixel_format: FFmpeg's name of what the encoder takes; "pal8" gets planar RGB, for `Palette`.
        transparent: whether alpha is written; it is laid on white otherwise.

    """

    def __init__(self, like: VideoInfo, pixel_format: str, *, transparent: bool) -> None:
        self.notices: list[str] = []
        self._size = (like.width, like.height)
        self._pixel_format = pixel_format
        self._transparent = transparent
        deep = pixel_format.endswith("10le")
        self._planar = ("gbrap16le" if deep else "gbrap") if transparent else ("gbrp16le" if deep else "gbrp")
        self._reformatter = VideoReformatter()

    def paint(self, clip: Clip) -> VideoFrame:
        """Give the frame of a clip of one frame, without time."""
        x_CHW, alpha_T1HW = clip.pixels_TCHW[0], clip.alpha_T1HW
        if self._transparent:
            alpha_1HW = torch.ones_like(x_CHW[:1]) if alpha_T1HW is None else alpha_T1HW[0]
            x_CHW = torch.cat([x_CHW, alpha_1HW])
        elif alpha_T1HW is not None and bool((alpha_T1HW < 1).any()):
            x_CHW = torch.lerp(torch.ones_like(x_CHW), x_CHW, alpha_T1HW[0])
            notice = "the codec holds no transparency; the film was laid on white: webm, gif or prores can hold it."
            if notice not in self.notices:
                self.notices.append(notice)
        planar = VideoFrame(*self._size, self._planar)
        fill_planes(x_CHW, planar)
        if self._pixel_format == "pal8":
            return planar
        frame = self._reformatter.reformat(
            planar,
            format=self._pixel_format,
            src_colorspace=_BT709,
            dst_colorspace=_BT709,
            src_color_range=_FULL,
            dst_color_range=_LIMITED,
            interpolation=_KERNEL,
            threads=1,
        )
        frame.colorspace = frame.color_primaries = frame.color_trc = _BT709
        frame.color_range = _LIMITED
        return frame
