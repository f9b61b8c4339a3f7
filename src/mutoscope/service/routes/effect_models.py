"""Answers about effects: what there is, and every parameter for a form."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mutoscope.service.routes.presets import Values

__all__ = ["EffectCard", "EffectLine", "EffectList", "ParameterRow", "ParameterSet"]


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, serialize_by_alias=True, populate_by_name=True)


class ParameterRow(_Told):
    """One parameter in words."""

    name: str
    """As in Python and after -o; `layers[].size` is a field of the tables in a list."""

    type: str
    """"number", "whole number", "text", "yes/no", or the choices parted by "|"."""

    bounds: str
    """Like "≥ 0, ≤ 1", or empty."""

    default: str
    """As one would type it; "required" where there is none."""

    meaning: str
    """What it does."""

    keyframes: bool
    """Whether it may move over time ("0s:0, 4s:1") or follow the sound ("bass:0..1")."""


class ParameterSet(_Told):
    """Parameters: a JSON schema, and what a form wants to know beside it."""

    json_schema: dict[str, Any] = Field(alias="schema")
    """JSON schema; the same class checks commands, recipes and jobs."""

    rows: list[ParameterRow]
    """One for each parameter, in words."""

    defaults: dict[str, Any]
    """Values of what has a default."""

    keyframes: list[str]
    """Fields that take keyframes or follow the sound, as text."""

    files: list[str]
    """Fields that name a file: here a reference, `media:m_…`."""

    styles: list[str]
    """Fields that name pictures: one reference, or a list of styles such as `0s: media:m_…, 3s: media:m_…`."""

    weights: list[str]
    """Fields that may name a row of the table of weights."""

    basic: list[str]
    """Fields that a form shows first; it folds the others away."""

    advanced: list[str]
    """All others."""


class EffectLine(_Told):
    """One effect of the list."""

    name: str = Field(examples=["stylize.optimise"])
    """What recipes and jobs call it."""

    family: str = Field(examples=["stylize"])
    """What stands before the point."""

    summary: str
    """One line about it."""

    presets: list[str]
    """Names of ready-made values."""

    needs: list[str]
    """Parameters without a default: what must be chosen before it can run."""

    is_mask: bool
    """Whether it makes a mask for another step rather than a picture."""


class EffectList(_Told):
    """All effects."""

    version: str
    """Of Mutoscope."""

    items: list[EffectLine]
    """Built-in ones first, then those of plugins."""

    notices: list[str]
    """What is wrong with installed plugins."""


class EffectCard(EffectLine):
    """One effect with all its parameters."""

    parameters: ParameterSet
    """What may be said about it."""

    values: dict[str, Values]
    """Values of each of its presets, by name."""
