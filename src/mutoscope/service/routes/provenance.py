"""Who made a file, of what, and whether it is still the same."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from mutoscope.service.answers import Id, problems
from mutoscope.service.jobs.folders import signing_of
from mutoscope.service.problems import Problem
from mutoscope.service.routes.facades import MediaId
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["router"]

router = APIRouter(prefix="/api/provenance", tags=["provenance"])

_VERIFY = "mutoscope.service.sandbox.tasks.verify:verify"
_RECIPE = "mutoscope.service.sandbox.tasks.verify:recipe"
_MOST_BYTES = 1 << 20
_PEM: dict[int | str, dict[str, Any]] = {200: {"content": {"application/x-pem-file": {"schema": {"type": "string"}}}}}
_READS = problems("not-found", "conflict", "gone", "media-refused")


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class FileToVerify(BaseModel):
    """A file that is to be verified."""

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid")

    media: MediaId
    """Of yours; upload it first."""


State = Literal["trusted", "unknown", "expired", "altered", "forged", "unsigned"]


class MadeOnce(_Told):
    """One generation of a file."""

    name: str
    """Of the file."""

    state: State
    """How far it can be believed."""

    signer: str
    """Name in the certificate; empty where nobody signed."""

    tool: str
    """Program that signed it."""

    signed: str
    """When, by the signer's own clock; empty where nobody said."""

    relation: Literal["self", "parent", "material"]
    """The file itself, what was worked on, or what went in."""

    sha256: str
    """Of its bytes, where they are known."""

    reason: str
    """What is wrong, where something is."""

    actions: list[str]
    """What was done, in C2PA's words."""

    lines: list[str]
    """The same for people."""


class FileHistory(_Told):
    """What is known of a file."""

    media: str
    """Its id."""

    state: State
    """`trusted`: as it was signed, by somebody known here; `unknown`: as it was signed, by somebody not known here;
    `expired`: the certificate has run out; `altered`: other bytes than were signed; `forged`; `unsigned`."""

    is_valid: bool
    """Whether it is what was signed, by whomever."""

    lines: list[str]
    """Three, for people: whether it is unchanged, what was done, whose pictures took part."""

    generations: list[MadeOnce]
    """What came before, the oldest first; the file itself is the last."""


class HistoryRecipe(_Told):
    """The recipe in a file's history."""

    media: str
    """Its id."""

    state: State
    """How far the history can be believed."""

    recipe: dict[str, Any] | None
    """With names instead of files; null where it has none."""

    files: list[dict[str, Any]]
    """Files that it was made with: role, name, sha256."""


@router.post("/verify", responses=_READS, summary="Verify a file")
def verify_media(asked: FileToVerify, caller: AskingCaller, service: Serving) -> FileHistory:
    """Say whether a file is still what was signed, in three lines, and what was done to it, generation by generation.

    It is read in a closed process.
    """
    return _history(asked.media, caller, service)


@router.get(
    "/anchor",
    response_class=Response,
    responses={**_PEM, **problems("not-found")},
    summary="Get the trust anchor",
)
def get_anchor(caller: AskingCaller, service: Serving) -> Response:
    """Give the public part of your certificate's authority: with it, others recognise what this server has signed."""
    path = _signing_folder(caller, service) / "own" / "anchor.pem"
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        raise Problem("not-found", "there is no certificate here; run on the server: mutoscope sign init")
    headers = {"Content-Disposition": 'attachment; filename="mutoscope-anchor.pem"'}
    return Response(path.read_bytes(), media_type="application/x-pem-file", headers=headers)


@router.get("/{media}", responses=_READS, summary="Show a file's history")
def show_history(media: Id, caller: AskingCaller, service: Serving) -> FileHistory:
    """Give all generations of a file, the oldest first: what each was made of, by what, by whom."""
    return _history(media, caller, service)


@router.get("/{media}/recipe", responses=_READS, summary="Get the recipe in a file's history")
def history_recipe(media: Id, caller: AskingCaller, service: Serving) -> HistoryRecipe:
    """Give the recipe that a file was made with; the job `recipe` with `recipe_from` runs it on other media."""
    told, found = _asked(_RECIPE, media, caller, service)
    files = [one for one in told["files"] if isinstance(one, dict)]
    return HistoryRecipe(media=found, state=told["state"], recipe=told["recipe"], files=files)


def _history(media: str, caller: Caller, service: Service) -> FileHistory:
    told, found = _asked(_VERIFY, media, caller, service)
    return FileHistory(media=found, **told)


def _asked(target: str, media: str, caller: Caller, service: Service) -> tuple[dict[str, Any], str]:
    found = service.library.get(caller.owner, media)
    path = service.library.path(found)
    anchors = _anchors(_signing_folder(caller, service))
    told = service.sandbox.run(target, {"path": str(path), "name": found.name, "anchors": anchors}, reads=[path])
    return told, found.id


def _signing_folder(caller: Caller, service: Service) -> Path:
    return signing_of(service.settings, service.database, caller.owner)


def _anchors(folder: Path) -> str:
    """Give the known signers. They are read here: the same folder holds the private key, which no child may see."""
    stamp = tuple((str(path), path.stat().st_mtime_ns) for path in sorted(folder.glob("*/*.pem")) if path.is_file())
    return _read_anchors(folder, stamp)


@lru_cache(maxsize=16)
def _read_anchors(folder: Path, _stamp: tuple[tuple[str, int], ...]) -> str:
    from mutoscope.provenance.certificate import anchors  # loads cryptography, which seldom anybody needs

    return anchors(folder)
