"""Paints one picture: the style picture at each scale, the backbone, and the way from coarse to fine."""

import functools
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from mutoscope.effects.style_picture import read_style
from mutoscope.models.backbones import Backbone, load_backbone
from mutoscope.models.style_statistics import StyleTargets, style_targets
from mutoscope.ops.resize import fit_long_side, resize, resize_to_area
from mutoscope.storage.hashing import hash_file
from mutoscope.stylize.descent import constant, descend, falling
from mutoscope.stylize.objective import Memory, Objective
from mutoscope.stylize.params import OptimiseParams

__all__ = ["Painter", "painter_for"]

Scale = tuple[int, int]

_NUM_SHIFTS_NEXT = 12
"""Different shifts for a frame that has a past: each costs a pass over the content, and the start is nearly right."""


class Painter:
    """Holds the backbone and the measured style picture for one run over one film.

    Args:
        params: validated parameters; paths are opened here.
        device: torch device of the network.

    Raises:
        InputError: the style cannot be read as a picture.
        WeightsError: the backbone's weights are not to be had.

    """

    def __init__(self, params: OptimiseParams, device: str = "cpu") -> None:
        self.params = params
        self.device = device
        weights = Path(params.weights) if params.weights else None
        self.backbone: Backbone = load_backbone(params.backbone, weights=weights, device=device)
        self._style_1CHW = read_style(Path(params.style), trim=params.trim_border).to(device)
        self._targets: dict[Scale, StyleTargets] = {}

    def scales(self, height: int, width: int) -> list[Scale]:
        """Sizes from coarse to fine: each side doubles, the last is the frame's own."""
        sizes, long_side = [(height, width)], float(max(height, width))
        while self.params.coarsest is not None and long_side / 2 >= 0.75 * self.params.coarsest:
            long_side = long_side / 2
            sizes.append(fit_long_side(height, width, round(long_side)))
        return sizes[::-1]

    def num_steps(self, height: int, width: int) -> int:
        """Iterations that a first frame of this size takes, all scales together."""
        return len(self.scales(height, width)) * self.params.iterations

    def targets(self, size: Scale) -> StyleTargets:
        """Statistics of the style picture, scaled to the area of the frame times `style_scale`."""
        if size not in self._targets:
            area = size[0] * size[1] * self.params.style_scale**2
            a_1CHW = resize_to_area(self._style_1CHW, area)
            self._targets[size] = style_targets(self.backbone, a_1CHW, self.params.statistics)
        return self._targets[size]

    def objective(self, content_p_1CHW: Tensor, params: OptimiseParams, memory: Memory | None = None) -> Objective:
        """Make the loss for one content picture at its own size."""
        height, width = content_p_1CHW.shape[2:]
        return Objective(self.backbone, params, content_p_1CHW, self.targets((height, width)), memory)

    def paint(
        self,
        content_p_1CHW: Tensor,
        params: OptimiseParams,
        generator: torch.Generator,
        after_step: Callable[[], None] = lambda: None,
    ) -> Tensor:
        """Paint a picture that has no past: from the content, coarse to fine.

        Returns:
            1,3,H,W, 0..1, on the painter's device.

        """
        content = content_p_1CHW.to(self.device)
        x: Tensor | None = None
        for size in self.scales(*content.shape[2:]):
            p_1CHW = resize(content, *size)
            start = p_1CHW if x is None else resize(x, *size)
            rate = constant(params.learning_rate)
            x = descend(start, self.objective(p_1CHW, params), params.iterations, rate, generator, after_step)
        assert x is not None
        return x

    def repaint(
        self,
        content_p_1CHW: Tensor,
        memory: Memory,
        params: OptimiseParams,
        generator: torch.Generator,
        after_step: Callable[[], None] = lambda: None,
    ) -> Tensor:
        """Paint a frame that has a past: from the warped previous result, held to it by the temporal loss.

        Returns:
            1,3,H,W, 0..1, on the painter's device.

        """
        content = content_p_1CHW.to(self.device)
        # Differs from Ruder et al. (2016): where the flow cannot be trusted the start is the content itself;
        # the warped result would leave a ghost there.
        start = torch.lerp(content, memory.warped_omega_1CHW, memory.weights_c_11HW)
        rate = falling(params.learning_rate_next)
        objective = self.objective(content, params, memory)
        return descend(
            start, objective, params.iterations_next, rate, generator, after_step, num_shifts=_NUM_SHIFTS_NEXT
        )


def painter_for(params: OptimiseParams, device: str) -> Painter:
    """Make a painter, or give the one that this process made for the same parameters and the same bytes.

    A film is painted piece by piece: network and style picture are read once per process, not once per piece.
    """
    files = [params.style] if params.weights is None else [params.style, params.weights]
    return _painter(params, device, tuple(hash_file(Path(file)) for file in files))


@functools.lru_cache(maxsize=2)
def _painter(params: OptimiseParams, device: str, _digests: tuple[str, ...]) -> Painter:
    return Painter(params, device)
