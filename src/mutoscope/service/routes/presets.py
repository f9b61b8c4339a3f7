"""Ready-made values of effects and of sorting, as data."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mutoscope.corrupt.presets import PRESETS as CORRUPT
from mutoscope.effects.params import Params
from mutoscope.sort.params import PRESETS as SORT
from mutoscope.stylize.params import PRESETS as STYLIZE

__all__ = ["PresetSets", "Values", "all_presets", "presets_of", "unset_required"]

Values = dict[str, Any]
"""Values by the name of their parameter."""


class PresetSets(BaseModel):
    """Presets by verb: `{"preset": NAME}` among the parameters takes one, and what is given beside it wins."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    stylize: dict[str, Values] = Field(examples=[{"lite0": {}}])
    """Of `stylize.optimise`: what differs from the defaults."""

    corrupt: dict[str, Values]
    """Of `corrupt.agents`: `layers` is the table, the first row below."""

    sort: dict[str, Values]
    """Of sorting: what differs from the defaults."""


def all_presets() -> PresetSets:
    """Give all presets with their values."""
    return PresetSets(
        stylize={name: dict(values) for name, values in STYLIZE.items()},
        corrupt={name: {"layers": [dict(layer) for layer in layers]} for name, layers in CORRUPT.items()},
        sort={name: dict(values) for name, values in SORT.items()},
    )


def presets_of(effect: str) -> dict[str, Values]:
    """Give the presets of an effect; most have none."""
    told = all_presets()
    return {"stylize.optimise": told.stylize, "corrupt.agents": told.corrupt}.get(effect, {})


def unset_required(params: type[Params]) -> list[str]:
    """Name the parameters without a default."""
    return [name for name, field in params.model_fields.items() if field.is_required()]
