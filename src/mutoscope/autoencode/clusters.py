"""Features that light up at the same places, told apart by k-means.

Differs from Broad et al. (2020), who train a network for it: a film's own frames are enough.
"""

import torch
import torch.nn.functional as nnf
from torch import Tensor

__all__ = ["cluster_features", "k_means"]

_MAP_PX = 16
_MOST_ROUNDS = 50


def cluster_features(maps_CNHW: Tensor, num: int) -> Tensor:
    """Sort features into clusters by where they light up.

    Args:
        maps_CNHW: what each feature shows for a few frames.
        num: of clusters.

    Returns:
        for each feature the number of its cluster, from 0, the largest cluster first; none is empty.

    """
    height, width = (min(side, _MAP_PX) for side in maps_CNHW.shape[2:])
    points = nnf.adaptive_avg_pool2d(maps_CNHW.float(), (height, width)).flatten(1)
    points = points - points.mean(1, keepdim=True)
    # Length 1: not how strongly a feature speaks tells what it sees, only where.
    return k_means(nnf.normalize(points, dim=1), num)


def k_means(points_FD: Tensor, num: int) -> Tensor:
    """Sort points into clusters (Lloyd 1982), without chance: each begins where it is farthest from the others.

    Args:
        points_FD: at least `num` points.
        num: of clusters.

    Returns:
        for each point the number of its cluster, from 0, the largest first; none is empty.

    """
    points = points_FD.double()
    centres = points[_starts(points, num)]
    labels = torch.full((len(points),), -1)
    for _ in range(_MOST_ROUNDS):
        distances = torch.cdist(points, centres)
        nearest = distances.argmin(1)
        for empty in (c for c in range(num) if not bool((nearest == c).any())):
            # The point that fits worst where others stay begins the cluster anew.
            shared = torch.bincount(nearest, minlength=num)[nearest] > 1
            lonely = distances.gather(1, nearest[:, None])[:, 0].masked_fill(~shared, -1)
            nearest[int(lonely.argmax())] = empty
        if torch.equal(nearest, labels):
            break
        labels = nearest
        centres = torch.stack([points[labels == c].mean(0) for c in range(num)])
    sizes = torch.bincount(labels, minlength=num)
    order = sorted(range(num), key=lambda c: (-int(sizes[c]), int((labels == c).nonzero()[0])))
    return torch.tensor([order.index(int(label)) for label in labels])


def _starts(points_FD: Tensor, num: int) -> list[int]:
    chosen = [int((points_FD - points_FD.mean(0)).norm(dim=1).argmax())]
    nearest = (points_FD - points_FD[chosen[0]]).norm(dim=1)
    while len(chosen) < num:
        chosen.append(int(nearest.argmax()))
        nearest = torch.minimum(nearest, (points_FD - points_FD[chosen[-1]]).norm(dim=1))
        nearest[chosen] = -1
    return chosen
