"""The table of all kinds of jobs."""

from collections.abc import Mapping

from mutoscope.service.jobs.kinds.films import FILM_KINDS
from mutoscope.service.jobs.kinds.kind import JobKind
from mutoscope.service.jobs.kinds.looks import LOOK_KINDS
from mutoscope.service.jobs.kinds.memories import MEMORY_KINDS
from mutoscope.service.jobs.kinds.pictures import PICTURE_KINDS
from mutoscope.service.jobs.kinds.trainings import TRAINING_KINDS

__all__ = ["KINDS"]

KINDS: Mapping[str, JobKind] = {
    kind.name: kind for kind in (*FILM_KINDS, *PICTURE_KINDS, *MEMORY_KINDS, *TRAINING_KINDS, *LOOK_KINDS)
}
"""By name."""
