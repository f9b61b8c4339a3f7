"""Whether the server lives, and is ready. For load balancers and systemd: without a token, telling nothing else."""

import shutil
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from mutoscope.service.answers import problems
from mutoscope.service.problems import Problem
from mutoscope.service.security.asking import Serving

__all__ = ["router"]

router = APIRouter(prefix="/health", tags=["health"])


class Liveness(BaseModel):
    """The server lives."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    status: Literal["live"]
    """Always "live"."""


class Readiness(BaseModel):
    """The server takes work."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    status: Literal["ready"]
    """Always "ready"; whatever is not ready is told as a problem."""


@router.get("/live", summary="Tell that the server lives")
async def health_live() -> Liveness:
    """Answer at once, whatever else goes on: for those who start a dead server again."""
    return Liveness(status="live")


@router.get("/ready", summary="Tell whether the server takes work", responses=problems("not-ready"))
def health_ready(service: Serving) -> Readiness:
    """Look at the database, the disk and the processes: for those who send requests where they are answered."""
    if not service.is_ready:
        raise Problem("not-ready", "the server is starting or stopping; try again in a moment.")
    if not service.database.answers():
        raise Problem("not-ready", "the database does not answer; the server's owner must look after it.")
    if not service.dispatcher.is_alive:
        raise Problem("not-ready", "what runs the jobs has ended; the server's owner must start it again.")
    if shutil.disk_usage(service.settings.data).free < service.settings.disk_free_bytes:
        raise Problem("not-ready", "the disk is nearly full; the server's owner must free some space.")
    return Readiness(status="ready")
