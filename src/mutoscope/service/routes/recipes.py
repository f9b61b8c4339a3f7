"""Recipes as data: checked, kept, changed, compared, reckoned."""

import time
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import select, tuple_

from mutoscope.recipes.diff import diff
from mutoscope.recipes.manifest import Manifest
from mutoscope.service.answers import (
    Cursor,
    Id,
    Limit,
    check_if_match,
    cursor_of,
    etag_of,
    position_of,
    problems,
    stamp,
)
from mutoscope.service.database.tables import SavedRecipe
from mutoscope.service.ids import new_id
from mutoscope.service.problems import Problem
from mutoscope.service.recipe_text import RecipeRefused, check_recipe
from mutoscope.service.routes.checked_recipes import IfMatch, begin_estimate, check_media, checked_recipe, refusal
from mutoscope.service.routes.facades import BEGINS, Begun, IdempotencyKey
from mutoscope.service.routes.recipe_models import (
    Difference,
    EstimateWish,
    RecipeCard,
    RecipeLine,
    RecipePage,
    RecipePair,
    RecipeText,
    RecipeToKeep,
    RecipeVerdict,
)
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service
from mutoscope.service.toml_text import toml_of

__all__ = ["router"]

router = APIRouter(prefix="/api/recipes", tags=["recipes"])

_MOST = 5000  # kept by one owner
_TOML: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/toml": {"schema": {"type": "string"}}}, "description": "The recipe."}
}


@router.post("/validate", summary="Check a recipe")
def validate_recipe(asked: RecipeText, caller: AskingCaller, service: Serving) -> RecipeVerdict:
    """Say whether a recipe can be run: as plain values if so, else what is wrong, in which line and field.

    A recipe that is wrong is an answer here, not an error. Media that it names must be yours.
    """
    try:
        checked = check_recipe(asked.recipe, asked.format)
        check_media(checked, caller, service)
    except RecipeRefused as refused:
        told = refused.complaint
        return RecipeVerdict(valid=False, detail=told.detail, line=told.line, pointer=told.pointer)
    order = [step.name for step in checked.recipe.order()]
    return RecipeVerdict(
        valid=True, recipe=checked.plain, toml=toml_of(checked.plain), order=order, media=list(checked.references)
    )


@router.post("", status_code=201, summary="Keep a recipe")
def save_recipe(asked: RecipeToKeep, caller: AskingCaller, service: Serving, response: Response) -> RecipeCard:
    """Check a recipe and keep it under a name; jobs take it by its id."""
    checked = checked_recipe(asked, caller, service)
    now = time.time()
    name = asked.name or checked.recipe.name or "recipe"
    row = SavedRecipe(
        id=new_id("r"), owner=caller.owner, name=name, body=checked.plain, version=1, created_at=now, changed_at=now
    )
    with service.database.writing() as session:
        kept = session.scalars(select(SavedRecipe.id).where(SavedRecipe.owner == caller.owner).limit(_MOST)).all()
        if len(kept) >= _MOST:
            raise Problem("quota", f"{_MOST} recipes are kept, which is the limit; delete some.")
        session.add(row)
    response.headers["Location"] = f"/api/recipes/{row.id}"
    response.headers["ETag"] = etag_of(row.version)
    return _card(row)


@router.get("", summary="List your recipes")
def list_recipes(caller: AskingCaller, service: Serving, cursor: Cursor = None, limit: Limit = 50) -> RecipePage:
    """List the recipes that you keep, newest first, page by page."""
    query = select(SavedRecipe).where(SavedRecipe.owner == caller.owner)
    if (after := position_of(cursor)) is not None:
        query = query.where(tuple_(SavedRecipe.created_at, SavedRecipe.id) < tuple_(*after))
    query = query.order_by(SavedRecipe.created_at.desc(), SavedRecipe.id.desc()).limit(limit + 1)
    with service.database.reading() as session:
        found = session.scalars(query).all()
    page = found[:limit]
    goes_on = cursor_of(page[-1].created_at, page[-1].id) if len(found) > limit else None
    return RecipePage(items=[RecipeLine(**_line(row)) for row in page], next=goes_on)


