"""Pages for people: the way in, the explorer of the API, what problems mean."""

from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from mutoscope.service.problems import CATALOGUE, Kind, Problem
from mutoscope.service.routes import web
from mutoscope.service.routes.page_html import inline, page
from mutoscope.service.routes.problem_words import about
from mutoscope.service.security.asking import COOKIE, Serving

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_SCRIPTS = ("explorer.js", "operation.js", "description.js", "answer.js", "code.js", "dom.js", "schema.js")
_TYPES = {"explorer.css": "text/css; charset=utf-8", **dict.fromkeys(_SCRIPTS, "text/javascript; charset=utf-8")}
_YEAR_S = 365 * 24 * 3600

Accept = Annotated[str, Header()]


@router.get("/")
def start(
    request: Request,
    service: Serving,
    token: Annotated[str | None, Query(max_length=500)] = None,
    known: Annotated[str, Header(alias="If-None-Match")] = "",
) -> Response:
    """Give the page; with a token in the address, keep it in a cookie and take it out of the address."""
    if token is None:
        return web.page(known)
    if service.callers.find(token) is None:
        body = "<h1>This token is not known here</h1><p>It was mistyped, or it was revoked. Open the address that "
        return HTMLResponse(page("Token not known", f"{body}<code>mutoscope serve</code> prints.</p>"), 401)
    answer = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, _YEAR_S, path="/", secure=secure, httponly=True, samesite="strict")
    return answer


@router.get("/explorer")
def explorer() -> Response:
    """Give the page on which one reads about all operations and runs them."""
    return HTMLResponse(_asset("index.html"))


@router.get("/explorer/{name}")
def explorer_file(name: str) -> Response:
    """Give the script or the style of the pages."""
    if name not in _TYPES:
        raise Problem("not-found", "there is no such file.")
    return Response(_asset(name), media_type=_TYPES[name], headers={"Cache-Control": "no-cache"})


@router.get("/problems")
def problem_list(accept: Accept = "") -> Response:
    """List every kind of problem."""
    if _wants_json(accept):
        return JSONResponse({"problems": [_plain(kind) for kind in CATALOGUE.values()]}, headers={"Vary": "Accept"})
    rows = "".join(
        f"<tr><td>{kind.status}</td><td><a href='/problems/{name}'><code>{name}</code></a></td>"
        f"<td>{inline(kind.title)}</td></tr>"
        for name, kind in CATALOGUE.items()
    )
    head = "<tr><th scope='col'>Status</th><th scope='col'>Type</th><th scope='col'>Meaning</th></tr>"
    body = f"<h1>Problems</h1><p>{_INTRODUCTION}</p><table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return HTMLResponse(page("Problems", body), headers={"Vary": "Accept"})


@router.get("/problems/{name}")
def problem_page(name: str, accept: Accept = "") -> Response:
    """Say what a kind of problem means, and what to do about it."""
    kind = CATALOGUE.get(name)
    if kind is None:
        raise Problem("not-found", "there is no such kind of problem; /problems lists them.")
    if _wants_json(accept):
        return JSONResponse(_plain(kind), headers={"Vary": "Accept"})
    meaning, remedy = about(kind)
    body = (
        f"<h1>{inline(kind.title)}</h1><p class='quiet'>Status {kind.status}, type <code>/problems/{name}</code></p>"
        f"<p>{inline(meaning)}</p><h2>What to do</h2><p>{inline(remedy)}</p><p><a href='/problems'>All problems</a></p>"
    )
    return HTMLResponse(page(kind.title, body), headers={"Vary": "Accept"})


_INTRODUCTION = (
    "Every error is sent as <code>application/problem+json</code> (RFC 9457). Its <code>type</code> never changes its "
    "meaning; <code>detail</code> says in one line what was wrong, what was expected and what to do."
)


def _plain(kind: Kind) -> dict[str, object]:
    meaning, remedy = about(kind)
    named = {"type": f"/problems/{kind.name}", "status": kind.status, "title": kind.title}
    return {**named, "meaning": meaning, "remedy": remedy}


def _wants_json(accept: str) -> bool:
    return "json" in accept and "text/html" not in accept


def _asset(name: str) -> bytes:
    return files("mutoscope.data").joinpath("explorer", name).read_bytes()
