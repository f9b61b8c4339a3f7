"""Pictures spoiled on purpose, in linear light, with the truth about what was done.

The order is a camera's: light, lens and hand, sensor (clipping, shot and read noise), developing (denoising,
sharpening, gamma), coding (coarser colour, blocks). Blur drawn on gamma-coded pixels teaches thresholds that do not
hold for photographs (Rim et al. 2022; Cao et al. 2022).
"""

import math
from dataclasses import dataclass
from typing import Literal, cast

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.ops.primaries import linear_to_srgb, srgb_to_linear
from mutoscope.sort.compression import compress
from mutoscope.sort.kernels import disc, gaussian, hand_path, streak

__all__ = ["OUTPUTS", "Degradation", "Kind", "degrade", "draw", "spread"]

Kind = Literal["none", "defocus", "camera", "subject", "background"]

OUTPUTS = ("blurred", "defocus", "camera", "under", "over")
"""What is learned, in this order everywhere."""

_SHARES: dict[str, float] = {"none": 0.32, "defocus": 0.24, "camera": 0.26, "subject": 0.09, "background": 0.09}
_STREAK_PER_RADIUS = 3.0
"""A streak of 3 px is as hard to see as a disc of radius 1 px: its deviation along it is 0.9 px, the disc's 0.5 px all
round."""
_SEEN_FROM_PX = 0.5
"""Radius from which half of all people would speak of blur, in pixels of a picture 480 px wide: about one pixel of a
picture that is looked at 1000 px wide. An assumption, and the one that decides about the threshold."""

_DOUBT = 0.14
_UNDER_FROM, _OVER_FROM, _STOPS_OF_DOUBT = 1.5, 0.9, 0.15


@dataclass(frozen=True)
class Degradation:
    """What is done to a picture.

    Attributes:
        kind: "subject": a part moves; "background": a part stays sharp. Both are no blurred pictures.
        size_px: radius of a disc, or length of a streak, in pixels of the picture.
        is_gaussian: defocus by a Gaussian of the same variance instead of a disc.
        stops: exposure error; positive is too bright.
        highlights: how much brighter than white the lightest parts were before they were clipped; 1 or more.
        shot_noise: variance per unit of light.
        read_noise: standard deviation in the dark.
        denoise: 0..1, how much of the finest detail is smoothed away where it is weak.
        sharpen: amount of unsharp masking.
        softness_px: sigma of what every lens and every scaler do.
        quality: of the coder, 1..100; 0 for none.
        is_video: the coder softens the edges of its blocks.
        is_small: drawn as footage that is no larger than what is judged: noise, softness and blocks are all there.
        seed: of path, place and noise.

    """

    kind: Kind = "none"
    size_px: float = 0.0
    is_gaussian: bool = False
    stops: float = 0.0
    highlights: float = 1.0
    shot_noise: float = 0.0
    read_noise: float = 0.0
    denoise: float = 0.0
    sharpen: float = 0.0
    softness_px: float = 0.0
    quality: int = 0
    is_video: bool = False
    is_small: bool = False
    seed: int = 0

    def truth(self) -> Tensor:
        """Give the share of people who would say so, by OUTPUTS: float32 of length 5.

        Between clearly sharp and clearly blurred lies a band of doubt, so that a network that learns from this is
        unsure where people are.
        """
        is_defocus, is_camera = self.kind == "defocus", self.kind == "camera"
        radius = self.size_px / (_STREAK_PER_RADIUS if is_camera else 1)
        seen = 0.0
        if (is_defocus or is_camera) and radius > 0:
            seen = _sigmoid((math.log(radius) - math.log(_SEEN_FROM_PX)) / _DOUBT)
        under = _sigmoid((-self.stops - _UNDER_FROM) / _STOPS_OF_DOUBT)
        over = _sigmoid((self.stops - _OVER_FROM) / _STOPS_OF_DOUBT)
        return torch.tensor([seen, seen * is_defocus, seen * is_camera, under, over])


def draw(seed: int) -> Degradation:
    """Draw a degradation; mild blur is as frequent as strong blur.

    Args:
        seed: the same gives the same.

    """
    chance = torch.Generator().manual_seed(seed)
    u = torch.rand(16, generator=chance).tolist()
    kind = _pick(u[0])
    radius = _between_logs(0.2, 6, u[1])
    if kind in ("subject", "background"):
        radius = _between_logs(1.2, 6, u[1])
    is_exposed = u[2] < 0.55
    stops = 0.5 * (2 * u[3] - 1) if is_exposed else (1 if u[3] < 0.5 else -1) * (0.5 + 3 * u[4])
    # Most footage is larger than what is judged: scaling down has taken most of its noise, softness and blocks away.
    is_small = u[10] < 0.35
    return Degradation(
        kind=kind,
        size_px=radius * (_STREAK_PER_RADIUS if kind in ("camera", "subject") else 1),
        is_gaussian=u[5] < 0.35,
        stops=stops,
        highlights=1 + 3 * u[6],
        shot_noise=_between_logs(1e-5, 2e-3 if is_small else 4e-4, u[7]),
        read_noise=_between_logs(2e-4, 1e-2 if is_small else 3e-3, u[8]),
        denoise=u[9] if is_small and u[12] < 0.5 else 0,
        sharpen=u[11] if u[12] < 0.6 else 0,
        softness_px=(0.45 if is_small else 0.25) * u[13],
        quality=0 if u[14] < 0.2 else round(_between_logs(20 if is_small else 45, 97, u[15])),
        is_video=u[14] > 0.6,
        is_small=is_small,
        seed=seed,
    )


