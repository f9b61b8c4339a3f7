"""Verify a file: three lines that say what was done to it, by which filters, trained from whose painting."""

from dataclasses import dataclass, replace
from pathlib import Path

from mutoscope.provenance.generation import Generation, State
from mutoscope.provenance.history import history_of
from mutoscope.provenance.words import about_making, about_materials, about_state

__all__ = ["Verdict", "verify_file"]


@dataclass(frozen=True)
class Verdict:
    """What can be said about a file.

    Attributes:
        generation: the file itself, as its history tells it.
        before: earlier generations, the oldest first.

    """

    generation: Generation
    before: tuple[Generation, ...] = ()

    @property
    def state(self) -> State:
        """How far the history can be believed."""
        return self.generation.state

    @property
    def is_valid(self) -> bool:
        """Whether the file is what was signed, by whomever."""
        return self.state in ("trusted", "unknown")

    @property
    def exit_code(self) -> int:
        """0: valid; 3: altered, forged, or the certificate has run out; 2: no history."""
        return 0 if self.is_valid else 2 if self.state == "unsigned" else 3

    def lines(self) -> tuple[str, str, str]:
        """Say it in exactly three lines of plain English."""
        last = self.generation
        worked_on = [one for one in reversed(self.before) if one.relation != "material"]
        return about_state(last), about_making(last, worked_on), about_materials(last, worked_on)


def verify_file(path: Path, *, anchors: str | None = None) -> Verdict:
    """Compare a file with its signed history. Offline; nothing is fetched and nothing is changed.

    Args:
        path: a file; a pattern (frame_%05d.png) or folder of a sequence.
        anchors: certificates of known authorities in PEM; those known here by default.

    Raises:
        InputError: there is no such file.

    """
    *before, last = history_of(path, anchors=anchors)
    # It may have been renamed since; who looks at several files wants to know which one is meant.
    return Verdict(replace(last, name=path.name or str(path.absolute())), tuple(before))
