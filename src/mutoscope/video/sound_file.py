"""The sound of a film in a file of its own: packets as they are, at exact times, with the chapters."""

import errno
import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error
from av.container.core import Flags as ContainerFlags

from mutoscope.storage.atomic import atomic_path
from mutoscope.video.audio import SoundTracks
from mutoscope.video.decode import open_container
from mutoscope.video.encoders import Container

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

__all__ = ["SOUND_NAMES", "SoundFile", "save_sound"]

_SUFFIXES = {"mp4": ".mp4", "mov": ".mov", "matroska": ".mka"}

SOUND_NAMES = frozenset(f"sound{suffix}" for suffix in _SUFFIXES.values())
"""Every name that `save_sound` may give."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MAX_TIME_SCALE = 2**31 - 1

_Print = list[tuple[str, str]]
"""Of each track: digest of the packets' times, digest of their bytes."""


@dataclass(frozen=True)
class SoundFile:
    """What became of a film's sound.

    Attributes:
        path: the file, or None where there is no sound or none that can be kept.
        notices: what a person should know, one line each.

    """

    path: Path | None
    notices: tuple[str, ...] = ()


def save_sound(source: Path, folder: Path) -> SoundFile:
    """Copy every sound track and the chapters of a film into `sound.mp4`, `.mov` or `.mka`.

    No container keeps every code and every time: Matroska counts in milliseconds, mov knows no Opus. Those near
    to the source are written in turn and read back; the first that gives the same packets at the same times stays.

    Args:
        source: a film.
        folder: where the file goes.

    Raises:
        InputError: the film cannot be opened.
        OutputError: the folder cannot be written, or the disk is full.

    """
    with open_container(source) as film:
        container, notices = _container_of(film), _left_out(film)
        has_chapters, ways = bool(film.chapters()), _formats(film, source)
    if not container.copies:
        if has_chapters:
            notices.append(f"the chapters of {source.name} were not kept: it has no sound file to hold them.")
        return SoundFile(None, tuple(notices))
    path, told = _best(source, folder, container, ways)
    return SoundFile(path, (*notices, *told))


def _best(source: Path, folder: Path, container: Container, ways: tuple[str, ...]) -> tuple[Path | None, list[str]]:
    wanted = _fingerprint(source)
    best: Path | None = None
    best_score, notices = 0, [f"the sound of {source.name} was not kept: no container here holds its code."]
    for form in ways:
        path = folder / f"sound{_SUFFIXES[form]}"
        told = _write(source, path, form, container)
        score = 0 if told is None else _score(wanted, _fingerprint(path))
        if told is None or score <= best_score:
            path.unlink(missing_ok=True)
            continue
        if best is not None:
            best.unlink()
        best, best_score, notices = path, score, told
        if score == 3:
            return best, notices
    if best_score == 1:
        notices.append(f"the sound of {source.name} was kept to the millisecond; its own times are finer.")
    return best, notices


def _container_of(film: "InputContainer") -> Container:
    codecs = frozenset(stream.codec_context.codec.canonical_name for stream in _tracks(film))
    # Nothing is coded anew, so the coder is never asked for.
    return Container("", (), codecs, "aac", negative_times=True)


def _tracks(film: "InputContainer") -> "list[AudioStream]":
    tracks = []
    for stream in film.streams.audio:
        context: object | None = stream.codec_context  # None for a codec that FFmpeg does not know
        if context is not None:
            tracks.append(stream)
    return tracks


def _left_out(film: "InputContainer") -> list[str]:
    others = [s for s in film.streams if s.type in ("subtitle", "data") and "timecode" not in s.metadata]
    # mov and mp4 keep the titles of chapters in a track of their own, which FFmpeg calls so.
    others = [s for s in others if not (film.chapters() and s.name == "bin_data")]
    return [f"{len(others)} track(s) of subtitles or data were not kept."] if others else []


def _formats(film: "InputContainer", source: Path) -> tuple[str, ...]:
    name = film.format.name
    if name.startswith(("matroska", "webm")):
        return ("matroska", "mp4", "mov")
    return ("mov", "mp4", "matroska") if source.suffix.lower() in (".mov", ".avi") else ("mp4", "mov", "matroska")


def _write(source: Path, path: Path, form: str, container: Container) -> list[str] | None:
    """Write one candidate; None where its format does not take these tracks."""
    try:
        with atomic_path(path, sweep=False) as temp:
            return _copy(source, temp, form, container)
    except (av.error.FFmpegError, ValueError) as error:
        if getattr(error, "errno", None) in _FULL:
            raise
        return None


def _copy(source: Path, temp: Path, form: str, container: Container) -> list[str]:
    options = {"movie_timescale": str(_time_scale(source))} if form != "matroska" else {}
    with av.open(f"file:{temp}", "w", format=form, options=options) as output:
        # No random track numbers, no dates of today: the same film gives the same bytes.
        output.flags |= int(ContainerFlags.bitexact.value)  # type: ignore[call-overload] # typed as a Flag, is an int
        sound = SoundTracks(source, output, container)
        try:
            if sound.chapters:
                output.set_chapters(sound.chapters)
            output.start_encoding()
            sound.advance(None)
        finally:
            sound.close()
    return sound.notices


def _time_scale(source: Path) -> int:
    # A late start is kept in units of the movie's time scale, by default a thousandth of a second.
    scale = 1000
    with open_container(source) as film:
        for stream in _tracks(film):
            longer = math.lcm(scale, stream.time_base.denominator if stream.time_base else 1)
            scale = longer if longer <= _MAX_TIME_SCALE else scale
    return scale


def _fingerprint(path: Path) -> _Print:
    with open_container(path) as film:
        prints = {stream.index: (hashlib.sha256(), hashlib.sha256()) for stream in _tracks(film)}
        for packet in _packets(film):
            pts = packet.pts if packet.pts is not None else packet.dts
            if pts is None:
                continue
            times, contents = prints[packet.stream.index]
            times.update(f"{pts * packet.time_base} ".encode())
            contents.update(bytes(packet))
    return [(times.hexdigest(), contents.hexdigest()) for times, contents in prints.values()]


def _packets(film: "InputContainer") -> "Iterator[Packet[Any]]":
    tracks = _tracks(film)
    try:
        # PyAV takes an empty list for every track.
        yield from (packet for packet in film.demux(tracks) if packet.size and tracks)
    except (av.error.FFmpegError, OSError):
        return  # a damaged film ends here; its copy ends there too, and says so


def _score(wanted: _Print, got: _Print) -> int:
    """3: the same packets at the same times; 2: the same times; 1: neither, but there is sound."""
    if wanted == got:
        return 3
    return 2 if [times for times, _ in wanted] == [times for times, _ in got] else 1