@router.get("/{recipe}", responses=problems("not-found"), summary="Show a recipe")
def show_recipe(recipe: Id, caller: AskingCaller, service: Serving, response: Response) -> RecipeCard:
    """Give a recipe that you keep, with the ETag that a change wants."""
    row = _find(recipe, caller, service)
    response.headers["ETag"] = etag_of(row.version)
    return _card(row)


@router.put("/{recipe}", responses=problems("not-found", "changed", "if-match-wanted"), summary="Change a recipe")
def change_recipe(
    recipe: Id,
    asked: RecipeToKeep,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    if_match: IfMatch = None,
) -> RecipeCard:
    """Put another recipe in the place of one that you keep; If-Match says which version you have seen."""
    check_if_match(if_match, _find(recipe, caller, service).version)
    checked = checked_recipe(asked, caller, service)
    with service.database.writing() as session:
        row = session.get(SavedRecipe, recipe, with_for_update=True)
        if row is None:
            raise _missing()
        check_if_match(if_match, row.version)
        row.name, row.body = asked.name or checked.recipe.name or row.name, checked.plain
        row.version, row.changed_at = row.version + 1, time.time()
    response.headers["ETag"] = etag_of(row.version)
    return _card(row)


@router.delete("/{recipe}", status_code=204, responses=problems("not-found", "changed"), summary="Delete a recipe")
def delete_recipe(recipe: Id, caller: AskingCaller, service: Serving, if_match: IfMatch = None) -> None:
    """Delete a recipe that you keep; jobs that took it go on."""
    _find(recipe, caller, service)
    with service.database.writing() as session:
        row = session.get(SavedRecipe, recipe, with_for_update=True)
        if row is None:
            raise _missing()
        if if_match is not None:
            check_if_match(if_match, row.version)
        session.delete(row)


@router.get(
    "/{recipe}/toml",
    response_class=Response,
    responses={**_TOML, **problems("not-found")},
    summary="Get a recipe as TOML",
)
def recipe_as_toml(recipe: Id, caller: AskingCaller, service: Serving) -> Response:
    """Give a recipe as the file that `mutoscope run` reads; put paths of your own where media stand."""
    row = _find(recipe, caller, service)
    headers = {"ETag": etag_of(row.version), "Content-Disposition": f'attachment; filename="{row.id}.toml"'}
    return Response(toml_of(row.body), media_type="application/toml", headers=headers)


@router.post("/estimate", status_code=202, responses=problems(*BEGINS), summary="Reckon what a recipe takes")
def estimate_recipe(
    asked: EstimateWish,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Begun:
    """Begin a job that computes eight frames and says what all of a film will take, in time and money."""
    return begin_estimate(asked, caller, service, response, idempotency_key)


@router.post("/diff", responses=problems("not-found"), summary="Compare two recipes")
def diff_recipes(asked: RecipePair, caller: AskingCaller, service: Serving) -> Difference:
    """Say in lines what differs between two recipes: steps, parameters, how the film is written."""
    a, b = (_side(one, name, caller, service) for one, name in ((asked.a, "a"), (asked.b, "b")))
    lines = diff(Manifest(kind="film", recipe=a), Manifest(kind="film", recipe=b))
    return Difference(same=not lines, lines=lines)


def _side(said: str | Mapping[str, Any], name: str, caller: Caller, service: Service) -> dict[str, Any]:
    """Give the plain recipe of one side: an id, a text, or an object."""
    if isinstance(said, str) and said.startswith("r_") and "\n" not in said:
        return _find(said, caller, service).body
    try:
        return check_recipe(said).plain
    except RecipeRefused as refused:
        raise refusal(refused.complaint, f"/{name}") from None


def _find(recipe: str, caller: Caller, service: Service) -> SavedRecipe:
    with service.database.reading() as session:
        row = session.get(SavedRecipe, recipe)
    if row is None or row.owner != caller.owner:
        raise _missing()
    return row


def _missing() -> Problem:
    return Problem("not-found", "there is no such recipe; it may have been deleted.")


def _line(row: SavedRecipe) -> dict[str, Any]:
    steps = [str(step.get("effect", "")) for step in row.body.get("step", ())]
    return {
        "id": row.id,
        "name": row.name,
        "effects": steps,
        "created_at": stamp(row.created_at),
        "changed_at": stamp(row.changed_at),
    }


def _card(row: SavedRecipe) -> RecipeCard:
    return RecipeCard(**_line(row), recipe=row.body, version=row.version)
