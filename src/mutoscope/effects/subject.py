"""The effect that finds the subject of a film and gives it as a mask."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.effects.mask_refine import fit_to_edges
from mutoscope.effects.protocol import Context, Memory
from mutoscope.effects.shots import Shots
from mutoscope.effects.subject_params import BACKBONE, SubjectParams
from mutoscope.effects.subject_prior import class_activation, own_motion
from mutoscope.flow.remap import remap
from mutoscope.flow.steady import measure_motion
from mutoscope.models.backbones import load_backbone
from mutoscope.models.efficientnet_lite import EfficientNetLite0
from mutoscope.ops.resize import fit_long_side

__all__ = ["Subject", "cut_out"]

_LONG_SIDE_PX = 240
_LOOK_EVERY_FRAMES = 4
"""The network looks at so many frames once; between them its map is carried along the flow."""
_FIRST_ROUNDS = 4
"""Rounds of GrabCut where there is no mask to start from."""
_SEEN_SHARE, _MOVED_SHARE, _SURELY_SHARE, _MASK_SHARE = 0.6, 0.98, 0.5, 0.5
"""How much of each stays from frame to frame, where the flow can be trusted."""


@dataclass(frozen=True)
class _Known:
    """What is known of the frame before: its picture; maps 0..1; its time stamp; frames since the search began.

    The maps, in one tensor 1,3,H,W: what the network sees, what has moved by itself, and the mask. `surely` says
    whether what moves is the subject, 0..1.
    """

    small_1CHW: Tensor
    maps_13HW: Tensor
    surely: Tensor
    pts: int
    age: int


class Subject:
    """Make a mask film: white where the subject is, or black.

    A classifier's activation maps, and what moves against the camera, say where it may be; GrabCut (Rother et al. 2004)
    finds its outline by colour at a small size, close to the mask of the frame before as the flow carries it; a guided
    filter brings the outline to full size. At a cut the search starts anew.
    """

    analyses: ClassVar[tuple[str, ...]] = ("shots",)
    memory: ClassVar[Memory] = "carried"

    def __init__(self, params: SubjectParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield grey clips of the film's size and times.

        Raises:
            WeightsError: the network's weights are not to be had.

        """
        shots: Shots | None = ctx.side.get("shots")
        known = _unpack(ctx.carry.before)
        for clip in clips:
            masks = []
            for frame in clip.frames():
                pts, x_1CHW = frame.pts_T[0], frame.pixels_TCHW
                if known is not None and shots is not None and shots.is_cut_between(known.pts, pts):
                    known = None
                seed = int(torch.randint(1 << 31, (1,), generator=ctx.generator(pts, "subject")))
                known = _find(x_1CHW, pts, known, seed)
                fitted = fit_to_edges(known.maps_13HW[:, 2:], known.small_1CHW, x_1CHW)
                masks.append((1 - fitted if self.params.invert else fitted).expand(-1, 3, -1, -1))
            yield Clip(torch.cat(masks), clip.pts_T, clip.time_base)
        if known is not None:
            ctx.carry.after.update(_pack(known))


def _find(x_1CHW: Tensor, pts: int, known: _Known | None, seed: int) -> _Known:
    size = fit_long_side(x_1CHW.shape[2], x_1CHW.shape[3], min(_LONG_SIDE_PX, max(x_1CHW.shape[2:])))
    small = nnf.interpolate(x_1CHW, size, mode="bilinear", antialias=True).clamp(0, 1)
    if known is None:
        seen = class_activation(_network(), small)
        found = cut_out(small, seen, seed, rounds=_FIRST_ROUNDS)
        return _Known(small, torch.cat([seen, torch.zeros_like(seen), found], 1), torch.zeros(()), pts, 1)
    motion = measure_motion(known.small_1CHW, small)
    carried_13HW = remap(known.maps_13HW[0], motion.backward_12HW[0])[None].clamp(0, 1)
    seen, moved, mask = (carried_13HW[:, i : i + 1] for i in range(3))
    trust = motion.trust_11HW
    if known.age % _LOOK_EVERY_FRAMES == 0:
        seen = torch.lerp(class_activation(_network(), small), seen, _SEEN_SHARE * trust)
    moved = torch.maximum(moved * _MOVED_SHARE, own_motion(motion.backward_12HW)) * trust
    surely = torch.lerp(_agreement(seen, moved), known.surely, _SURELY_SHARE)
    likely = torch.lerp(seen, 0.2 * seen + 0.55 * moved, surely)
    likely = likely * (_LOUD / likely.amax().clamp_min(1e-6)).clamp(1, _MOST_GAIN)  # slow motion speaks softly
    # The mask of the frame before has no say where nothing speaks for it any more: a leak would feed itself.
    likely = torch.lerp(likely, torch.minimum(mask, 1.5 * likely), 0.5 * trust)
    steady = torch.lerp(cut_out(small, likely, seed), mask, _MASK_SHARE * trust)
    return _Known(small, torch.cat([seen, moved, steady], 1), surely, pts, known.age + 1)


