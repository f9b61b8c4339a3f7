"""How a service is set up; the options of `mutoscope serve` are its fields."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from mutoscope.core.errors import ParameterError
from mutoscope.storage.folders import data_folder

__all__ = ["Settings", "default_data", "parse_settings"]

_GIB = 1 << 30


def default_data() -> Path:
    """Name the folder of the service; it need not exist."""
    return data_folder() / "service"


class Settings(BaseModel):
    """All that an owner decides. Defaults suit one person on one machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    data: Path = Field(default_factory=default_data)
    """Folder for media, results, finished pieces and the database."""

    database: str = ""
    """Address of the database: postgresql://…; SQLite in the data folder without it."""

    host: str = "127.0.0.1"
    """Address that is listened on. Others than this machine's own want a token file."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8094
    """Port that is listened on; 0: any that is free."""

    hosts: tuple[str, ...] = ()
    """Other names under which the server is reached, as behind a proxy: studio.example.org."""

    cluster: str | None = None
    """A running dask scheduler that computes the pieces of recipes, like tcp://host:8786."""

    slots: Annotated[int, Field(ge=1, le=64)] = max(1, (os.cpu_count() or 2) // 2)
    """Jobs that run at once; previews have a place of their own beside them."""

    url_hosts: tuple[str, ...] = ()
    """Hosts that media may be fetched from by URL, https only. None without it."""

    webhook_hosts: tuple[str, ...] = ()
    """Hosts that may be told about jobs by webhooks, https only. None without it."""

    sign: bool = True
    """Whether results get a signed history."""

    upload_bytes: Annotated[int, Field(ge=1)] = 16 * _GIB
    """Largest file that is taken."""

    upload_hours: Annotated[float, Field(gt=0)] = 24.0
    """How long an upload that stands still is kept."""

    media_seconds: Annotated[float, Field(gt=0)] = 4 * 3600.0
    """Longest film that is taken, s."""

    media_frames: Annotated[int, Field(ge=1)] = 1_000_000
    """Most frames of a film."""

    media_pixels: Annotated[int, Field(ge=1)] = 8192 * 4608
    """Largest frame, px."""

    body_bytes: Annotated[int, Field(ge=1024)] = 1 << 20
    """Largest body of a request that is no upload."""

    disk_free_bytes: Annotated[int, Field(ge=0)] = 1 * _GIB
    """Below so much free space nothing new is taken (507); what is running goes on."""

    keep_days: Annotated[float, Field(gt=0)] | None = None
    """Age at which finished jobs, their results and media that nothing uses are removed; never without it."""

    prices: Path | None = None
    """A price book of one's own."""

    max_jobs: Annotated[int, Field(ge=1)] = 2000
    """Jobs that one token may have waiting and running."""

    max_bytes: Annotated[int, Field(ge=1)] = 200 * _GIB
    """Bytes that one token may keep here."""

    max_cost: Annotated[float, Field(gt=0)] | None = None
    """What the jobs of one token may cost in all, in the currency of the price book; without it, no limit."""

    @field_validator("data", "prices")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()  # children work in folders of their own

    def url(self) -> str:
        """Give the address of the database."""
        # psycopg is the driver of PostgreSQL here; its name need not be typed.
        if self.database.startswith("postgres"):
            return "postgresql+psycopg://" + self.database.split("://", 1)[1]
        return self.database or f"sqlite:///{self.data / 'service.sqlite'}"


def parse_settings(values: Mapping[str, Any]) -> Settings:
    """Check settings as they were typed.

    Raises:
        ParameterError: one does not exist or lies outside its bounds.

    """
    try:
        return Settings.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name, Settings.model_fields, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(Settings.model_fields)}."
            raise ParameterError(f"there is no setting {name!r}; {hint}") from None
        raise ParameterError(f"{name}={first['input']!r} is not allowed: {first['msg'].lower()}.") from None
