"""Read a film small and fast: grey and colour of every frame in bytes, for meters. Memory does not grow with length."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import torch
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.ops.resize import fit_long_side
from mutoscope.video.color import matrix_of, range_of
from mutoscope.video.decode import Decoding
from mutoscope.video.info import VideoInfo
from mutoscope.video.read import open_video
from mutoscope.video.rising import rising, usual_step

__all__ = ["SmallFilm", "SmallFrame"]

Bytes = npt.NDArray[np.uint8]

_LONG_SIDE_PX = 480
_FULL = 2
_BT709 = 1
_GREY = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Luma of BT.709."""


@dataclass(frozen=True)
class SmallFrame:
    """One frame, upright and small.

    Attributes:
        pts: time stamp.
        grey_HW: luma, uint8, full range, sRGB's curve.
        rgb_HWC: colours at half that size, uint8.

    """

    pts: int
    grey_HW: Bytes
    rgb_HWC: Bytes
    _whole: "VideoFrame | Tensor"
    _turns: int = 0

    def pixels_3HW(self) -> Tensor:  # noqa: N802 (dimensions in capitals)
        """Give the colours at the size of the grey picture, float32 0..1; made when asked for."""
        if isinstance(self._whole, Tensor):
            return self._whole.clone()
        frame = self._whole
        rgb_HWC = _reformat(VideoReformatter(), frame, frame.width, frame.height, "rgb24", _FULL, _BT709)
        turned_HWC = np.rot90(_packed(rgb_HWC, 3), self._turns)
        return torch.from_numpy(np.ascontiguousarray(turned_HWC.transpose(2, 0, 1))).float().div_(255)


class SmallFilm:
    """A film that is read once, small; iterate it to get its frames.

    Args:
        source: the film as it lies in the file.
        long_side: of the grey pictures, px; a smaller film is not scaled up.
        keys_only: only the frames that can be decoded by themselves.

    Attributes:
        time_base: seconds per unit of the time stamps.
        notices: what a person should know, filled while reading.
        truncated: after an iteration: why the film broke off, or None where it was whole.

    """

    def __init__(self, source: VideoInfo, long_side: int = _LONG_SIDE_PX, *, keys_only: bool = False) -> None:
        self.time_base: Fraction = source.time_base
        self.notices: list[str] = []
        self.truncated: str | None = None
        self._source, self._long_side, self._keys_only = source, long_side, keys_only

    def __iter__(self) -> Iterator[SmallFrame]:
        """Yield every frame that decodes.

        Raises:
            InputError: nothing could be decoded.

        """
        info = self._source
        # Grey values of HDR and of other primaries mean something else: they go the long way.
        plain = info.kind == "video" and not info.hdr and info.color_primaries in _NEAR_709
        yield from self._fast() if plain else self._slow()

    def _fast(self) -> Iterator[SmallFrame]:
        info, reformatter, halver = self._source, VideoReformatter(), VideoReformatter()
        turns = info.rotation // 90
        step, last, size = usual_step(info), None, (info.width, info.height)
        with Decoding(info.path) as decoding:
            if self._keys_only:
                decoding.stream.codec_context.skip_frame = "NONKEY"
            for frame in decoding.frames():
                last = rising(frame.pts, last, step)
                self._note_size(frame, size, turns)
                width, height = self._size(turned=turns % 2 == 1)
                matrix = matrix_of(info.color_matrix, frame.height)
                small = _reformat(reformatter, frame, width, height, "yuv420p", range_of(frame), matrix)
                half = _reformat(halver, small, max(1, width // 2), max(1, height // 2), "rgb24", _FULL, _BT709)
                grey_HW, rgb_HWC = np.rot90(_packed(small, 1), turns), np.rot90(_packed(half, 3), turns)
                yield SmallFrame(last, np.ascontiguousarray(grey_HW), np.ascontiguousarray(rgb_HWC), small, turns)
            header = info.num_frames if info.num_frames_from == "header" and not self._keys_only else None
            self.truncated = decoding.problem(header)
            if decoding.num_frames == 0:
                raise InputError(f"{info.path} has no frame that can be decoded; give a film that plays.")

    def _note_size(self, frame: VideoFrame, size: tuple[int, int], turns: int) -> None:
        stored = size[::-1] if turns % 2 else size
        text = f"{self._source.path.name} changes its size on the way; all of it was measured at the first."
        if (frame.width, frame.height) != stored and text not in self.notices:
            self.notices.append(text)

    def _size(self, *, turned: bool) -> tuple[int, int]:
        """Give width and height before turning; even where there is room, as 4:2:0 wants pairs."""
        width, height = self._source.width, self._source.height
        if max(width, height) > self._long_side:
            height, width = fit_long_side(height, width, self._long_side)
            width, height = (max(2, 2 * round(side / 2)) for side in (width, height))
        return (height, width) if turned else (width, height)

    def _slow(self) -> Iterator[SmallFrame]:
        size = min(self._long_side, max(self._source.width, self._source.height))
        with open_video(self._source.path, size=size) as film:
            for clip in film:
                yield from (_of_clip(clip, i) for i in range(len(clip)))
            self.notices += film.notices
            self.truncated = film.truncated


_NEAR_709 = frozenset({"unspecified", "bt709", "bt470bg", "smpte170m", "smpte240m", "bt470m"})


def _of_clip(clip: Clip, index: int) -> SmallFrame:
    pixels_HWC = (clip.pixels_TCHW[index].permute(1, 2, 0).numpy() * np.float32(255)).round().clip(0, 255)
    grey_HW = np.rint(pixels_HWC @ _GREY).astype(np.uint8)
    height, width = (max(1, side // 2) for side in grey_HW.shape)
    whole_HWC = pixels_HWC.astype(np.uint8)
    corners = [whole_HWC[y::2, x::2][:height, :width] for y in (0, 1) for x in (0, 1)]
    fitting = [corner.astype(np.uint16) for corner in corners if corner.shape[:2] == (height, width)]
    rgb_HWC = (sum(fitting[1:], fitting[0]) // len(fitting)).astype(np.uint8)
    return SmallFrame(clip.pts_T[index], grey_HW, rgb_HWC, clip.pixels_TCHW[index])


def _reformat(
    reformatter: VideoReformatter, frame: VideoFrame, width: int, height: int, form: str, levels: int, matrix: int
) -> VideoFrame:
    kernel = Interpolation.AREA if width < frame.width else Interpolation.BICUBIC
    return reformatter.reformat(
        frame,
        width,
        height,
        form,
        src_colorspace=matrix,
        dst_colorspace=_BT709,
        src_color_range=levels,
        dst_color_range=_FULL,
        interpolation=kernel | Interpolation.ACCURATE_RND,
        threads=1,
    )


def _packed(frame: VideoFrame, channels: int) -> Bytes:
    """Copy the first plane; its lines may be longer than the picture."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    pixels = rows[: frame.height, : frame.width * channels]
    return pixels.reshape(frame.height, frame.width, channels) if channels > 1 else pixels.copy()
