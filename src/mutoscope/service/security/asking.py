"""What a route asks for: the caller, the service. As parameters: `caller: AskingCaller, service: Serving`."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from mutoscope.service.problems import Problem
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["COOKIE", "AskingAdmin", "AskingCaller", "Serving"]

COOKIE = "mutoscope_token"
"""The page's own way in: SameSite=Strict, HttpOnly."""

_bearer = HTTPBearer(auto_error=False, description="The token that `mutoscope serve` prints.")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="Set by the page at /.")


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _caller(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    cookie: Annotated[str | None, Security(_cookie)],
) -> Caller:
    secret = bearer.credentials if bearer is not None else cookie
    caller = _service(request).callers.find(secret) if secret else None
    if caller is None:
        what = "the token is not known here, or was revoked" if secret else "no token was sent"
        raise Problem(
            "token-wanted",
            f"{what}; send Authorization: Bearer TOKEN with the token that 'mutoscope serve' prints.",
            headers={"WWW-Authenticate": 'Bearer realm="mutoscope"'},
        )
    request.state.caller = caller
    return caller


def _admin(caller: Annotated[Caller, Depends(_caller)]) -> Caller:
    if not caller.is_admin:
        raise Problem("not-allowed", "only the owner of this server may do that; ask them.")
    return caller


Serving = Annotated[Service, Depends(_service)]
AskingCaller = Annotated[Caller, Depends(_caller)]
AskingAdmin = Annotated[Caller, Depends(_admin)]
