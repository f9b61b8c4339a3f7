"""Colours of a painting for a place that has not been painted: what the painting made of the colours around it."""

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["colours_from_around"]

_GRID = 64
_RADIUS = 0.15
_RIDGE = 0.003


def colours_from_around(content_1CHW: Tensor, painted_1CHW: Tensor, trust_11HW: Tensor) -> Tensor:
    """Give the content the colours that the painting gave to the content around each place.

    A weighted affine fit of painted to content colours in a soft window about each place, as in a guided filter
    (He et al. 2013), on a coarse grid; the fit of a place without trusted neighbours leans on those farther away.

    Args:
        content_1CHW: the frame, 0..1.
        painted_1CHW: what is painted of it; anything where there is no trust.
        trust_11HW: where that is right, 0..1.

    Returns:
        1,C,H,W, 0..1; the content itself where nothing at all is trusted.

    """
    height, width = content_1CHW.shape[2:]
    every = max(1, max(height, width) // _GRID)
    grid = max(1, height // every), max(1, width // every)
    terms_14HW = torch.cat([content_1CHW, torch.ones_like(content_1CHW[:, :1])], 1)
    squares = (terms_14HW[:, :, None] * terms_14HW[:, None]).flatten(1, 2) * trust_11HW
    products = (terms_14HW[:, :, None] * painted_1CHW[:, None]).flatten(1, 2) * trust_11HW
    if float(trust_11HW.sum()) < 1:
        return content_1CHW
    gathered = _window(nnf.adaptive_avg_pool2d(torch.cat([squares, products], 1), grid))
    gathered = gathered + 1e-3 * gathered.mean((2, 3), keepdim=True)
    left_P44 = gathered[0, :16].flatten(1).T.reshape(-1, 4, 4)
    right_P43 = gathered[0, 16:].flatten(1).T.reshape(-1, 4, 3)
    weight_P11 = left_P44[:, 3:, 3:]
    ridge_44 = torch.diag(torch.tensor([_RIDGE] * 3 + [1e-6], device=left_P44.device))
    fit_P43 = torch.linalg.solve(left_P44 / weight_P11 + ridge_44, right_P43 / weight_P11)
    fit = nnf.interpolate(fit_P43.permute(1, 2, 0).reshape(1, 12, *grid), (height, width), mode="bilinear")
    return (terms_14HW[:, :, None] * fit.view(1, 4, 3, height, width)).sum(1).clamp(0, 1)


def _window(x_NCHW: Tensor) -> Tensor:
    """Sum over a Gaussian window; what lies outside the picture counts nothing."""
    sigma = max(1.0, _RADIUS * max(x_NCHW.shape[2:]))
    reach = round(2 * sigma)
    at = torch.arange(-reach, reach + 1, device=x_NCHW.device)
    bell = torch.exp(-at.square() / (2 * sigma**2)).expand(x_NCHW.shape[1], 1, -1)
    x = nnf.conv2d(x_NCHW, bell[:, :, :, None], padding=(reach, 0), groups=x_NCHW.shape[1])
    return nnf.conv2d(x, bell[:, :, None], padding=(0, reach), groups=x_NCHW.shape[1])
