"""Which methods an address takes, as the description has it: what 405 tells under Allow."""

import re
from typing import Any

from fastapi import FastAPI

__all__ = ["methods_at"]

_METHODS = ("get", "head", "options", "put", "post", "patch", "delete")
_FIELD = re.compile(r"\\\{[^/]+?\\\}")


def methods_at(app: FastAPI, path: str) -> tuple[str, ...]:
    """Give the methods of an address in capitals, none where the description does not have it.

    An address that stands there word for word counts alone: /api/media/from-url is no id of media.
    """
    paths: dict[str, Any] = app.openapi()["paths"]
    found = [paths[path]] if path in paths else [item for place, item in paths.items() if _fits(place, path)]
    return tuple(method.upper() for method in _METHODS if any(method in item for item in found))


def _fits(place: str, path: str) -> bool:
    return re.fullmatch(_FIELD.sub("[^/]+", re.escape(place)), path) is not None
