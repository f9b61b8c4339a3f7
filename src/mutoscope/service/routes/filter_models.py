"""Requests and answers about filters and models."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mutoscope.filters.card import Card
from mutoscope.service.routes.facades import MediaId

__all__ = ["FilterCard", "FilterCurve", "FilterImport", "FilterLine", "FilterShelf", "FilterTraining"]

_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$", examples=["dusk"])]


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class _Asked(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class FilterLine(_Told):
    """A filter of the shelf."""

    name: str
    """What `filter.play` calls it."""

    title: str
    """Of the picture that it was trained from."""

    artist: str
    """Who made that; "made by code" for patterns."""

    year: str
    """When."""

    licence: str
    """Under which terms it may be used."""

    touch: str
    """How much it leaves of the footage: light, medium, heavy; empty where it was not measured."""

    palette: list[str]
    """Colours of the picture, the most frequent first."""

    bytes: int
    """Length of its file."""

    is_shipped: bool
    """Whether it came with the package; others are seen by you only."""

    can_mix: bool
    """Whether it can be mixed with the shipped ones."""


class FilterShelf(_Told):
    """All filters that you may use."""

    items: list[FilterLine]
    """Shipped ones first, then your own, by name."""

    frames_per_second: float | None
    """At 640x360 on one thread of the server, where that was measured."""


class FilterCard(FilterLine):
    """All that is known about a filter."""

    card: Card
    """As its file says it: picture, training, losses, machine."""

    has_curve: bool
    """Whether the course of its training is kept here."""

    has_file: bool
    """Whether its file can be taken along as it is; a foreign model is exported instead."""


class FilterCurve(_Told):
    """How a training went."""

    steps: list[int]
    """Steps at which it was looked at."""

    seconds: list[float]
    """Time since the start at each of these."""

    losses: dict[str, list[float]]
    """Terms of the loss at each of these, weighed."""


class FilterTraining(_Asked):
    """A filter that is to be trained."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "dusk", "painting": "m_0123456789abcdefghijkl", "parameters": {"minutes": 10}}]
        }
    )

    name: _Name
    """What it will be called: small letters, digits, hyphens."""

    painting: MediaId | None = None
    """Picture whose manner is learned."""

    pattern: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """A pattern that is drawn by code, instead."""

    footage: Annotated[list[MediaId], Field(max_length=100)] = []
    """Films that it is meant for; it learns on them too."""

    parameters: dict[str, Any] = {}
    """Fields of the job `train_filter`: minutes, brush, title, artist, licence …"""


class FilterImport(_Asked):
    """A file that is to come onto the shelf."""

    media: MediaId
    """A filter's .safetensors, or a foreign .onnx model."""

    name: _Name | None = None
    """What it is called here; its file's name without it."""

    pixel_range: Literal["0..1", "0..255"] = "0..255"
    """Pixels that a foreign model takes and gives."""
