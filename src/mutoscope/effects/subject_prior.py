"""Where the subject of a frame may be: by what a classifier looks at, and by what moves against the camera."""

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.models.efficientnet_lite import EfficientNetLite0
from mutoscope.ops.cam import class_activation_maps, spread_over_likes

__all__ = ["class_activation", "own_motion"]

_LONG_SIDE_CELLS = 10
_STRIDE_PX = 32
_OFFSET_PX = 10
"""How far before its centre a cell looks: the weights were trained with padding at one end only, ours is at both.
Measured on ten photographs and their mirror images, 8 to 10 px on either axis."""
_MIDDLE = "block10"
_NUM_CLASSES = 5
_ROUNDS = 6


@torch.no_grad()
def class_activation(network: EfficientNetLite0, x_1CHW: Tensor) -> Tensor:
    """Say how much each place speaks for what the network sees in a frame.

    Class activation maps (Zhou et al. 2016) of the five likeliest classes, by their probabilities. They show the part
    by which a class is told, a dog's head; they are spread over the whole of it.

    Returns:
        1,1,H,W; 0..1, at least one 1.

    """
    height, width = x_1CHW.shape[2:]
    scale = _LONG_SIDE_CELLS / max(height, width)
    # A cell of the network is centred on pixel 32 i, not on the middle of its 32 pixels: with one pixel more than
    # whole cells the first and the last lie on the edges.
    size = [max(1, round(side * scale)) * _STRIDE_PX + 1 for side in (height, width)]
    fitted_1CHW = nnf.interpolate(x_1CHW, size, mode="bilinear", antialias=True)
    shifted_1CHW = nnf.pad(fitted_1CHW[..., _OFFSET_PX:, _OFFSET_PX:], (0, _OFFSET_PX) * 2, mode="replicate")
    layers = network.features(shifted_1CHW, [_MIDDLE, "head"])
    deep_FHW = layers["head"][0]
    weights_KF = network.classifier.weight
    shares, classes = (network.classifier(deep_FHW.mean((1, 2)))).softmax(0).topk(_NUM_CLASSES)
    maps_KHW = class_activation_maps(deep_FHW, weights_KF[classes] - weights_KF.mean(0)).clamp_min(0)
    maps_KHW = maps_KHW / maps_KHW.amax((1, 2), keepdim=True).clamp_min(1e-6)
    seen_HW = (maps_KHW * shares[:, None, None]).sum(0)
    middle_Fhw = layers[_MIDDLE][0]
    fitted = nnf.interpolate(seen_HW[None, None], middle_Fhw.shape[1:], mode="bilinear", align_corners=True)
    spread_1hw = spread_over_likes(fitted[0], middle_Fhw)
    spread_1hw = spread_1hw - spread_1hw.min()
    spread_1hw = spread_1hw / spread_1hw.max().clamp_min(1e-6)
    return nnf.interpolate(spread_1hw[None], (height, width), mode="bicubic", align_corners=True).clamp(0, 1)


def own_motion(flow_12HW: Tensor) -> Tensor:
    """Say how surely each place moves otherwise than the camera.

    The camera's motion is an affine map, fitted to the flow by least squares that are weighted anew in each of a few
    rounds, so that what moves by itself loses its say.

    Args:
        flow_12HW: pixels, x then y.

    Returns:
        1,1,H,W; 0..1. All 0 where hardly anything moves by itself.

    """
    height, width = flow_12HW.shape[2:]
    y_H, x_W = torch.linspace(-1, 1, height, dtype=torch.float64), torch.linspace(-1, 1, width, dtype=torch.float64)
    y_HW, x_HW = torch.meshgrid(y_H, x_W, indexing="ij")
    terms_P3 = torch.stack([torch.ones_like(x_HW), x_HW, y_HW], -1).view(-1, 3)
    flow_P2 = flow_12HW[0].double().flatten(1).T
    weights_P1 = torch.ones_like(terms_P3[:, :1])
    away_P = torch.zeros_like(weights_P1[:, 0])
    ridge_33 = 1e-6 * torch.eye(3, dtype=torch.float64)
    for _ in range(_ROUNDS):
        weighted_P3 = terms_P3 * weights_P1
        camera_32 = torch.linalg.solve(weighted_P3.T @ terms_P3 + ridge_33, weighted_P3.T @ flow_P2)
        away_P = (flow_P2 - terms_P3 @ camera_32).norm(dim=1)
        # Geman and McClure's weights: what is several times as far off as most of the frame has hardly a say.
        scale = away_P.median().clamp_min(_STILL_PX)
        weights_P1 = (1 / (1 + (away_P / (2 * scale)) ** 2) ** 2)[:, None]
    surely_P = ((away_P / (4 * away_P.median().clamp_min(_STILL_PX))) - 0.5).clamp(0, 1)
    return surely_P.view(1, 1, height, width).float()


_STILL_PX = 0.2
"""Motion below this is noise of the flow."""
