"""What is asked of framesets, and what is told about them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mutoscope.service.routes.facades import MediaId

__all__ = ["FilmWish", "FilterWish", "FramesetAnswer", "FramesetLinks", "FramesetPage", "NewFrameset"]

_STRICT = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class NewFrameset(BaseModel):
    """A film that is separated."""

    model_config = _STRICT

    media: MediaId
    """The film."""

    every: Annotated[str | None, Field(max_length=40, examples=["1s"])] = None
    """Only the first frame of each `1s`, `250ms`, `2m`; or `10f`: each tenth."""

    size: Annotated[int | None, Field(ge=16, le=16_384)] = None
    """Long side of the pictures, px; the film's own without it."""

    format: Literal["png", "jpg", "tiff", "webp"] = "png"
    """Format of the pictures; png and tiff lose nothing."""


class FilterWish(BaseModel):
    """A filter that pictures are painted with."""

    model_config = _STRICT

    filter: Annotated[str, Field(min_length=1, max_length=200, examples=["great-wave"])]
    """Name of a filter of your shelf."""

    parameters: dict[str, Any] = Field(default_factory=dict, examples=[{"strength": 0.7}])
    """How it is played: strength, palette … as `GET /api/effects/filter.play` tells."""


class FilmWish(BaseModel):
    """A film that pictures are put together to."""

    model_config = _STRICT

    suffix: Literal[".mp4", ".mov", ".mkv", ".webm", ".gif"] = ".mp4"
    """Its container."""

    name: Annotated[str | None, Field(max_length=200)] = None
    """What it is called, without a suffix."""

    codec: Annotated[str | None, Field(max_length=20, examples=["h264"])] = None
    """h264, vp9, av1, prores or dnxhr; what suits the container without it."""

    crf: Annotated[int | None, Field(ge=0, le=63)] = None
    """Quality; what looks clean for the codec without it."""


class FramesetLinks(BaseModel):
    """Where the rest is."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    self: str
    """This answer."""

    frames: str
    """Its pictures."""

    archive: str
    """All of it as one ZIP file."""

    job: str
    """The job that makes it."""


class FramesetAnswer(BaseModel):
    """A film as pictures."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str = Field(examples=["f_0123456789abcdefghijkl"])
    """Its id; jobs take it where they take a film."""

    state: Literal["making", "ready", "failed"]
    """failed: the job says why."""

    media: str
    """The film that it was made of."""

    job: str
    """The job that makes it."""

    frames: int
    """How many pictures there are."""

    bytes: int
    """Size of all files."""

    version: int
    """Counts changes; the ETag."""

    created: str
    """When it was asked for, UTC."""

    links: FramesetLinks
    """Where the rest is."""


class FramesetPage(BaseModel):
    """Framesets, newest first."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    items: list[FramesetAnswer]
    """The page."""

    next: str | None = None
    """Cursor of the next page; none at the end."""
