"""Encode: clips become a film, picture or sequence that appears under its name only when it is whole."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from mutoscope.core.clip import Clip
from mutoscope.core.errors import OutputError, ParameterError
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.encoders import Effort, choose_encoder
from mutoscope.video.info import VideoInfo, is_picture_name, is_sequence_name
from mutoscope.video.picture import save_picture
from mutoscope.video.pieces import Piece, read_records, read_summary
from mutoscope.video.sequence import SequenceSink, number_in, numbered
from mutoscope.video.sound_part import SoundPart

__all__ = ["FilmWriter", "create_video", "is_source"]


class _Sink(Protocol):
    notices: list[str]

    def write(self, clip: Clip) -> None: ...

    def add_pieces(self, pieces: Sequence[Piece]) -> Iterator[int]: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


class FilmWriter:
    """Takes clips; a context manager. On a clean exit the result stands under its name, on any other nothing does.

    Attributes:
        path: the final name.
        notices: what a person should know about the result.

    """

    def __init__(self, path: Path, sink: _Sink, stack: ExitStack) -> None:
        self.path = path
        self._sink = sink
        self._stack = stack

    @property
    def notices(self) -> list[str]:
        """What a person should know, one line each."""
        return self._sink.notices

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the pictures that were written, where the result is a sequence."""
        return tuple(self._sink.written) if isinstance(self._sink, SequenceSink) else ()

    def write(self, clip: Clip) -> None:
        """Append a clip.

        Raises:
            OutputError: the disk is full, or the clip does not fit what is being written.

        """
        self._sink.write(clip)

    def add_pieces(self, pieces: Sequence[Piece]) -> Iterator[int]:
        """Append pieces that `create_piece` coded for this film; yield after each how many frames it had.

        Raises:
            InputError: a file is no whole piece.
            OutputError: the disk is full, or a piece was coded for another film.

        """
        return self._sink.add_pieces(pieces)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish and rename, or throw away."""
        if error is None:
            try:
                self._sink.finish()
            except BaseException as failure:
                self._sink.close()
                self._stack.__exit__(type(failure), failure, failure.__traceback__)
                raise
        self._sink.close()
        self._stack.__exit__(kind, error, trace)


def create_video(
    path: str | Path,
    *,
    like: VideoInfo,
    source: str | Path | None = None,
    codec: str | None = None,
    crf: int | None = None,
    bit_depth: int = 8,
    effort: Effort = "normal",
    sound_parts: Sequence[SoundPart] | None = None,
) -> FilmWriter:
    """Begin a film, picture or sequence. What cannot be written is refused here, before any work.

    Args:
        path: mp4, mov, mkv, webm, gif; png, jpg, webp, tiff; or a pattern like frame_%05d.png.
        like: size, rate, time base and pixel shape of what will be written; usually the source's.
        source: film that sound and chapters, or picture that EXIF is taken from.
        codec: h264, vp9, av1, prores, dnxhr; what suits the container by default.
        crf: constant rate factor; a value that looks clean for the codec by default.
        bit_depth: 8 or 10.
        effort: how long the encoder may search for a smaller file.
        sound_parts: what is kept of the sound, and where it goes; all of it by default.

    Raises:
        OutputError: the folder is missing, the path is the source itself, or the container cannot hold it.
        ParameterError: codec, quality or bit depth mean nothing there.

    """
    path = Path(path)
    origin = None if source is None else Path(source)
    if origin is not None and is_source(path, origin):
        raise OutputError(f"the result {path} is the source itself; give another name, the source is never changed.")
    pictures = is_picture_name(path) or is_sequence_name(path)
    if pictures and (codec is not None or crf is not None or bit_depth != 8):
        raise ParameterError(f"codec, crf and bit_depth mean nothing to {path.suffix} pictures; leave them out.")
    if path.name != path.name.strip() or not path.suffix:
        raise OutputError(f"{path} has no suffix that says what to write; name it .mp4, .mov, .png or the like.")
    stack = ExitStack()
    try:
        if is_sequence_name(path):
            sink: _Sink = SequenceSink(path, stack, like, origin)
        elif is_picture_name(path):
            sink = _picture_sink(path, stack, like, origin)
        else:
            sink = _film_sink(path, stack, like, origin, (codec, crf, bit_depth, effort), sound_parts)
    except BaseException as error:
        stack.__exit__(type(error), error, error.__traceback__)
        raise
    return FilmWriter(path, sink, stack)


def _film_sink(
    path: Path,
    stack: ExitStack,
    like: VideoInfo,
    origin: Path | None,
    options: tuple[str | None, int | None, int, Effort],
    parts: Sequence[SoundPart] | None,
) -> _Sink:
    from mutoscope.video.film_sink import FilmSink

    codec, crf, bit_depth, effort = options
    container, encoder = choose_encoder(path, codec)
    temp = stack.enter_context(atomic_path(path))
    sound = origin if like.kind == "video" else None
    return FilmSink(
        temp, container, encoder, like, sound, crf=crf, bit_depth=bit_depth, effort=effort, sound_parts=parts
    )


def _picture_sink(path: Path, stack: ExitStack, like: VideoInfo, origin: Path | None) -> _Sink:
    if like.kind != "picture" and like.num_frames != 1:
        raise OutputError(
            f"{path.name} holds one picture and the source is a film; name the result .mp4, .mov, .mkv, .webm or "
            ".gif, or a sequence like frame_%05d.png."
        )
    return _PictureSink(stack.enter_context(atomic_path(path)), origin if like.kind == "picture" else None)


def is_source(path: Path, source: Path) -> bool:
    """Tell whether a result would be written over a source: the same file, or a picture of its sequence."""
    sources = [p for _, p in numbered(source)] if is_sequence_name(source) else [source]
    folder = path.parent.resolve()
    for one in sources:
        fits = is_sequence_name(path) and one.parent.resolve() == folder and number_in(path, one.name) is not None
        if fits or _is_same(path, one):
            return True
    return False


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)  # sees through links of both kinds
    except OSError:
        return path.resolve() == other.resolve()  # one of them does not exist


class _PictureSink:
    """Writes one picture."""

    def __init__(self, temp: Path, like: Path | None) -> None:
        self.notices: list[str] = []
        self._temp, self._like, self._done = temp, like, False

    def write(self, clip: Clip) -> None:
        if len(clip) == 0:
            return
        if self._done or len(clip) != 1:
            raise OutputError("a picture holds one frame; write a film or a sequence like frame_%05d.png.")
        self.notices += save_picture(clip, self._temp, self._like)
        self._done = True

    def add_pieces(self, pieces: Sequence[Piece]) -> Iterator[int]:
        for piece in pieces:
            summary = read_summary(piece.path)
            self.notices += summary.notices
            for record in read_records(piece.path):
                self._temp.write_bytes(record.data)
                self._done = True
            yield summary.frames

    def finish(self) -> None:
        if not self._done:
            raise OutputError("no frame came; nothing was written.")

    def close(self) -> None: ...
