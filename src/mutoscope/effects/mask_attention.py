"""The effect that makes a mask of what a classifier looks at."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.effects.attention import AttentionReader
from mutoscope.effects.attention_params import analysis_name
from mutoscope.effects.mask_attention_params import MaskAttentionParams
from mutoscope.effects.mask_refine import fit_to_edges
from mutoscope.effects.protocol import Context, Memory

__all__ = ["MaskAttention", "mask_of"]

_STEEPER = 2.5
"""The edge-keeping filter leaves slopes as wide as its windows; they are made so much steeper after it."""


class MaskAttention:
    """Make a mask film: white where the network looks, its edges along those of the picture.

    The maps come from the attention pass, steady along the motion; a picture, which has none, is looked at by itself.
    """

    memory: ClassVar[Memory] = "none"

    def __init__(self, params: MaskAttentionParams) -> None:
        self.params = params
        self.analyses: tuple[str, ...] = (analysis_name(params),)

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield grey clips of the film's size and times.

        Raises:
            WeightsError: the network's weights are not to be had.

        """
        reader = AttentionReader(ctx, self.params)
        for clip in clips:
            masks = []
            for frame in clip.frames():
                params = self.params.at(frame.seconds(0))
                map_11hw = torch.from_numpy(reader.at(frame).map_HW)[None, None]
                mask_11HW = mask_of(map_11hw, frame.pixels_TCHW, params.threshold, params.softness)
                masks.append((1 - mask_11HW if params.invert else mask_11HW).expand(-1, 3, -1, -1))
            yield Clip(torch.cat(masks), clip.pts_T, clip.time_base)


def mask_of(map_11hw: Tensor, frame_1CHW: Tensor, threshold: float, softness: float) -> Tensor:
    """Cut a small map at a threshold and bring it to a frame's size, along the frame's edges.

    Args:
        map_11hw: 0..1.
        frame_1CHW: 0..1.
        threshold: what is half white.
        softness: width of the slope around it; 0: as steep as the frame's edges allow.

    Returns:
        1,1,H,W; 0..1.

    """
    width = max(softness, 1e-3) * _STEEPER
    cut_11hw = ((map_11hw - threshold) / width + 0.5).clamp(0, 1)
    small_1Chw = nnf.adaptive_avg_pool2d(frame_1CHW, (map_11hw.shape[2], map_11hw.shape[3]))
    return fit_to_edges(cut_11hw, small_1Chw, frame_1CHW)
