"""Parameters of finding what a film shows in front. Torch-free."""

from mutoscope.effects.params import NamedWeights, Params
from mutoscope.models.weights import WEIGHTS, locate

__all__ = ["BACKBONE", "SubjectParams"]

BACKBONE = "efficientnet_lite0"
"""The network that looks; it is built in."""


class SubjectParams(Params):
    """Give a mask that is white where the film shows its subject: an animal, a person, a thing in front."""

    invert: bool = False
    """White where the background is instead."""

    def used_weights(self) -> list[NamedWeights]:
        """Give the weights of the network that looks."""
        row = WEIGHTS[BACKBONE]
        return [NamedWeights(row.name, locate(row.name), row.licence, row.url or str(row.package))]
