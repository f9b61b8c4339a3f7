"""What is told about media."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mutoscope.service.answers import stamp
from mutoscope.service.database.tables import Media

__all__ = ["MediaAnswer", "MediaKind", "MediaLinks", "MediaPage", "MediaState", "media_answer"]

MediaKind = Literal["video", "picture", "sound", "model", "filter", "weights", "numbers", "text", "page", "archive"]
MediaState = Literal["checking", "ready", "refused"]


class MediaLinks(BaseModel):
    """Where the rest is. Those that do not apply are missing."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    self: str
    """This answer."""

    file: str | None = None
    """The bytes."""

    poster: str | None = None
    """A picture of 640 px."""

    frames: str | None = None
    """Its frames with their times."""

    waveform: str | None = None
    """The peaks of its sound."""

    job: str | None = None
    """The job that made it."""


class MediaAnswer(BaseModel):
    """A file of yours: uploaded, or made by a job."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "m_4fJ2kLq8Zr0TtVxYbC1dEg",
                    "name": "clip.mp4",
                    "state": "ready",
                    "kind": "video",
                    "type": "video/mp4",
                    "bytes": 153_201,
                    "sha256": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
                    "role": "upload",
                    "info": {"width": 320, "height": 180, "frame_rate": "25", "num_frames": 75},
                    "created": "2026-11-22T10:15:30.000Z",
                    "version": 2,
                    "links": {"self": "/api/media/m_4fJ2kLq8Zr0TtVxYbC1dEg"},
                }
            ]
        },
    )

    id: str
    """Its id; jobs name it as media:ID."""

    name: str
    """What it is called; never a path."""

    state: MediaState
    """checking: being looked at; ready; refused: `problem` says why, the bytes were not kept."""

    kind: MediaKind
    """What it is."""

    type: str
    """Content type."""

    bytes: int
    """Size."""

    sha256: str
    """SHA-256 of the bytes; empty until they were counted."""

    role: str
    """upload; of a job: result, manifest, report …"""

    info: dict[str, Any] | None = None
    """Size, rate, length, sound, tags and notices, as `mutoscope info` tells them."""

    problem: dict[str, Any] | None = None
    """Why it was refused."""

    created: str
    """When it came, UTC."""

    version: int
    """Counts changes; the ETag."""

    links: MediaLinks
    """Where the rest is."""


class MediaPage(BaseModel):
    """Media, newest first."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    items: list[MediaAnswer]
    """The page."""

    next: str | None = Field(default=None)
    """Cursor of the next page; none at the end."""


def media_answer(media: Media) -> MediaAnswer:
    """Tell about media."""
    here = f"/api/media/{media.id}"
    links = MediaLinks(self=here, job=None if media.job_id is None else f"/api/jobs/{media.job_id}")
    if media.state == "ready":
        links.file = f"{here}/file"
        if media.kind in ("video", "picture"):
            links.poster, links.frames = f"{here}/poster", f"{here}/frames"
        if media.kind in ("video", "sound") and (media.info or {}).get("audio"):
            links.waveform = f"{here}/waveform"
    return MediaAnswer.model_validate(
        {
            "id": media.id,
            "name": media.name,
            "state": media.state,
            "kind": media.kind,
            "type": media.type,
            "bytes": media.bytes,
            "sha256": media.sha256,
            "role": media.role,
            "info": media.info,
            "problem": media.problem,
            "created": stamp(media.created_at),
            "version": media.version,
            "links": links,
        }
    )
