"""Encode: clips become a film, picture or sequence that appears under its name only when it is whole."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from mutoscope.core.clip import Clip
from mutoscope.core.errors import OutputError
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.encoders import choose_encoder
from mutoscope.video.info import VideoInfo, is_picture_name, is_sequence_name
from mutoscope.video.picture import save_picture
from mutoscope.video.sequence import numbered

__all__ = ["FilmWriter", "create_video"]


class _Sink(Protocol):
    notices: list[str]

    def write(self, clip: Clip) -> None: ...

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
) -> FilmWriter:
    """Begin a film, picture or sequence.

    Args:
        path: mp4, mov, mkv, webm, gif; png, jpg, webp, tiff; or a pattern like frame_%05d.png.
        like: size, rate, time base and pixel shape of what will be written; usually the source's.
        source: film that sound and tags, or picture that EXIF is taken from.
        codec: h264, hevc, vp9, av1, prores, dnxhr.
        crf: constant rate factor.
        bit_depth: 8 or 10.

    Raises:
        OutputError: the folder is missing, the path is the source itself, or the container cannot hold it.

    """
    path = Path(path)
    if source is not None:
        _check_apart(path, Path(source))
    stack = ExitStack()
    try:
        return FilmWriter(path, _choose_sink(path, like, source, stack, (codec, crf, bit_depth)), stack)
    except BaseException as error:
        stack.__exit__(type(error), error, error.__traceback__)
        raise


def _choose_sink(
    path: Path, like: VideoInfo, source: str | Path | None, stack: ExitStack, options: tuple[Any, ...]
) -> _Sink:
    origin = None if source is None else Path(source)
    if is_sequence_name(path):
        return _SequenceSink(path, stack)
    if is_picture_name(path):
        if like.kind != "picture" and (like.num_frames or 2) > 1:
            raise OutputError(
                f"{path.name} holds one picture and the source is a film; name the result .mp4, .mov, .mkv, .webm or "
                ".gif, or a sequence like frame_%05d.png."
            )
        return _PictureSink(stack.enter_context(atomic_path(path)), origin)
    from mutoscope.video.film_sink import FilmSink

    container, encoder = choose_encoder(path.suffix, options[0])
    temp = stack.enter_context(atomic_path(path))
    sound = origin if like.kind == "video" else None
    return FilmSink(temp, container, encoder, like, sound, crf=options[1], bit_depth=options[2])


def _check_apart(path: Path, source: Path) -> None:
    same = path.resolve() == source.resolve()
    try:
        same = same or path.samefile(source)
    except OSError:
        pass  # one of them does not exist: they differ
    if same or (is_sequence_name(source) and any(path.resolve() == p.resolve() for _, p in numbered(source))):
        raise OutputError(
            f"the result {path} is the source itself; give another name, the source is never changed."
        )


class _PictureSink:
    def __init__(self, temp: Path, like: Path | None) -> None:
        self.notices: list[str] = []
        self._temp, self._like, self._done = temp, like, False

    def write(self, clip: Clip) -> None:
        if self._done or len(clip) != 1:
            raise OutputError("a picture holds one frame; write a film or a sequence like frame_%05d.png.")
        like = self._like if self._like is not None and is_picture_name(self._like) else None
        self.notices += save_picture(clip, self._temp, like)
        self._done = True

    def finish(self) -> None:
        if not self._done:
            raise OutputError("no frame came; nothing was written.")

    def close(self) -> None: ...


class _SequenceSink:
    """Writes numbered pictures; they are renamed together at the end."""

    def __init__(self, pattern: Path, stack: ExitStack) -> None:
        if not is_picture_name(Path(pattern.name.replace("%", "_"))):
            raise OutputError(f"{pattern.suffix} is no picture format here; write png, jpg, webp or tiff.")
        self.notices: list[str] = []
        self._pattern, self._stack, self._count = pattern, stack, 0

    def write(self, clip: Clip) -> None:
        for frame in clip.frames():
            temp = self._stack.enter_context(atomic_path(Path(str(self._pattern) % self._count)))
            for notice in save_picture(frame, temp):
                if notice not in self.notices:
                    self.notices.append(notice)
            self._count += 1

    def finish(self) -> None:
        if not self._count:
            raise OutputError("no frame came; nothing was written.")

    def close(self) -> None: ...
