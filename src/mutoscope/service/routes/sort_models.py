"""Requests and answers about sorted footage."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "ClipScores",
    "ExportWish",
    "FailedClip",
    "Finds",
    "Hit",
    "Meter",
    "MeterCurve",
    "SortSegment",
    "SortedClip",
    "SortedFootage",
]


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class _Asked(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")


class SortSegment(_Told):
    """A run of frames with one verdict."""

    first: int
    """Its first frame, from 0."""

    end: int
    """The first frame after it."""

    start_s: float
    """Seconds from the clip's first frame."""

    end_s: float
    """Of its end, which is no longer part of it."""

    timecode: str
    """Of its first frame."""

    verdict: str
    """keep, unsure or reject: the machine's."""

    fault: str | None
    """What it is rejected for."""

    value: float | None
    """What was measured at its worst frame."""

    unit: str
    """Of the value."""

    limit: float | None
    """What it was held against."""

    sure: float | None
    """Probability that the verdict is right, 0..1."""

    worst_s: float
    """Time of its worst frame."""

    picture: str | None
    """Where a picture of that frame is."""


class SortedClip(_Told):
    """One clip, with what was found."""

    number: int
    """By which the addresses below call it."""

    media: str | None
    """Id of the media, where it is one."""

    name: str
    """What a person calls it."""

    path: str
    """What the report and `decisions.csv` call it."""

    width: int
    """Of the picture, px."""

    height: int
    """Likewise."""

    rate: str
    """Frames per second, in words."""

    duration_s: float
    """Length, s."""

    frames: int
    """That were measured."""

    score: float | None
    """0..100 within the footage."""

    group: int | None
    """Number of its group of takes that are nearly the same."""

    is_best_of_group: bool
    """Whether it is the best of them."""

    shares: dict[str, float]
    """Per cent of its frames by fault."""

    notices: list[str]
    """What a person should know."""

    segments: list[SortSegment]
    """Cover the clip without gaps."""

    pictures: list[str]
    """Where pictures along the clip are, in order of time."""

    scores: str
    """Where its curves are."""


class FailedClip(_Told):
    """A file that could not be sorted."""

    path: str
    """What the report calls it."""

    name: str
    """What a person calls it."""

    reason: str
    """Why."""


class Meter(_Told):
    """What a curve measures."""

    name: str
    """Of the curve."""

    title: str
    """In words."""

    unit: str
    """Empty where it has none."""

    source: str
    """Formula or paper."""

    limits: list[float]
    """Thresholds, to be drawn."""

    main: bool
    """Whether it is shown before a person asks for more."""


class SortedFootage(_Told):
    """What a sort has found."""

    job: str
    """That sorted it."""

    preset: str
    """That the thresholds came from."""

    seconds: dict[str, float]
    """How much is keep, unsure and reject by the machine's word, s."""

    meters: list[Meter]
    """What the curves measure."""

    clips: list[SortedClip]
    """The best first."""

    failed: list[FailedClip]
    """What could not be sorted."""


class MeterCurve(_Told):
    """One curve."""

    name: str
    """Of the meter."""

    least: float
    """Least value of its axis."""

    most: float
    """Greatest value of its axis."""

    values: list[float | None]
    """One for each of `seconds`; null where unknown."""


class ClipScores(_Told):
    """The curves of a clip."""

    seconds: list[float]
    """Time of each point."""

    curves: list[MeterCurve]
    """Of all meters, or of those that were asked for."""


class Hit(_Told):
    """A segment that is as asked."""

    clip: int | None
    """Number of the clip."""

    name: str
    """What a person calls the clip."""

    path: str
    """What the report calls it."""

    start_s: float
    """Seconds from the clip's first frame."""

    end_s: float
    """Of its end."""

    start_timecode: str
    """Of its first frame."""

    end_timecode: str
    """Of the first frame after it."""

    verdict: str
    """A person's decision, else the machine's."""

    fault: str | None
    """What is wrong with it."""

    score: float | None
    """Of its clip."""

    why: str
    """What was found, in words."""


class Finds(_Told):
    """What a query has found."""

    query: str
    """As it was asked."""

    items: list[Hit]
    """The best clips first."""


class ExportWish(_Asked):
    """Files for editors."""

    formats: Annotated[
        list[Literal["otio", "fcpxml", "xmeml", "edl", "xmp", "csv", "json"]], Field(min_length=1, max_length=7)
    ] = Field(examples=[["otio", "fcpxml"]])
    """Which ones."""
