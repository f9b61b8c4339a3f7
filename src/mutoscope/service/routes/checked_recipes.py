"""Recipes that are to be used: checked with the media that they name; and what they will take."""

from typing import Annotated, Any

from fastapi import Header, Response

from mutoscope.service.problems import Problem
from mutoscope.service.recipe_text import Checked, Complaint, RecipeRefused, check_recipe
from mutoscope.service.routes.facades import Begun, begin
from mutoscope.service.routes.recipe_models import EstimateWish, RecipeText, RecipeToKeep
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["IfMatch", "begin_estimate", "check_media", "checked_recipe", "refusal"]

IfMatch = Annotated[str | None, Header(max_length=200, description="ETag of the version that you have seen.")]


def begin_estimate(asked: EstimateWish, caller: Caller, service: Service, response: Response, key: str | None) -> Begun:
    """Queue an estimate.

    Raises:
        Problem: the recipe cannot be used, or a limit is reached.

    """
    said: dict[str, Any] = {"inputs": {"source": asked.source}, "parameters": {"suffix": asked.suffix}}
    if asked.recipe_id is not None:
        said["recipe_id"] = asked.recipe_id
    if asked.recipe is not None or asked.recipe_id is None:
        said["recipe"] = checked_recipe(asked, caller, service).plain
    return begin(service, caller, response, "estimate", said, key)


def checked_recipe(asked: RecipeText | RecipeToKeep | EstimateWish, caller: Caller, service: Service) -> Checked:
    """Check a recipe that is to be used.

    Raises:
        Problem: it cannot be used (invalid), with the field at fault.

    """
    if asked.recipe is None:
        raise Problem("invalid", "give recipe, or recipe_id of one that you keep.", pointer="/recipe")
    try:
        checked = check_recipe(asked.recipe, asked.format)
        check_media(checked, caller, service)
    except RecipeRefused as refused:
        raise refusal(refused.complaint, "/recipe") from None
    return checked


def refusal(complaint: Complaint, place: str) -> Problem:
    """Turn what is wrong with a recipe into an answer; `place` is where the recipe stands in the request."""
    return Problem("invalid", complaint.detail, pointer=f"{place}{complaint.pointer}")


def check_media(checked: Checked, caller: Caller, service: Service) -> None:
    """See that the media that a recipe names are there.

    Raises:
        RecipeRefused: one is not, or belongs to somebody else, which is the same.

    """
    for media, pointer in checked.references.items():
        try:
            service.library.get(caller.owner, media)
        except Problem:
            told = f"there is no media {media}; upload the file, or take an id that GET /api/media lists."
            raise RecipeRefused(Complaint(told, pointer=pointer)) from None
