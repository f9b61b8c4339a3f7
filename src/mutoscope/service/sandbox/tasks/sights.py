"""The first look at films, pictures and sound."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from mutoscope.core.errors import InputError
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.info import VideoInfo
from mutoscope.video.picture import save_picture
from mutoscope.video.stills import frame_near, shown_size, shows_something
from mutoscope.video.vetting import Bounds, has_pictures, vet_film, vet_picture
from mutoscope.video.vetting_sound import vet_sound

__all__ = ["look_at_film", "look_at_picture"]

_POSTER_PX = 640
_SHARES = (Fraction(1, 10), Fraction(1, 2), Fraction(0))
"""Places in a film where a poster is looked for: many begin black."""
_MOST_TAGS, _MOST_TEXT, _MOST_TRACKS = 64, 1000, 32


def look_at_film(path: Path, limits: Mapping[str, float], poster: Path | None) -> dict[str, Any]:
    """Look at a film, or at sound without pictures.

    Raises:
        InputError: it is refused.

    """
    most = Bounds(**limits)
    if not has_pictures(path):
        told, notices = vet_sound(path, most)
        return {"kind": "sound", **told, "notices": notices, **_sound_names(told["container"])}
    info, notices = vet_film(path, most)
    return {**_plain(info), "notices": notices, "has_poster": _write_poster(info, poster)}


def look_at_picture(path: Path, limits: Mapping[str, float], poster: Path | None) -> dict[str, Any]:
    """Look at a picture.

    Raises:
        InputError: it is refused.

    """
    info, notices, small = vet_picture(path, Bounds(**limits), _POSTER_PX)
    if poster is not None:
        with atomic_path(poster) as temp:
            save_picture(small, temp)
    return {**_plain(info), "notices": notices, "has_poster": poster is not None}


def _plain(info: VideoInfo) -> dict[str, Any]:
    """Give what `mutoscope info` tells, without the place, and not more of a stranger's words than fit a page."""
    told = info.as_json()
    del told["path"]
    tags = list(told["tags"].items())[:_MOST_TAGS]
    told["tags"] = {key[:100]: value[:_MOST_TEXT] for key, value in tags}
    told["audio"] = told["audio"][:_MOST_TRACKS]
    return told


def _sound_names(container: str) -> dict[str, str]:
    if container.startswith("mov"):
        return {"suffix": ".m4a", "content_type": "audio/mp4"}
    if container.startswith("matroska"):
        return {"suffix": ".mka", "content_type": "audio/x-matroska"}
    if container.startswith("ogg"):
        return {"suffix": ".ogg", "content_type": "audio/ogg"}
    return {}


def _write_poster(info: VideoInfo, place: Path | None) -> bool:
    if place is None:
        return False
    try:
        found = None
        for share in _SHARES:
            clip = frame_near(info, share, shown_size(info, _POSTER_PX))
            if clip is not None and (found is None or shows_something(clip)):
                found = clip
            if found is not None and shows_something(found):
                break
    except InputError:
        return False
    if found is None:
        return False
    with atomic_path(place) as temp:
        save_picture(found, temp)
    return True
