"""Read a film small, fast, and all of one shape: bytes for a network. Memory does not grow with length."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as nnf
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from torch import Tensor

from mutoscope.core.errors import InputError
from mutoscope.video.color import matrix_of, range_of
from mutoscope.video.decode import Decoding
from mutoscope.video.info import VideoInfo
from mutoscope.video.read import open_video
from mutoscope.video.rising import rising, usual_step

__all__ = ["FittedFilm", "FittedFrame", "fitted_size"]

Bytes = npt.NDArray[np.uint8]
Fit = Literal["crop", "letterbox"]

_NEAR_709 = frozenset({"unspecified", "bt709", "bt470bg", "smpte170m", "smpte240m", "bt470m"})
_BT709, _FULL = 1, 2
_MOST_AREA = 64
"""A picture that is cut is no larger than so many frames; a line of pixels would become terabytes."""
# Without full chroma swscale takes a table that makes RGB darker by two steps of 255.
_KERNEL = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


@dataclass(frozen=True)
class FittedFrame:
    """One frame.

    Attributes:
        pts: time stamp.
        rgb_HW3: uint8, sRGB, upright, of the size that was asked for; not to be changed.

    """

    pts: int
    rgb_HW3: Bytes


def fitted_size(shape: Fraction, width: int, height: int, fit: Fit) -> tuple[int, int]:
    """Give the size, in whole pixels, that a picture is scaled to before it is cut or gets bars.

    Args:
        shape: width of the picture over its height, as it is shown.
        width: of the frame that it is fitted to, px.
        height: of the frame that it is fitted to, px.
        fit: `crop` covers the frame, `letterbox` stays in it.

    """
    wider = shape > Fraction(width, height)
    if wider == (fit == "crop"):
        across = max(1, round(height * shape))
        return (max(width, across) if fit == "crop" else min(width, across)), height
    down = max(1, round(width / shape))
    return width, (max(height, down) if fit == "crop" else min(height, down))


class FittedFilm:
    """A film that is read once, all frames of one size; iterate it to get its frames.

    A picture is one frame, and numbered pictures are a film. Turned films stand upright, pixels that are not square
    become square, colours become sRGB.

    Args:
        source: the film as it lies in the file.
        width: of the frames, px.
        height: of the frames, px.
        fit: `crop` cuts off what sticks out, `letterbox` adds black bars.

    Attributes:
        time_base: seconds per unit of the time stamps.
        notices: what a person should know, filled while reading.
        truncated: after an iteration: why the film broke off, or None where it was whole.

    """

    def __init__(self, source: VideoInfo, width: int, height: int, fit: Fit = "crop") -> None:
        self.time_base: Fraction = source.time_base
        self.notices: list[str] = []
        self.truncated: str | None = None
        self._source, self._width, self._height, self._fit = source, width, height, fit

    @property
    def inside(self) -> tuple[slice, slice]:
        """Rows and columns that are the picture and no bars; all of them with `crop`."""
        width, height = self._scaled_size(self._source.width, self._source.height, turned=False)
        top, left = (max(0, (whole - part) // 2) for whole, part in ((self._height, height), (self._width, width)))
        return slice(top, top + min(height, self._height)), slice(left, left + min(width, self._width))

    def __iter__(self) -> Iterator[FittedFrame]:
        """Yield every frame that decodes.

        Raises:
            InputError: nothing could be decoded, or the picture is far too long to be cut.

        """
        info = self._source
        # HDR and other primaries want more than a matrix: they go the long way.
        plain = info.kind == "video" and not info.hdr and info.color_primaries in _NEAR_709
        yield from self._fast() if plain else self._slow()

    def _fast(self) -> Iterator[FittedFrame]:
        info, reformatter = self._source, VideoReformatter()
        turns = info.rotation // 90
        step, last = usual_step(info), None
        stored = size = (info.height, info.width) if turns % 2 else (info.width, info.height)
        scaled = self._scaled_size(*stored, turned=turns % 2 == 1)
        with Decoding(info.path) as decoding:
            for frame in decoding.frames():
                last = rising(frame.pts, last, step)
                if (frame.width, frame.height) != size:
                    size = (frame.width, frame.height)
                    scaled = self._scaled_size(*size, turned=turns % 2 == 1)
                    self._note(f"{info.path.name} changes its size on the way; each frame was fitted by itself.")
                yield FittedFrame(last, self._framed(self._scaled(frame, reformatter, scaled, turns)))
            header = info.num_frames if info.num_frames_from == "header" else None
            self.truncated = decoding.problem(header)
            if decoding.num_frames == 0:
                raise InputError(f"{info.path} has no frame that can be decoded; give a film that plays.")

    def _scaled(self, frame: VideoFrame, reformatter: VideoReformatter, size: tuple[int, int], turns: int) -> Bytes:
        width, height = size[::-1] if turns % 2 else size
        shrinks = width < frame.width or height < frame.height
        small = reformatter.reformat(
            frame,
            width,
            height,
            "rgb24",
            src_colorspace=matrix_of(self._source.color_matrix, frame.height),
            dst_colorspace=_BT709,
            src_color_range=range_of(frame),
            dst_color_range=_FULL,
            interpolation=_KERNEL | (Interpolation.AREA if shrinks else Interpolation.BICUBIC),
            threads=1,
        )
        plane = small.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        upright_HW3 = rows[:height, : width * 3].reshape(height, width, 3)
        return np.rot90(upright_HW3, turns) if turns else upright_HW3

    def _scaled_size(self, width: int, height: int, *, turned: bool) -> tuple[int, int]:
        """Give the size before cutting, upright, of a stored frame."""
        if turned:
            width, height = height, width
        shape = Fraction(width, height) * self._source.sample_aspect_ratio
        found = fitted_size(shape, self._width, self._height, self._fit)
        if found[0] * found[1] > _MOST_AREA * self._width * self._height:
            raise InputError(
                f"{self._source.path} is {width}x{height}: next to nothing of it would be left in "
                f"{self._width}x{self._height}; use letterbox."
            )
        return found

    def _framed(self, scaled_HW3: Bytes) -> Bytes:
        """Cut what sticks out, or add bars, on both sides alike."""
        height, width = scaled_HW3.shape[:2]
        if self._fit == "crop":
            top, left = (height - self._height) // 2, (width - self._width) // 2
            return np.ascontiguousarray(scaled_HW3[top : top + self._height, left : left + self._width])
        top, left = (self._height - height) // 2, (self._width - width) // 2
        framed_HW3 = np.zeros((self._height, self._width, 3), np.uint8)
        framed_HW3[top : top + height, left : left + width] = scaled_HW3
        return framed_HW3

    def _slow(self) -> Iterator[FittedFrame]:
        info = self._source
        width, height = self._scaled_size(info.width, info.height, turned=False)
        # Colours first, at no less than the size that is wanted; pixels that are not square are squeezed afterwards.
        size = max(1, round(max(info.width, info.height) * min(1, max(width / info.width, height / info.height))))
        with open_video(info.path, size=size) as film:
            for clip in film:
                for i, pts in enumerate(clip.pts_T):
                    yield FittedFrame(pts, self._framed(_to_bytes(clip.pixels_TCHW[i : i + 1], width, height)))
            for notice in film.notices:
                self._note(notice)
            self.truncated = film.truncated

    def _note(self, notice: str) -> None:
        if notice not in self.notices:
            self.notices.append(notice)


def _to_bytes(x_1CHW: Tensor, width: int, height: int) -> Bytes:
    if x_1CHW.shape[2:] != (height, width):
        shrinks = x_1CHW.shape[2] >= height and x_1CHW.shape[3] >= width
        mode = "area" if shrinks else "bilinear"
        x_1CHW = nnf.interpolate(x_1CHW, (height, width), mode=mode, antialias=not shrinks)
    bytes_3HW = (x_1CHW[0] * 255).round().clamp(0, 255).to(torch.uint8)
    return np.asarray(bytes_3HW.permute(1, 2, 0).contiguous().numpy())
