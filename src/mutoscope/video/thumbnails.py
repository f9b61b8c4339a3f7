"""Small JPEG pictures of single frames of a film, as many and as good as a number of bytes allows."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from mutoscope.core.errors import InputError
from mutoscope.video.decode import Decoding
from mutoscope.video.frames import FrameReader
from mutoscope.video.info import VideoInfo
from mutoscope.video.rising import rising, usual_step
from mutoscope.video.span import Span, SpanReader

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["thumbnails"]

Bytes = npt.NDArray[np.uint8]

_STEPS = ((144, 72), (120, 70), (96, 68), (84, 62), (72, 56), (60, 48), (48, 40))
"""Height in px and JPEG quality, best first."""
_WIDEST = 2.4
_LOOK_BACK_S = 3


def thumbnails(source: VideoInfo, stamps: Sequence[int], max_bytes: int) -> list[bytes | None]:
    """Read single frames as small JPEG pictures, all of one height.

    Args:
        source: the film.
        stamps: time stamps of frames in units of its time base, the most important ones first; repeats are welcome.
        max_bytes: of all together. Size and quality go down first, then the last pictures are left out.

    Returns:
        as many as stamps; None where there is no such frame, or no room. Nothing at all where the film is gone.

    """
    wanted = sorted(set(stamps))
    size = _size(source, _STEPS[0][0])
    try:
        frames = dict(_frames(source, wanted, size))
    except InputError:
        frames = {}
    pictures = _fitted(frames, tuple(dict.fromkeys(stamps)), max_bytes)
    return [pictures.get(stamp) for stamp in stamps]


def _size(source: VideoInfo, height: int) -> tuple[int, int]:
    """Give width and height of pictures as they are looked at: non-square pixels are squared."""
    ratio = source.width * float(source.sample_aspect_ratio or 1) / source.height
    height = min(height, max(2, source.height))
    if ratio > _WIDEST:
        return round(height * _WIDEST), max(2, round(height * _WIDEST / ratio))
    return max(2, round(height * ratio)), height


def _frames(source: VideoInfo, wanted: Sequence[int], size: tuple[int, int]) -> Iterator[tuple[int, Bytes]]:
    if source.kind == "video":
        yield from _of_film(source, wanted, size)
        return
    with SpanReader(source, size) as reader:
        for stamp in wanted:
            clip = next(reader.read(Span(stamp, stamp + 1, None)), None)
            if clip is not None:
                yield stamp, _to_bytes(clip.pixels_TCHW[0])


def _of_film(source: VideoInfo, wanted: Sequence[int], size: tuple[int, int]) -> Iterator[tuple[int, Bytes]]:
    reader = FrameReader(source, size)
    x_3HW = torch.empty(3, size[1], size[0])
    alpha_1HW = torch.empty(1, size[1], size[0]) if source.has_alpha else None
    with Decoding(source.path) as decoding:
        found = _seeking(decoding, source, wanted) if decoding.can_seek else _passing(decoding, source, wanted)
        for stamp, frame in found:
            reader.read(frame, x_3HW, alpha_1HW)
            yield stamp, _to_bytes(x_3HW)


def _passing(decoding: Decoding, source: VideoInfo, wanted: Sequence[int]) -> "Iterator[tuple[int, VideoFrame]]":
    """Find frames in one pass from the beginning, by the same time stamps as all readers give them."""
    waiting, last, step = list(reversed(wanted)), None, usual_step(source)
    for frame in decoding.frames():
        last = rising(frame.pts, last, step)
        while waiting and waiting[-1] <= last:
            yield waiting.pop(), frame
        if not waiting:
            return


def _seeking(decoding: Decoding, source: VideoInfo, wanted: Sequence[int]) -> "Iterator[tuple[int, VideoFrame]]":
    """Find frames from the key frame before each, going on where no key frame lies between."""
    back = int(_LOOK_BACK_S / source.time_base)
    entries = decoding.stream.index_entries
    going: Iterator[VideoFrame] | None = None
    last_key = -1
    for stamp in wanted:
        key = entries.search_timestamp(stamp) if len(entries) else -1
        if going is None or key != last_key:
            decoding.seek(stamp)
            going, last_key = decoding.frames(), key
            frame = next(going, None)
            if frame is not None and frame.pts is not None and frame.pts > stamp > source.start_pts:
                # The container's index is in order of decoding: it may lead past the frame.
                decoding.seek(max(source.start_pts, stamp - back))
                going = decoding.frames()
                frame = next(going, None)
        else:
            frame = next(going, None)
        while frame is not None and (frame.pts is None or frame.pts < stamp):
            frame = next(going, None)
        if frame is None:
            going = None
            continue
        yield stamp, frame


def _to_bytes(x_3HW: torch.Tensor) -> Bytes:
    pixels_HWC = (x_3HW * 255).add(0.5).clamp(0, 255).to(torch.uint8).permute(1, 2, 0)
    return np.ascontiguousarray(pixels_HWC.numpy())


def _fitted(frames: Mapping[int, Bytes], order: Sequence[int], max_bytes: int) -> dict[int, bytes]:
    known = [stamp for stamp in order if stamp in frames]
    pictures: dict[int, bytes] = {}
    for height, quality in _STEPS:
        pictures = {stamp: _jpeg(frames[stamp], height, quality) for stamp in known}
        if sum(map(len, pictures.values())) <= max_bytes:
            return pictures
    while pictures and sum(map(len, pictures.values())) > max_bytes:
        pictures.pop(known.pop())
    return pictures


def _jpeg(pixels_HWC: Bytes, height: int, quality: int) -> bytes:
    image = Image.fromarray(pixels_HWC)
    scale = height / _STEPS[0][0]
    if scale < 1:
        size = (max(2, round(image.width * scale)), max(2, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality, subsampling=2, optimize=True)
    return stream.getvalue()
