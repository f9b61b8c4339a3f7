"""Read a film piece by piece: any span of it, with the very pixels that a pass from the beginning gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mutoscope.core.clip import Clip
from mutoscope.video.decode import Decoding
from mutoscope.video.frames import FrameReader
from mutoscope.video.info import VideoInfo
from mutoscope.video.picture import load_picture
from mutoscope.video.rising import rising, usual_step
from mutoscope.video.sequence import load_sequence
from mutoscope.video.shelf import Shelf

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["Span", "SpanReader"]

_CLIP_BYTES = 8 << 20
"""Frames are handed on soon: pieces are read beside effects that take their time."""


@dataclass(frozen=True)
class Span:
    """A run of frames, by their times.

    Attributes:
        start: time stamp of the first frame.
        end: time stamp of the first frame after it; None at the end of the film.
        key: where decoding may begin for it (`FrameIndex.key_before`); None: with the first frame of the film.

    """

    start: int
    end: int | None
    key: int | None


class SpanReader:
    """Reads spans of one film; a context manager. Spans in order are read in one pass, without going back.

    Args:
        source: the film as it lies in the file.
        size: width and height of the clips.
        clip_bytes: memory of one clip.

    Attributes:
        notices: what a person should know, filled while reading.
        is_damaged: whether something could not be decoded so far.

    """

    def __init__(self, source: VideoInfo, size: tuple[int, int], clip_bytes: int = _CLIP_BYTES) -> None:
        self.notices: list[str] = []
        self._source, self._size, self._clip_bytes = source, size, clip_bytes
        self._pass: _Pass | None = None

    @property
    def is_damaged(self) -> bool:
        """Whether something could not be decoded in the pass that goes on."""
        return self._pass is not None and self._pass.decoding.is_damaged

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the film's file."""
        if self._pass is not None:
            self._pass.decoding.__exit__(None, None, None)
            self._pass = None

    def read(self, span: Span) -> Iterator[Clip]:
        """Yield the clips of a span.

        Raises:
            InputError: the film cannot be opened.

        """
        if self._source.kind == "picture":
            yield load_picture(self._source.path, self._size)
        elif self._source.kind == "sequence":
            yield from load_sequence(self._source, self._size, (span.start, span.end))
        else:
            yield from self._decode(span)

    def _decode(self, span: Span) -> Iterator[Clip]:
        reader = FrameReader(self._source, self._size)
        self.notices += [notice for notice in reader.notices if notice not in self.notices]
        shelf = Shelf(self._source, self._size, self._clip_bytes)
        going = self._at(span)
        for pts, frame in going.frames(span):
            reader.read(frame, *shelf.place(pts))
            if shelf.is_full:
                yield shelf.clip()
        if shelf.pts:
            yield shelf.clip()

    def _at(self, span: Span) -> "_Pass":
        """Give a pass that comes to a span: the one that goes on, where it need not step over more than a new one."""
        going = self._pass
        if going is not None and going.reaches(span):
            return going
        self.close()
        self._pass = _Pass(self._source, span.key)
        if self._pass.first > span.start and span.key is not None:
            # The container went past the span: its index is not what it seems.
            self.close()
            self._pass = _Pass(self._source, None)
        return self._pass


class _Pass:
    """One way through a film, which remembers the frame that it has decoded but not given."""

    def __init__(self, source: VideoInfo, key: int | None) -> None:
        self.decoding = Decoding(source.path)
        self._step = usual_step(source)
        self._last: int | None = None
        if key is not None:
            self.decoding.seek(key)
        self._stream = self.decoding.frames()
        self._waiting = self._next()

    @property
    def first(self) -> int:
        """Time stamp of the frame that comes next; far beyond all where there is none."""
        return self._waiting[0] if self._waiting is not None else 1 << 62

    def reaches(self, span: Span) -> bool:
        """Tell whether to go on is right for a span: it lies ahead, and no shorter way leads there."""
        return self._waiting is not None and self.first <= span.start and (span.key is None or span.key <= self.first)

    def frames(self, span: Span) -> "Iterator[tuple[int, VideoFrame]]":
        """Yield time stamp and frame of a span; the first one after it waits."""
        while self._waiting is not None and (span.end is None or self.first < span.end):
            pts, frame = self._waiting
            self._waiting = None  # not given twice where the caller stops here
            if pts >= span.start:
                yield pts, frame
            self._waiting = self._next()

    def _next(self) -> "tuple[int, VideoFrame] | None":
        frame = next(self._stream, None)
        if frame is None:
            return None
        self._last = rising(frame.pts, self._last, self._step)
        return self._last, frame
