"""Where each place of a frame stood in the keyframe: the positional guide of Jamriska et al. (2019), along the flow.

Coordinates go from frame to frame with the flow, so they never jump; a part of what they miss in the keyframe itself
is put right in every frame, so they do not drift away in long shots either. What the keyframe does not show borrows a
place of like colour once (`fill`), and carries it along like all others. All is measured on small frames.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.ahead import run_ahead
from mutoscope.flow.estimate import estimate, estimate_both
from mutoscope.keyframes.fill import BORROWED, CELL_PX, describe, fill_offsets
from mutoscope.ops.occlusion import disocclusion
from mutoscope.ops.warp import inside_frame, warp

__all__ = ["GUIDE_LONG_SIDE_PX", "Guide", "carry_guides", "whole_guide"]

GUIDE_LONG_SIDE_PX = 256
"""Long side of the frames that guides are measured on."""

_CORRECTION = 0.5
"""Share of the remaining error that is put right in each frame; all of it would tremble with the flow's own noise."""
_MOST_CORRECTION_PX = 3.0
_COLOUR_TOLERANCE = 0.09
"""Where the carried keyframe differs from the frame by this much, in 0..1, a third of the trust is left."""
_DOUBT = 0.25
_RISE = 0.1
"""What was seen before with less than `_DOUBT` fades by this much in each frame, and all else rises."""
_LOOK_AGAIN_FRAMES = 4
"""So often what was hidden for a while is looked for in the keyframe."""
_FOUND = 0.3
_UNLIKE = 0.02
"""A borrowed place whose colour is off by this much, squared, is given up where another is much nearer."""
_SURE = 0.8


@dataclass(frozen=True)
class Guide:
    """One frame's way back to its keyframe.

    Attributes:
        offset_2HW: px of the guide, x then y: what stands at q stood at q + offset(q) in the keyframe.
        trust_1HW: 1 where this is certain, `BORROWED` where the place only looks alike, 0 where even this is not so.

    """

    offset_2HW: Tensor
    trust_1HW: Tensor


def whole_guide(height: int, width: int) -> Guide:
    """Give the guide of the keyframe to itself."""
    return Guide(torch.zeros(2, height, width), torch.ones(1, height, width))


def carry_guides(frames: Iterable[Tensor]) -> Iterator[Guide]:
    """Yield the guide of each frame; the first one is the keyframe, time may run backward as well.

    Args:
        frames: small frames C,H,W, 0..1 sRGB, `GUIDE_LONG_SIDE_PX` on the long side.

    """
    walk: _Walk | None = None
    ahead = run_ahead(_with_flow(frames))
    with contextlib.closing(ahead):  # type: ignore[type-var] # it is a generator
        for number, (frame, flows) in enumerate(ahead):
            if walk is None or flows is None:
                walk = _Walk(frame[None])
            else:
                walk.go_on(frame[None], *flows, looks_again=number % _LOOK_AGAIN_FRAMES == 0)
            yield walk.guide()


def _with_flow(frames: Iterable[Tensor]) -> Iterator[tuple[Tensor, tuple[Tensor, Tensor] | None]]:
    """Give each frame with the flow from the one before and back to it."""
    before: Tensor | None = None
    for frame in frames:
        flows = None if before is None else estimate_both(before, frame)
        yield frame, flows
        before = frame