def degrade(x_3HW: Tensor, how: Degradation) -> Tensor:
    """Spoil a picture.

    Args:
        x_3HW: sharp, well exposed, sRGB 0..1.
        how: what to do; the same gives the same.

    Returns:
        3,H,W, sRGB 0..1.

    """
    chance = torch.Generator().manual_seed(how.seed)
    light = srgb_to_linear(x_3HW)
    # What was white may have been much brighter: a lamp stays a bright streak when it is smeared.
    peak = light.amax(0, keepdim=True)
    light = light * (1 + (how.highlights - 1) * ((peak - 0.85) / 0.15).clamp(0, 1) ** 2)
    light = _blurred(light, how, chance) * 2.0**how.stops
    if how.softness_px > 0.15:
        light = spread(light, gaussian(how.softness_px))
    noise = torch.randn(light.shape, generator=chance)
    light = (light.clamp(0, 1) + noise * (how.shot_noise * light.clamp(0, 1) + how.read_noise**2).sqrt()).clamp(0, 1)
    y_3HW = _developed(linear_to_srgb(light), how)
    if how.quality:
        y_3HW = compress(y_3HW, how.quality, smooth=how.is_video)
    return (y_3HW * 255).round().div(255)


def spread(light_3HW: Tensor, kernel_KK: Tensor) -> Tensor:
    """Smear light by a point spread function; the edge is mirrored."""
    half = kernel_KK.shape[0] // 2
    height, width = light_3HW.shape[1:]
    mode = "reflect" if half < min(height, width) else "replicate"
    padded = nnf.pad(light_3HW[:, None], (half, half, half, half), mode=mode)
    return nnf.conv2d(padded, kernel_KK[None, None].to(light_3HW))[:, 0]


def _blurred(light_3HW: Tensor, how: Degradation, chance: torch.Generator) -> Tensor:
    if how.kind == "none" or how.size_px <= 0:
        return light_3HW
    if how.kind in ("camera", "subject"):
        kernel = streak(hand_path(chance), how.size_px)
    else:
        kernel = gaussian(how.size_px / 2) if how.is_gaussian else disc(how.size_px)
    smeared = spread(light_3HW, kernel)
    if how.kind in ("defocus", "camera"):
        return smeared
    share = 0.05 + 0.25 * torch.rand((), generator=chance).item()
    mask_1HW = _blob(light_3HW.shape[1:], share if how.kind == "subject" else 0.25 + share, chance)
    if how.kind == "background":
        mask_1HW = 1 - mask_1HW
    return torch.lerp(light_3HW, smeared, mask_1HW)


def _blob(size: torch.Size, share: float, chance: torch.Generator) -> Tensor:
    """Make an ellipse with soft edge that covers about a share of the picture: 1,H,W in 0..1."""
    height, width = size
    x, y, shape = torch.rand(3, generator=chance).tolist()
    area = share * height * width
    long = math.exp(1.2 * (shape - 0.5))
    a, b = math.sqrt(area / math.pi) * long, math.sqrt(area / math.pi) / long
    rows = torch.arange(height)[:, None] - (0.2 + 0.6 * y) * height
    columns = torch.arange(width)[None] - (0.2 + 0.6 * x) * width
    distance = ((rows / b) ** 2 + (columns / a) ** 2).sqrt()
    mask_HW: Tensor = ((1.06 - distance) / 0.12).clamp(0, 1)
    return mask_HW[None]


def _developed(x_3HW: Tensor, how: Degradation) -> Tensor:
    if how.denoise > 0:
        smooth = spread(x_3HW, gaussian(0.9))
        detail = x_3HW - smooth
        weak = (1 - detail.abs().amax(0, keepdim=True) / 0.06).clamp(0, 1)
        x_3HW = x_3HW - how.denoise * weak * detail
    if how.sharpen > 0:
        x_3HW = x_3HW + how.sharpen * (x_3HW - spread(x_3HW, gaussian(1.0)))
    return x_3HW.clamp(0, 1)


def _pick(u: float) -> Kind:
    below = 0.0
    for name, share in _SHARES.items():
        below += share
        if u < below:
            return cast("Kind", name)
    return "none"


def _between_logs(low: float, high: float, u: float) -> float:
    return low * math.exp(u * math.log(high / low))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, x))))
