"""Parameters of seeing a film through a model. Torch-free."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field

from mutoscope.autoencode.bend_params import BendParams, parse_bends
from mutoscope.core.machine import cpu_features
from mutoscope.effects.params import Params

__all__ = ["AutoencodeParams", "Manner", "Precision", "choose_precision"]

Manner = Literal["crop", "letterbox", "stretch"]
"""How a frame of another shape is fitted into the model's."""

Precision = Literal["auto", "float32", "bfloat16"]
"""How exactly networks calculate."""


class AutoencodeParams(Params):
    """See a film through a network that has seen only one film."""

    model: Annotated[str, Field(json_schema_extra={"file": True})]
    """Model: a file that `train autoencoder` made."""

    noise: Annotated[float, Field(ge=0, le=4)] = 0.0
    """Noise on the latents, in units of how far they spread over the film that the model knows: the deliberate
    distortion. 0.5 trembles, 1 dissolves, 2 forgets."""

    noise_hold: Annotated[float, Field(ge=0, le=60, json_schema_extra={"keyframes": False})] = 0.0
    """Seconds in which the noise changes into another one; 0: another noise on each frame."""

    smooth: Annotated[float, Field(ge=0, le=0.98)] = 0.0
    """How strongly the latents keep to those of the frame before; anew at each cut."""

    exaggerate: Annotated[float, Field(ge=0, le=10)] = 1.0
    """How far latents go from the mean of all: 0 shows the mean of the film, 2 a caricature of each frame."""

    bends: Annotated[tuple[BendParams, ...], BeforeValidator(parse_bends)] = ()
    """Network bending: what is done to features on their way through the decoder, one after the other."""

    fit: Manner | None = None
    """How frames of another shape than the model's are shown to it; as in its training without it. `crop`: the middle;
    beside it the model has seen nothing, and its picture goes on mirrored, soft and darker. `letterbox`: the whole
    frame between black bars, which are cut away again. `stretch`: the whole frame, squeezed and stretched back;
    vertical films want one of these two."""

    pixel_shape: Annotated[float, Field(gt=0.1, lt=10, json_schema_extra={"keyframes": False})] = 1.0
    """Width of the footage's pixels over their height; `mutoscope autoencode` reads it from the film."""

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the dream in the result: 0 gives the source back bit by bit."""

    precision: Precision = "auto"
    """How exactly the networks calculate: `bfloat16` is nearly twice as fast where the processor knows it, and changes
    fewer than one pixel in a thousand by more than a step of 255; `auto` takes it there."""

    def settled(self, device: str) -> Self:
        """Choose the precision for this machine."""
        return self.model_copy(update={"precision": choose_precision(self.precision, device)})

    @property
    def is_animated(self) -> bool:
        """Whether any number, of any bend, is a curve."""
        return super().is_animated or any(bend.is_animated for bend in self.bends)

    def at(self, seconds: float) -> Self:
        """Give the parameters of one moment, those of bends too."""
        now = super().at(seconds)
        if not any(bend.is_animated for bend in self.bends):
            return now
        return now.model_copy(update={"bends": tuple(bend.at(seconds) for bend in self.bends)})


def choose_precision(wish: Precision, device: str) -> Literal["float32", "bfloat16"]:
    """Turn "auto" into what the processor does fast; by its features, never by a race."""
    if wish != "auto":
        return wish
    return "bfloat16" if device == "cpu" and {"avx512_bf16", "amx_bf16"} & set(cpu_features()) else "float32"
