"""Which filters a caller may use."""

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import Path

from mutoscope.core.errors import ParameterError
from mutoscope.filters.shelf import ShelfItem, find
from mutoscope.service.jobs.folders import owner_data
from mutoscope.service.problems import Problem
from mutoscope.service.security.callers import Caller
from mutoscope.service.state import Service

__all__ = ["FilterName", "found_filter", "own_filters"]

FilterName = Annotated[str, Path(max_length=64, description="Name, as the list gives it.", examples=["great-wave"])]


def own_filters(caller: Caller, service: Service) -> FilePath:
    """Name the folder of the caller's own filters; it need not exist."""
    return owner_data(service.settings, service.database, caller.owner) / "filters"


def found_filter(name: str, caller: Caller, service: Service) -> ShelfItem:
    """Find a filter that the caller may use.

    Raises:
        Problem: there is none of that name; the nearest is told.

    """
    try:
        return find(name, own_filters(caller, service))
    except ParameterError as error:
        raise Problem("not-found", str(error).replace("'mutoscope filters'", "GET /api/filters")) from None
