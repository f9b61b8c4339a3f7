"""What a job's process finds: its folder with the media it reads, its owner's things, and the bounds it lives in."""

import contextlib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mutoscope.service.database.open import Database
from mutoscope.service.database.tables import Job
from mutoscope.service.jobs.folders import cache_of_jobs, job_folder, owner_data, signing_of
from mutoscope.service.jobs.kinds.table import KINDS
from mutoscope.service.jobs.staging import find_media, lay_out
from mutoscope.service.sandbox.jail import Jail
from mutoscope.service.settings import Settings
from mutoscope.storage.folders import cache_folder, data_folder, make_folder

__all__ = ["Prepared", "lend_weights", "prepared"]

_OWN = ("filters", "training")
_SIGNING = "signing"
_CREDENTIALS = ("AWS_", "DROPBOX_")


@dataclass(frozen=True)
class Prepared:
    """All that a job's process is begun with.

    Attributes:
        folder: of the job.
        arguments: of `child.work`.
        jail: its bounds.
        environment: variables of its own.

    """

    folder: Path
    arguments: Mapping[str, Any]
    jail: Jail
    environment: Mapping[str, str]


def prepared(settings: Settings, database: Database, job: Job) -> Prepared:
    """Lay everything out for a job. What an earlier process has left in its folder stays.

    Raises:
        Problem: media that it names have gone.

    """
    kind, body, data = KINDS[job.kind], job.body, settings.data.absolute()
    folder = job_folder(settings, job.id).absolute()
    with database.reading() as session:
        staged = find_media(session, job.owner, kind, body, data=data)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lay_out(data, folder, staged)
    for name in ("out", "previews", "data"):
        (folder / name).mkdir(exist_ok=True, mode=0o700)
    is_signed = settings.sign and body.get("sign") is not False
    home = owner_data(settings, database, job.owner)
    things = {name: home / name for name in _OWN}
    if is_signed:
        things[_SIGNING] = signing_of(settings, database, job.owner)
    own = _own_things(things, folder / "data")
    arguments = {
        "kind": job.kind,
        "inputs": staged.inputs,
        "parameters": staged.values(body.get("parameters") or {}),
        "recipe": staged.values(body.get("recipe")),
        "preview": body.get("preview"),
        "result": body.get("result"),
        "titles": {staged.names[id_]: title for id_, title in staged.titles.items()},
        "max_cost": body.get("max_cost"),
        "sign": is_signed,
        "prices": None if settings.prices is None else str(settings.prices.absolute()),
        "cluster": settings.cluster,
    }
    jail = Jail(
        reads=[folder / "in", folder / "data", *([] if settings.prices is None else [settings.prices.absolute()])],
        writes=[folder / "out", folder / "previews", cache_of_jobs(settings).absolute(), *own],
        network=settings.cluster is not None or kind.needs_network,
        accelerator=True,
    )
    weights = cache_of_jobs(settings) / "weights"
    if weights.is_symlink():
        jail = replace(jail, reads=[*jail.reads, weights.resolve()])
    environment = {
        "MUTOSCOPE_DATA": str(folder / "data"),
        "MUTOSCOPE_CACHE": str(cache_of_jobs(settings).absolute()),
        "MPLCONFIGDIR": str(cache_of_jobs(settings).absolute() / "matplotlib"),
    }
    told = {"job": arguments, "folder": str(folder)}
    made = Prepared(folder, told, jail, environment)
    return _with_stores(made, home) if kind.needs_network else made


def lend_weights(settings: Settings) -> None:
    """Let jobs find the weights that this machine has fetched."""
    ours, theirs = cache_folder() / "weights", make_folder(cache_of_jobs(settings)) / "weights"
    if ours.is_dir() and not theirs.exists() and ours.absolute() != theirs.absolute():
        with contextlib.suppress(OSError):
            theirs.symlink_to(ours.absolute(), target_is_directory=True)


def _own_things(things: Mapping[str, Path], view: Path) -> list[Path]:
    """Show a job the folders of its owner that it needs, and nothing else of theirs; give them.

    The folder that it sees holds links: paths in manifests stay within the job, and the certificate is there only
    where results are signed.
    """
    for name in (*_OWN, _SIGNING):
        link = view / name
        if name in things and make_folder(things[name]).absolute() == link.resolve():
            continue
        link.unlink(missing_ok=True)
        if name in things:
            link.symlink_to(things[name].absolute(), target_is_directory=True)
    return [place.resolve() for place in things.values()]


def _with_stores(made: Prepared, home: Path) -> Prepared:
    """Let a job that decodes nothing reach the stores of its owner.

    Keys in this process's environment and in the usual files belong to the person who started it: they go to jobs of
    that person only.
    """
    file, view = home / "stores.toml", made.folder / "data" / "stores.toml"
    reads, writes, environment = [*made.jail.reads], [*made.jail.writes], dict(made.environment)
    if file.is_file():
        if not view.is_symlink():
            view.symlink_to(file.absolute())
        reads.append(file.resolve())
        for root, is_writable in _local_roots(file):
            (writes if is_writable else reads).append(root)
    if home == data_folder():
        environment |= {name: value for name, value in os.environ.items() if name.startswith(_CREDENTIALS)}
        for variable, name in (("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ("AWS_CONFIG_FILE", "config")):
            environment[variable] = os.environ.get(variable) or str(Path.home() / ".aws" / name)
            reads.append(Path(environment[variable]))
        environment["MUTOSCOPE_DROPBOX"] = os.environ.get("MUTOSCOPE_DROPBOX") or str(home / "dropbox.toml")
        reads.append(Path(environment["MUTOSCOPE_DROPBOX"]))
    return replace(made, jail=replace(made.jail, reads=reads, writes=writes), environment=environment)


def _local_roots(file: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the folders of stores on this machine, and whether they may be written to."""
    with contextlib.suppress(OSError, ValueError):
        for table in tomllib.loads(file.read_text(encoding="utf-8")).get("stores", {}).values():
            uri = str(table.get("uri", ""))
            if uri.startswith(("file://", "/")):
                yield Path(uri.removeprefix("file://")), table.get("mode") == "rw"
