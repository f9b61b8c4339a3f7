"""Picture sequences: frame_%05d.png, in and out."""

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.video.info import VideoInfo
from mutoscope.video.picture import load_picture, probe_picture, scale_picture

__all__ = ["load_sequence", "name_of", "number_in", "numbered", "probe_sequence"]

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


def load_sequence(info: VideoInfo) -> Iterator[Clip]:
    """Yield each picture; time stamps follow the numbers, so that a gap stays a gap.

    Raises:
        InputError: a picture is damaged, or has another shape or kind of transparency than the first.

    """
    rate = info.frame_rate or _RATE
    files = numbered(info.path)
    whole: tuple[int, int] | None = None
    for number, path in files:
        clip = load_picture(path, pts=number - files[0][0], rate=rate)
        whole = whole or clip.size
        if clip.size != whole:
            raise InputError(
                f"{path} is {clip.size[1]}x{clip.size[0]} and the first picture {whole[1]}x{whole[0]}; make all alike."
            )
        if (clip.alpha_T1HW is not None) != info.has_alpha:
            raise InputError(f"{path} differs from the first picture in transparency; make all alike.")
        yield scale_picture(clip, (info.width, info.height))
