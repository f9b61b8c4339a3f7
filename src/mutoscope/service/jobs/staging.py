"""Media of a job: found for its owner, and laid into the job's own folder, which is all that its process may read."""

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mutoscope.service.database.tables import Frameset, Job, Media
from mutoscope.service.jobs.kinds.kind import JobKind
from mutoscope.service.jobs.references import FOOTAGE, STAGED, references, replaced, staged_name
from mutoscope.service.problems import Problem

__all__ = ["Staged", "find_media", "lay_out"]

_MOST_MANIFEST_BYTES = 16 << 20
_STAGED_BEFORE = re.compile(rf"{STAGED}/([mf]_[0-9A-Za-z]{{22}})")
_UNSAFE = re.compile(r"[^0-9A-Za-z._-]+")
_TELL_NAMES = ("sort", "train_decisions")
_ANY = ("video", "picture", "sound", "model", "filter", "numbers", "text", "page", "archive")
_FILM = {"video": "a film", "picture": "a picture", "frameset": "a frameset", "sound": "a sound"}


@dataclass(frozen=True)
class Staged:
    """What a job reads.

    Attributes:
        inputs: for each role the files, relative to the job's folder; framesets are folders.
        paths: for each id where it lies in the service's folder.
        names: for each id what it is called there, relative to the job's folder.
        titles: for each id what people call it.
        footage: for some the place where they lie under that name, too.

    """

    inputs: Mapping[str, tuple[str, ...]]
    paths: Mapping[str, str]
    names: Mapping[str, str]
    titles: Mapping[str, str]
    footage: Mapping[str, str]

    def values(self, value: Any) -> Any:
        """Put the names of files where references stand."""
        return replaced(value, self.names)


def find_media(session: Session, owner: str, kind: JobKind, body: Mapping[str, Any], data: Path) -> Staged:
    """Find all media that a request names.

    Args:
        session: of the database.
        owner: whose they must be.
        kind: of the job.
        body: the request, plain.
        data: folder of the service.

    Raises:
        Problem: one is not there, not ready, or of a kind that does not go there; with a pointer to it.

    """
    roles = {name: one if isinstance(one, list) else [one] for name, one in (body.get("inputs") or {}).items()}
    wanted = [
        (f"/inputs/{name}/{number}" if isinstance(body["inputs"][name], list) else f"/inputs/{name}", id_, name)
        for name, ids in roles.items()
        for number, id_ in enumerate(ids)
    ]
    wanted += [
        (pointer, id_, "")
        for part in ("parameters", "recipe")
        for pointer, id_ in references(body.get(part), f"/{part}")
    ]
    found = _rows(session, owner, {id_ for _, id_, _ in wanted})
    for pointer, id_, role in wanted:
        spec = kind.input_of(role)
        _check(pointer, found.get(id_), _ANY if spec is None else spec.takes, is_frameset=id_.startswith("f_"))
    if kind.name == "replay":
        found |= _named_in(session, owner, data / found[roles["manifest"][0]].path)
    names = {id_: staged_name(id_, getattr(row, "suffix", "")) for id_, row in found.items()}
    titles = {id_: _title(session, row) for id_, row in found.items()}
    return Staged(
        inputs={name: tuple(names[id_] for id_ in ids) for name, ids in roles.items()},
        paths={id_: row.path for id_, row in found.items()},
        names=names,
        titles=titles,
        footage=_footage(roles.get("footage", ()), titles, names) if kind.name in _TELL_NAMES else {},
    )


def lay_out(data: Path, job_folder: Path, staged: Staged) -> None:
    """Lay the files of a job into its folder: as links where that can be, else as copies. What lies there stays.

    Raises:
        Problem: one has gone.

    """
    (job_folder / STAGED).mkdir(parents=True, exist_ok=True, mode=0o700)
    for id_, name in staged.names.items():
        source, place = data / staged.paths[id_], job_folder / name
        try:
            if not source.is_dir():
                _lay(source, place)
                if id_ in staged.footage:
                    (job_folder / FOOTAGE).mkdir(exist_ok=True, mode=0o700)
                    _lay(source, job_folder / staged.footage[id_])
                continue
            place.mkdir(exist_ok=True, mode=0o700)
            for one in source.iterdir():
                if one.is_file():
                    _lay(one, place / one.name)
        except FileNotFoundError:
            raise Problem("invalid", f"{staged.titles[id_]} is no longer there; send it again.") from None


def _footage(ids: Sequence[str], titles: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Give each film a place under the name that people know; of two of one name the later one gets part of its id."""
    found: dict[str, str] = {}
    for id_ in dict.fromkeys(ids):
        suffix = Path(names[id_]).suffix
        stem = _UNSAFE.sub("-", Path(titles[id_]).stem).strip("-.")[:80] or "film"
        taken = f"{FOOTAGE}/{stem}{suffix}" in found.values()
        found[id_] = f"{FOOTAGE}/{stem}{'-' + id_[-6:] if taken else ''}{suffix}"
    return found


def _title(session: Session, row: Media | Frameset) -> str:
    if isinstance(row, Media):
        return row.name
    film = session.get(Media, row.media_id)
    return row.id if film is None else film.name


def _lay(source: Path, place: Path) -> None:
    if place.exists():
        if place.samefile(source) or place.stat().st_size == source.stat().st_size:
            return
        place.unlink()
    try:
        os.link(source, place)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or a file system without links
        temp = place.with_name(f".{place.name}.part")
        shutil.copyfile(source, temp)
        temp.replace(place)


def _rows(session: Session, owner: str, ids: Iterable[str]) -> dict[str, Media | Frameset]:
    media = [one for one in ids if one.startswith("m_")]
    framesets = [one for one in ids if one.startswith("f_")]
    found: dict[str, Media | Frameset] = {}
    if media:
        found |= {
            row.id: row for row in session.scalars(select(Media).where(Media.owner == owner, Media.id.in_(media)))
        }
    if framesets:
        query = select(Frameset).where(Frameset.owner == owner, Frameset.id.in_(framesets))
        for row in session.scalars(query):
            job = session.get(Job, row.job_id)
            if job is None or job.state in ("done", "partial"):
                found[row.id] = row
    return found


def _named_in(session: Session, owner: str, manifest: Path) -> dict[str, Media | Frameset]:
    """Find the media that a manifest was made with; those that are gone the replay will miss, and say so."""
    with manifest.open("rb") as file:
        text = file.read(_MOST_MANIFEST_BYTES).decode("utf-8", "replace")
    found = _rows(session, owner, {*_STAGED_BEFORE.findall(text)})
    return {id_: row for id_, row in found.items() if isinstance(row, Frameset) or row.state == "ready"}


def _check(pointer: str, row: Media | Frameset | None, takes: tuple[str, ...], *, is_frameset: bool) -> None:
    if row is None:
        what = "frameset" if is_frameset else "media"
        raise Problem("invalid", f"there is no {what} of that id that is ready; send the file first.", pointer=pointer)
    kind = "frameset" if isinstance(row, Frameset) else row.kind
    if isinstance(row, Media) and row.state != "ready":
        why = "is still being looked at; wait a moment" if row.state == "checking" else "was refused; send another file"
        raise Problem("invalid", f"{row.name} {why}.", pointer=pointer)
    if kind not in takes:
        wanted = " or ".join(_FILM.get(one, one) for one in takes)
        told = _FILM.get(kind, kind)
        raise Problem("invalid", f"that is {told}, and {wanted} is wanted here.", pointer=pointer)
