"""What the modes of datamosh read: frames with what came before them, the times of beginning, a second film."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, ParameterError
from mutoscope.effects.protocol import Context, SideInput
from mutoscope.effects.shots import Shots
from mutoscope.ops.resize import resize

__all__ = ["Chances", "Moment", "MotionFilm", "Starts", "moments"]

_LOOK_EVERY_PX = 8
_NEAR_S = 0.25
"""A time that is given by hand means a cut, or the beginning, that is this near."""


@dataclass(frozen=True)
class Moment:
    """One frame of the film on its way through.

    Attributes:
        frame: a clip of one frame.
        before: the frame before it, or None: at the beginning, and where the size changes.
        is_cut: whether it is the first of a shot; so is the first of all.
        step_s: seconds since the frame before.
        change: mean absolute difference from the frame before, 0..1.

    """

    frame: Clip
    before: Clip | None
    is_cut: bool
    step_s: float
    change: float

    @property
    def pts(self) -> int:
        """Its time stamp."""
        return self.frame.pts_T[0]

    @property
    def seconds(self) -> float:
        """Its time."""
        return self.frame.seconds(0)

    @property
    def pixels(self) -> Tensor:
        """Its pixels, 3,H,W."""
        return self.frame.pixels_TCHW[0]

    @property
    def pixels_before(self) -> Tensor:
        """Pixels of the frame before, 3,H,W."""
        assert self.before is not None
        return self.before.pixels_TCHW[0]


def moments(clips: Iterable[Clip], ctx: Context) -> Iterator[Moment]:
    """Yield the frames of a film with what came before them."""
    shots: Shots | None = ctx.side.get("shots")
    before: Clip | None = None
    for clip in clips:
        for frame in clip.frames():
            if before is None or before.size != frame.size:
                yield Moment(frame, None, True, 0.0, 0.0)
            else:
                is_cut = shots is not None and shots.is_cut_between(before.pts_T[0], frame.pts_T[0])
                step_s = frame.seconds(0) - before.seconds(0)
                yield Moment(frame, before, is_cut, step_s, _change(before, frame))
            before = frame


def _change(before: Clip, frame: Clip) -> float:
    now, then = (x.pixels_TCHW[..., ::_LOOK_EVERY_PX, ::_LOOK_EVERY_PX] for x in (frame, before))
    return float((now - then).abs().mean())


class Starts:
    """Tells when times are reached that were given by hand.

    Args:
        at_s: the times in seconds, in order.
        shots: where there are cuts, a time near one means the cut itself.

    """

    def __init__(self, at_s: Sequence[float], shots: Shots | None = None) -> None:
        cuts = [] if shots is None else [float(pts * shots.time_base) for pts in shots.cuts_pts]
        self._left = sorted(
            min((c for c in cuts if abs(c - t) <= _NEAR_S), key=lambda c: abs(c - t), default=t) for t in at_s
        )

    def reached(self, m: Moment, *, after_cut: bool = False) -> bool:
        """Say, frame by frame, whether a time is reached that was not before.

        Args:
            m: the frame.
            after_cut: whether nothing can begin at the first frame of a shot, and the second is meant.

        """
        if m.is_cut:  # of times before a shot nothing is known where a film is computed in pieces
            self._left = [t for t in self._left if t >= m.seconds - _NEAR_S]
        if m.before is None or (m.is_cut and after_cut):
            return False
        passed = [t for t in self._left if t <= m.seconds + 1e-6]
        self._left = self._left[len(passed) :]
        return bool(passed)


class Chances:
    """Numbers of chance that belong to a frame."""

    def __init__(self, ctx: Context, pts: int) -> None:
        self._generator = ctx.generator(pts, "datamosh")

    def share(self) -> float:
        """Draw from 0..1."""
        return float(torch.rand((), generator=self._generator))

    def seed(self) -> int:
        """Draw a seed for other generators."""
        return int(torch.randint(1 << 62, (), generator=self._generator))


class MotionFilm:
    """A second film whose motion is taken: followed by time, from its own beginning, again and again.

    Args:
        begin: starts it anew.

    Raises:
        ParameterError: there is none.
        InputError: it has no two frames.

    """

    def __init__(self, begin: SideInput | None) -> None:
        if begin is None:
            raise ParameterError("mode=transplant takes the motion of a second film and there is none; give one.")
        self._begin = begin
        self._frames = _frames(begin)
        first, coming = next(self._frames, None), next(self._frames, None)
        if first is None or coming is None:
            raise InputError("the film whose motion is taken has no two frames, so nothing moves; give a longer one.")
        self._first_s, self._round_s = first.seconds(0), 0.0
        self._now, self._coming = first, coming
        self._step_s, self._comes_anew = coming.seconds(0) - first.seconds(0), False
        self._seen, self._fitted, self._usual = first, torch.empty(0, 0, 0), _LEAST_USUAL

    def at(self, seconds: float, size: tuple[int, int]) -> tuple[Tensor, bool]:
        """Give what it shows that many seconds after its beginning; times must rise.

        Returns:
            3,H,W of the size, whatever shape it has itself; and whether another shot began since the last call, which
            has no motion that leads to it.

        """
        is_cut = False
        while self._coming.seconds(0) - self._first_s + self._round_s <= seconds + 1e-6:
            is_cut = is_cut or self._comes_anew
            self._now, following = self._coming, next(self._frames, None)
            self._comes_anew = following is None
            if following is None:
                self._round_s += self._now.seconds(0) - self._first_s + self._step_s
                self._frames = _frames(self._begin)
                following = next(self._frames)
            self._coming = following
        if self._seen is not self._now:
            change = _change(self._seen, self._now)
            is_cut = is_cut or change > _CUT_RATIO * self._usual
            self._usual = max(_LEAST_USUAL, self._usual if is_cut else 0.8 * self._usual + 0.2 * change)
        if self._seen is not self._now or self._fitted.shape[1:] != size:
            self._fitted = resize(self._now.pixels_TCHW, *size)[0].contiguous()
        self._seen = self._now
        return self._fitted, is_cut


_CUT_RATIO, _LEAST_USUAL = 4.0, 0.025
"""A shot begins where the change is this many times the usual one; 0.1 of 0..1 at least."""


def _frames(begin: SideInput) -> Iterator[Clip]:
    return (frame for clip in begin() for frame in clip.frames())
