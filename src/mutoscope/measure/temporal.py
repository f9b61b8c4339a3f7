"""How steady a film is along the motion of its source: the warping error, and the flicker of what stands still."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from mutoscope.ops.occlusion import temporal_weights
from mutoscope.ops.warp import warp

__all__ = ["FlowFunction", "Motion", "flicker", "observe_motion", "still_area", "warping_error"]

FlowFunction = Callable[[Tensor, Tensor], Tensor]
"""From a frame and to a frame, C,H,W, to the flow 2,H,W, as `flow.estimate.estimate`."""

_LEAST_SHARE = 0.02
"""Of fewer pixels nothing is said: what is left of a frame then is mostly mistakes of the flow."""
_STILL, _STILL_PX = 1.5 / 255, 0.25
"""Change of luma and motion up to which a pixel of the source stands still: coding alone moves luma by a step of 255,
and a plain wall that is panned over does not change."""


@dataclass(frozen=True)
class Motion:
    """How the source has moved between two of its frames.

    Attributes:
        backward_12HW: flow in px from the later frame to the earlier one.
        visible_11HW: 1 where a pixel of the later frame can be found in the earlier one, 0 elsewhere.

    """

    backward_12HW: Tensor
    visible_11HW: Tensor


def observe_motion(now_CHW: Tensor, before_CHW: Tensor, flow: FlowFunction) -> Motion:
    """Find the motion between two frames of the source.

    What was hidden, what came in over the edge and the edges of what moves are not visible (Sundaram et al. 2010;
    Lai et al. 2018, section 4.2, take them from Ruder et al. 2016 as well).
    """
    backward, forward = flow(now_CHW, before_CHW)[None], flow(before_CHW, now_CHW)[None]
    return Motion(backward, temporal_weights(forward, backward))


def warping_error(now_CHW: Tensor, before_CHW: Tensor, motion: Motion) -> float:
    """E_warp of two frames: mean square difference of one and the other carried to it (Lai et al. 2018, eq. 6).

    Over visible pixels, averaged over channels. Flat frames lower it for free: look at the contrast beside it.

    Returns:
        in units of squared pixel values 0..1; NaN where next to nothing is visible.

    """
    visible = motion.visible_11HW
    if float(visible.mean()) < _LEAST_SHARE:
        return float("nan")
    carried = warp(before_CHW[None], motion.backward_12HW, mode="bilinear")
    error = (visible * (now_CHW[None] - carried).square()).double().sum()
    return float(error / (visible.double().sum() * now_CHW.shape[0]))


def still_area(now_CHW: Tensor, before_CHW: Tensor, motion: Motion) -> Tensor:
    """Tell, as H,W booleans, where the source stands still between two frames that follow each other."""
    is_same = (_luma(now_CHW) - _luma(before_CHW)).abs() <= _STILL
    return is_same & (motion.backward_12HW[0].square().sum(0) <= _STILL_PX**2)


def flicker(now_CHW: Tensor, before_CHW: Tensor, still_HW: Tensor) -> float:
    """Mean change of luma, 0..1, where the source stands still; NaN where next to nothing does."""
    if float(still_HW.float().mean()) < _LEAST_SHARE:
        return float("nan")
    return float((_luma(now_CHW) - _luma(before_CHW)).abs()[still_HW].double().mean())


def _luma(x_CHW: Tensor) -> Tensor:
    return x_CHW.mul(x_CHW.new_tensor([0.2126, 0.7152, 0.0722]).view(3, 1, 1)).sum(0)
