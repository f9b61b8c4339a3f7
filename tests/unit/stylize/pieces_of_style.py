"""What tests of styles, regions and tiles share: little pictures and parameters."""

import torch

from mutoscope.effects.params import make_params
from mutoscope.models.backbones import load_backbone
from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.style import Style, measure_style

STATISTICS = ("mean_covariance", "gram", "sliced_wasserstein")


def params(**values: object) -> OptimiseParams:
    return make_params(OptimiseParams, {"style": "unused.png", "backbone": "tiny", **values})


def picture(seed: int, height: int = 17, width: int = 23) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed)) ** (1 + seed % 3)


def style_of(seed: int, p: OptimiseParams) -> Style:
    return measure_style(load_backbone("tiny"), picture(seed, 29, 31), p)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
