"""256 colours for gif: each frame gets its own best palette, dithered."""

from fractions import Fraction

import av.error
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from mutoscope.video.info import VideoInfo

__all__ = ["Palette"]


class Palette:
    """Turns planar RGB frames into frames with palette.

    Args:
        like: the size.
        time_base: of the frames' time stamps.
        transparent: whether one colour is kept for what is transparent.

    """

    def __init__(self, like: VideoInfo, time_base: Fraction, *, transparent: bool) -> None:
        graph = Graph()
        form = VideoFormat("gbrap" if transparent else "gbrp")
        self._source = graph.add_buffer(width=like.width, height=like.height, format=form, time_base=time_base)
        split = graph.add("split")
        make = graph.add("palettegen", f"stats_mode=single:reserve_transparent={int(transparent)}")
        use, self._sink = graph.add("paletteuse", "new=1:dither=sierra2_4a"), graph.add("buffersink")
        self._source.link_to(split)
        split.link_to(use, 0, 0)
        split.link_to(make, 1, 0)
        make.link_to(use, 0, 1)
        use.link_to(self._sink)
        graph.configure()
        self._graph = graph

    def take(self, frame: VideoFrame | None) -> list[VideoFrame]:
        """Push a frame, or None at the end; give those that are ready."""
        self._source.push(frame)
        ready: list[VideoFrame] = []
        while True:
            try:
                painted = self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return ready
            assert isinstance(painted, VideoFrame)
            ready.append(painted)
