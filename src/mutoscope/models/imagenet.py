"""ImageNet (Russakovsky et al. 2015): its 1,000 classes, and what its networks expect. Torch-free."""

import functools
from importlib.resources import files

__all__ = ["MEAN", "STD", "labels"]

MEAN = (0.485, 0.456, 0.406)
"""Mean of each channel over the training pictures, in units of 0..1; torchvision's weights want it off."""

STD = (0.229, 0.224, 0.225)
"""Standard deviation of each channel, in units of 0..1."""


@functools.cache
def labels() -> tuple[str, ...]:
    """Name the classes in the order of the scores: WordNet's synonyms, the first is the usual one."""
    text = files(__package__).joinpath("imagenet_labels.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())