def _agreement(seen_11HW: Tensor, moved_11HW: Tensor) -> Tensor:
    """Say how surely what moves is the subject, 0..1: trees behind a window move too, but at the edge, and unseen."""
    height, width = seen_11HW.shape[2:]
    y_H1, x_W = torch.linspace(-1, 1, height)[:, None], torch.linspace(-1, 1, width)
    expected_11HW = seen_11HW / seen_11HW.mean().clamp_min(1e-6) + torch.exp(-2 * (x_W**2 + y_H1**2)) / _CENTRE_MEAN
    amount = moved_11HW.mean()
    share = (expected_11HW * moved_11HW).mean() / (2 * amount).clamp_min(1e-6)
    return ((share - 1.05) / 0.3).clamp(0, 1) * (amount / 0.02).clamp(0, 1)


_CENTRE_MEAN = 0.358
"""Mean of exp(-2 r^2) over the square from -1 to 1."""


def cut_out(x_1CHW: Tensor, likely_11HW: Tensor, seed: int, *, rounds: int = 1) -> Tensor:
    """Find the outline of what is likely in front, by colour.

    Args:
        x_1CHW: 0..1 sRGB, a small frame.
        likely_11HW: 0..1; what is near 0 or 1 stays outside or inside.
        seed: of the clusters of colours that GrabCut starts from.
        rounds: of GrabCut.

    Returns:
        1,1,H,W; 0 or 1.

    """
    likely_HW = likely_11HW[0, 0].numpy()
    labels_HW = np.where(likely_HW > _MIDDLE, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels_HW[likely_HW < _SURE[0]] = cv2.GC_BGD
    labels_HW[likely_HW > _SURE[1]] = cv2.GC_FGD
    num_inside = int((likely_HW > _MIDDLE).sum())
    if min(num_inside, likely_HW.size - num_inside) >= _MIN_PX:
        # OpenCV's clusters start by chance, from a generator of its own for each thread.
        cv2.setRNGSeed(seed)
        bgr_HWC = (x_1CHW[0].flip(0).permute(1, 2, 0) * 255).round().to(torch.uint8).contiguous().numpy()
        outside, inside = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(bgr_HWC, labels_HW, None, outside, inside, rounds, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload] # the stub forgets None: no rectangle
    found_HW = (labels_HW == cv2.GC_FGD) | (labels_HW == cv2.GC_PR_FGD)
    if found_HW.sum() < _LEAST_KEPT * num_inside:  # colours tell nothing here
        found_HW = likely_HW > _MIDDLE
    return torch.from_numpy(_without_crumbs(found_HW))[None, None]


_SURE = (0.1, 0.8)
_MIDDLE = 0.3
_MIN_PX = 32
_LOUD, _MOST_GAIN = 0.7, 2.5
_LEAST_KEPT = 0.2


def _without_crumbs(found_HW: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Drop islands and fill holes that are small beside the frame."""
    kept = found_HW
    for _ in range(2):
        _, labels_HW, stats, _ = cv2.connectedComponentsWithStats(kept.astype(np.uint8), connectivity=4)
        small = stats[:, cv2.CC_STAT_AREA] < kept.size * 0.004
        small[0] = False
        kept = ~(kept & ~small[labels_HW])
    return kept.astype(np.float32)


@lru_cache(maxsize=1)
def _network() -> EfficientNetLite0:
    network = load_backbone(BACKBONE)
    assert isinstance(network, EfficientNetLite0)
    return network


def _pack(known: _Known) -> dict[str, Tensor]:
    return {
        "small": known.small_1CHW,
        "maps": known.maps_13HW,
        "surely": known.surely,
        "told": torch.tensor([known.pts, known.age]),
    }


def _unpack(before: Mapping[str, Tensor]) -> _Known | None:
    if not before:
        return None
    pts, age = before["told"].tolist()
    return _Known(before["small"], before["maps"], before["surely"], pts, age)
