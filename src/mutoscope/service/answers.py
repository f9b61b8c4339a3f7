"""What answers have in common: problems in the description, ETags, cursors, times, ids."""

import base64
import binascii
import datetime
from typing import Annotated, Any

from fastapi import Path, Query

from mutoscope.service.ids import ID_PATTERN
from mutoscope.service.problems import CATALOGUE, Problem

__all__ = ["Cursor", "Id", "Limit", "check_if_match", "cursor_of", "etag_of", "position_of", "problems", "stamp"]

Id = Annotated[str, Path(pattern=ID_PATTERN, description="An id, as the service gave it.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Most entries of one page.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]

_MEDIA_TYPE = "application/problem+json"


def problems(*names: str) -> dict[int | str, dict[str, Any]]:
    """Describe the problems of a route, for its `responses`; those that all routes share come by themselves."""
    found: dict[int | str, dict[str, Any]] = {}
    for name in names:
        kind = CATALOGUE[name]
        told = f"`/problems/{name}`: {kind.title}."
        spec = found.setdefault(kind.status, {"description": ""})
        spec["description"] = f"{spec['description']} {told}".strip()
        spec["content"] = {_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}}
    return found


def stamp(seconds: float) -> str:
    """Write a time as RFC 3339 in UTC, to the millisecond."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def etag_of(version: int) -> str:
    """Give the ETag of something that counts its changes."""
    return f'"{version}"'


def check_if_match(given: str | None, version: int) -> None:
    """See that somebody changes what they have seen.

    Raises:
        Problem: If-Match is missing, or names another version.

    """
    if given is None:
        raise Problem(
            "if-match-wanted", "send If-Match with the ETag that you have seen, so that nobody's change is lost."
        )
    tags = [tag.strip().removeprefix("W/") for tag in given.split(",")]
    if "*" not in tags and etag_of(version) not in tags:
        raise Problem("changed", "it was changed in between; get it again, and send its new ETag as If-Match.")


def cursor_of(at: float, id_: str) -> str:
    """Write a place in a list that is ordered by time and id."""
    return base64.urlsafe_b64encode(f"{at!r}:{id_}".encode()).decode().rstrip("=")


def position_of(cursor: str | None) -> tuple[float, str] | None:
    """Read a cursor.

    Raises:
        Problem: it is none of ours.

    """
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        at, _, id_ = text.partition(":")
        return float(at), id_
    except (ValueError, binascii.Error):
        raise Problem(
            "bad-request", "the cursor was not understood; send `next` of the page before as it is.", pointer="cursor"
        ) from None
