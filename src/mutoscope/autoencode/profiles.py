"""Sizes of the networks, by name. Torch-free."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["PROFILES", "Fit", "Profile"]

Fit = Literal["crop", "letterbox"]


class Profile(BaseModel):
    """Shape of the three networks."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(max_length=40)]
    """What it is called."""

    width: Annotated[int, Field(ge=16, le=1024, multiple_of=8)]
    """Of the frames that the network sees, px."""

    height: Annotated[int, Field(ge=16, le=1024, multiple_of=8)]
    """Of the frames that the network sees, px."""

    base: Annotated[int, Field(ge=2, le=256)]
    """Channels of the first convolution, at a quarter of the frame's size, at half with kernels of 2016; each further
    one of the encoder has twice as many."""

    latent: Annotated[int, Field(ge=2, le=4096)] = 200
    """Numbers that a frame becomes."""

    levels: Annotated[int, Field(ge=2, le=6)] = 4
    """How often the size is halved."""

    kernel: Annotated[int, Field(ge=3, le=7)] = 3
    """Side of the convolutions' kernels; odd. 3 gives the layers made for a processor, others those of 2016."""

    bottleneck: Annotated[int, Field(ge=0, le=1024)] = 16
    """Channels that are left before the frame becomes latents; 0: all of them."""

    critic: Annotated[int, Field(ge=0, le=256)] = 0
    """Channels of the discriminator's first convolution; 0: as many as `base`."""


PROFILES = {
    "tiny": Profile(name="tiny", width=128, height=72, base=64, levels=3, critic=24),
    "small": Profile(name="small", width=256, height=144, base=24, levels=4, critic=16),
    "broad2016": Profile(name="broad2016", width=256, height=144, base=80, levels=4, kernel=5, bottleneck=0),
}
"""`tiny` learns a clip in minutes on a processor, `small` is four times as large; `broad2016` has the sizes of the
network that saw "Blade Runner" and wants a GPU."""
