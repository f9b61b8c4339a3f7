"""The effect that carries a mask, drawn on one frame, along with what it covers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.effects.mask_refine import box_mean, luma
from mutoscope.effects.mask_track_params import TrackParams
from mutoscope.effects.masks import EMPTY, brightness, check_shape
from mutoscope.effects.protocol import Context, Memory
from mutoscope.effects.shots import Shots
from mutoscope.effects.subject import cut_out
from mutoscope.flow.estimate import estimate_both
from mutoscope.flow.remap import remap
from mutoscope.ops.occlusion import disocclusion
from mutoscope.ops.resize import fit_long_side, resize
from mutoscope.ops.warp import inside_frame
from mutoscope.video.read import read_picture

__all__ = ["Track", "carry"]

_LONG_SIDE_PX = 320
_MOST_HELD = 1000
"""Frames of a shot that are held, small, until the one comes that the mask is drawn on: 173 MB at 16:9."""


@dataclass(frozen=True)
class _Held:
    """One frame, small: 8 bits 1,3,h,w, and what its mask needs to be given."""

    bytes_13HW: Tensor
    pts: int
    time_base: Fraction
    size: tuple[int, int]

    @property
    def seconds(self) -> float:
        return float(self.pts * self.time_base)

    @property
    def pixels(self) -> Tensor:
        return self.bytes_13HW.float() / 255


class Track:
    """Make a mask film of one drawing: forwards and backwards along the optical flow, black in all other shots.

    Frames before the drawn one are held back until it comes, at most 1,000 of a shot, small; all else streams.
    """

    analyses: ClassVar[tuple[str, ...]] = ("shots",)

    def __init__(self, params: TrackParams) -> None:
        self.params = params
        # What comes before the drawing needs it too, so the shot has to stay whole, unless nothing comes before.
        self.memory: Memory = "carried" if params.time_s == 0 else "shot"

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield grey clips of the film's size and times, one frame each.

        Raises:
            InputError: the mask cannot be read, is empty or of another shape than the film, its time lies after the
                film's end, or too many frames of the shot come before it.

        """
        run = _Run(self.params, ctx.side.get("shots"), ctx.carry.before)
        for clip in clips:
            for frame in clip.frames():
                yield from run.add(frame)
        yield from run.finish()
        ctx.carry.after.update(run.left())


class _Run:
    """One pass over a film: frames wait until the drawn one has come, then each is given at once."""

    def __init__(self, params: TrackParams, shots: Shots | None, before: Mapping[str, Tensor]) -> None:
        self._params, self._shots = params, shots
        self._waiting: list[_Held] = []
        self._last: tuple[_Held, Tensor] | None = None
        self._told = dict(before)

    def add(self, frame: Clip) -> Iterator[Clip]:
        held = _hold(frame)
        self._take_up()
        if not self._is_in_its_shot(held):
            yield from self._draw()
            self._last = None
            yield _black(held)
            return
        if self._waiting and held.seconds > self._params.time_s + 1e-6:
            yield from self._draw()  # on the last frame that had begun at its time
        if self._last is not None:
            self._last = held, carry(self._last[1], self._last[0].pixels, held.pixels)
            yield _shown(*self._last)
            return
        if len(self._waiting) == _MOST_HELD:
            raise InputError(
                f"the mask is drawn at {self._params.time}, more than {_MOST_HELD} frames after its shot begins; "
                "draw it on an earlier frame."
            )
        self._waiting.append(held)
        if held.seconds >= self._params.time_s - 1e-6:
            yield from self._draw()

    def finish(self) -> Iterator[Clip]:
        """Give what still waits: the drawing belongs to the last frame, or to none."""
        if not self._waiting:
            return
        last = self._waiting[-1]
        step = last.seconds - self._waiting[-2].seconds if len(self._waiting) > 1 else 0.1
        if self._params.time_s > last.seconds + 2 * step:
            raise InputError(
                f"the mask is drawn at {self._params.time}, and the last frame comes at {last.seconds:.3g} s; "
                "give the time of a frame of this film."
            )
        yield from self._draw()

    def left(self) -> dict[str, Tensor]:
        if self._last is None:
            return {}
        held, mask_11HW = self._last
        base = held.time_base
        told = torch.tensor([held.pts, base.numerator, base.denominator, *held.size])
        return {"bytes": held.bytes_13HW, "mask": mask_11HW, "told": told}

    def _take_up(self) -> None:
        """Go on from what the piece before has left."""
        told, self._told = self._told, {}
        if told:
            pts, top, bottom, height, width = told["told"].tolist()
            self._last = _Held(told["bytes"], pts, Fraction(top, bottom), (height, width)), told["mask"]

    def _is_in_its_shot(self, held: _Held) -> bool:
        if self._shots is None:
            return True
        base = self._shots.time_base
        return self._shots.index(held.pts) == sum(
            float(cut * base) <= self._params.time_s + 1e-6 for cut in self._shots.cuts_pts
        )

    def _draw(self) -> Iterator[Clip]:
        """Give the masks of all frames that wait, if any do; the last of them is the drawn one."""
        if not self._waiting:
            return
        drawn = self._waiting[-1]
        mask_11HW = _read(self._params, drawn)
        masks = [mask_11HW]
        for later, earlier in zip(self._waiting[:0:-1], self._waiting[-2::-1], strict=True):
            mask_11HW = carry(mask_11HW, later.pixels, earlier.pixels)
            masks.append(mask_11HW)
        self._last = drawn, masks[0]
        waiting, self._waiting = self._waiting, []
        for held in waiting:
            yield _shown(held, masks.pop())


