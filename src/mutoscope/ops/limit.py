"""Pictures in few colours, steady from frame to frame: ordered dithering (Bayer 1973)."""

import torch
from torch import Tensor

from mutoscope.ops.oklab import from_oklab, to_oklab

__all__ = ["bayer_matrix", "frequent_colours", "limit_colours"]

_SAMPLED_PX = 4096


def bayer_matrix(order: int = 3) -> Tensor:
    """Thresholds of ordered dithering, 2^order square, between -0.5 and 0.5, mean 0."""
    matrix = torch.zeros(1, 1)
    for _ in range(order):
        matrix = torch.cat([torch.cat([4 * matrix, 4 * matrix + 2], 1), torch.cat([4 * matrix + 3, 4 * matrix + 1], 1)])
    return (matrix + 0.5) / matrix.numel() - 0.5


def limit_colours(x_NCHW: Tensor, colours_K3: Tensor, dither: float = 1.0) -> Tensor:
    """Show pictures in given colours only.

    Args:
        x_NCHW: 0..1 sRGB.
        colours_K3: sRGB 0..1.
        dither: how strongly the Bayer pattern mixes neighbouring colours; 0: the nearest colour everywhere.

    """
    height, width = x_NCHW.shape[2:]
    colours_K3 = colours_K3.to(x_NCHW)
    palette_K3 = to_oklab(colours_K3.view(-1, 3, 1, 1)).view(-1, 3)
    lab = to_oklab(x_NCHW)
    if dither > 0:
        tile = bayer_matrix().to(x_NCHW)
        pattern = tile.repeat(-(-height // 8), -(-width // 8))[:height, :width]
        # The pattern shifts lightness by about the distance between neighbouring colours of the palette.
        spread = _usual_gap(palette_K3)
        lab = torch.cat([lab[:, :1] + dither * spread * pattern, lab[:, 1:]], 1)
    flat_NMC = lab.flatten(2).mT
    # By squared distances written out: exact ties fall to the first colour, on any number of threads.
    nearest = torch.stack([(flat_NMC - colour).square().sum(2) for colour in palette_K3]).argmin(0)
    limited: Tensor = colours_K3[nearest].mT.reshape(len(x_NCHW), 3, height, width)
    return limited


def frequent_colours(x_1CHW: Tensor, num: int, iterations: int = 20) -> Tensor:
    """Find the colours that a picture is made of: k-means in OKLab, the most frequent first.

    Starts from colours that are far from each other, so the result is always the same.

    Returns:
        num,3 sRGB 0..1.

    """
    lab_M3 = to_oklab(x_1CHW).flatten(2)[0].mT
    # By chance, always the same: a regular step may fall on one column of a pattern again and again.
    order = torch.randperm(len(lab_M3), generator=torch.Generator().manual_seed(0))
    points = lab_M3[order[:_SAMPLED_PX].to(lab_M3.device)]
    # From a real colour, the farthest from the mean: a centre without any pixel would stay in the result.
    centres = [points[(points - points.mean(0)).square().sum(1).argmax()]]
    for _ in range(num - 1):
        gaps = torch.cdist(points, torch.stack(centres)).amin(1)
        centres.append(points[gaps.argmax()])
    found = torch.stack(centres)
    for _ in range(iterations):
        owner = torch.cdist(points, found).argmin(1)
        found = torch.stack([points[owner == k].mean(0) if (owner == k).any() else found[k] for k in range(num)])
    counts = torch.bincount(torch.cdist(points, found).argmin(1), minlength=num)
    return from_oklab(found[counts.argsort(descending=True, stable=True)].view(-1, 3, 1, 1)).view(-1, 3)


def _usual_gap(palette_K3: Tensor) -> Tensor:
    if len(palette_K3) < 2:
        return palette_K3.new_zeros(())
    gaps = torch.cdist(palette_K3, palette_K3) + torch.eye(len(palette_K3)).to(palette_K3) * 9
    return gaps.amin(1).mean()
