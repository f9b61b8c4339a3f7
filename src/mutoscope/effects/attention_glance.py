"""What a classifier says about one picture: which classes, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.models.backbone import Backbone
from mutoscope.models.backbones import load_backbone
from mutoscope.ops.cam import class_activation_maps, spread_over_likes
from mutoscope.ops.resize import fit_long_side

__all__ = ["MAP_LONG_SIDE", "NAMED", "Glance", "choose", "fit_map_size", "glance"]

MAP_LONG_SIDE = 64
"""Long side of a map in its own pixels; the network's cells are coarser."""
NAMED = -1
"""Number of the map of what was asked for by name."""

_LONG_SIDE_CELLS = 10
_STRIDE_PX = 32
_CANDIDATES = 12
"""Classes whose maps are kept until the shot has been seen and one is chosen."""
_MOST_MIXED = 5
_LEAST_SHARE = 0.5
"""What was asked for by name is measured against this share of the likeliest class at least: where there is none of
it, its map stays dark. On photographs, what is there reaches 0.6 to 1.4, what is not 0.03 to 0.3."""


@dataclass(frozen=True)
class _Eye:
    """A network that ends in global average pooling and one linear layer.

    Attributes:
        middle: layer of stride 16 whose features tell what looks alike.
        deep: last layer before the pooling, of stride 32.
        offset_px: how far before its centre a cell looks. EfficientNet-Lite's weights were trained with padding at one
            end only, ours is at both; measured on ten photographs and their mirror images, 8 to 10 px on either axis.
        weights_KF: of the linear layer, less their mean over classes, which softmax does not see.
        bias_K: likewise.

    """

    network: Backbone
    middle: str
    deep: str
    offset_px: int
    weights_KF: Tensor
    bias_K: Tensor


@dataclass(frozen=True)
class Glance:
    """What the network says about one picture.

    Attributes:
        chances_K: probability of each class.
        classes: whose maps these are: the likeliest, or `NAMED`.
        maps_Khw: evidence, not negative, at the pixels of the network's layer over the padded picture.
        least_peak: evidence that a map is measured against at least.
        frame: top, left, height and width of the picture within what the network saw, in its pixels.
        canvas: height and width of that; the maps' outermost pixels lie on its edges.

    """

    chances_K: Tensor
    classes: tuple[int, ...]
    maps_Khw: Tensor
    least_peak: float
    frame: tuple[int, int, int, int]
    canvas: tuple[int, int]

    def evidence(self, shares: Mapping[int, float], size: tuple[int, int]) -> tuple[Tensor, float] | None:
        """Give the map of some classes, mixed by their shares, at the picture's pixels.

        Returns:
            h,w float32, not negative, and its peak; None where none of these classes was among the likeliest.

        """
        known = [(share, self.classes.index(number)) for number, share in shares.items() if number in self.classes]
        if not known:
            return None
        total = sum(share for share, _ in known)
        mixed_hw = torch.stack([share / total * self.maps_Khw[k].double() for share, k in known]).sum(0)
        return self._cut(mixed_hw, size), max(float(mixed_hw.max()), self.least_peak)

    def _cut(self, map_hw: Tensor, size: tuple[int, int]) -> Tensor:
        top, left, height, width = self.frame
        y_H = (torch.arange(size[0]).double() + 0.5) * height / size[0] - 0.5 + top
        x_W = (torch.arange(size[1]).double() + 0.5) * width / size[1] - 0.5 + left
        y_H, x_W = (at / (side - 1) * 2 - 1 for at, side in zip((y_H, x_W), self.canvas, strict=True))
        grid_1HW2 = torch.stack([x_W.expand(size), y_H[:, None].expand(size)], -1)[None]
        found = nnf.grid_sample(map_hw[None, None], grid_1HW2, "bicubic", "border", align_corners=True)
        return found[0, 0].clamp_min(0).float()


def fit_map_size(height: int, width: int) -> tuple[int, int]:
    """Height and width of the map of a frame of this size."""
    return fit_long_side(height, width, min(MAP_LONG_SIDE, max(height, width)))


