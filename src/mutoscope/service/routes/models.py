"""Networks that have seen one film: their cards, training, export."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from mutoscope.autoencode.card import Card
from mutoscope.autoencode.card_file import open_card
from mutoscope.core.errors import WeightsError
from mutoscope.service.answers import Cursor, Id, Limit, cursor_of, position_of, problems, stamp
from mutoscope.service.database.tables import Media
from mutoscope.service.problems import Problem
from mutoscope.service.routes.facades import BEGINS, Begun, IdempotencyKey, MediaId, begin
from mutoscope.service.security.asking import AskingCaller, Serving
from mutoscope.service.state import Service

__all__ = ["router"]

router = APIRouter(prefix="/api/models", tags=["models"])


class _Told(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class ModelLine(_Told):
    """A file with weights of yours."""

    media: str
    """Id; jobs take it as the input `model`."""

    name: str
    """Of its file."""

    bytes: int
    """Length of its file."""

    created_at: str
    """When it was made or uploaded, RFC 3339."""

    job: str | None
    """That made it."""

    profile: str | None
    """Shape of its networks; null where it is no model of a film, but a learned part of sorting."""

    films: list[str]
    """Names of the films that it has seen."""

    steps: int | None
    """Of its training."""


class ModelPage(_Told):
    """A page of models."""

    items: list[ModelLine]
    """Newest first."""

    next: str | None
    """`cursor` of the next page; null at the end."""


class ModelCard(ModelLine):
    """All that is known about a model."""

    card: Card
    """As its file says it: films, training, quality."""


class ModelTraining(BaseModel):
    """A network that is to see nothing but your films."""

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        extra="forbid",
        json_schema_extra={
            "examples": [{"films": ["m_0123456789abcdefghijkl"], "parameters": {"minutes": 20, "profile": "tiny"}}]
        },
    )

    films: Annotated[list[MediaId], Field(min_length=1, max_length=100)]
    """Film, or several that become one memory."""

    parameters: dict[str, Any] = {}
    """Fields of the job `train_autoencoder`: minutes, profile, fit …"""


@router.get("", summary="List your models")
def list_models(caller: AskingCaller, service: Serving, cursor: Cursor = None, limit: Limit = 50) -> ModelPage:
    """List the networks that have seen your films, newest first, page by page."""
    found, after = service.library.list(
        caller.owner, kind="model", state="ready", after=position_of(cursor), limit=limit
    )
    models = [ModelLine(**_line(media, _card_of(media, service))) for media in found]
    return ModelPage(items=models, next=None if after is None else cursor_of(*after))


@router.get("/{model}", responses=problems("not-found", "gone", "conflict"), summary="Show a model's card")
def show_model(model: Id, caller: AskingCaller, service: Serving) -> ModelCard:
    """Give all that is known about a model: what it has seen, how it was trained, how well it remembers."""
    media = _model(model, caller.owner, service)
    card = _card_of(media, service)
    if card is None:
        raise Problem("not-found", f"{media.name} is no model of a film; POST /api/models/train makes one.")
    return ModelCard(**_line(media, card), card=card)


@router.post("/train", status_code=202, responses=problems(*BEGINS), summary="Train a model of a film")
def train_model(
    asked: ModelTraining,
    caller: AskingCaller,
    service: Serving,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Begun:
    """Begin a job that trains a network which sees nothing but your films."""
    said = {"inputs": {"films": asked.films}, "parameters": asked.parameters}
    return begin(service, caller, response, "train_autoencoder", said, idempotency_key)


@router.post("/{model}/export", status_code=202, responses=problems(*BEGINS, "not-found"), summary="Export a model")
def export_model(
    model: Id, caller: AskingCaller, service: Serving, response: Response, idempotency_key: IdempotencyKey = None
) -> Begun:
    """Begin a job that writes encoder and decoder for any runtime (ONNX)."""
    media = _model(model, caller.owner, service)
    return begin(service, caller, response, "export_model", {"inputs": {"model": media.id}}, idempotency_key)


def _model(model: str, owner: str, service: Service) -> Media:
    media = service.library.get(owner, model)
    if media.kind != "model":
        raise Problem("not-found", f"{media.name} is no model; GET /api/models lists yours.")
    return media


def _card_of(media: Media, service: Service) -> Card | None:
    try:
        return open_card(service.library.path(media))
    except (WeightsError, Problem):
        return None


def _line(media: Media, card: Card | None) -> dict[str, Any]:
    return {
        "media": media.id,
        "name": media.name,
        "bytes": media.bytes,
        "created_at": stamp(media.created_at),
        "job": media.job_id,
        "profile": None if card is None else card.profile.name,
        "films": [] if card is None else [film.name for film in card.films],
        "steps": None if card is None else card.training.steps,
    }
