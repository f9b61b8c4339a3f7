"""Parts of a film whose sound is kept."""

from dataclasses import dataclass

__all__ = ["SoundPart"]


@dataclass(frozen=True)
class SoundPart:
    """A part that is kept, in units of the picture track's time base.

    Attributes:
        start: time of its first picture.
        end: time of the first picture after it.
        shift: added to its times.

    """

    start: int
    end: int
    shift: int
