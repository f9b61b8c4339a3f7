"""Frames of a film one by one: pages of their times, small pictures, and one of them exactly."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mutoscope.core.errors import OutputError
from mutoscope.service.sandbox.tasks.index import frame_index
from mutoscope.service.sandbox.tasks.naming import called, tidy
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.info import probe
from mutoscope.video.picture import save_picture
from mutoscope.video.stills import frame_near, nearest_keys, read_frames, shown_size

__all__ = ["frame_png", "page", "poster", "thumbnails"]

_MOST = 200


def page(path: str, name: str, *, first: int = 0, count: int = 50, index: str | None = None) -> dict[str, Any]:
    """Give a page of frames.

    Args:
        path: the film or picture.
        name: as its owner calls it.
        first: number of the first frame wanted, from 0.
        count: how many, at most 200.
        index: file beside it where the times of all frames are kept once they are counted.

    Returns:
        num_frames, time_base, start_pts, breaks_off, and frames: number, pts, seconds from the first frame, is_key.

    Raises:
        InputError: it cannot be opened.

    """
    with called(path, name):
        info = probe(path)
        found = frame_index(info, index)
        keys, start = set(found.keys), found.pts[0] if len(found) else 0
        numbers = range(max(0, first), min(len(found), max(0, first) + min(count, _MOST)))
        rows = [
            {
                "number": number,
                "pts": found.pts[number],
                "seconds": float((found.pts[number] - start) * info.time_base),
                "is_key": found.pts[number] in keys,
            }
            for number in numbers
        ]
        told = found.breaks_off.replace(path, tidy(name)) if found.breaks_off else None
        return {
            "num_frames": len(found),
            "time_base": str(info.time_base),
            "start_pts": start,
            "breaks_off": told,
            "frames": rows,
        }


def thumbnails(
    path: str,
    name: str,
    numbers: Sequence[int],
    out: str,
    *,
    size: int = 160,
    index: str | None = None,
    near: bool = False,
) -> dict[str, Any]:
    """Write frames as small JPEGs: out/<number>.jpg.

    Args:
        path: the film or picture.
        name: as its owner calls it.
        numbers: of frames, at most 200.
        out: folder that is there.
        size: long side, px; never scaled up.
        index: see `page`.
        near: whether the key frame before each will do, which is much faster where they lie far apart.

    Returns:
        made: the numbers that there are pictures of now. Those that do not decode are missing.

    Raises:
        InputError: it cannot be opened.

    """
    with called(path, name):
        info = probe(path)
        found = frame_index(info, index)
        wanted = list(dict.fromkeys(numbers))[:_MOST]
        stand_ins = dict(zip(wanted, nearest_keys(found, wanted) if near else wanted, strict=True))
        made: list[int] = []
        for number, clip in read_frames(info, found, list(stand_ins.values()), shown_size(info, size)):
            for asked in (one for one, shown in stand_ins.items() if shown == number):
                with atomic_path(Path(out) / f"{asked}.jpg") as temp:
                    save_picture(clip, temp)
                made.append(asked)
        return {"made": sorted(made)}


def frame_png(path: str, name: str, number: int, out: str, *, index: str | None = None) -> dict[str, Any]:
    """Write one frame as it is decoded, upright, at its own size, to `out` (.png).

    Raises:
        InputError: it cannot be opened, or there is no such frame.

    """
    with called(path, name):
        info = probe(path)
        found = frame_index(info, index)
        for _, clip in read_frames(info, found, [number], (info.width, info.height)):
            with atomic_path(Path(out)) as temp:
                notices = save_picture(clip, temp)
            return {"number": number, "pts": found.pts[number], "notices": notices}
        raise OutputError(f"frame {number} of {path} cannot be decoded; take another.")


def poster(path: str, name: str, out: str, *, size: int = 640, share: str = "1/10") -> dict[str, Any]:
    """Write the frame at about a share of a film's length as a JPEG.

    Raises:
        InputError: it cannot be opened, or nothing decodes there.

    """
    from fractions import Fraction

    with called(path, name):
        info = probe(path)
        clip = frame_near(info, Fraction(share), shown_size(info, size))
        if clip is None:
            raise OutputError(f"{path} has no frame there that can be decoded; take another.")
        with atomic_path(Path(out)) as temp:
            save_picture(clip, temp)
        return {"width": clip.size[1], "height": clip.size[0]}
