"""Picture sequences: frame_%05d.png, in and out."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError
from mutoscope.storage.atomic import atomic_path, sync_folder
from mutoscope.video.info import PICTURE_SUFFIXES, VideoInfo
from mutoscope.video.picture import load_picture, probe_picture, save_picture, scale_picture
from mutoscope.video.pieces import Piece, read_records, read_summary

__all__ = ["SequenceNames", "SequenceSink", "load_sequence", "name_of", "number_in", "numbered", "probe_sequence"]

_RATE = Fraction(25)
"""Frames per second of a sequence: files carry no time."""

_NUMBER = re.compile(r"%(?:0(\d+))?d")


def name_of(pattern: Path, number: int) -> Path:
    """Give the path of one picture of a pattern."""
    # Not the % operator: a person's folder or name may hold other percent signs.
    return pattern.with_name(_NUMBER.sub(lambda m: f"{number:0{int(m[1] or 1)}d}", pattern.name, count=1))


def number_in(pattern: Path, name: str) -> int | None:
    """Give the number of a file name that fits a pattern, or None where it does not fit."""
    match = _NUMBER.search(pattern.name)
    if match is None:
        return None
    head, tail = pattern.name[: match.start()], pattern.name[match.end() :]
    digits = f"[0-9]{{{int(match[1])},}}" if match[1] else "[0-9]+"
    found = re.fullmatch(f"{re.escape(head)}({digits}){re.escape(tail)}", name)
    return int(found[1]) if found else None


def numbered(pattern: Path) -> list[tuple[int, Path]]:
    """List the files of a pattern by number; gaps are allowed."""
    folder = pattern.parent
    found = ((number_in(pattern, p.name), p) for p in folder.iterdir()) if folder.is_dir() else ()
    return sorted((number, p) for number, p in found if number is not None)


def probe_sequence(pattern: Path) -> VideoInfo:
    """Look at the first picture and count the files.

    Raises:
        InputError: no file fits the pattern.

    """
    files = numbered(pattern)
    if not files:
        raise InputError(f"no file fits {pattern}; check the folder and the number of digits (%05d: five).")
    span = files[-1][0] - files[0][0] + 1
    return replace(
        probe_picture(files[0][1]),
        path=pattern,
        kind="sequence",
        frame_rate=_RATE,
        time_base=1 / _RATE,
        num_frames=len(files),
        duration=span / _RATE,
    )


def load_sequence(info: VideoInfo, size: tuple[int, int], span: tuple[int, int | None] = (0, None)) -> Iterator[Clip]:
    """Yield each picture; time stamps follow the numbers, so that a gap stays a gap.

    Args:
        info: the sequence.
        size: width and height of the clips.
        span: times of the first picture and of the first one after it.

    Raises:
        InputError: a picture is damaged, or has another shape or kind of transparency than the first.

    """
    rate = info.frame_rate or _RATE
    files = numbered(info.path)
    whole: tuple[int, int] | None = None
    start, end = span
    if files and start > 0:
        probed = probe_picture(files[0][1])  # each piece is held to the first picture of all
        whole = probed.height, probed.width
    for number, path in files:
        if number - files[0][0] < start or (end is not None and number - files[0][0] >= end):
            continue
        clip = load_picture(path, pts=number - files[0][0], rate=rate)
        whole = whole or clip.size
        if clip.size != whole:
            raise InputError(
                f"{path} is {clip.size[1]}x{clip.size[0]} and the first picture {whole[1]}x{whole[0]}; make all alike."
            )
        if (clip.alpha_T1HW is not None) != info.has_alpha:
            raise InputError(f"{path} differs from the first picture in transparency; make all alike.")
        yield scale_picture(clip, size)


class SequenceNames:
    """Which picture of a source sequence belongs to a time; nothing belongs to anything where it is no sequence.

    Args:
        like: what is written; its time base counts the pictures of a sequence.
        source: the source's pattern, or None.

    """

    def __init__(self, like: VideoInfo, source: Path | None) -> None:
        self._files = dict(numbered(source)) if source is not None and like.kind == "sequence" else {}
        self._first = min(self._files, default=0)

    def number(self, pts: int) -> int | None:
        """Give the number of the picture at a time, or None where the source has no numbers."""
        return self._first + pts if self._files else None

    def origin(self, pts: int) -> Path | None:
        """Give the picture of the source at a time, whose EXIF is kept."""
        return self._files.get(self._first + pts)


class SequenceSink:
    """Writes numbered pictures into a hidden folder and moves them to their places together at the end.

    A sequence made from a sequence keeps its numbers; any other begins with 0.

    Args:
        pattern: such as frame_%05d.png.
        stack: removes the hidden folder at its end.
        like: what is written.
        source: the source, whose numbers and EXIF are kept where it is a sequence.

    Attributes:
        notices: what a person should know.
        written: numbers of the pictures so far.

    Raises:
        OutputError: the folder is missing or cannot be written, or the suffix is of no picture.

    """

    def __init__(self, pattern: Path, stack: ExitStack, like: VideoInfo, source: Path | None) -> None:
        if pattern.suffix.lower() not in PICTURE_SUFFIXES:
            raise OutputError(f"{pattern.suffix} is no picture format here; write png, jpg, webp or tiff.")
        if not pattern.parent.is_dir():
            raise OutputError(f"the folder {pattern.parent} does not exist; make it or choose another place.")
        self.notices: list[str] = []
        self._pattern, self._like = pattern, like
        self._names = SequenceNames(like, source)
        self.written: list[int] = []
        try:
            self._hidden = Path(tempfile.mkdtemp(prefix=".sequence-", suffix=".part", dir=pattern.parent))
        except OSError as error:
            raise OutputError(f"the folder {pattern.parent} cannot be written ({error.strerror}).") from error
        stack.callback(shutil.rmtree, self._hidden, ignore_errors=True)

    def write(self, clip: Clip) -> None:
        """Write each frame as a picture.

        Raises:
            OutputError: the disk is full.

        """
        for frame in clip.frames():
            pts = round(frame.pts_T[0] * frame.time_base / self._like.time_base)
            with self._place(pts) as temp:
                self._note(save_picture(frame, temp, self._names.origin(pts)))

    def add_pieces(self, pieces: Sequence[Piece]) -> Iterator[int]:
        """Write the pictures of pieces; yield after each how many it had.

        Raises:
            InputError: a file is no whole piece.
            OutputError: the disk is full.

        """
        for piece in pieces:
            summary = read_summary(piece.path)
            self._note(summary.notices)
            for record in read_records(piece.path):
                with self._place(record.pts + piece.shift) as temp:
                    temp.write_bytes(record.data)
            yield summary.frames

    @contextmanager
    def _place(self, pts: int) -> Iterator[Path]:
        number = self._names.number(pts)
        number = len(self.written) if number is None else number
        with atomic_path(name_of(self._hidden / self._pattern.name, number), sweep=False) as temp:
            yield temp
        self.written.append(number)

    def _note(self, notices: Iterable[str]) -> None:
        self.notices += [notice for notice in notices if notice not in self.notices]

    def finish(self) -> None:
        """Move all pictures to their places.

        Raises:
            OutputError: no frame came.

        """
        if not self.written:
            raise OutputError("no frame came; nothing was written.")
        older = {number for number, _ in numbered(self._pattern)} - set(self.written)
        if older:
            self.notices.append(
                f"{len(older)} older picture(s) of the same pattern stay in {self._pattern.parent}, "
                f"numbers {min(older)} to {max(older)}; remove them if they do not belong to the sequence."
            )
        for number in self.written:
            final = name_of(self._pattern, number)
            (self._hidden / final.name).replace(final)
        sync_folder(self._pattern.parent)

    def close(self) -> None:
        """Nothing is held open."""
