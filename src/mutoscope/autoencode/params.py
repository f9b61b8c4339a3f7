"""Parameters of seeing a film through a model. Torch-free."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from mutoscope.autoencode.bend_params import BendParams, parse_bends
from mutoscope.effects.params import Params

__all__ = ["AutoencodeParams"]


class AutoencodeParams(Params):
    """See a film through a network that has seen only one film."""

    model: Annotated[str, Field(json_schema_extra={"file": True})]
    """Model: a file that `train autoencoder` made."""

    noise: Annotated[float, Field(ge=0, le=4)] = 0.0
    """Noise on the latents, in units of how far they spread over the film that the model knows: the deliberate
    distortion. 0.2 trembles, 1 forgets."""

    noise_hold: Annotated[float, Field(ge=0, le=60, json_schema_extra={"keyframes": False})] = 0.0
    """Seconds in which the noise changes into another one; 0: another noise on each frame."""

    smooth: Annotated[float, Field(ge=0, le=0.98)] = 0.0
    """How strongly the latents keep to those of the frame before; anew at each cut."""

    exaggerate: Annotated[float, Field(ge=0, le=10)] = 1.0
    """How far latents go from the mean of all: 0 shows the mean of the film, 2 a caricature of each frame."""

    bends: Annotated[tuple[BendParams, ...], BeforeValidator(parse_bends)] = ()
    """Network bending: what is done to features on their way through the decoder, one after the other."""

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the dream in the result: 0 gives the source back bit by bit."""

    @property
    def is_animated(self) -> bool:
        """Whether any number, of any bend, is a curve."""
        return super().is_animated or any(bend.is_animated for bend in self.bends)
