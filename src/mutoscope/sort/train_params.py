"""Parameters of training a sorter. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["TrainSorterParams"]

_Fixed = {"keyframes": False}


class TrainSorterParams(Params):
    """Train the learned part of sorting on labelled pictures."""

    backbone: Annotated[
        Literal["efficientnet_lite0", "resnext50_32x4d", "tiny"], Field(json_schema_extra={"weights": True})
    ] = "efficientnet_lite0"
    """Pretrained network. `efficientnet_lite0` comes with the package and keeps its weights: a small head learns from
    its layers. `resnext50_32x4d` is trained as in the seed, head and network, and is fetched once. `tiny` is for
    tests."""

    manner: Literal["head", "seed"] | None = None
    """What learns: a small `head` on fixed numbers of each picture, in seconds, or a whole network as in the `seed`.
    Without it, `seed` with resnext50_32x4d and `head` otherwise."""

    from_scratch: bool = False
    """Begin with an empty head instead of with the shipped one. It takes more pictures, a few hundred at least."""

    epochs: Annotated[int, Field(ge=1, le=1000, json_schema_extra=_Fixed)] | None = None
    """At most this often over all pictures; 80 for a head, 20 as in the seed for a network."""

    patience: Annotated[int, Field(ge=1, le=1000, json_schema_extra=_Fixed)] = 10
    """End after so many epochs without a better one."""

    rate: Annotated[float, Field(gt=0, le=1, json_schema_extra=_Fixed)] | None = None
    """Learning rate; 0.001 for a head, 0.002 as in the seed for a network."""

    batch: Annotated[int, Field(ge=1, le=1024, json_schema_extra=_Fixed)] | None = None
    """Pictures per step; 32 for a head, 4 as in the seed for a network."""

    validation: Annotated[float, Field(gt=0, lt=1, json_schema_extra=_Fixed)] = 0.2
    """Share of the pictures that nothing is learned from. Folders named Test or Validation come before it."""

    trains_backbone: bool = True
    """In the manner of the seed: learn the network too. Without it only the head learns, ten times as fast."""

    crop: Annotated[int, Field(ge=32, le=512, json_schema_extra=_Fixed)] = 224
    """In the manner of the seed: side of the crops, px."""

    seed: Annotated[int, Field(ge=0, lt=2**63, json_schema_extra=_Fixed)] = 0
    """Seed of all chance."""

    threads: Annotated[int, Field(ge=1, le=256, json_schema_extra=_Fixed)] | None = None
    """Processor threads; all of the machine's without it. The number decides about the last bits."""

    @property
    def is_seed(self) -> bool:
        """Whether a whole network learns, as in the seed."""
        return self.manner == "seed" or (self.manner is None and self.backbone == "resnext50_32x4d")
