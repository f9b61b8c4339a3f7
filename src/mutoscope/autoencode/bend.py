"""Network bending (Broad, Leymarie and Grierson 2020): features are changed on their way through the decoder.

Differs from the paper: what is moved in from outside is the mirrored rest instead of zeros, and thresholds and
inversions keep to a feature's own level and spread. Zeros and ones are far from what the next layer knows, and turn
its picture grey.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.autoencode.bend_params import BendParams
from mutoscope.autoencode.clusters import cluster_features
from mutoscope.autoencode.networks import Decoder, Tap
from mutoscope.core.errors import ParameterError
from mutoscope.core.random import generator

__all__ = ["Bender", "bent"]

_LEAST_SCALE = 0.01
_MOST_GAIN = 8.0
"""What erosion leaves of a feature is made this much stronger at most."""
_MOST_CLUSTERS = 64

_Bend = Callable[[Tensor, float, float], Tensor]
"""Takes features N,K,h,w, an amount, and pixels of the layer per pixel of the frame."""


class Bender:
    """Bends the layers of a decoder; remembers which features were drawn.

    Args:
        decoder: whose layers are bent.
        examples_NL: latents of a few frames, by which features are told apart into clusters.

    """

    def __init__(self, decoder: Decoder, examples_NL: Tensor) -> None:
        self._decoder, self._examples = decoder, examples_NL
        self._chosen: dict[tuple[int, str, int], Tensor | None] = {}
        self._clusters: dict[tuple[int, int], Tensor] = {}
        self._maps: dict[int, Tensor] = {}

    def tap(self, bends: Sequence[BendParams]) -> Tap | None:
        """Give what the decoder calls at each layer; None where there is nothing to bend.

        Raises:
            ParameterError: there is no such layer, feature or cluster.

        """
        if not bends:
            return None
        by_layer: dict[int, list[tuple[BendParams, Tensor | None]]] = {}
        for bend in bends:
            self._check_layer(bend.layer)
            by_layer.setdefault(bend.layer, []).append((bend, self._features(bend)))
        frame_px = self._decoder.profile.height

        def apply(layer: int, x_NCHW: Tensor) -> Tensor:
            for bend, chosen in by_layer.get(layer, ()):
                scale = x_NCHW.shape[2] / frame_px
                if chosen is None:
                    x_NCHW = bent(x_NCHW, bend.transform, bend.amount, scale)
                elif len(chosen):
                    place = chosen.to(x_NCHW.device)
                    part = bent(x_NCHW.index_select(1, place), bend.transform, bend.amount, scale)
                    x_NCHW = x_NCHW.index_copy(1, place, part)
            return x_NCHW

        return apply

    def _check_layer(self, layer: int) -> None:
        num = self._decoder.num_layers
        if layer >= num:
            raise ParameterError(
                f"decoder.{layer}: the decoder of this model has {num} layers; give decoder.0 to decoder.{num - 1}."
            )

    def _features(self, bend: BendParams) -> Tensor | None:
        """Give the numbers of the features that are meant; None for all."""
        said = bend.features.replace(" ", "")
        key = bend.layer, said, bend.seed
        if said != "all" and key not in self._chosen:
            self._chosen[key] = self._choose(bend.layer, said, bend.seed)
        return self._chosen.get(key)

    def _choose(self, layer: int, said: str, seed: int) -> Tensor:
        num = len(self._activations(layer))
        if said.startswith("cluster"):
            return self._in_cluster(layer, said, num)
        if "." in said:
            order = torch.randperm(num, generator=generator(seed, layer, "bent features"))
            return order[: round(float(said) * num)].sort().values
        numbers = sorted({int(number) for number in said.split(",")})
        if numbers[-1] >= num:
            raise ParameterError(
                f"decoder.{layer}[{said}]: this layer has {num} features; give numbers from 0 to {num - 1}."
            )
        return torch.tensor(numbers)

    def _in_cluster(self, layer: int, said: str, num: int) -> Tensor:
        which, total = (int(number) for number in said.removeprefix("cluster").split("/"))
        if not 1 <= which <= total <= min(num, _MOST_CLUSTERS):
            raise ParameterError(
                f"decoder.{layer}[{said}]: there is no such cluster; its {num} features make at most "
                f"{min(num, _MOST_CLUSTERS)} clusters, the first of three is cluster1/3."
            )
        key = layer, total
        if key not in self._clusters:
            self._clusters[key] = cluster_features(self._activations(layer), total)
        return torch.nonzero(self._clusters[key] == which - 1)[:, 0]

    def _activations(self, layer: int) -> Tensor:
        """Give what the features of a layer show for the examples, C,N,h,w."""
        if layer not in self._maps:
            seen: dict[int, list[Tensor]] = {}

            def look(number: int, x_NCHW: Tensor) -> Tensor:
                seen.setdefault(number, []).append(x_NCHW.float().cpu().transpose(0, 1))
                return x_NCHW

            with torch.inference_mode():
                weight = next(self._decoder.parameters())
                for z in torch.split(self._examples.to(weight), 1):
                    self._decoder(z, look)
            self._maps = {number: torch.cat(maps, 1) for number, maps in seen.items()}
        return self._maps[layer]


def bent(x_NKHW: Tensor, transform: str, amount: float, scale: float) -> Tensor:
    """Bend features.

    Args:
        x_NKHW: features of a layer.
        transform: one of `bend_params.TRANSFORMS`.
        amount: as `BendParams.amount`.
        scale: pixels of the layer per pixel of the frame.

    Returns:
        the same tensor where the amount changes nothing.

    """
    return _BENDS[transform](x_NKHW, amount, scale)


def _scaled(x: Tensor, amount: float, _scale: float) -> Tensor:
    if amount == 1:
        return x
    factor = math.copysign(max(abs(amount), _LEAST_SCALE), amount)
    return _moved(x, ((1 / factor, 0.0, 0.0), (0.0, 1 / factor, 0.0)))


def _rotated(x: Tensor, amount: float, _scale: float) -> Tensor:
    turn = amount % 360
    if turn == 0:
        return x
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    # A grid runs from -1 to 1 on both axes, whatever the sides: a turn must not squeeze.
    ratio = x.shape[2] / x.shape[3]
    return _moved(x, ((cos, sin * ratio, 0.0), (-sin / ratio, cos, 0.0)))


def _moved(x_NKHW: Tensor, theta: tuple[tuple[float, float, float], tuple[float, float, float]]) -> Tensor:
    """Sample features elsewhere: where in the old ones, -1..1, each place of the new ones lies."""
    matrix = torch.tensor(theta, dtype=torch.float32, device=x_NKHW.device).expand(len(x_NKHW), 2, 3)
    grid = nnf.affine_grid(matrix, list(x_NKHW.shape), align_corners=False)
    sampled = nnf.grid_sample(x_NKHW.float(), grid, padding_mode="reflection", align_corners=False)
    return sampled.to(x_NKHW.dtype)


def _shifted(dim: int) -> _Bend:
    def shift(x: Tensor, amount: float, _scale: float) -> Tensor:
        if amount == 0:
            return x
        there = -2 * amount
        return _moved(x, ((1.0, 0.0, there if dim == 3 else 0.0), (0.0, 1.0, there if dim == 2 else 0.0)))

    return shift


def _flipped(dim: int) -> _Bend:
    return lambda x, amount, _: _blend(x, lambda: x.flip(dim), amount)


def _dilated(x: Tensor, amount: float, scale: float) -> Tensor:
    if amount == 0:
        return x
    if amount < 0:
        return -_dilated(-x, -amount, scale)
    radius = min(amount * scale, float(max(x.shape[2:])))
    whole = math.floor(radius)
    return torch.lerp(_grown(x, whole), _grown(x, whole + 1), radius - whole)


def _grown(x: Tensor, radius: int) -> Tensor:
    """Dilate, and give each feature back the level and the spread that it had: else all becomes one colour."""
    if radius == 0:
        return x
    (mean, spread), grown = _level(x), _largest_near(x, radius)
    grown_mean, grown_spread = _level(grown)
    gain = spread / torch.maximum(grown_spread, spread / _MOST_GAIN).clamp_min(1e-12)
    return (grown - grown_mean) * gain + mean


def _largest_near(x: Tensor, radius: int) -> Tensor:
    """Give the largest value within a square, one axis after the other."""
    rows = min(radius, x.shape[2] - 1)
    columns = min(radius, x.shape[3] - 1)
    x = nnf.max_pool2d(x, (2 * rows + 1, 1), 1, (rows, 0))
    return nnf.max_pool2d(x, (1, 2 * columns + 1), 1, (0, columns))


def _thresholded(x: Tensor, amount: float, _scale: float) -> Tensor:
    mean, spread = _level(x)
    return torch.where(x > mean + amount * spread, mean + spread, mean - spread)


def _inverted(x: Tensor, amount: float, _scale: float) -> Tensor:
    return _blend(x, lambda: 2 * _level(x)[0] - x, amount)


def _level(x_NKHW: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each feature over its own map."""
    mean = x_NKHW.mean((2, 3), keepdim=True)
    return mean, (x_NKHW - mean).square().mean((2, 3), keepdim=True).sqrt()


def _blend(x: Tensor, other: Callable[[], Tensor], amount: float) -> Tensor:
    if amount == 0:
        return x
    return other() if amount == 1 else torch.lerp(x, other(), amount)


_BENDS: Mapping[str, _Bend] = {
    "scale": _scaled,
    "rotate": _rotated,
    "move-x": _shifted(3),
    "move-y": _shifted(2),
    "flip-x": _flipped(3),
    "flip-y": _flipped(2),
    "erode": lambda x, amount, scale: _dilated(x, -amount, scale),
    "dilate": _dilated,
    "threshold": _thresholded,
    "invert": _inverted,
    "ablate": lambda x, amount, _: x if amount == 0 else x * (1 - amount),
    "multiply": lambda x, amount, _: x if amount == 1 else x * amount,
}
