"""The application: routes by noun, one way out for errors, the description."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

import mutoscope
from mutoscope.core.errors import MutoscopeError
from mutoscope.service.allowed import methods_at
from mutoscope.service.description import completed
from mutoscope.service.observed import Observed
from mutoscope.service.problems import FieldError, Problem, problem_of
from mutoscope.service.routes import (
    cost,
    effects,
    filters,
    framesets,
    guidelines,
    health,
    jobs,
    media,
    metrics,
    models,
    pages,
    provenance,
    recipes,
    samples,
    sort,
    stores,
    tokens,
    uploads,
    usage,
    web,
)
from mutoscope.service.security.guards import Guards
from mutoscope.service.settings import Settings
from mutoscope.service.state import Service

__all__ = ["make_app"]

_log = logging.getLogger(__name__)

_NOUNS = (
    media,
    uploads,
    framesets,
    jobs,
    effects,
    filters,
    models,
    recipes,
    samples,
    sort,
    stores,
    cost,
    provenance,
    guidelines,
    tokens,
    usage,
    health,
    metrics,
    pages,
    web,
)

_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 406: "not-acceptable", 413: "too-large", 416: "range"}

_SUMMARY = "Take film apart into frames, let machine vision remake each frame, put it back together in sync."
_ABOUT = """\
Everything that the `mutoscope` command does. Send `Authorization: Bearer TOKEN` with the token that
`mutoscope serve` prints. What takes long is a job: it is answered with 202 and a `Location`, and watched by
`GET /api/jobs/{id}/events`. Errors are `application/problem+json` (RFC 9457) with a `type` that stays the same.
"""


def make_app(settings: Settings) -> FastAPI:
    """Make the application; the service behind it opens when the first server starts it.

    Args:
        settings: how the owner has set it up.

    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service: Service = getattr(app.state, "service", None) or Service(settings)
        app.state.service = service
        await run_in_threadpool(service.start)
        yield
        await run_in_threadpool(service.stop)

    app = FastAPI(
        title="Mutoscope",
        version=mutoscope.__version__,
        summary=_SUMMARY,
        description=_ABOUT,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        separate_input_output_schemas=False,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    for noun in _NOUNS:
        app.include_router(noun.router)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(MutoscopeError, _problem)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)
    # The last one added stands outermost.
    app.add_middleware(Guards, settings=settings)
    app.add_middleware(Observed)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = completed(
            get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                routes=app.routes,
                separate_input_output_schemas=False,
            )
        )
    return app.openapi_schema


def _answer(problem: Problem) -> Response:
    return JSONResponse(
        problem.body(),
        status_code=problem.kind.status,
        headers=problem.headers,
        media_type="application/problem+json",
    )


def _problem(_request: Request, error: Exception) -> Response:
    return _answer(problem_of(error))


def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [_field(one) for one in error.errors()]
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return _answer(Problem("bad-request", f"the body is no JSON: {found[0].detail}."))
    if any(one["loc"][:1] == ("path",) for one in error.errors()):
        known = methods_at(request.app, request.scope["path"])
        if known and request.method not in known:  # "from-url" is a word of the API, and no id of media
            return _not_here(known)
        return _answer(Problem("not-found", "there is nothing of that name."))
    problem = Problem("invalid", "; ".join(f"{one.pointer}: {one.detail}" for one in found[:3]))
    problem.errors = found[:20]
    return _answer(problem)


def _field(error: dict[str, Any]) -> FieldError:
    place, *rest = error["loc"]
    pointer = "".join(f"/{part}" for part in rest) if place == "body" else ".".join(map(str, rest))
    # What was sent is not repeated: it may be long, or a secret.
    return FieldError(pointer=pointer[:300], detail=str(error["msg"])[:300])


def _not_here(methods: tuple[str, ...]) -> Response:
    told = f"this method does not go here; {', '.join(methods)} would."
    return _answer(Problem("method-not-allowed", told, headers={"Allow": ", ".join(methods)}))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, Problem):  # FastAPI wraps what is raised while a body is read
        return _answer(error.__cause__)
    # Starlette names the methods of the first route only.
    if error.status_code == 405 and (methods := methods_at(request.app, request.scope["path"])):
        return _not_here(methods)
    name = _BY_STATUS.get(error.status_code, "bad-request")
    if name == "not-found" and web.is_visit(request):
        return web.page(status=error.status_code)
    told = {
        "not-found": "there is nothing at this address; /openapi.json lists what there is.",
        "method-not-allowed": "this method does not go here; /openapi.json tells which do.",
    }
    return _answer(Problem(name, told.get(name, str(error.detail)), headers=error.headers))


def _unforeseen(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem.kind.name == "internal":
        _log.error("unforeseen error in %s", request.scope.get("path"), exc_info=error)
    return _answer(problem)
