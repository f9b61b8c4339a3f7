"""Picture sequences: frame_%05d.png, in and out."""

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.video.info import VideoInfo
from mutoscope.video.picture import load_picture, probe_picture

__all__ = ["SEQUENCE_RATE", "load_sequence", "numbered", "probe_sequence"]

SEQUENCE_RATE = Fraction(25)
"""Frames per second of a sequence: files carry no time."""


def numbered(pattern: Path) -> list[tuple[int, Path]]:
    """List the files of a pattern by number; gaps are allowed."""
    match = re.search(r"%0?(\d*)d", pattern.name)
    if match is None:
        return []
    head, tail = pattern.name[: match.start()], pattern.name[match.end() :]
    digits = f"\\d{{{int(match[1])},}}" if match[1] else "\\d+"
    wanted = re.compile(f"{re.escape(head)}({digits}){re.escape(tail)}$")
    folder = pattern.parent
    found = ((wanted.match(p.name), p) for p in folder.iterdir()) if folder.is_dir() else ()
    return sorted((int(m[1]), p) for m, p in found if m)


def probe_sequence(pattern: Path) -> VideoInfo:
    """Look at the first picture and count the files.

    Raises:
        InputError: no file fits the pattern.
    """
    files = numbered(pattern)
    if not files:
        raise InputError(f"no file fits {pattern}; check the folder and the number of digits (%05d: five).")
    first = probe_picture(files[0][1])
    span = files[-1][0] - files[0][0] + 1
    return replace(
        first,
        path=pattern,
        kind="sequence",
        frame_rate=SEQUENCE_RATE,
        time_base=1 / SEQUENCE_RATE,
        num_frames=len(files),
        start_pts=0,
        duration=span / SEQUENCE_RATE,
    )


def load_sequence(info: VideoInfo) -> Iterator[Clip]:
    """Yield each picture as a clip; time stamps follow the numbers, so that a gap stays a gap.

    Raises:
        InputError: a picture is damaged or has another size than the first.
    """
    files = numbered(info.path)
    first = files[0][0]
    for number, path in files:
        clip = load_picture(path, (info.width, info.height), number - first, SEQUENCE_RATE)
        if (clip.alpha_T1HW is not None) != info.has_alpha:
            raise InputError(f"{path} differs from the first picture in transparency; make all alike.")
        yield clip
