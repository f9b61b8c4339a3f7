"""Where jobs and their owners keep files, below the service's data folder."""

from pathlib import Path

from sqlalchemy import select

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Token
from mutoscope.service.settings import Settings
from mutoscope.storage.folders import data_folder

__all__ = ["cache_of_jobs", "job_folder", "owner_data", "signing_of"]


def job_folder(settings: Settings, job_id: str) -> Path:
    """Name the folder of a job; it need not exist."""
    return settings.data / "jobs" / job_id


def cache_of_jobs(settings: Settings) -> Path:
    """Name the folder of finished pieces, which all jobs share: what is found in it is named by what it was made of."""
    return settings.data / "cache"


def owner_data(settings: Settings, database: Database, owner: str) -> Path:
    """Name the folder of an owner's own filters, trainings and certificate.

    Whoever starts the server finds what they have made with the command line; everybody else has a folder apart.
    """
    with database.reading() as session:
        is_admin = session.scalar(select(Token.id).where(Token.owner == owner, Token.is_admin).limit(1)) is not None
    return data_folder() if is_admin else settings.data / "owners" / owner


def signing_of(settings: Settings, database: Database, owner: str) -> Path:
    """Name the folder of an owner's certificate.

    That of whoever starts the server is their own, where they have made one. Where they have not, the service makes one
    for itself: to start a server is not to say that all that the command line makes from now on be signed.
    """
    home = owner_data(settings, database, owner) / "signing"
    return home if (home / "own").is_dir() else settings.data / "owners" / owner / "signing"
