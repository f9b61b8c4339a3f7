"""How much of a film analyses look at: all of it, or what surrounds the parts that are kept."""

import math
from collections.abc import Sequence

from mutoscope.engine.chain import Chain
from mutoscope.storage.hashing import hash_json
from mutoscope.video.index import index_frames
from mutoscope.video.info import VideoInfo
from mutoscope.video.span import Span

__all__ = ["analysed_span", "digest_of"]

_ALL = Span(-(1 << 62), None, None)
_AROUND_S = 1.0
"""A cut is told by the frames before and after it; what is farther away does not matter to it."""
_MOMENT_S = 0.2
"""In so short a part, one frame that somebody looks at, cuts change nothing that can be seen."""


def analysed_span(chain: Chain, source: VideoInfo) -> Span:
    """Find what analyses must see. Where only cuts are looked for, and parts are kept, it is those and a second around.

    Args:
        chain: the effects.
        source: the film as it lies in the file.

    """
    kept = chain.kept({}) if chain.analyses == ("shots",) else None
    if not kept:
        return _ALL
    index = index_frames(source)
    first, last = min(start for start, _ in kept), max(end for _, end in kept)
    around = _AROUND_S if last - first > _MOMENT_S else 0.0
    start = math.floor((first - around) / source.time_base)
    end = last + around
    stop = None if math.isinf(end) else math.ceil(end / source.time_base)
    return Span(start, stop, index.key_before(start))


def digest_of(sha256: str, size: Sequence[int], span: Span) -> str:
    """Name what analyses find in a span of a film that is read at a size."""
    part = [] if span == _ALL else [span.start, span.end]
    return hash_json([sha256, *size, *part])
