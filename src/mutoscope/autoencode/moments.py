"""Times of a film as places in its latents: "00:10", "75.5s", "00:10@second.mp4", "00:10..00:12"."""

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property
from pathlib import PurePath

import torch
from torch import Tensor

from mutoscope.autoencode.latents import Latents
from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import parse_time

__all__ = ["Span", "Timeline"]

_USUAL_STEP_S = 0.04


class Span:
    """Frames of one film, one after the other.

    Attributes:
        first: number of the first frame among all latents.
        seconds_T: times from the film's first frame on, increasing.
        z_TL: latents.
        shot_T: shots.

    """

    def __init__(self, latents: Latents, first: int, end: int) -> None:
        self.first = first
        start = latents.pts_T[first]
        self.seconds_T = tuple(float((pts - start) * latents.time_base) for pts in latents.pts_T[first:end])
        self.z_TL = latents.z_TL[first:end].float()
        self.shot_T = latents.shot_T[first:end]

    def __len__(self) -> int:
        return len(self.shot_T)

    @cached_property
    def step_s(self) -> float:
        """Usual distance of two frames, s."""
        if len(self) < 2:
            return _USUAL_STEP_S
        steps = torch.tensor(self.seconds_T, dtype=torch.float64).diff()
        return float(steps.median())

    @property
    def end_s(self) -> float:
        """When the last frame is over."""
        return self.seconds_T[-1] + self.step_s

    def nearest(self, seconds: float) -> int:
        """Give the number of the frame that is shown at a time, or begins within a thousandth of a frame."""
        place = bisect_left(self.seconds_T, seconds + 1e-3 * self.step_s)
        return max(0, place - 1)

    def run_before(self, index: int, most: int) -> Tensor:
        """Give a frame and those before it in its shot, T,L; `most` at most."""
        first = index
        while first > 0 and index - first + 1 < most and self.shot_T[first - 1] == self.shot_T[index]:
            first -= 1
        return self.z_TL[first : index + 1]


class Timeline:
    """Finds times in the latents of one film or several.

    Args:
        latents: with the frames of each film together.
        names: of the films, in order; for messages, and for times like "00:10@second.mp4".

    Raises:
        ParameterError: there is no frame.

    """

    def __init__(self, latents: Latents, names: Sequence[str] = ()) -> None:
        if not len(latents):
            raise ParameterError("there are no latents to walk in; give those of a film that has frames.")
        edges = [i for i in range(1, len(latents)) if latents.film_T[i] != latents.film_T[i - 1]]
        bounds = zip([0, *edges], [*edges, len(latents)], strict=True)
        self.spans = tuple(Span(latents, first, end) for first, end in bounds)
        self.names = tuple(names[: len(self.spans)]) + tuple(
            f"film {number}" for number in range(len(names) + 1, len(self.spans) + 1)
        )

    def find(self, text: str) -> tuple[Span, float]:
        """Read a time, and of which film; the first one where nothing is said.

        Raises:
            ParameterError: it is no time, no film has that name, or the time lies outside the film.

        """
        clock, _, film = text.strip().partition("@")
        number = self._film(film.strip(), text)
        span, seconds = self.spans[number], parse_time(clock.strip())
        if seconds > span.end_s + 1e-6:
            raise ParameterError(
                f"{clock.strip()} lies outside {self.names[number]}, which goes from 00:00 to {_clock(span.end_s)}; "
                "name a time within it."
            )
        return span, seconds

    def frame(self, text: str) -> tuple[Span, int]:
        """Find the frame that is shown at a time; as `find`."""
        span, seconds = self.find(text)
        return span, span.nearest(seconds)

    def frames(self, text: str) -> tuple[Span, int, int]:
        """Find the frames of a range like "00:10..00:12": the film, the first, and the one after the last.

        A frame that begins at the end of the range is not in it; one frame always is.

        Raises:
            ParameterError: as `find`, or the range goes backwards or from film to film.

        """
        start, dots, end = text.strip().partition("..")
        if not dots or not start.strip() or not end.strip():
            raise ParameterError(f"{text.strip()!r} is no range of time; write START..END like 00:10..00:12.")
        films = {part.partition("@")[2].strip() for part in (start, end) if "@" in part}
        clocks = [part.partition("@")[0].strip() for part in (start, end)]
        said = "".join(f"@{film}" for film in films)
        (span, start_s), (_, end_s) = (self.find(clock + said) for clock in clocks)
        if len(films) > 1 or end_s < start_s:
            raise ParameterError(f"the range {text.strip()} goes backwards or from film to film; write START..END.")
        first = span.nearest(start_s)
        return span, first, max(first + 1, bisect_left(span.seconds_T, end_s - 1e-3 * span.step_s))

    def _film(self, name: str, text: str) -> int:
        if not name:
            return 0
        for number, known in enumerate(self.names):
            if name in {known, PurePath(known).stem, str(number + 1)}:
                return number
        there_are = ", ".join(self.names)
        raise ParameterError(f"{text.strip()!r}: no film is called {name!r}; there are: {there_are}.")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds, 2), 60)
    whole = f"{rest:05.2f}".removesuffix(".00")
    return f"{int(minutes):02d}:{whole}" if minutes < 60 else f"{int(minutes // 60)}:{int(minutes % 60):02d}:{whole}"
