"""Parameters of carrying painted keyframes through a film. Torch-free."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from mutoscope.core.machine import cpu_features
from mutoscope.effects.params import Params

__all__ = ["KeyframeParams", "LearnParams"]

_Fixed = {"keyframes": False}


class KeyframeParams(Params):
    """Carry painted keyframes through a film."""

    network: Annotated[str, Field(min_length=1, json_schema_extra={"file": True})]
    """What was learned from the keyframes: the file that `mutoscope stylize --keyframe` makes."""

    guides: Annotated[str, Field(json_schema_extra={"file": True})] | None = None
    """Where each place of a frame stood in the keyframes: the second file that it makes. Without it, the network alone
    paints."""

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the painted frame in the result: 0 gives the source back bit by bit."""

    faithful: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the keyframe's own strokes where it shows what the frame shows; 0: all is painted by the network."""

    hold: Annotated[float, Field(ge=0, le=0.95)] = 0.6
    """How strongly what the network paints keeps to the frame before, carried along the footage's motion; 0: each frame
    by itself."""

    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic of the network; auto takes bfloat16 where the processor has it."""

    def settled(self, device: str) -> "KeyframeParams":
        """Choose the precision by what the processor can do, not by a race, so that a run can be repeated."""
        if self.precision != "auto":
            return self
        fast = device == "cpu" and {"avx512_bf16", "amx_bf16"} & set(cpu_features())
        return self.model_copy(update={"precision": "bfloat16" if fast else "float32"})

    def used_files(self) -> dict[str, Path]:
        """Give the files that are named."""
        return {name: Path(path) for name, path in {"network": self.network, "guides": self.guides}.items() if path}


class LearnParams(Params):
    """How a network learns from keyframes."""

    steps: Annotated[int, Field(ge=1, le=20_000, json_schema_extra=_Fixed)] = 600
    """Steps of training. A number, not a time: the same keyframes give the same bytes."""

    patch: Annotated[int, Field(ge=32, le=512, multiple_of=4, json_schema_extra=_Fixed)] = 128
    """Side of the patches that it learns from, in px."""

    learn_threads: Annotated[int, Field(ge=1, le=256, json_schema_extra=_Fixed)] = 1
    """Processor threads of the training. The number decides about last bits, so it is not taken from the machine."""

    profile: Literal["cpu", "tiny"] = "cpu"
    """Size of the network; tiny is for tests."""

    backbone: Literal["efficientnet_lite0", "tiny"] = "efficientnet_lite0"
    """Network that judges strokes while it learns."""
