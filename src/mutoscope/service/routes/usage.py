"""What each token has used, as JSON or as a table for accounting."""

import csv
import datetime
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

from mutoscope.service.answers import stamp
from mutoscope.service.operations.ledger import Usage, usage
from mutoscope.service.problems import Problem
from mutoscope.service.security.asking import AskingCaller, Serving

__all__ = ["router"]

router = APIRouter(prefix="/api/usage", tags=["usage"])

_FIELDS = (
    "token_id", "name", "owner", "jobs", "frames", "cpu_seconds", "device_seconds", "bytes", "cost", "price",
    "currency",
)  # fmt: skip
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def _as_text(value: object) -> object:
    """Let no bare number through, which pydantic would take for seconds since 1970."""
    if isinstance(value, str) and not value[:5].endswith("-"):
        raise ValueError("expected a time like 2026-11-22T10:15:00Z")
    return value


_Moment = Annotated[AwareDatetime, BeforeValidator(_as_text)]
Since = Annotated[_Moment | None, Query(description="Jobs that ended then or later, RFC 3339 with a zone.")]
Until = Annotated[_Moment | None, Query(description="Jobs that ended before.")]


class TokenUsage(BaseModel):
    """What the jobs of one token have used, in one currency."""

    model_config = ConfigDict(use_attribute_docstrings=True, from_attributes=True)

    token_id: str
    """Of the token."""

    name: str
    """What it is called."""

    owner: str
    """Whose it is."""

    jobs: int
    """That ended."""

    frames: int
    """That were made."""

    cpu_seconds: float
    """Of all processes, s."""

    device_seconds: float
    """Of accelerators, s."""

    bytes: int
    """Of the results."""

    cost: float
    """What computing cost."""

    price: float
    """What is charged for it."""

    currency: str
    """Of both, three letters; empty where no price was known."""


class UsageReport(BaseModel):
    """Who has used what."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    since: str | None
    """Start of the time that is told about, RFC 3339; null: from the first job."""

    until: str | None
    """Its end; null: to the last job."""

    items: list[TokenUsage]
    """Dearest first."""


@router.get("", response_model=UsageReport, responses=_CSV, summary="See what was used")
def show_usage(
    caller: AskingCaller,
    service: Serving,
    since: Since = None,
    until: Until = None,
    form: Annotated[Literal["json", "csv"], Query(alias="format", description="`csv`: a table.")] = "json",
) -> UsageReport | Response:
    """Sum up the ledger by token: your own; the owner of the server sees everybody's."""
    first, last = _seconds(since, "since"), _seconds(until, "until")
    if first is not None and last is not None and first > last:
        raise Problem("invalid", "since lies after until; exchange them.", pointer="since")
    rows = usage(service.database, None if caller.is_admin else caller.owner, first, last)
    if form == "csv":
        headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
        return Response(_table(rows), media_type="text/csv; charset=utf-8", headers=headers)
    return UsageReport(
        since=None if first is None else stamp(first),
        until=None if last is None else stamp(last),
        items=[TokenUsage.model_validate(row) for row in rows],
    )


def _seconds(moment: datetime.datetime | None, name: str) -> float | None:
    if moment is None:
        return None
    try:
        return moment.astimezone(datetime.UTC).timestamp()
    except OverflowError:  # the first hours of the year 1, seen from elsewhere
        raise Problem("invalid", f"{name} lies outside of the calendar.", pointer=name) from None


def _table(rows: Sequence[Usage]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _FIELDS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        plain = asdict(row)
        # A name that begins like a formula would be computed by a spreadsheet.
        plain["name"] = f"'{row.name}" if row.name.startswith(("=", "+", "-", "@", "\t")) else row.name
        writer.writerow(plain)
    return text.getvalue()
