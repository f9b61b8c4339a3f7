"""The size of a film for effects that are fast: its own, where slow ones would shrink it."""

from pathlib import Path

from mutoscope.recipes.film_params import DEFAULT_LONG_SIDE_PX
from mutoscope.video.info import probe

__all__ = ["own_size"]

_MOST_PX = 16_384


def own_size(source: Path) -> dict[str, int]:
    """Give the option that keeps a film's own size; empty where it is kept anyway.

    Raises:
        InputError: it cannot be read.

    """
    info = probe(source)
    long_side = max(info.width, info.height)
    return {"size": min(long_side, _MOST_PX)} if long_side > DEFAULT_LONG_SIDE_PX else {}
