"""The shelf of filters: those of the package, and each owner's own."""

import csv
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse

from mutoscope.filters.runtime_table import frames_per_second
from mutoscope.filters.shelf import ShelfItem, shelf
from mutoscope.filters.shelf import remove as remove_filter
from mutoscope.service.answers import problems
from mutoscope.service.jobs.folders import owner_data
from mutoscope.service.problems import Problem
from mutoscope.service.routes.effects import IfNoneMatch, same_or
from mutoscope.service.routes.facades import BEGINS, Begun, IdempotencyKey, begin
from mutoscope.service.routes.filter_models import (
    FilterCard,
    FilterCurve,
    FilterImport,
    FilterLine,
    FilterShelf,
    FilterTraining,
)
from mutoscope.service.routes.filter_previews import router as previews
from mutoscope.service.routes.own_filters import FilterName, found_filter, own_filters
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["router"]

router = APIRouter(prefix="/api/filters", tags=["filters"])
router.include_router(previews)

_SAME: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged since the ETag that you sent."}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("", response_model=FilterShelf, responses=_SAME, summary="List the filters")
def list_filters(caller: AskingCaller, service: Serving, if_none_match: IfNoneMatch = None) -> Response:
    """List the shipped filters and your own: name, picture, painter, licence, touch, colours."""
    told = FilterShelf(
        items=[FilterLine(**_line(item)) for item in shelf(own_filters(caller, service))],
        frames_per_second=frames_per_second(),
    )
    return same_or(told.model_dump_json().encode(), if_none_match)


@router.get(
    "/{name}", response_model=FilterCard, responses={**_SAME, **problems("not-found")}, summary="Show a filter's card"
)
def show_filter(
    name: FilterName, caller: AskingCaller, service: Serving, if_none_match: IfNoneMatch = None
) -> Response:
    """Give all that is known about a filter: its painting, its training, what it may be used for."""
    item = found_filter(name, caller, service)
    told = FilterCard(
        **_line(item),
        card=item.card,
        has_curve=_training_folder(item, caller, service).joinpath("losses.csv").is_file(),
        has_file=item.path.suffix == ".safetensors",
    )
    return same_or(told.model_dump_json().encode(), if_none_match)


@router.get(
    "/{name}/file",
    response_class=FileResponse,
    responses={**_FILE, **problems("not-found", "not-acceptable")},
    summary="Get a filter's file",
)
def filter_file(name: FilterName, caller: AskingCaller, service: Serving) -> FileResponse:
    """Give a filter as a safetensors file for another Mutoscope."""
    item = found_filter(name, caller, service)
    if item.path.suffix != ".safetensors":
        raise Problem("not-acceptable", f"{name} is a foreign model; POST /api/filters/{name}/export gives its file.")
    return FileResponse(item.path, media_type="application/octet-stream", filename=item.path.name)


@router.get("/{name}/curve", responses=problems("not-found"), summary="See how a filter's training went")
def filter_curve(name: FilterName, caller: AskingCaller, service: Serving) -> FilterCurve:
    """Give the terms of the loss over the training, for plotting; only of filters that were trained here."""
    item = found_filter(name, caller, service)
    path = _training_folder(item, caller, service) / "losses.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [{term: float(value) for term, value in row.items()} for row in csv.DictReader(file)]
    except (OSError, ValueError, TypeError):
        rows = []
    if not rows:
        raise Problem("not-found", f"{name} was not trained here; its card tells the losses at the end.")
    terms = [term for term in rows[0] if term not in ("step", "seconds")]
    return FilterCurve(
        steps=[int(row.get("step", 0)) for row in rows],
        seconds=[row.get("seconds", 0.0) for row in rows],
        losses={term: [row[term] for row in rows] for term in terms},
    )


@router.post("/train", status_code=202, responses=problems(*BEGINS), summary="Train a filter")
def train_filter(
    asked: FilterTraining,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Begun:
    """Begin a job that learns a filter from one painting and puts it on your shelf."""
    if (asked.painting is None) == (asked.pattern is None):
        raise Problem("invalid", "give painting or pattern, one of them.", pointer="/painting")
    if any(item.name == asked.name for item in shelf(own_filters(caller, service))):
        raise Problem("conflict", f"there is a filter {asked.name!r} already; take another name.", pointer="/name")
    inputs = {"painting": asked.painting, "footage": asked.footage or None}
    parameters = {**asked.parameters, "name": asked.name}
    if asked.pattern is not None:
        parameters["pattern"] = asked.pattern
    said = {"inputs": _without_none(inputs), "parameters": parameters}
    return begin(service, caller, response, "train_filter", said, idempotency_key)


@router.post("/import", status_code=202, responses=problems(*BEGINS), summary="Import a filter")
def import_filter(
    asked: FilterImport,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Begun:
    """Begin a job that checks an uploaded filter, or a foreign ONNX model, and puts it on your shelf."""
    parameters = _without_none({"name": asked.name, "pixel_range": asked.pixel_range})
    said = {"inputs": {"file": asked.media}, "parameters": parameters}
    return begin(service, caller, response, "import_filter", said, idempotency_key)


@router.post("/{name}/export", status_code=202, responses=problems(*BEGINS, "not-found"), summary="Export a filter")
def export_filter(
    name: FilterName,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    form: Annotated[
        Literal["onnx", "safetensors"],
        Query(alias="format", description="`onnx` plays in any runtime; `safetensors` in another Mutoscope."),
    ] = "onnx",
    idempotency_key: IdempotencyKey = None,
) -> Begun:
    """Begin a job whose result is the filter as a file for another program."""
    found_filter(name, caller, service)
    said = {"parameters": {"name": name}, "result": {"suffix": f".{form}"}}
    return begin(service, caller, response, "export_filter", said, idempotency_key)


@router.delete(
    "/{name}", status_code=204, responses=problems("not-found", "not-allowed"), summary="Delete a filter of yours"
)
def delete_filter(name: FilterName, caller: AskingCaller, service: Serving) -> None:
    """Delete one of your own filters; those of the package stay."""
    item = found_filter(name, caller, service)
    if item.is_shipped:
        raise Problem("not-allowed", f"{name} came with Mutoscope and cannot be deleted; only your own filters can.")
    remove_filter(name, own_filters(caller, service))


def _training_folder(item: ShelfItem, caller: Caller, service: Service) -> FilePath:
    return owner_data(service.settings, service.database, caller.owner) / "training" / item.name


def _line(item: ShelfItem) -> dict[str, Any]:
    card = item.card
    return {
        "name": item.name,
        "title": card.style.title,
        "artist": card.style.artist,
        "year": card.style.year,
        "licence": card.style.licence,
        "touch": card.touch,
        "palette": list(card.palette),
        "bytes": item.path.stat().st_size,
        "is_shipped": item.is_shipped,
        "can_mix": card.kind == "style",
    }


def _without_none(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in plain.items() if value is not None}