@torch.no_grad()
def glance(backbone: str, x_1CHW: Tensor, wanted: tuple[tuple[int, ...], ...], *, spread: bool) -> Glance:
    """Look at a picture.

    Args:
        backbone: name of the network.
        x_1CHW: 0..1 sRGB.
        wanted: groups of classes whose evidence is shown together; none: the likeliest classes, each for itself.
        spread: carry evidence over all that looks alike.

    Raises:
        WeightsError: the network's weights are not to be had.

    """
    eye = _open_eye(backbone)
    padded, frame = _padded(x_1CHW, eye.offset_px)
    layers = eye.network.features(padded, [eye.middle, eye.deep])
    # In double precision sums do not hang on their order, and so not on the number of threads.
    deep_FHW, middle_Fhw = layers[eye.deep][0].double(), layers[eye.middle][0].double()
    chances_K = (eye.weights_KF @ deep_FHW.mean((1, 2)) + eye.bias_K).softmax(0)
    likeliest = chances_K.topk(_CANDIDATES).indices.tolist()
    rows = eye.weights_KF[likeliest] if not wanted else _rows(eye.weights_KF, chances_K, (*wanted, (likeliest[0],)))
    maps_KHW = class_activation_maps(deep_FHW, rows).clamp_min(0)
    if spread:
        fitted = nnf.interpolate(maps_KHW[None], middle_Fhw.shape[1:], mode="bilinear", align_corners=True)[0]
        maps_KHW = spread_over_likes(fitted, middle_Fhw)
        maps_KHW = maps_KHW - maps_KHW.amin((1, 2), keepdim=True)
    least_peak, classes = 0.0, tuple(likeliest)
    if wanted:
        least_peak, classes = _LEAST_SHARE * float(maps_KHW[-1].max()), (NAMED,)
        maps_KHW = maps_KHW[:-1].amax(0, keepdim=True)
    return Glance(chances_K, classes, maps_KHW.half(), least_peak, frame, (padded.shape[2], padded.shape[3]))


def choose(chances_K: Tensor, *, named: bool, spread: bool) -> dict[int, float]:
    """Choose the classes that a shot or a picture is about, the likeliest first, each with its share.

    Args:
        chances_K: probabilities, summed over what was looked at.
        named: whether classes were asked for by name.
        spread: let classes that are nearly as likely count too; dogs of two breeds tell more of a dog than one.

    """
    if named:
        return {NAMED: 1.0}
    best = chances_K.topk(_MOST_MIXED if spread else 1)
    return dict(zip(best.indices.tolist(), (best.values / best.values.sum()).tolist(), strict=True))


@lru_cache(maxsize=2)
def _open_eye(name: str) -> _Eye:
    network = load_backbone(name)
    linear = network.classifier if name == "efficientnet_lite0" else network.fc
    middle, deep, offset_px = {
        "efficientnet_lite0": ("block10", "head", 10),
        "resnet18": ("layer3.1", "layer4.1", 0),
    }[name]
    assert isinstance(linear, torch.nn.Linear)
    weights_KF, bias_K = linear.weight.double(), linear.bias.double()
    return _Eye(network, middle, deep, offset_px, weights_KF - weights_KF.mean(0), bias_K - bias_K.mean())


def _rows(weights_KF: Tensor, chances_K: Tensor, groups: tuple[tuple[int, ...], ...]) -> Tensor:
    """Give each group one row: the gradient of the log of its chance, which is its classes' rows by their chances."""
    rows = []
    for group in groups:
        shares = chances_K[list(group)]
        rows.append((shares / shares.sum().clamp_min(1e-12)) @ weights_KF[list(group)])
    return torch.stack(rows)


def _padded(x_1CHW: Tensor, offset_px: int) -> tuple[Tensor, tuple[int, int, int, int]]:
    """Fit a picture to whole cells of the network and keep its shape: the short side is padded.

    Returns:
        the padded picture, and where the picture lies in it: top, left, height and width.

    """
    # A cell is centred on pixel 32 i: with one pixel more than whole cells the first and the last lie on the edges.
    height, width = fit_long_side(x_1CHW.shape[2], x_1CHW.shape[3], _LONG_SIDE_CELLS * _STRIDE_PX + 1)
    fitted = nnf.interpolate(x_1CHW, (height, width), mode="bilinear", antialias=True)
    cells = (max(1, -(-(side - 1) // _STRIDE_PX)) for side in (height, width))
    spare_y, spare_x = (n * _STRIDE_PX + 1 - side for n, side in zip(cells, (height, width), strict=True))
    top, left = spare_y // 2, spare_x // 2
    padded = nnf.pad(fitted, (left, spare_x - left, top, spare_y - top), mode="replicate")
    if offset_px:
        padded = nnf.pad(padded[..., offset_px:, offset_px:], (0, offset_px) * 2, mode="replicate")
    return padded, (top, left, height, width)
