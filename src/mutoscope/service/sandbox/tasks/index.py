"""The times of a film's frames, kept in a file beside it: they are counted once."""

import json
from array import array
from contextlib import suppress
from pathlib import Path

from mutoscope.storage.atomic import atomic_path
from mutoscope.video.index import FrameIndex, index_frames
from mutoscope.video.info import VideoInfo

__all__ = ["frame_index"]

_FORMAT = "mutoscope.frame-times/1"


def frame_index(info: VideoInfo, place: str | None) -> FrameIndex:
    """Give the times of all frames.

    Args:
        info: the film.
        place: file that they are kept in; counted anew each time without it.

    Raises:
        InputError: the film cannot be opened.

    """
    kept = None if place is None else _read(Path(place))
    if kept is not None:
        return kept
    index = index_frames(info)
    if place is not None:
        _write(index, Path(place))
    return index


def _read(place: Path) -> FrameIndex | None:
    with suppress(OSError, ValueError, KeyError, EOFError), place.open("rb") as file:
        head = json.loads(file.readline(4096))
        if head["format"] == _FORMAT:
            pts, keys = array("q"), array("q")
            pts.fromfile(file, head["frames"])
            keys.fromfile(file, head["keys"])
            return FrameIndex(pts, keys, head["breaks_off"])
    return None


def _write(index: FrameIndex, place: Path) -> None:
    head = {"format": _FORMAT, "frames": len(index.pts), "keys": len(index.keys), "breaks_off": index.breaks_off}
    with atomic_path(place) as temp, temp.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        index.pts.tofile(file)
        index.keys.tofile(file)
