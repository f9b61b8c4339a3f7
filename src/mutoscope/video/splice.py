"""Copy runs of packets of several films into one, without coding them anew."""

import errno
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error
from av.container.core import Flags as ContainerFlags

from mutoscope.core.errors import InputError, OutputError
from mutoscope.video.audio import SoundTracks
from mutoscope.video.decode import Decoding
from mutoscope.video.encoders import Container
from mutoscope.video.packet_look import Run
from mutoscope.video.piece_packets import DecodingClock
from mutoscope.video.pieces import reorder_depth

if TYPE_CHECKING:
    from av.packet import Packet

__all__ = ["can_copy", "copy_runs"]

_ALSO_COPIED = {"mp4": ("hevc", "mpeg4"), "mov": ("hevc", "mpeg4", "mjpeg"), "matroska": ("hevc", "mpeg4", "mjpeg")}
"""Codecs that are not written here but may be carried over."""

_FINEST = 2**31 - 1
_USUAL_BASE = Fraction(1, 90_000)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def can_copy(container: Container, codec: str) -> bool:
    """Tell whether packets of a codec may be put into a container as they are."""
    return codec in container.codecs or codec in _ALSO_COPIED.get(container.format, ())


def copy_runs(temp: Path, container: Container, runs: Sequence[Run], sound: Path | None) -> Iterator[int]:
    """Write runs one behind the other; yield after each how many frames it had. The film is whole after the last.

    Args:
        temp: where it is written.
        container: what is written; it `can_copy` their codec.
        runs: of films that are alike (`PacketLook.kind`).
        sound: film whose sound is laid under all, or None.

    Raises:
        InputError: a film is no longer what it was.
        OutputError: the container refuses the packets, or the disk is full.

    """
    base = _common_base(runs)
    depth = max(reorder_depth(run.pts) for run in runs)
    step = max(1, round(runs[0].seconds / len(runs[0].pts) / base))
    clock = DecodingClock(depth, step)
    options = dict(container.options)
    if container.format in ("mp4", "mov"):
        options["movie_timescale"] = str(base.denominator)
    tracks: SoundTracks | None = None
    try:
        with (
            Decoding(runs[0].path) as first,
            av.open(f"file:{temp}", "w", format=container.format, options=options) as out,
        ):
            out.flags |= int(ContainerFlags.bitexact.value)  # type: ignore[call-overload] # typed as a Flag, is an int
            stream = out.add_stream_from_template(first.stream)
            stream.time_base = base
            if sound is not None:
                tracks = SoundTracks(sound, out, container)
            cursor = Fraction(0)
            for run in runs:
                moved = [round((cursor + (pts - run.key) * run.time_base) / base) for pts in run.pts]
                clock.coming(moved)
                for packet, pts in zip(_packets(run), moved, strict=True):
                    packet.stream, packet.time_base = stream, base
                    packet.pts, packet.dts = pts, clock.next()
                    packet.duration = round((packet.duration or 0) * run.time_base / base)
                    out.mux(packet)
                    if tracks is not None:
                        tracks.advance(pts * base)
                cursor += run.seconds
                yield len(moved)
            if tracks is not None:
                tracks.advance(None)
    except av.error.FFmpegError as error:
        if error.errno in _FULL:
            raise  # `atomic_path` says that the disk is full
        raise OutputError(
            f"{container.format} does not take these pictures as they are ({error.strerror}); name the result .mkv."
        ) from error
    finally:
        if tracks is not None:
            tracks.close()


def _packets(run: Run) -> "Iterator[Packet[Any]]":
    """Yield the packets of a run, as they lie in its film."""
    wanted = iter(run.pts)
    waiting = next(wanted, None)
    with Decoding(run.path) as decoding:
        if decoding.can_seek:
            decoding.seek(run.key)
        for packet in decoding.container.demux(decoding.stream):
            if waiting is None:
                return
            if packet.size and packet.pts == waiting:
                waiting = next(wanted, None)
                yield packet
    if waiting is not None:
        raise InputError(f"{run.path} is not the film that was sorted any more; sort the folder again.")


def _common_base(runs: Sequence[Run]) -> Fraction:
    """Give a time base in which the times of all runs are whole numbers, or a fine one where there is none."""
    bases = {run.time_base for run in runs}
    if len(bases) == 1:
        return bases.pop()
    whole = lcm(*(base.denominator for base in bases))
    return Fraction(1, whole) if whole <= _FINEST else _USUAL_BASE
