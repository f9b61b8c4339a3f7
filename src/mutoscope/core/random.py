"""Chance that belongs to a frame, so that cutting a film otherwise changes nothing."""

import hashlib

import torch

__all__ = ["generator"]


def generator(seed: int, pts: int, purpose: str = "") -> torch.Generator:
    """Make a CPU generator that depends on `(seed, pts, purpose)` only.

    Args:
        seed: the run's seed.
        pts: the frame's time stamp, in units of its clip's time base.
        purpose: keeps two uses of chance in the same frame apart.

    """
    digest = hashlib.sha256(f"{seed}/{pts}/{purpose}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "little", signed=True))
