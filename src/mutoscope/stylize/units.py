"""Weights that mean the same at every size, for every network and statistic: terms measured by their own pull."""

from dataclasses import replace

import torch
from torch import Tensor

from mutoscope.ops.resize import fit_area, resize
from mutoscope.stylize.objective import Memory, Objective, Region

__all__ = ["measure_units"]

_USUAL_PULL = {"style": 84.0, "content": 41.0, "total_variation": 0.7, "temporal": 0.156}
"""L1 norm of each term's gradient where the default weights were chosen: median of five photographs and paintings with
EfficientNet-Lite0, mean and covariance, 512x288 px. In these units the usual weights keep their meaning."""

_NOISE = 0.1

_MOST_PX = 500_000
"""Larger pictures are measured at this size, for pulls hardly depend on it and memory does."""


def measure_units(objective: Objective, start_1CHW: Tensor, generator: torch.Generator) -> dict[str, float]:
    """Measure a factor for each term that gives its gradient the usual L1 norm (after crowsonkb's scaled losses).

    The gradients are taken once, a little beside the start: at the start itself the picture is the content, which
    then pulls at nothing. Differs from crowsonkb: factors are frozen, so that the loss stays a loss.

    Args:
        objective: the loss, without units.
        start_1CHW: where the descent starts.
        generator: draws the noise that is added.

    """
    height, width = start_1CHW.shape[2:]
    if height * width > _MOST_PX:
        size = fit_area(height, width, _MOST_PX)
        objective, start_1CHW = _resized(objective, size), resize(start_1CHW, *size)
    noise = torch.randn(start_1CHW.shape, generator=generator).to(start_1CHW.device)
    x = (start_1CHW + _NOISE * noise).clamp(0, 1).requires_grad_(True)
    plain = replace(objective, units={})
    middle = plain.params.jitter // 2
    units = {}
    for name, term in plain.terms(x, (middle, middle)).items():
        (gradient,) = torch.autograd.grad(term, x, retain_graph=True)
        units[name] = _USUAL_PULL[name] / max(float(gradient.abs().sum()), 1e-12)
    return units


def _resized(objective: Objective, size: tuple[int, int]) -> Objective:
    memory = objective.memory
    if memory is not None:
        memory = Memory(resize(memory.warped_omega_1CHW, *size), resize(memory.weights_c_11HW, *size))
    return Objective(
        objective.backbone,
        objective.params,
        resize(objective.content_p_1CHW, *size),
        objective.style,
        memory,
        tuple(Region(resize(r.mask_11HW, *size), r.style) for r in objective.regions),
    )
