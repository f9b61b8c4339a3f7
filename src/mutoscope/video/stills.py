"""Single frames of a film or picture, by their number or time, as clips of one frame and as files."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction

import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError
from mutoscope.video.decode import Decoding
from mutoscope.video.frames import FrameReader
from mutoscope.video.index import FrameIndex
from mutoscope.video.info import VideoInfo
from mutoscope.video.picture import load_picture, load_small
from mutoscope.video.span import Span, SpanReader

__all__ = ["frame_near", "nearest_keys", "read_frames", "shown_size", "shows_something"]

_WIDEST = 8
"""No picture is shown longer than so many times its other side."""
_FLAT = 0.02
"""A picture whose values spread less shows nothing."""


def shown_size(info: VideoInfo, long_side: int | None) -> tuple[int, int]:
    """Give width and height as a film is looked at: pixels squared, scaled down to a long side; never up."""
    width, height = float(info.width * (info.sample_aspect_ratio or 1)), float(info.height)
    width, height = min(width, height * _WIDEST), min(height, width * _WIDEST)
    scale = min(1.0, (long_side or max(width, height)) / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def read_frames(
    info: VideoInfo, index: FrameIndex, numbers: Sequence[int], size: tuple[int, int]
) -> Iterator[tuple[int, Clip]]:
    """Yield frames by their numbers, in rising order, each as a clip of one; those that do not decode are left out.

    Raises:
        ParameterError: there is no such frame.

    """
    for number in numbers:
        if not 0 <= number < len(index):
            raise ParameterError(f"there is no frame {number}; expected 0 to {len(index) - 1}.")
    if info.kind == "picture":
        if numbers:
            yield 0, _picture(info, size)
        return
    with SpanReader(info, size, clip_bytes=1) as reader:
        for number in sorted(set(numbers)):
            pts = index.pts[number]
            end = index.pts[number + 1] if number + 1 < len(index) else None
            for clip in reader.read(Span(pts, end, index.key_before(pts))):
                yield number, clip


def frame_near(info: VideoInfo, share: Fraction, size: tuple[int, int]) -> Clip | None:
    """Give a frame at about a share of a film's length; None where nothing decodes there.

    Only a film that can be sought in is; of others the first frame is given.
    """
    if info.kind == "picture":
        return _picture(info, size)
    with Decoding(info.path) as decoding:
        if share and decoding.can_seek and info.duration:
            decoding.seek(info.start_pts + round(share * info.duration / info.time_base))
        frame = next(decoding.frames(), None)
        if frame is None:
            return None
        pixels = torch.empty(1, 3, size[1], size[0])
        alpha = torch.empty(1, 1, size[1], size[0]) if info.has_alpha else None
        FrameReader(info, size).read(frame, pixels[0], None if alpha is None else alpha[0])
    return Clip(pixels, (0,), info.time_base, alpha)


def _picture(info: VideoInfo, size: tuple[int, int]) -> Clip:
    if max(size) < max(info.width, info.height):
        return load_small(info.path, max(size))
    return load_picture(info.path, size)


def shows_something(clip: Clip) -> bool:
    """Tell whether there is more to see than one colour."""
    return bool(clip.pixels_TCHW.std() > _FLAT)


def nearest_keys(index: FrameIndex, numbers: Sequence[int]) -> list[int]:
    """Move numbers of frames back to those that can be decoded by themselves; for quick looks."""
    if not index.keys:
        return list(numbers)
    found = []
    for number in numbers:
        key = index.key_before(index.pts[number]) if 0 <= number < len(index) else None
        found.append(number if key is None else bisect_right(index.pts, key) - 1)
    return found
