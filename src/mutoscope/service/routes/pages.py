"""Pages for people: the start, the explorer of the API, what problems mean, the rules of use."""

from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Cookie, Header, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from mutoscope.service.guidelines import guidelines
from mutoscope.service.problems import CATALOGUE, Kind, Problem
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
    kept: Annotated[str | None, Cookie(alias=COOKIE)] = None,
) -> Response:
    """Show the start; with a token in the address, keep it in a cookie and take it out of the address."""
    if token is None:
        return HTMLResponse(page("Mutoscope", _start_body(kept is not None and service.callers.find(kept) is not None)))
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


@router.get("/guidelines")
def guidelines_page() -> Response:
    """Show the rules of use."""
    told = guidelines()
    parts = [f"<h1>{inline(told.title)}</h1>", f"<p>{inline(told.preface)}</p>"]
    for section in told.sections:
        rules = "".join(f"<li>{inline(rule)}</li>" for rule in section.rules)
        parts.append(f"<h2>{inline(section.title)}</h2><ul>{rules}</ul>")
    parts.append(f"<p class='quiet'>Valid from {told.valid_from}; version <code>{told.version}</code>.</p>")
    return HTMLResponse(page(told.title, "".join(parts)))


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


def _start_body(is_known: bool) -> str:
    state = (
        "You are known here: this browser keeps your token."
        if is_known
        else "This browser has no token yet: open the address that <code>mutoscope serve</code> prints."
    )
    return (
        "<h1>Mutoscope</h1><p>Takes film apart into frames, lets machine vision remake each, and puts it back together"
        f".</p><p class='state'>{state}</p><ul class='links'>"
        "<li><a href='/explorer'>Explorer</a> <span>every operation, with forms to try it</span></li>"
        "<li><a href='/openapi.json'>openapi.json</a> <span>the description for programs</span></li>"
        "<li><a href='/guidelines'>Guidelines</a> <span>copyright, people, labelling</span></li>"
        "<li><a href='/problems'>Problems</a> <span>what each error means, and what to do</span></li></ul>"
    )
