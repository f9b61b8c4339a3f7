"""The discriminator as a teacher: what it sees, how it learns, and how hard it may push."""

from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = [
    "Augmentation",
    "adaptive_weight",
    "diff_augment",
    "draw_augmentation",
    "features_distance",
    "hinge_loss",
]

_SHIFT = 1 / 8
_HOLE = 1 / 2
_GREY = 0.5
_EPSILON = 1e-8


@dataclass(frozen=True)
class Augmentation:
    """How each frame of a batch is changed before the discriminator sees it.

    Attributes:
        colour_N3: brightness -0.25..0.25, saturation 0..2, contrast 0.5..1.5.
        shift_N2: rows and columns that it is moved by, px.
        hole_N4: top, left, bottom and right of what is cut out, px.

    """

    colour_N3: Tensor
    shift_N2: Tensor
    hole_N4: Tensor

    def first(self, num: int) -> "Augmentation":
        """Take what is done to the first frames."""
        return Augmentation(self.colour_N3[:num], self.shift_N2[:num], self.hole_N4[:num])


def draw_augmentation(num: int, height: int, width: int, chance: torch.Generator) -> Augmentation:
    """Draw colour, translation and cutout for each of `num` frames (Zhao et al. 2020, arXiv 2006.10738).

    The same policy serves the discriminator's and the decoder's steps: what it does to frames leaks into what is made
    only where made frames do not go through it, too.
    """
    sides = torch.tensor([height, width])
    colour_N3 = torch.rand((num, 3), generator=chance) * torch.tensor([0.5, 2.0, 1.0]) + torch.tensor([-0.25, 0, 0.5])
    most = (sides * _SHIFT + 0.5).long()
    shift_N2 = (torch.rand((num, 2), generator=chance) * (2 * most + 1)).long() - most
    hole = (sides * _HOLE + 0.5).long()
    middle_N2 = (torch.rand((num, 2), generator=chance) * (sides + 1 - hole % 2)).long()
    hole_N4 = torch.cat([middle_N2 - hole // 2, middle_N2 + (hole + 1) // 2], 1)
    return Augmentation(colour_N3, shift_N2, hole_N4)


def diff_augment(x_N3HW: Tensor, how: Augmentation) -> Tensor:
    """Change frames, 0..1, in a way that gradients go through; what is moved in or cut out is middle grey."""
    brightness, saturation, contrast = (part.view(-1, 1, 1, 1) for part in how.colour_N3.to(x_N3HW).unbind(1))
    x = x_N3HW + brightness
    grey = x.mean(1, keepdim=True)
    x = (x - grey) * saturation + grey
    level = x.mean((1, 2, 3), keepdim=True)
    x = (x - level) * contrast + level
    return _moved(x, how.shift_N2.to(x.device), how.hole_N4.to(x.device))


def _moved(x_N3HW: Tensor, shift_N2: Tensor, hole_N4: Tensor) -> Tensor:
    num, _, height, width = x_N3HW.shape
    rows_H, columns_W = (torch.arange(side, device=x_N3HW.device) for side in (height, width))
    from_rows_NH = rows_H + shift_N2[:, :1]
    from_columns_NW = columns_W + shift_N2[:, 1:]
    seen_NH = (from_rows_NH >= 0) & (from_rows_NH < height)
    seen_NW = (from_columns_NW >= 0) & (from_columns_NW < width)
    top, left, bottom, right = (part[:, None] for part in hole_N4.unbind(1))
    hole_NHW = ((rows_H >= top) & (rows_H < bottom))[:, :, None] & ((columns_W >= left) & (columns_W < right))[:, None]
    keep_N1HW = (seen_NH[:, :, None] & seen_NW[:, None] & ~hole_NHW)[:, None]
    frames_N11 = torch.arange(num, device=x_N3HW.device)[:, None, None]
    moved_NHW3 = x_N3HW.permute(0, 2, 3, 1)[
        frames_N11, from_rows_NH.clamp(0, height - 1)[:, :, None], from_columns_NW.clamp(0, width - 1)[:, None]
    ]
    return torch.where(keep_N1HW, moved_NHW3.permute(0, 3, 1, 2), _GREY)


def hinge_loss(real_N: Tensor, made_M: Tensor) -> Tensor:
    """Loss of the discriminator: scores of real frames shall be above 1, of made ones below -1 (Lim and Ye 2017)."""
    return nnf.relu(1 - real_N).mean() + nnf.relu(1 + made_M).mean()


def features_distance(made: list[Tensor], real: list[Tensor]) -> Tensor:
    """Compare the discriminator's features of two batches of frames: mean square over the real ones' mean square.

    Differs from Larsen et al. (2015): all levels count alike and each over its own size, so that the number does not
    depend on how large the discriminator's weights have become.
    """
    parts = [
        (a.float() - b.float()).square().mean() / (b.float().square().mean() + _EPSILON)
        for a, b in zip(made, real, strict=True)
    ]
    return torch.stack(parts).mean()


def adaptive_weight(reference: Tensor, pushing: Tensor, most: float = 1.0) -> Tensor:
    """Weigh a loss so that its gradient is as long as another's: min(most, |reference| / |pushing|).

    After Esser et al. (2021), "Taming Transformers". Differs: they clamp at 10,000, and a discriminator that has no
    opinion yet is amplified until it ruins the frames; here it is never amplified.

    Args:
        reference: gradient of the reconstruction loss at the decoder's last layer.
        pushing: gradient of the discriminator's loss at the same place.
        most: the highest weight.

    """
    weight: Tensor = (reference.norm() / (pushing.norm() + _EPSILON)).clamp(0, most).detach()
    return weight
