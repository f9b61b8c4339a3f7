"""Code one piece of a film: packets for a film, picture files for everything else."""

import io
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import av

from mutoscope.core.clip import Clip
from mutoscope.video.encoders import Effort, choose_encoder
from mutoscope.video.film_sink import FilmSink
from mutoscope.video.info import VideoInfo, is_picture_name, is_sequence_name
from mutoscope.video.picture import save_picture
from mutoscope.video.piece_packets import record_of
from mutoscope.video.pieces import PieceFile, Record, Summary
from mutoscope.video.sequence import SequenceNames

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet

__all__ = ["PieceWriter", "create_piece"]


class _Sink(Protocol):
    notices: list[str]

    def write(self, clip: Clip) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


class PieceWriter:
    """Takes the clips of one piece; a context manager. What it wrote is whole only after a clean end.

    Attributes:
        facts: what the maker wants to keep with the piece, as JSON values; filled before the end.

    """

    def __init__(self, sink: _Sink, facts: dict[str, object]) -> None:
        self._sink, self.facts = sink, facts

    def write(self, clip: Clip) -> None:
        """Append a clip.

        Raises:
            OutputError: the disk is full, or the clip does not fit what is being written.

        """
        self._sink.write(clip)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file, or leave it broken: it stands under a temp name."""
        try:
            if error is None:
                self._sink.finish()
        finally:
            self._sink.close()


def create_piece(
    path: Path,
    *,
    like: VideoInfo,
    span: tuple[int, int | None],
    result: Path,
    source: Path | None = None,
    codec: str | None = None,
    crf: int | None = None,
    bit_depth: int = 8,
    effort: Effort = "normal",
) -> PieceWriter:
    """Begin a piece.

    Args:
        path: where it is written.
        like: size, rate, time base and pixel shape of the film.
        span: times in units of the time base: first frame, and the first frame after the piece or None at the end.
        result: the name of the whole film; its suffix says in which form pieces are coded.
        source: picture or sequence that EXIF is taken from.
        codec: as `create_video`.
        crf: as `create_video`.
        bit_depth: as `create_video`.
        effort: as `create_video`.

    Raises:
        OutputError: the encoder refuses the size or the place cannot be written.
        ParameterError: the quality or the bit depth is out of the encoder's range.

    """
    facts: dict[str, object] = {}
    if is_picture_name(result) or is_sequence_name(result) or result.suffix.lower() == ".gif":
        return PieceWriter(_PictureSink(path, like, result, source, facts), facts)
    start, end = span
    if end is not None:
        # The last frame is shown till the next piece begins.
        like = replace(like, start_pts=start, duration=(end - start) * like.time_base)
    return PieceWriter(_PacketSink(path, like, result, (codec, crf, bit_depth, effort), facts), facts)


class _PacketSink(FilmSink):
    """A film sink whose packets go into a piece; the container it opens takes the header only, in memory."""

    def __init__(
        self,
        path: Path,
        like: VideoInfo,
        result: Path,
        options: tuple[str | None, int | None, int, Effort],
        facts: dict[str, object],
    ) -> None:
        codec, crf, bit_depth, effort = options
        container, encoder = choose_encoder(result, codec)
        self._file = PieceFile(path)
        self._facts = facts
        self._packet_base: Fraction | None = None
        super().__init__(path, container, encoder, like, None, crf=crf, bit_depth=bit_depth, effort=effort)

    def _open(self, temp: Path, form: str, options: dict[str, str]) -> "OutputContainer":
        del temp  # nothing of the container is kept
        return av.open(io.BytesIO(), "w", format=form, options=options)

    def _mux(self, packets: "Iterable[Packet[Any]]") -> None:
        for packet in packets:
            self._packet_base = Fraction(packet.time_base)
            self._file.append(record_of(packet))

    def finish(self) -> None:
        """Flush the encoder and close the file."""
        with self._guarded():
            self._flush()
        time_base = str(self._packet_base or self._time_base)
        self._file.finish(Summary(time_base, extradata=self.extradata, notices=tuple(self.notices), facts=self._facts))

    def close(self) -> None:
        """Let go of all files."""
        self._file.close()
        super().close()


class _PictureSink:
    """Keeps each frame as the bytes of a picture file."""

    def __init__(
        self, path: Path, like: VideoInfo, result: Path, source: Path | None, facts: dict[str, object]
    ) -> None:
        self.notices: list[str] = []
        self._file = PieceFile(path)
        self._facts = facts
        self._time_base = like.time_base
        self._suffix = ".png" if result.suffix.lower() == ".gif" else result.suffix
        self._names = SequenceNames(like, source)
        self._single = source if like.kind == "picture" else None

    def write(self, clip: Clip) -> None:
        for frame in clip.frames():
            origin = self._single or self._names.origin(frame.pts_T[0])
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"frame{self._suffix}"
                notices = save_picture(frame, path, origin)
                data = path.read_bytes()
            self.notices += [notice for notice in notices if notice not in self.notices]
            pts = frame.pts_T[0]
            self._file.append(Record(pts, pts, 0, is_key=True, data=data))

    def finish(self) -> None:
        self._file.finish(Summary(str(self._time_base), notices=tuple(self.notices), facts=self._facts))

    def close(self) -> None:
        self._file.close()
