"""Parameters of learning agents that glitch a film where a network looks, or where it does not. Torch-free."""

import json
import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.layer_params import LayerParams
from mutoscope.corrupt.moment import parse_moment
from mutoscope.corrupt.presets import PRESETS, PresetName
from mutoscope.effects.attention_params import AttentionParams
from mutoscope.effects.params import make_params

__all__ = ["AgentsParams", "parse_layers"]

_MOST_LAYERS = 32


def parse_layers(value: Any) -> tuple[LayerParams, ...]:
    """Read layers: a list of mappings, or such a list as text in TOML or JSON.

    Raises:
        ParameterError: names the layer, the field, and what is wrong with it.

    """
    told = _read(value) if isinstance(value, str) else value
    if isinstance(told, (Mapping, LayerParams)):
        told = [told]
    if not isinstance(told, (list, tuple)) or not all(isinstance(one, (Mapping, LayerParams)) for one in told):
        raise ParameterError(f"layers={str(value)[:60]!r}: expected a list of tables like '[{{size=[40,20]}}]'.")
    if not 1 <= len(told) <= _MOST_LAYERS:
        raise ParameterError(f"there are {len(told)} layers; give 1 to {_MOST_LAYERS}, like '[{{size=[40,20]}}]'.")
    return tuple(_layer(number, one) for number, one in enumerate(told, 1))


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ParameterError("layers: brackets stand too deep in each other; write it flatter.") from None
    except ValueError:
        pass
    try:
        return tomllib.loads(f"layers = {text}")["layers"]
    except RecursionError:
        raise ParameterError("layers: brackets stand too deep in each other; write it flatter.") from None
    except ValueError as error:
        why = str(error).partition(" (at")[0].lower()
        raise ParameterError(
            f"layers={text[:60]!r} were not understood ({why}); write tables like '[{{size=[40,20], agents=800}}]'."
        ) from None


def _layer(number: int, value: Mapping[str, Any] | LayerParams) -> LayerParams:
    if isinstance(value, LayerParams):
        return value
    try:
        return make_params(LayerParams, value)
    except ParameterError as error:
        raise ParameterError(f"layer {number}: {error}") from None


class AgentsParams(AttentionParams):
    """Let agents loose on a film: they have learned from what a network sees where to go and what to do there."""

    preset: PresetName = "drift"
    """Where the layers come from that you do not give: `drift` (ours, alive through a whole film), or `srinivas-1` to
    `srinivas-4`, the tables of results of the source of this effect."""

    layers: Annotated[tuple[LayerParams, ...], BeforeValidator(parse_layers)] = ()
    """Layers of agents, each working on the result of the one before, as tables:
    `[{size=[40,20], agents=800, preserve=true}]`. Without them, the preset's."""

    start: str | None = None
    """When layers begin, instead of what each of them says: "1.5s", "00:04", "30f", or from the end "-20f"."""

    refine: Annotated[int, Field(ge=0, le=100_000, json_schema_extra={"keyframes": False})] = 5
    """The shot's table is fitted anew to what the network sees on every n-th frame; 0: one table for the whole shot."""

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, values: Any) -> Any:
        name = values.get("preset", "drift") if isinstance(values, dict) else None
        if not isinstance(name, str) or name not in PRESETS or "layers" in values:
            return values
        return {**values, "layers": PRESETS[name]}

    @model_validator(mode="after")
    def _check_start(self) -> Self:
        if self.start is not None:
            parse_moment(self.start)
            for number, layer in enumerate(self.layers, 1):
                _layer(number, {**layer.model_dump(), "start": self.start})
        return self

    @property
    def is_animated(self) -> bool:
        """Whether any number of any layer is a curve."""
        return super().is_animated or any(layer.is_animated for layer in self.layers)

    def timed_layers(self) -> tuple[LayerParams, ...]:
        """Give the layers with the beginning that holds."""
        if self.start is None:
            return self.layers
        return tuple(layer.model_copy(update={"start": self.start}) for layer in self.layers)

    def may_shrink(self, number: int) -> bool:
        """Tell whether a layer's grid is the preset's, and so may be coarser on a small picture."""
        own = PRESETS[self.preset]
        return number < len(own) and self.layers[number].size == own[number]["size"]
