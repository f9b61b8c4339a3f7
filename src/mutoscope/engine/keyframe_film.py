"""A film as keyframe mode looks at it: its frames by number, its shots, any stretch of it in either direction."""

from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, ParameterError
from mutoscope.core.progress import Listener
from mutoscope.effects.analysis import analyse
from mutoscope.effects.shots import Shots
from mutoscope.engine.segment import hash_source
from mutoscope.engine.store import Store
from mutoscope.keyframes.guides import GUIDE_LONG_SIDE_PX
from mutoscope.ops.resize import fit_long_side
from mutoscope.recipes.film_params import DEFAULT_LONG_SIDE_PX
from mutoscope.storage.hashing import hash_json
from mutoscope.video.index import FrameIndex, index_frames
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.read import open_video
from mutoscope.video.span import Span, SpanReader

__all__ = ["KeyframeFilm", "open_keyframe_film"]


class KeyframeFilm:
    """A film whose frames are known.

    Args:
        path: of the film.
        info: the film with the size of the result.
        index: its frames.

    """

    def __init__(self, path: Path, info: VideoInfo, index: FrameIndex) -> None:
        self.path, self.info = path, info
        self._index, self._source = index, probe(path)
        self.sha256 = hash_source(path, self._source)
        self._shots = Shots((), info.time_base)

    def __len__(self) -> int:
        return len(self._index)

    @property
    def source_size(self) -> tuple[int, int]:
        """Height and width of the film as it lies in the file."""
        return self._source.height, self._source.width

    def pts(self, number: int) -> int:
        """Give the time stamp of a frame."""
        return self._index.pts[number]

    def seconds(self, number: int) -> float:
        """Give the time of a frame."""
        return float(self.pts(number) * self.info.time_base)

    def frame_at(self, seconds: float) -> int:
        """Find the frame whose time is nearest.

        Raises:
            ParameterError: the film is over by then.

        """
        first, last = self.seconds(0), self.seconds(len(self) - 1)
        step = (last - first) / max(1, len(self) - 1)
        if not min(0.0, first) - step <= seconds <= last + step:
            raise ParameterError(
                f"the keyframe's time {seconds:g} s lies outside the film, which goes from {first:.2f} s to "
                f"{last:.2f} s; give the time of the frame that was painted."
            )
        after = min(len(self) - 1, bisect_left(self._index.pts, seconds / float(self.info.time_base)))
        before = max(0, after - 1)
        return min((before, after), key=lambda number: abs(self.seconds(number) - seconds))

    def read_frame(self, number: int) -> Clip:
        """Decode one frame, at the size of the result."""
        with SpanReader(self._source, (self.info.width, self.info.height)) as reader:
            for clip in reader.read(self._span(number, number + 1)):
                return clip[:1]
        raise InputError(f"the frame at {self.seconds(number):.2f} s of {self.path} cannot be decoded; give another.")

    def small(self, first: int, last: int) -> Iterator[tuple[int, Tensor]]:
        """Yield number and small picture 3,H,W of all frames from one to another, which may be earlier.

        Going backward, all of them are held in memory, as bytes.
        """
        low, high = min(first, last), max(first, last)
        if last >= first:
            yield from self._small(low, high)
            return
        held = [(number, (x * 255).round().byte()) for number, x in self._small(low, high)]
        while held:
            number, x = held.pop()
            yield number, x.float() / 255

    def _small(self, low: int, high: int) -> Iterator[tuple[int, Tensor]]:
        height, width = self.info.height, self.info.width
        if max(height, width) > GUIDE_LONG_SIDE_PX:
            height, width = fit_long_side(height, width, GUIDE_LONG_SIDE_PX)
        numbers = {self.pts(number): number for number in range(low, high + 1)}
        with SpanReader(self._source, (width, height)) as reader:
            for clip in reader.read(self._span(low, high + 1)):
                for frame in clip.frames():
                    if frame.pts_T[0] in numbers:
                        yield numbers[frame.pts_T[0]], frame.pixels_TCHW[0]

    def _span(self, first: int, end: int) -> Span:
        start = self.pts(first)
        return Span(start, self.pts(end) if end < len(self) else None, self._index.key_before(start))

    def find_cuts(self, store: Store, report: Listener) -> None:
        """Find the cuts, as the run will: it takes them from the store."""

        def film() -> Iterator[Clip]:
            with SpanReader(self._source, (self.info.width, self.info.height)) as reader:
                yield from reader.read(Span(-(1 << 62), None, None))

        digest = hash_json([self.sha256, self.info.width, self.info.height])
        self._shots = analyse(["shots"], film, digest, store.cache, report, total=len(self))["shots"]

    def shots(self) -> Iterator[range]:
        """Yield the numbers of the frames of each shot."""
        cuts = [bisect_left(self._index.pts, pts) for pts in self._shots.cuts_pts]
        starts = sorted({0, *(cut for cut in cuts if 0 < cut < len(self))})
        for start, end in zip(starts, [*starts[1:], len(self)], strict=True):
            yield range(start, end)


def open_keyframe_film(path: Path, size: int | None) -> KeyframeFilm:
    """Look at a film.

    Args:
        path: of the film.
        size: long side of the result in px, or None.

    Raises:
        InputError: it cannot be read, or is a picture.

    """
    with open_video(path, size=size or DEFAULT_LONG_SIDE_PX, enlarge=size is not None) as opened:
        info = opened.info
    if info.kind == "picture":
        raise InputError(f"{path} is a picture; keyframes are carried through a film: give a video or a sequence.")
    index = index_frames(probe(path))
    if not len(index):
        raise InputError(f"{path} has no frame that can be decoded; give a film that plays.")
    return KeyframeFilm(path, info, index)
