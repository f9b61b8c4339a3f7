"""Who may come in: tokens, made, limited and revoked by the owner of the server; and who is asking."""

from fastapi import APIRouter, Response
from sqlalchemy import func, select

from mutoscope.service.answers import Id, problems, stamp
from mutoscope.service.database.tables import Job, Token
from mutoscope.service.guidelines import guidelines
from mutoscope.service.operations.ledger import spent
from mutoscope.service.operations.quota import bytes_kept
from mutoscope.service.problems import Problem
from mutoscope.service.routes.token_models import Amount, MadeToken, Me, NewToken, TokenCard, TokenChange, TokenPage
from mutoscope.service.security.asking import AskingAdmin, AskingCaller, Serving
from mutoscope.service.security.tokens import list_tokens, make, revoke

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["tokens"])


@router.get("/me", summary="See who is asking")
def show_me(caller: AskingCaller, service: Serving) -> Me:
    """Tell whose token was sent, what it may use and what it has used."""
    with service.database.reading() as session:
        going = select(func.count()).select_from(Job)
        going = going.where(Job.token_id == caller.token_id, Job.state.in_(("queued", "running")))
        jobs = session.scalar(going) or 0
        kept = bytes_kept(session, caller.token_id, caller.owner)
        cost = spent(session, caller.token_id)
    limits = service.settings
    return Me(
        token=caller.token_id,
        name=caller.name,
        owner=caller.owner,
        is_admin=caller.is_admin,
        jobs=Amount(used=jobs, limit=_or(caller.max_jobs, limits.max_jobs)),
        bytes=Amount(used=kept, limit=_or(caller.max_bytes, limits.max_bytes)),
        cost=Amount(used=cost, limit=_or(caller.max_cost, limits.max_cost)),
        guidelines=caller.guidelines,
        guidelines_accepted=caller.guidelines == guidelines().version,
    )


@router.post(
    "/tokens",
    status_code=201,
    responses=problems("not-allowed"),
    summary="Make a token",
)
def make_token(asked: NewToken, caller: AskingAdmin, service: Serving, response: Response) -> MadeToken:
    """Make a token for somebody; its secret is in this answer and never again. For the owner of the server."""
    del caller
    token, secret = make(service.database, **asked.model_dump())
    response.headers["Location"] = f"/api/tokens/{token.id}"
    response.headers["Cache-Control"] = "no-store"
    return MadeToken(**_card(token).model_dump(), secret=secret)


@router.get("/tokens", responses=problems("not-allowed"), summary="List the tokens")
def list_all_tokens(caller: AskingAdmin, service: Serving) -> TokenPage:
    """List all tokens, without their secrets. For the owner of the server."""
    del caller
    return TokenPage(items=[_card(token) for token in list_tokens(service.database)])


@router.get("/tokens/{token}", responses=problems("not-allowed", "not-found"), summary="Show a token")
def show_token(token: Id, caller: AskingAdmin, service: Serving) -> TokenCard:
    """Show one token, without its secret. For the owner of the server."""
    del caller
    with service.database.reading() as session:
        found = session.get(Token, token)
    if found is None:
        raise Problem("not-found", "there is no such token.")
    return _card(found)


@router.patch("/tokens/{token}", responses=problems("not-allowed", "not-found"), summary="Change a token's limits")
def change_token(token: Id, change: TokenChange, caller: AskingAdmin, service: Serving) -> TokenCard:
    """Give a token other limits or another name; what is left out stays. For the owner of the server."""
    del caller
    said = change.model_dump(exclude_unset=True)
    if said.get("name", "") is None:
        raise Problem("invalid", "a token has a name; leave it out to keep the one that it has.", pointer="/name")
    with service.database.writing() as session:
        found = session.get(Token, token)
        if found is None:
            raise Problem("not-found", "there is no such token.")
        for field, value in said.items():
            setattr(found, field, value)
    service.callers.forget()
    return _card(found)


@router.delete(
    "/tokens/{token}",
    status_code=204,
    responses=problems("not-allowed", "not-found", "conflict"),
    summary="Revoke a token",
)
def revoke_token(token: Id, caller: AskingAdmin, service: Serving) -> None:
    """Let a token in no more; what it made stays with its owner. For the owner of the server."""
    if token == caller.token_id:
        raise Problem("conflict", "this is the token that you ask with; revoke it with another one.")
    revoke(service.database, token)
    service.callers.forget()


def _card(token: Token) -> TokenCard:
    return TokenCard(
        id=token.id,
        name=token.name,
        owner=token.owner,
        is_admin=token.is_admin,
        created_at=stamp(token.created_at),
        revoked_at=None if token.revoked_at is None else stamp(token.revoked_at),
        max_jobs=token.max_jobs,
        max_bytes=token.max_bytes,
        max_cost=token.max_cost,
        guidelines=token.guidelines,
        guidelines_at=None if token.guidelines_at is None else stamp(token.guidelines_at),
    )


def _or(own: float | None, servers: float | None) -> float | None:
    return servers if own is None else own