def carry(mask_11HW: Tensor, before_1CHW: Tensor, now_1CHW: Tensor) -> Tensor:
    """Carry a mask from one frame to another.

    What was uncovered lay behind something. Where that was in the mask, it is not; elsewhere it is guessed from what is
    around it and as bright: a guided filter (He et al. 2010) over pixels that were visible before.

    Args:
        mask_11HW: 0..1, of the frame before.
        before_1CHW: the frame before, small, 0..1.
        now_1CHW: this frame, 0..1.

    Returns:
        1,1,H,W; 0..1.

    """
    forward, backward = (flow[None] for flow in estimate_both(before_1CHW[0], now_1CHW[0]))
    carried = remap(mask_11HW[0], backward[0])[None].clamp(0, 1)
    # What comes in at the frame's edge continues what was there.
    uncovered = (disocclusion(forward, backward) & inside_frame(backward)).float()
    guessed = _guess(carried, luma(now_1CHW), 1 - uncovered + 1e-3)
    mixed = torch.lerp(carried, guessed * (1 - carried), box_mean(uncovered, 1))
    found = _outline(now_1CHW, mixed)
    # Each step blurs the edge a little; a slope that is a little steeper again keeps it as wide as it was.
    return ((torch.lerp(mixed, found, _FOUND_SHARE) - 0.5) * _STEEPER + 0.5).clamp(0, 1)


_STEEPER = 1.15
_RADIUS_PX = 4
_EPSILON = 1e-3
_FOUND_SHARE = 0.5
_BAND_PX = 3
_AROUND_PX = 16


def _outline(x_1CHW: Tensor, mask_11HW: Tensor) -> Tensor:
    """Find the edge again by colour, near where the mask has it, and drop what came off: drift would add up."""
    inside_HW = (mask_11HW[0, 0] > 0.5).numpy().astype(np.uint8)
    if not inside_HW.any() or inside_HW.all():
        return mask_11HW
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _BAND_PX + 1,) * 2)
    sure_HW, possible_HW = cv2.erode(inside_HW, disc), cv2.dilate(inside_HW, disc)
    ys, xs = np.nonzero(possible_HW)
    top, left = (max(0, int(n.min()) - _AROUND_PX) for n in (ys, xs))
    part = np.s_[top : int(ys.max()) + _AROUND_PX + 1, left : int(xs.max()) + _AROUND_PX + 1]
    likely = 0.15 + 0.5 * mask_11HW + 0.35 * torch.from_numpy(sure_HW.astype(np.float32))
    likely = likely * torch.from_numpy(possible_HW.astype(np.float32))
    found = torch.zeros_like(mask_11HW)
    # Colours of what is near tell more than those of the whole frame. The clusters always start alike.
    found[0, 0][part] = cut_out(x_1CHW[:, :, *part], likely[:, :, *part], 0)[0, 0]
    return found


def _guess(mask: Tensor, guide: Tensor, weight: Tensor) -> Tensor:
    terms = torch.cat([weight, weight * guide, weight * mask, weight * guide * guide, weight * guide * mask], 1)
    sums = box_mean(terms, _RADIUS_PX)
    means = sums[:, 1:] / sums[:, :1]
    mean_g, mean_m, mean_gg, mean_gm = (means[:, i : i + 1] for i in range(4))
    slope = (mean_gm - mean_g * mean_m) / ((mean_gg - mean_g * mean_g).clamp_min(0) + _EPSILON)
    guessed: Tensor = slope * (guide - mean_g) + mean_m
    return guessed.clamp(0, 1)


def _hold(frame: Clip) -> _Held:
    size = fit_long_side(*frame.size, min(_LONG_SIDE_PX, max(frame.size)))
    small = nnf.interpolate(frame.pixels_TCHW, size, mode="bilinear", antialias=True)
    return _Held((small * 255).round().clamp(0, 255).to(torch.uint8), frame.pts_T[0], frame.time_base, frame.size)


def _read(params: TrackParams, drawn: _Held) -> Tensor:
    mask_11HW = brightness(read_picture(Path(params.mask)))
    check_shape(mask_11HW.shape[2:], drawn.size, f"the mask {params.mask}")
    if mask_11HW.max() <= EMPTY:
        raise InputError(f"the mask {params.mask} is black everywhere: nothing would be painted; draw in white.")
    return resize(mask_11HW, *drawn.bytes_13HW.shape[2:])


def _shown(held: _Held, mask_11HW: Tensor) -> Clip:
    large = nnf.interpolate(mask_11HW, held.size, mode="bilinear", align_corners=False)
    enlarged = held.size[0] / mask_11HW.shape[2]
    crisp = ((large - 0.5) * max(1.0, enlarged / 2) + 0.5).clamp(0, 1)
    return Clip(crisp.expand(-1, 3, -1, -1).contiguous(), (held.pts,), held.time_base)


def _black(held: _Held) -> Clip:
    return Clip(torch.zeros(1, 3, *held.size), (held.pts,), held.time_base)
