"""One bend: which features of which layer, and what is done to them. Torch-free."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import Params, make_params

__all__ = ["TRANSFORMS", "BendParams", "along", "parse_bends"]

Transform = Literal[
    "scale", "rotate", "move-x", "move-y", "flip-x", "flip-y", "erode", "dilate", "threshold", "invert", "ablate",
    "multiply",
]  # fmt: skip
TRANSFORMS: tuple[str, ...] = Transform.__args__  # type: ignore[attr-defined]

_LAYER = re.compile(r"decoder\.(\d{1,2})(?:\[([^\]]*)\])?")
_FEATURES = re.compile(r"all|[01]?\.\d{1,6}|\d{1,5}(,\d{1,5})*|cluster\d{1,3}/\d{1,3}")
_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)"
_ALONG = re.compile(rf"\s*(?P<from>{_NUMBER})\s*\.\.\s*(?P<to>{_NUMBER})(?:\s+(?P<easing>\S+))?\s*")
_LEAST_S = 0.001
_MOST_BENDS = 32


class BendParams(Params):
    """Do something to features of a layer of the decoder."""

    layer: Annotated[int, Field(ge=0, le=15, json_schema_extra={"keyframes": False})] = 0
    """Which layer of the decoder, from 0, the one next to the latents."""

    features: str = "all"
    """Which of its features: `all`; a share like 0.5, drawn by `seed`; numbers from 0 like 3,5,7; or a cluster of
    features that light up at the same places, like cluster2/5, the second largest of five."""

    transform: Transform = "multiply"
    """What is done."""

    amount: Annotated[float, Field(ge=-10_000, le=10_000)] = 1.0
    """How much: factor of `scale` and `multiply`; degrees of `rotate`, clockwise; shares of the frame's width and
    height of `move-x`, `move-y`, to the right and down; pixels of the model's frame of `erode`, `dilate`; level of
    `threshold` above the feature's mean, in its standard deviations; share of `invert`, `ablate`, `flip-x`,
    `flip-y`. With all features of a layer ablated, or eroded away, a plain colour is left."""

    seed: Annotated[int, Field(ge=0, lt=2**63, json_schema_extra={"keyframes": False})] = 0
    """Of the features that are drawn."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not _FEATURES.fullmatch(self.features.replace(" ", "")):
            raise ParameterError(
                f"features={self.features!r} was not understood; write all, a share like 0.5, numbers like 3,5,7, "
                "or cluster2/5."
            )
        return self


def parse_bends(value: Any) -> tuple[BendParams, ...]:
    """Read bends: tables, texts like "decoder.2:rotate:30", or several of these with ";" between.

    A text is LAYER, its features in brackets where not all are meant, TRANSFORM and AMOUNT, which may be a curve:
    "decoder.2[0.5]:rotate:0s:0, 4s:90".

    Raises:
        ParameterError: names the bend and what is wrong with it.

    """
    if isinstance(value, str):
        value = [part for part in value.split(";") if part.strip()]
    if isinstance(value, (Mapping, BendParams)):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise ParameterError(f"bends={str(value)[:60]!r}: expected texts like 'decoder.2:rotate:30'.")
    if len(value) > _MOST_BENDS:
        raise ParameterError(f"there are {len(value)} bends; give at most {_MOST_BENDS}.")
    return tuple(_bend(one) for one in value)


def along(text: str, seconds: float, start_s: float = 0.0) -> str:
    """Write amounts like "0..90", along the whole film, as curves; all else stays as it is.

    "decoder.2:rotate:0..90" becomes "decoder.2:rotate:0.0s:0, 12.5s:90" in a film of 12.5 seconds; a word like `ease`
    behind it says how. "bass:0..90" follows the sound and stays.

    Args:
        text: one bend, or several with ";" between.
        seconds: how long the film is.
        start_s: time of its first frame.

    """
    return ";".join(_along(part, seconds, start_s) for part in text.split(";"))


def _along(part: str, seconds: float, start_s: float) -> str:
    layer, colon, rest = part.partition(":")
    transform, second_colon, amount = rest.partition(":")
    found = _ALONG.fullmatch(amount)
    if found is None:
        return part
    easing = f" {found['easing']}" if found["easing"] else ""
    end_s = start_s + max(seconds, _LEAST_S)
    return f"{layer}{colon}{transform}{second_colon}{start_s!r}s:{found['from']}{easing}, {end_s!r}s:{found['to']}"


def _bend(value: Any) -> BendParams:
    if isinstance(value, BendParams):
        return value
    if isinstance(value, Mapping):
        return make_params(BendParams, value)
    text = str(value).strip()
    layer, _, rest = text.partition(":")
    transform, _, amount = rest.partition(":")
    found = _LAYER.fullmatch(layer.strip())
    if found is None or not transform:
        raise ParameterError(
            f"bend {text[:60]!r} was not understood; write LAYER:TRANSFORM:AMOUNT like 'decoder.2:rotate:30', with "
            "decoder.2[0.5] for half of the layer's features."
        )
    said = {"layer": found[1], "transform": transform.strip(), "features": found[2] or "all"}
    if amount.strip():
        said["amount"] = amount.strip()
    try:
        return make_params(BendParams, said)
    except ParameterError as error:
        raise ParameterError(f"bend {text[:60]!r}: {error}") from None
