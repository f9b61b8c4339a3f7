"""Bundled media, for a first try: a clip and a painting that anybody may use."""

import shutil
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict

from mutoscope.service.answers import problems
from mutoscope.service.ids import new_id
from mutoscope.service.problems import Problem
from mutoscope.service.routes.media_answers import MediaAnswer, media_answer
from mutoscope.service.security.asking import AskingCaller, Serving

__all__ = ["router"]

router = APIRouter(prefix="/api/samples", tags=["media"])


class Sample(BaseModel):
    """Something to try."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    name: str
    """What it is asked for by."""

    title: str
    """What it shows."""

    credit: str
    """Who made it, and its licence."""

    kind: str
    """video or picture."""


class Samples(BaseModel):
    """All of them."""

    items: list[Sample]


_FILES = {
    "big-buck-bunny": "big-buck-bunny.mp4",
    "starry-night": "van-gogh-starry-night.jpg",
}
_SAMPLES = (
    Sample(
        name="big-buck-bunny",
        title="A rabbit wakes up",
        credit="Big Buck Bunny, Blender Foundation, CC BY 3.0",
        kind="video",
    ),
    Sample(
        name="starry-night",
        title="The Starry Night",
        credit="Vincent van Gogh, 1889, public domain",
        kind="picture",
    ),
)


@router.get("", summary="List what is bundled for a first try")
def list_samples(_caller: AskingCaller) -> Samples:
    """Give the bundled clip and painting."""
    return Samples(items=list(_SAMPLES))


@router.post(
    "/{name}",
    status_code=201,
    summary="Put a bundled file into one's media",
    responses=problems("not-found", "disk-full", "quota"),
)
def take_sample(
    name: Annotated[str, Path(max_length=40, pattern="^[a-z-]+$")],
    response: Response,
    caller: AskingCaller,
    service: Serving,
) -> MediaAnswer:
    """Copy a bundled file into one's media; asked for again, the copy that is there is given."""
    if name not in _FILES:
        raise Problem("not-found", f"there is no sample {name!r}; GET /api/samples lists them.", pointer="name")
    bundled = FilePath(str(files("mutoscope.data") / _FILES[name]))
    known, _ = service.library.list(caller.owner, search=bundled.name, role="sample", limit=1)
    media = known[0] if known else None
    if media is None:
        temp = service.settings.data / "uploads" / new_id("u")
        temp.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bundled, temp)
        media = service.library.adopt_upload(temp, bundled.name, caller, {"role": "sample"})
    response.headers["Location"] = f"/api/media/{media.id}"
    return media_answer(media)
