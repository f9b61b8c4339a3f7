"""Frames of a film that are good to look at: from its inside, and not beside a cut."""

from collections.abc import Sequence
from itertools import groupby

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.effects.shots import detect_cuts
from mutoscope.video.index import index_frames
from mutoscope.video.read import Film
from mutoscope.video.span import Span, SpanReader

__all__ = ["calm_frames"]

_NEAR_CUT_FRAMES = 2
_WINDOW_FRAMES = 12
"""Frames on each side of a place that are looked at for cuts."""


def calm_frames(film: Film, places: Sequence[float]) -> list[Clip]:
    """Take frames of a film, each as a clip of one; a short film gives fewer.

    Args:
        film: film, picture or sequence; frames have the size of `film.info`.
        places: shares of its length, 0..1, rising.

    Raises:
        InputError: no frame can be decoded.

    """
    index = index_frames(film.source)
    if not len(index):
        raise InputError(f"{film.source.path} has no frame that can be decoded; give a film or picture that plays.")
    wanted = sorted({int(len(index) * place) for place in places})
    found = []
    with SpanReader(film.source, (film.info.width, film.info.height)) as reader:
        for number in wanted:
            first, last = max(0, number - _WINDOW_FRAMES), number + _WINDOW_FRAMES + 1
            end = index.pts[last] if last < len(index) else None
            clips = list(reader.read(Span(index.pts[first], end, index.key_before(index.pts[first]))))
            if clips:
                found.append(_calm(clips, index.pts[number]))
    if not found:
        raise InputError(f"{film.source.path} has no frame that can be decoded; give a film or picture that plays.")
    # Two places of a film that breaks off may end at one frame.
    return [next(same) for _, same in groupby(found, key=lambda frame: frame.pts_T[0])]


def _calm(clips: Sequence[Clip], wanted_pts: int) -> Clip:
    """Give the frame nearest to a time that is not the neighbour of a cut: there films are often half dissolved."""
    frames = [frame for clip in clips for frame in clip.frames()]
    shots = detect_cuts(clips)
    cuts = [number for number, frame in enumerate(frames) if shots.is_cut(frame.pts_T[0])]
    far = [
        number
        for number in range(len(frames))
        if all(not -_NEAR_CUT_FRAMES <= number - cut < _NEAR_CUT_FRAMES for cut in cuts)
    ]
    nearest = min(far or range(len(frames)), key=lambda number: abs(frames[number].pts_T[0] - wanted_pts))
    chosen = frames[nearest]
    # Its own pixels: a view would hold the memory of its whole clip.
    return chosen.with_pixels(chosen.pixels_TCHW.clone())