class _Walk:
    """The way from a keyframe on; seen is 1 where the keyframe shows it, borrowed 1 where a place was borrowed."""

    def __init__(self, key: Tensor) -> None:
        self.key = self.now = key
        self.key_cells = describe(key)
        self.offset = torch.zeros(1, 2, *key.shape[2:])
        self.seen = torch.ones(1, 1, *key.shape[2:])
        self.borrowed = torch.zeros_like(self.seen)

    def go_on(self, now: Tensor, forward_2HW: Tensor, backward_2HW: Tensor, *, looks_again: bool) -> None:
        """Go to the next frame."""
        forward, backward = forward_2HW[None], backward_2HW[None]
        visible = (~disocclusion(forward, backward)).float()
        # Nearest: between two offsets that differ there is no third one.
        self.offset = backward + warp(self.offset, backward, "nearest")
        seen = warp(self.seen, backward, "bilinear") * visible
        self.seen = (seen + _RISE * torch.sign(seen - _DOUBT)).clamp(0, 1)
        self.borrowed = warp(self.borrowed, backward, "nearest") * visible
        self._correct(now)
        inside = inside_frame(self.offset).float()
        self.seen, self.borrowed = self.seen * inside, self.borrowed * inside
        if looks_again:
            self._look_again(now)
        self._fill(now, looks_again=looks_again)
        self.now = now

    def guide(self) -> Guide:
        """Give the guide of the present frame."""
        likeness = _likeness(self.offset, self.now, self.key)
        seen = self.seen * likeness
        # The rim of what was uncovered belongs to nobody.
        trust = _soft(_least(seen))
        borrowed = BORROWED * torch.maximum(self.borrowed, (self.seen > _DOUBT).float())
        return Guide(self.offset[0], torch.maximum(trust, borrowed)[0])

    def _correct(self, now: Tensor) -> None:
        """Put right a part of what is missing to the keyframe itself."""
        rest = estimate(now[0], warp(self.key, self.offset, "bilinear")[0])[None]
        rest = nnf.avg_pool2d(nnf.pad(rest, (2, 2, 2, 2), mode="replicate"), 5, 1)
        length = rest.square().sum(1, keepdim=True).sqrt()
        # A long way to a better match is a match with something else.
        rest = rest * (_CORRECTION * self.seen * (length < _MOST_CORRECTION_PX).float())
        self.offset = rest + warp(self.offset, rest, "nearest")

    def _look_again(self, now: Tensor) -> None:
        """Find what was hidden and has come back: the direct flow to the keyframe fits both ways and in colour."""
        there, back = (flow[None] for flow in estimate_both(self.key[0], now[0]))
        fits = (~disocclusion(there, back)).float() * _likeness(back, now, self.key)
        found = ((self.seen < _DOUBT) & (_least(fits) > _SURE)).float()
        self.offset = torch.lerp(self.offset, back, found)
        self.seen = torch.maximum(self.seen, _FOUND * found)

    def _fill(self, now: Tensor, *, looks_again: bool) -> None:
        """Let what the keyframe does not show borrow a place."""
        size = now.shape[2:]
        known = torch.maximum(self.borrowed, (self.seen > _DOUBT).float())
        cells = describe(now)
        offset = nnf.interpolate(self.offset, cells.shape[1:], mode="nearest")[0]
        to_x, to_y = (offset / CELL_PX).round().long().unbind(0)
        holes = nnf.adaptive_avg_pool2d(known, (cells.shape[1], cells.shape[2]))[0, 0] < 0.5
        if looks_again:
            holes |= self._misfits(cells, to_y, to_x)
        if not bool((known < 0.5).any() | holes.any()):
            return
        to_y, to_x = fill_offsets((to_y, to_x), holes, cells, self.key_cells)
        filled = CELL_PX * torch.stack([to_x, to_y]).float()[None]
        filled = torch.where(holes, filled, offset[None])
        wanted = (known < 0.5) | (nnf.interpolate(holes.float()[None, None], size, mode="nearest") > 0.5)
        self.offset = torch.where(wanted, nnf.interpolate(filled, size, mode="nearest"), self.offset)
        self.borrowed = torch.where(wanted, 1.0, self.borrowed)

    def _misfits(self, cells: Tensor, to_y: Tensor, to_x: Tensor) -> Tensor:
        """Find borrowed cells that do not look alike any more."""
        height, width = to_y.shape
        y = (torch.arange(height)[:, None] + to_y).clamp(0, height - 1)
        x = (torch.arange(width)[None] + to_x).clamp(0, width - 1)
        off = (self.key_cells[:, y, x] - cells).square()[:3].sum(0)
        doubted = nnf.adaptive_avg_pool2d((self.seen < _DOUBT).float(), (height, width))[0, 0] > 0.5
        return doubted & (off > _UNLIKE)


def _likeness(offset: Tensor, now: Tensor, key: Tensor) -> Tensor:
    changed = (warp(key, offset, "bilinear") - now).square().mean(1, keepdim=True)
    changed = nnf.avg_pool2d(nnf.pad(changed, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return torch.exp(-changed / _COLOUR_TOLERANCE**2)


def _least(x_N1HW: Tensor) -> Tensor:
    return -nnf.max_pool2d(-x_N1HW, 3, 1, 1)


def _soft(x_N1HW: Tensor) -> Tensor:
    return nnf.avg_pool2d(nnf.pad(x_N1HW, (1, 1, 1, 1), mode="replicate"), 3, 1)
