"""Make a result once more from its manifest: the same bytes again, or what has changed since."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from mutoscope.core.errors import IncompleteError, InputError, MutoscopeError, OutputError
from mutoscope.core.progress import Listener, ignore
from mutoscope.engine.fingerprint import versions
from mutoscope.engine.histories import result_digest
from mutoscope.engine.record import result_of
from mutoscope.engine.remote import sources_of
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.engine.segment import hash_source
from mutoscope.engine.sign import sign_result
from mutoscope.recipes.manifest import Manifest, changed_inputs, read_manifest
from mutoscope.recipes.paths import move_paths
from mutoscope.recipes.recipe import Recipe
from mutoscope.storage.atomic import publish
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.storage.lock import only_writer
from mutoscope.storage.uris import is_uri, parse_uri
from mutoscope.video.info import is_sequence_name, probe
from mutoscope.video.sequence import name_of, numbered
from mutoscope.video.write import is_source

__all__ = ["replay"]


def replay(
    manifest: str | Path,
    *,
    out: str | Path | None = None,
    fresh: bool = False,
    workers: int = 0,
    cluster: str | None = None,
    work: str | Path | None = None,
    report: Listener = ignore,
) -> RunResult:
    """Run a manifest's recipe again and compare the bytes.

    Args:
        manifest: a file that ends in .mutoscope.json.
        out: where the result goes; by default to its own place, where it is missing or has other bytes.
        fresh: compute everything, also what an earlier run has left.
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for finished pieces.
        report: takes progress.

    Raises:
        IncompleteError: other bytes came out; they were kept beside the result, and the message says why.
        InputError: the manifest cannot be read, or an input is missing or has changed.
        OutputError: the result cannot go where it shall.

    """
    path = Path(manifest)
    told = _brought_here(read_manifest(path), out, path)
    recipe, source, first = _parts(told, path)
    _check_inputs(told)
    target = first.path if out is None else Path(out)
    target = target / first.path.name if target.is_dir() else target
    _check_target(target, first.path, told)
    with _scratch(target) as folder:
        made = run_recipe(
            recipe,
            source,
            folder / first.path.name,
            workers=workers,
            cluster=cluster,
            work=folder / "work" if fresh else work,
            manifest=False,
            sign=False,
            report=report,
        )
        if result_of(made).sha256 != first.sha256:
            place = target if out is not None else target.with_name(f"{target.stem}.replay{target.suffix}")
            _move(made.path, place)
            raise IncompleteError(
                f"other bytes came out than {path.name} tells of ({_reason(told, made)}); they were kept as {place}."
            )
        signed: list[str] = []
        if out is not None or not _stands(target, made, first.sha256):
            _move(made.path, target)
            signed = sign_result(target, told, [source], numbers=made.numbers)
    return replace(made, path=target, notices=(*made.notices, *signed))


def _brought_here(told: Manifest, out: str | Path | None, path: Path) -> Manifest:
    """Fetch what lies in stores, so that all paths are of this machine."""
    remote = {one.path for one in told.inputs if is_uri(one.path)}
    if told.result is not None and is_uri(told.result.path):
        if out is None:
            raise OutputError(f"the result of {path.name} lies in a store; say with --out where the new one goes.")
        told = told.model_copy(
            update={"result": told.result.model_copy(update={"path": str(Path(parse_uri(told.result.path).name))})}
        )
    if not remote:
        return told
    here = {one: str(sources_of([one])[0].path) for one in remote}
    inputs = tuple(one.model_copy(update={"path": here.get(one.path, one.path)}) for one in told.inputs)
    recipe = None if told.recipe is None else move_paths(told.recipe, lambda one: here.get(one, one))
    return told.model_copy(update={"inputs": inputs, "recipe": recipe})


@dataclass(frozen=True)
class _First:
    """What came out the first time."""

    path: Path
    sha256: str


def _parts(told: Manifest, path: Path) -> tuple[Recipe, Path, _First]:
    """Take out of a manifest what a run is made of."""
    source = next((Path(used.path) for used in told.inputs if used.role == "source"), None)
    if told.kind != "film" or told.recipe is None or told.result is None or source is None:
        raise InputError(f"{path} is no manifest of a run; put pictures together with 'mutoscope film'.")
    recipe = Recipe.from_plain(told.recipe, path.parent.absolute())
    return recipe, source, _First(Path(told.result.path), told.result.sha256)


def _check_inputs(told: Manifest) -> None:
    changed = changed_inputs(told, lambda path: hash_source(path, probe(path)) if "%" in path.name else hash_file(path))
    if changed:
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise InputError(f"{changed[0]}{more}; bring the old file back, or run the recipe again.")


def _check_target(target: Path, first: Path, told: Manifest) -> None:
    """Refuse before any work what would harm an input or name bytes what they are not."""
    if not target.parent.is_dir():
        raise OutputError(f"the folder {target.parent} does not exist; make it or give another place with --out.")
    is_alike = target.suffix.lower() == first.suffix.lower() and is_sequence_name(target) == is_sequence_name(first)
    if not is_alike:
        raise OutputError(f"{target.name} would be another kind of result than {first.name}; name it like that.")
    for used in told.inputs:
        if is_source(target, Path(used.path)):
            raise OutputError(
                f"the result {target} is {Path(used.path).name} ({used.role}) itself; give another place with --out, "
                "inputs are never changed."
            )


def _reason(told: Manifest, made: RunResult) -> str:
    """Say why bytes may differ, the surest reason first."""
    if made.set_aside:
        return f"pieces are missing now: {made.set_aside[0]}"
    if told.set_aside:
        return "pieces were missing then"
    now = versions()
    for name, then in told.versions.items():
        if name in now and now[name] != then:
            return f"{name} was {then} and is {now[name]}"
    machine = f"it was made on {told.run.machine}; " if told.run is not None and told.run.machine else ""
    return f"{machine}another processor or device, or Mutoscope's own code has changed"


def _stands(target: Path, made: RunResult, sha256: str) -> bool:
    """Tell whether the very bytes are in their place already."""
    try:
        if target.is_file():
            return result_digest(target) == sha256  # of a signed film, what it was before it was signed
        return result_of(replace(made, path=target)).sha256 == sha256
    except (MutoscopeError, OSError):
        return False


def _move(made: Path, place: Path) -> None:
    if not is_sequence_name(made):
        publish(made, place)
        return
    for number, one in numbered(made):
        publish(one, name_of(place, number))


@contextlib.contextmanager
def _scratch(target: Path) -> Iterator[Path]:
    """Lend a hidden folder on the disk of the result, to one replay at a time: what a killed one left goes first."""
    folder = target.with_name(f".replay-{hash_json(target.name)[:16]}")
    with only_writer(target):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir()
        except OSError as error:
            raise OutputError(
                f"the folder {target.parent} cannot be written ({error.strerror}); give another with --out."
            ) from None
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
