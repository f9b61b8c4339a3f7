"""Decode: a film, picture or sequence becomes a stream of clips. Memory does not grow with its length."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, ParameterError
from mutoscope.video.decode import Decoding
from mutoscope.video.frames import FrameReader
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.picture import load_picture
from mutoscope.video.rising import rising, usual_step
from mutoscope.video.sequence import load_sequence
from mutoscope.video.shelf import Shelf

__all__ = ["Film", "open_video", "read_picture"]

_CLIP_BYTES = 32 << 20
_MIN_EVEN_PX = 32


class Film:
    """An opened film: iterate it to get clips; iterate it again to start anew.

    Attributes:
        source: the film as it lies in the file.
        info: the film with width and height after scaling.
        notices: what a person should know, filled while reading.
        truncated: after an iteration: why the film broke off, or None where it was whole.

    """

    def __init__(self, source: VideoInfo, size: tuple[int, int], clip_bytes: int = _CLIP_BYTES) -> None:
        self.source = source
        self.info = replace(source, width=size[0], height=size[1])
        self.notices: list[str] = []
        self.truncated: str | None = None
        self._clip_bytes = clip_bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held between iterations; each closes its file when it ends."""

    def __iter__(self) -> Iterator[Clip]:
        """Yield clips of as many frames as fit the byte budget, at least one.

        A film that breaks off ends like any other; `truncated` tells afterwards.

        Raises:
            InputError: nothing could be decoded.

        """
        self.truncated = None
        size = (self.info.width, self.info.height)
        if self.info.kind == "picture":
            yield load_picture(self.info.path, size)
        elif self.info.kind == "sequence":
            yield from load_sequence(self.info, size)
        else:
            yield from self._decode(size)

    def _decode(self, size: tuple[int, int]) -> Iterator[Clip]:
        reader = FrameReader(self.source, size)
        self.notices += [notice for notice in reader.notices if notice not in self.notices]
        step = usual_step(self.source)
        shelf = Shelf(self.info, size, self._clip_bytes)
        last: int | None = None
        with Decoding(self.source.path) as decoding:
            for frame in decoding.frames():
                last = rising(frame.pts, last, step)
                reader.read(frame, *shelf.place(last))
                if shelf.is_full:
                    yield shelf.clip()
            if shelf.pts:
                yield shelf.clip()
            header = self.source.num_frames if self.source.num_frames_from == "header" else None
            self.truncated = decoding.problem(header)
            if decoding.num_frames == 0:
                raise InputError(f"{self.source.path} has no frame that can be decoded; give a film that plays.")


def open_video(
    path: str | Path,
    *,
    size: int | None = None,
    enlarge: bool = False,
    clip_bytes: int = _CLIP_BYTES,
    rate: Fraction | None = None,
) -> Film:
    """Open a film, picture or sequence for reading.

    Args:
        path: mp4, mov, mkv, webm, avi, gif; png, jpg, webp, tiff; or a pattern like frame_%05d.png.
        size: long side of the clips in px; None keeps the film's own.
        enlarge: whether a smaller film is scaled up to `size`.
        clip_bytes: memory of one clip.
        rate: frames per second of a sequence, whose files carry no time; 25 by default.

    Raises:
        InputError: it is missing, no film, empty, too large, or of a kind that is not opened.
        ParameterError: the size is less than one pixel.

    """
    if size is not None and size < 1:
        raise ParameterError(f"size={size} is not allowed; expected the long side in px, 1 or more.")
    info = probe(path)
    if info.kind == "sequence" and rate is not None:
        span = (info.duration or 0) * (info.frame_rate or 1)
        info = replace(info, frame_rate=rate, time_base=1 / rate, duration=span / rate)
    return Film(info, _fitted(info, size, enlarge=enlarge), clip_bytes)


def read_picture(path: str | Path, *, size: int | None = None) -> Clip:
    """Read one picture as a clip of one frame, upright, with its alpha.

    Args:
        path: png, jpg, webp or tiff.
        size: largest long side in px.

    Raises:
        InputError: it is missing, damaged, too large, or a film.

    """
    film = open_video(path, size=size)
    if film.info.kind != "picture":
        raise InputError(f"{path} is a film; a picture was expected: png, jpg, webp or tiff.")
    return next(iter(film))


def _fitted(info: VideoInfo, size: int | None, *, enlarge: bool) -> tuple[int, int]:
    long_side = max(info.width, info.height)
    if size is None or size == long_side or (size > long_side and not enlarge):
        return info.width, info.height
    scale = Fraction(size, long_side)
    # 4:2:0 wants pairs of pixels; a film that is scaled anyway may as well have them. An odd `size` is obeyed.
    even = info.kind == "video" and size % 2 == 0 and size >= _MIN_EVEN_PX
    width, height = (_rounded(side * scale, even=even) for side in (info.width, info.height))
    return width, height


def _rounded(length: Fraction, *, even: bool) -> int:
    return max(2, 2 * round(length / 2)) if even else max(1, round(length))
