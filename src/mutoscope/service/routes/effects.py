"""What can be done to frames: effects with the schemas of their parameters, and ready-made values."""

import hashlib
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response

import mutoscope
from mutoscope.core.errors import ParameterError
from mutoscope.effects import registry
from mutoscope.effects.describe import describe
from mutoscope.effects.params import Params, file_fields, style_fields, takes_keyframes, weights_fields
from mutoscope.recipes.film_params import FilmParams
from mutoscope.service.answers import problems
from mutoscope.service.problems import Problem
from mutoscope.service.routes.effect_models import EffectCard, EffectLine, EffectList, ParameterRow, ParameterSet
from mutoscope.service.routes.presets import PresetSets, all_presets, presets_of, unset_required
from mutoscope.service.security.asking import AskingCaller

__all__ = ["IfNoneMatch", "router", "same_or"]

router = APIRouter(prefix="/api", tags=["effects"])

_SAME: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged since the ETag that you sent."}}
_FEW = 5
"""Fields that a form shows first, of effects whose own verb does not tell which those are."""

_BASIC = {
    "autoencode.play": ("model", "noise", "bends", "strength"),
    "corrupt.agents": ("preset", "layers", "start", "classes"),
    "corrupt.datamosh": ("mode", "times", "length", "amount", "strength"),
    "filter.play": ("name", "strength", "mix", "smooth", "keep_colours", "palette"),
    "film": ("size", "codec", "crf", "seed"),
    "stylize.optimise": ("style", "preset", "strength", "beta", "hold", "colours", "style_scale"),
}
"""What a person decides; the rest is there for those who look for it."""

IfNoneMatch = Annotated[str | None, Header(max_length=200, description="ETag of what you have; 304 if it still holds.")]
Name = Annotated[str, Path(max_length=100, description="Name, as the list gives it.", examples=["stylize.optimise"])]


@router.get("/effects", response_model=EffectList, responses=_SAME, summary="List the effects")
def list_effects(caller: AskingCaller, if_none_match: IfNoneMatch = None) -> Response:
    """List every effect with one line about it; `/api/effects/{name}` has its parameters."""
    del caller
    return same_or(_list_of_effects(), if_none_match)


@router.get(
    "/effects/{name}",
    response_model=EffectCard,
    responses={**_SAME, **problems("not-found")},
    summary="Show one effect with all its parameters",
)
def show_effect(name: Name, caller: AskingCaller, if_none_match: IfNoneMatch = None) -> Response:
    """Give the schema, bounds, defaults and meanings of an effect's parameters: enough for a form."""
    del caller
    try:
        registry.get(name)
    except ParameterError as error:
        raise Problem("not-found", str(error)) from None
    return same_or(_card_of_effect(name), if_none_match)


@router.get(
    "/film-parameters",
    response_model=ParameterSet,
    responses=_SAME,
    summary="Show the parameters of every film",
)
def show_film_parameters(caller: AskingCaller, if_none_match: IfNoneMatch = None) -> Response:
    """Give what may be said about any result: size, codec, quality, seed."""
    del caller
    return same_or(_film_parameters(), if_none_match)


@router.get("/presets", response_model=PresetSets, responses=_SAME, summary="List ready-made values")
def list_presets(caller: AskingCaller, if_none_match: IfNoneMatch = None) -> Response:
    """Give the presets of `stylize`, `corrupt` (as tables of layers) and `sort`, with their values."""
    del caller
    return same_or(_presets(), if_none_match)


def same_or(body: bytes, if_none_match: str | None) -> Response:
    """Answer with a body that changes with the version only, or that it is the same."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=0, must-revalidate"}
    known = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _basic(name: str, params: type[Params]) -> list[str]:
    """Name the fields that a form shows first."""
    fields = list(params.model_fields)
    chosen = [one for one in _BASIC.get(name, ()) if one in params.model_fields] or fields[:_FEW]
    return [one for one in fields if one in chosen or params.model_fields[one].is_required()]


def _parameter_set(name: str, params: type[Params]) -> ParameterSet:
    """Tell all about parameters.

    Args:
        name: of the effect, or another name.
        params: their class.

    """
    schema = params.model_json_schema()
    basic = _basic(name, params)
    properties = schema.get("properties", {})
    return ParameterSet(
        json_schema=schema,
        rows=[ParameterRow.model_validate(row, from_attributes=True) for row in describe(params)],
        defaults={field: spec["default"] for field, spec in properties.items() if "default" in spec},
        keyframes=[field for field, spec in params.model_fields.items() if takes_keyframes(spec)],
        files=file_fields(params),
        styles=style_fields(params),
        weights=weights_fields(params),
        basic=basic,
        advanced=[field for field in params.model_fields if field not in basic],
    )


def _line(entry: registry.Entry) -> dict[str, Any]:
    family = entry.name.partition(".")[0]
    return {
        "name": entry.name,
        "family": family,
        "summary": entry.summary,
        "presets": list(presets_of(entry.name)),
        "needs": unset_required(entry.load_params()),
        "is_mask": family == "mask",
    }


@cache
def _list_of_effects() -> bytes:
    lines, notices = [], list(registry.notices())
    for entry in registry.entries():
        try:
            lines.append(EffectLine(**_line(entry)))
        except ParameterError as error:  # a plugin that is broken must not hide all others
            notices.append(str(error))
    return EffectList(version=mutoscope.__version__, items=lines, notices=notices).model_dump_json().encode()


@cache
def _card_of_effect(name: str) -> bytes:
    entry = registry.get(name)
    parameters = _parameter_set(name, entry.load_params())
    card = EffectCard(**_line(entry), parameters=parameters, values=presets_of(name))
    return card.model_dump_json(by_alias=True).encode()


@cache
def _film_parameters() -> bytes:
    return _parameter_set("film", FilmParams).model_dump_json(by_alias=True).encode()


@cache
def _presets() -> bytes:
    return all_presets().model_dump_json().encode()
