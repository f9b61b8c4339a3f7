"""Cut latents as an edit list cuts the film."""

from fractions import Fraction
from itertools import pairwise

import torch
from torch import Tensor

from mutoscope.autoencode.edit_list import Edit, EditList
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.moments import Span, Timeline
from mutoscope.autoencode.paths import AlongFilm
from mutoscope.core.errors import InputError

__all__ = ["conform"]

_HALF = Fraction(1, 2)


def conform(latents: Latents, edits: EditList, film_rate: Fraction | None = None) -> Latents:
    """Cut the latents of a film as an edit list says.

    What is shown at its own speed is taken as it is; what is slowed down or sped up lies between frames, on a smooth
    curve within each shot. A dissolve goes straight from one latent to the other. Its frame k of n has (k + 1)/(n + 1)
    of what comes.

    Args:
        latents: of the film; of several films the first one counts.
        edits: what `read_edits` gave.
        film_rate: frames per second that the list counts the film in; those of the list without it.

    Returns:
        latents at the list's rate: time stamps from 0, in units of one frame; each event is a shot of its own.

    Raises:
        InputError: an event lies outside the film.

    """
    span = Timeline(latents).spans[0]
    path = AlongFilm(span.z_TL, span.seconds_T, span.shot_T, 0.0, 0.0)
    cutter = _Cutter(span, path, film_rate or edits.rate)
    parts, shots = [], []
    shot = -1
    for edit in edits.edits:
        if edit.source is not None or shot < 0:
            shot += 1
        parts.append(cutter.cut(edit))
        # The film's own cuts within an event stay cuts.
        for is_cut in cutter.cuts:
            shot += is_cut
            shots.append(shot)
    z_TL = torch.cat(parts)
    num = len(z_TL)
    return Latents(z_TL, tuple(range(num)), 1 / edits.rate, tuple(shots), (0,) * num)


class _Cutter:
    """Cuts event after event; remembers what was shown last, which gaps hold and dissolves leave."""

    def __init__(self, span: Span, path: AlongFilm, rate: Fraction) -> None:
        self._span, self._path, self._rate = span, path, rate
        self._held_L = span.z_TL[0]
        self._goes_on: tuple[Fraction, Fraction] | None = None
        self.cuts: list[bool] = []

    def cut(self, edit: Edit) -> Tensor:
        """Give the latents of an event; `cuts` then says where in it the film itself cuts."""
        if edit.source is None:
            self._goes_on, self.cuts = None, [False] * edit.frames
            return self._faded(self._held_L.expand(edit.frames, -1).clone(), edit)
        self._check(edit, edit.source)
        z = self._frames(edit.source, edit.speed, edit.frames)
        places = [self._span.nearest(self._time(edit.source + k * edit.speed)) for k in range(edit.frames)]
        shots = [self._span.shot_T[place] for place in places]
        self.cuts = [False, *(a != b for a, b in pairwise(shots))]
        z = self._faded(z, edit)
        self._goes_on = (edit.source + edit.frames * edit.speed, edit.speed)
        self._held_L = z[-1]
        return z

    def _faded(self, z_TL: Tensor, edit: Edit) -> Tensor:
        num = min(edit.fade, len(z_TL))
        if num == 0:
            return z_TL
        if edit.fade_source is not None:
            leaving = self._frames(edit.fade_source, Fraction(1), num)
        elif self._goes_on is not None:
            leaving = self._frames(*self._goes_on, num)
        else:
            leaving = self._held_L.expand(num, -1)
        share_N1 = (torch.arange(1, num + 1) / (num + 1))[:, None]
        return torch.cat([torch.lerp(leaving, z_TL[:num], share_N1), z_TL[num:]])

    def _frames(self, source: Fraction, speed: Fraction, num: int) -> Tensor:
        return self._path.at_times([self._time(source + k * speed) for k in range(num)])

    def _time(self, frame: Fraction) -> float:
        return float(frame / self._rate)

    def _check(self, edit: Edit, source: Fraction) -> None:
        """See that an event lies within the film; what is half a frame outside is its first or last one."""
        last = source + (edit.frames - 1) * edit.speed
        end = Fraction(self._span.end_s).limit_denominator(10**6) * self._rate
        if min(source, last) < -_HALF or max(source, last) > end - _HALF:
            worst = min(source, last) if min(source, last) < -_HALF else max(source, last)
            raise InputError(
                f"the edit wants frame {round(worst)} at frame {edit.record}, and the film has {round(end)}; give the "
                "timecode of its first frame, or the film that was cut."
            )
