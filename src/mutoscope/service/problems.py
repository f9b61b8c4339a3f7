"""Every error that leaves by REST: RFC 9457 problem+json with a stable type, one line, and the field at fault."""

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mutoscope.core.errors import InputError, MutoscopeError, OutputError, ParameterError, WeightsError

__all__ = ["CATALOGUE", "Kind", "Problem", "ProblemBody", "problem_of"]


@dataclass(frozen=True)
class Kind:
    """One kind of problem: what stands under `type`, and the status it is sent with."""

    name: str
    status: int
    title: str


_KINDS = (
    Kind("bad-request", 400, "The request was not understood"),
    Kind("token-wanted", 401, "A token is wanted"),
    Kind("cost-limit", 402, "The cost limit is reached"),
    Kind("not-allowed", 403, "This is not allowed"),
    Kind("foreign-origin", 403, "The request came from a foreign page"),
    Kind("not-found", 404, "There is no such thing"),
    Kind("method-not-allowed", 405, "The method does not go here"),
    Kind("not-acceptable", 406, "It cannot be given in that form"),
    Kind("conflict", 409, "It does not fit the present state"),
    Kind("in-flight", 409, "The same request is being worked on"),
    Kind("gone", 410, "It is gone"),
    Kind("changed", 412, "It was changed in between"),
    Kind("too-large", 413, "It is too large"),
    Kind("wrong-type", 415, "The content has the wrong type"),
    Kind("range", 416, "The range lies outside"),
    Kind("misdirected", 421, "The host name is not served here"),
    Kind("invalid", 422, "A value is not allowed"),
    Kind("media-refused", 422, "The file was refused"),
    Kind("key-reused", 422, "The idempotency key was used for another request"),
    Kind("if-match-wanted", 428, "If-Match is wanted"),
    Kind("too-many", 429, "There are too many"),
    Kind("checksum", 460, "The checksum does not match"),
    Kind("internal", 500, "The server made a mistake"),
    Kind("not-ready", 503, "The server is not ready"),
    Kind("disk-full", 507, "The disk is full"),
    Kind("quota", 507, "The quota is used up"),
)

CATALOGUE: Mapping[str, Kind] = {kind.name: kind for kind in _KINDS}
"""By name; the documentation lists them, and a name never changes its meaning."""


class FieldError(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    pointer: str
    """JSON pointer into the request, like /parameters/size; of a query or header, its name."""

    detail: str
    """One line."""


class ProblemBody(BaseModel):
    """What is sent as application/problem+json."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="allow")

    type: str
    """Address of the kind of problem; it never changes its meaning."""

    title: str
    """The kind in words."""

    status: int
    """The status of the answer."""

    detail: str
    """One line: what was wrong, what was expected, what to do."""

    errors: list[FieldError] = Field(default_factory=list)
    """The fields at fault."""


class Problem(Exception):  # noqa: N818 # it is the word of RFC 9457
    """An answer that is no success.

    Args:
        name: of `CATALOGUE`.
        detail: one line: what was wrong, what was expected, what to do.
        pointer: the field at fault, where there is one.
        headers: of the answer.

    """

    def __init__(
        self, name: str, detail: str, *, pointer: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind = CATALOGUE[name]
        self.detail = " ".join(detail.split())
        self.errors = [] if pointer is None else [FieldError(pointer=pointer, detail=self.detail)]
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """Give what is sent, and what a job that failed keeps."""
        kind = self.kind
        told = ProblemBody(
            type=f"/problems/{kind.name}", title=kind.title, status=kind.status, detail=self.detail, errors=self.errors
        )
        return told.model_dump(exclude_defaults=True)


_KIND_OF: tuple[tuple[type[MutoscopeError], str], ...] = (
    (ParameterError, "invalid"),
    (InputError, "media-refused"),
    (WeightsError, "invalid"),
    (OutputError, "conflict"),
    (MutoscopeError, "invalid"),
)


def problem_of(error: BaseException, pointer: str | None = None) -> Problem:
    """Turn what code below raised into a problem; what nobody foresaw says nothing of its inside."""
    if isinstance(error, Problem):
        return error
    for kind, name in _KIND_OF:
        if isinstance(error, kind):
            return Problem(name, str(error), pointer=pointer)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Problem("disk-full", "the disk of the server is full; free some space and send it again.")
    if isinstance(error, MemoryError):
        return Problem("disk-full", "the memory of the server is used up; try a smaller size.")
    return Problem("internal", f"internal error ({type(error).__name__}); the server's log tells more.")
