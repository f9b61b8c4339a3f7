"""The page: its files as they lie in the package, and one document for each of its own addresses."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from mutoscope.service.problems import Problem

__all__ = ["VIEWS", "is_visit", "page", "router"]

VIEWS = ("studio", "make", "watch", "compare", "sort", "corrupt", "shelf", "library", "train", "guidelines")
"""The first words of the page's own addresses, as in app.js."""

router = APIRouter(include_in_schema=False)

_WEB = Path(str(files("mutoscope.service"))) / "web"
# Said here, not guessed: what the machine's own table says of .js may be text/plain, and nosniff would refuse it.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FILES = {path.relative_to(_WEB).as_posix(): path for path in sorted(_WEB.rglob("*")) if path.suffix in _TYPES}
_MOST_KEPT = 512

Known = Annotated[str, Header(alias="If-None-Match")]


@dataclass(frozen=True)
class _File:
    content: bytes
    etag: str


@router.api_route("/web/{path:path}", methods=["GET", "HEAD"])
async def web_file(path: str, known: Known = "") -> Response:
    """Give a file of the page. Only what lies in the package has a name here, so no name leads elsewhere."""
    if path not in _FILES:
        raise Problem("not-found", "the page has no such file; load the page again, it may be of an older Mutoscope.")
    return _answer(path, known)


async def view(known: Known = "") -> Response:
    """Give the page at one of its own addresses, so that they can be reloaded, kept and sent."""
    return page(known)


for _name in VIEWS:
    for _address in (f"/{_name}", f"/{_name}/{{item}}"):
        router.add_api_route(_address, view, methods=["GET", "HEAD"])


def page(known: str = "", status: int = HTTPStatus.OK) -> Response:
    """Give the page.

    Args:
        known: the ETags that the browser has (If-None-Match).
        status: 404 where no view has the address: the page says so itself.

    """
    return _answer("index.html", known, status)


def is_visit(request: Request) -> bool:
    """Tell whether somebody looks at an address with a browser, and no program asks for data."""
    path = request.scope["path"]
    return (
        request.method == "GET"
        and "text/html" in request.headers.get("accept", "")
        and not path.startswith(("/api/", "/web/", "/explorer/", "/problems/"))
    )


def _answer(path: str, known: str, status: int = HTTPStatus.OK) -> Response:
    place = _FILES[path]
    file = _read(place, place.stat().st_mtime_ns)
    # Asked for again each time and answered by 304: after an upgrade no browser mixes old parts with new ones.
    headers = {"ETag": file.etag, "Cache-Control": "no-cache"}
    if status == HTTPStatus.OK and file.etag in known:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(file.content, status, headers, media_type=_TYPES[place.suffix])


@lru_cache(_MOST_KEPT)
def _read(place: Path, _modified_ns: int) -> _File:
    content = place.read_bytes()
    return _File(content, f'"{hashlib.sha256(content).hexdigest()[:16]}"')
