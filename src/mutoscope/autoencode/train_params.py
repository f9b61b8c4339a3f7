"""Parameters of training an autoencoder. Torch-free."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mutoscope.autoencode.profiles import PROFILES, Fit, Profile
from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import Params

__all__ = ["TrainAutoencoderParams"]

_Fixed = {"keyframes": False}
_Weight = Annotated[float, Field(ge=0, le=1000, json_schema_extra=_Fixed)]
_Share = Annotated[float, Field(ge=0, le=1, json_schema_extra=_Fixed)]

_SIZE = re.compile(r"(\d{2,4})x(\d{2,4})")


class TrainAutoencoderParams(Params):
    """Train a network that sees nothing but one film, or several."""

    profile: Literal["tiny", "small", "broad2016"] = "tiny"
    """Size of the networks: `tiny` 128x72, `small` 256x144, `broad2016` 256x144 with the sizes, the batch, the six
    epochs and the losses of the network that saw "Blade Runner"; it wants a GPU."""

    minutes: Annotated[float, Field(gt=0, le=100_000, json_schema_extra=_Fixed)] = 30.0
    """Time for the training, all phases together; the learning rate follows it."""

    steps: Annotated[int, Field(ge=4, json_schema_extra=_Fixed)] | None = None
    """Exact number of steps instead of a time: the same model, byte for byte, on the same machine."""

    epochs: Annotated[float, Field(gt=0, le=10_000, json_schema_extra=_Fixed)] | None = None
    """Instead of a time: how often as many frames are drawn as the films have. 6 with broad2016."""

    size: str = ""
    """Size of the frames that the network sees, like 256x144, instead of the profile's; sides are multiples of 8."""

    fit: Fit = "crop"
    """How frames of another shape are fitted: `crop` cuts off what sticks out, `letterbox` adds black bars."""

    latent: Annotated[int, Field(ge=2, le=4096, json_schema_extra=_Fixed)] = 200
    """Numbers that a frame becomes. Fewer: a looser memory."""

    batch: Annotated[int, Field(ge=2, le=512, json_schema_extra=_Fixed)] = 12
    """Frames per step."""

    rate: Annotated[float, Field(gt=0, le=0.1, json_schema_extra=_Fixed)] | None = None
    """Highest learning rate; what suits the profile by default."""

    noise: _Share = 1.0
    """How much of the posterior's noise is added to the latents in training: the deliberate distortion. Less gives a
    sharper memory, and walks that break."""

    kl: _Weight = 1.0
    """Weight of the pull of all latents towards one cloud, in relation to what suits the profile."""

    similarity: _Weight = 1.0
    """Weight of the discriminator's features: pictures that feel alike instead of pixels that are alike."""

    motion: _Weight = 1.0
    """Weight of small movements between neighbouring frames; 0: similar frames may become one."""

    contrast: _Share = 0.0
    """How much more often frames of low contrast are drawn: 1 makes all contrasts equally frequent."""

    balance: _Share = 1.0
    """How far a static scene is kept from being seen more often than others: 0 draws all frames alike."""

    finish: _Share = 0.25
    """Share of the time in which the discriminator pushes the decoder, the encoder being frozen; 0: never."""

    give_up_db: Annotated[float, Field(gt=0, le=100, json_schema_extra=_Fixed)] = 1.0
    """How many dB of PSNR the finish may cost; beyond that it is rolled back, and the card says so."""

    dream: _Share = 0.1
    """Share of the time in which a small network learns which latents follow each other, for `dream`; 0: no dreams."""

    seed: Annotated[int, Field(ge=0, lt=2**63, json_schema_extra=_Fixed)] = 0
    """Seed of all chance."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where it is trained; auto takes a GPU where there is one."""

    devices: Annotated[int, Field(ge=1, le=64, json_schema_extra=_Fixed)] = 1
    """How many GPUs of this machine learn together."""

    threads: Annotated[int, Field(ge=1, le=256, json_schema_extra=_Fixed)] | None = None
    """Processor threads; all of the machine's without it. The number decides about the last bits."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.shape()
        if self.steps is not None and self.epochs is not None:
            raise ParameterError("steps and epochs are both given; give one of them.")
        return self

    def shape(self) -> Profile:
        """Give the shape of the networks.

        Raises:
            ParameterError: the size was not understood.

        """
        base = PROFILES[self.profile]
        update: dict[str, object] = {"latent": self.latent}
        if self.size:
            found = _SIZE.fullmatch(self.size)
            sides = [int(side) for side in found.groups()] if found else []
            if not sides or any(side % 8 or not 16 <= side <= 1024 for side in sides):
                raise ParameterError(
                    f"size={self.size!r} was not understood; write WIDTHxHEIGHT like 128x72, multiples of 8 "
                    "from 16 to 1024."
                )
            update |= {"width": sides[0], "height": sides[1]}
        return base.model_copy(update=update)
