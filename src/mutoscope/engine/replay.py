"""Make a result once more from its manifest: the same bytes again, or what has changed since."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mutoscope.core.errors import IncompleteError, InputError, MutoscopeError
from mutoscope.core.progress import Listener, ignore
from mutoscope.engine.fingerprint import versions
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import result_of, run_recipe
from mutoscope.engine.segment import hash_source
from mutoscope.recipes.manifest import Manifest, changed_inputs, read_manifest
from mutoscope.recipes.recipe import Recipe
from mutoscope.storage.atomic import publish
from mutoscope.storage.hashing import hash_file
from mutoscope.video.info import is_sequence_name, probe
from mutoscope.video.sequence import name_of, numbered

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

    """
    path = Path(manifest)
    told = read_manifest(path)
    if told.kind != "film" or told.recipe is None or told.result is None:
        raise InputError(f"{path} is no manifest of a run; put pictures together with 'mutoscope film'.")
    _check_inputs(told)
    source = Path(next(used.path for used in told.inputs if used.role == "source"))
    final = Path(told.result.path)
    with _scratch(final.parent if out is None else Path(out).parent) as folder:
        made = run_recipe(
            Recipe.from_plain(told.recipe, path.parent.absolute()),
            source,
            folder / final.name,
            workers=workers,
            cluster=cluster,
            work=folder / "work" if fresh else work,
            manifest=False,
            report=report,
        )
        is_same = result_of(made).sha256 == told.result.sha256
        place = _place(final, out, is_same=is_same)
        if not is_same or out is not None or _differs(final, made, told):
            _move(made.path, place)
    if not is_same:
        raise IncompleteError(
            f"other bytes came out than {path.name} tells of ({_reason(told)}); they were kept as {place}."
        )
    return replace(made, path=place)


def _check_inputs(told: Manifest) -> None:
    changed = changed_inputs(told, lambda path: hash_source(path, probe(path)) if "%" in path.name else hash_file(path))
    if changed:
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise InputError(f"{changed[0]}{more}; bring the old file back, or run the recipe again.")


def _reason(told: Manifest) -> str:
    now = versions()
    for name, then in told.versions.items():
        if name in now and now[name] != then:
            return f"{name} was {then} and is {now[name]}"
    if told.set_aside:
        return "pieces were missing then"
    return "another processor, or Mutoscope's own code has changed"


def _place(final: Path, out: str | Path | None, *, is_same: bool) -> Path:
    if out is not None:
        return Path(out)
    return final if is_same else final.with_name(f"{final.stem}.replay{final.suffix}")


def _differs(final: Path, made: RunResult, told: Manifest) -> bool:
    assert told.result is not None
    try:
        return result_of(replace(made, path=final)).sha256 != told.result.sha256
    except (MutoscopeError, OSError):
        return True


def _move(made: Path, place: Path) -> None:
    if not is_sequence_name(made):
        publish(made, place)
        return
    for number, one in numbered(made):
        publish(one, name_of(place, number))


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Lend a hidden folder on the disk of the result."""
    try:
        made = Path(tempfile.mkdtemp(prefix=".replay-", dir=folder))
    except OSError as error:
        raise InputError(
            f"the folder {folder} cannot be written ({error.strerror}); give another with --out."
        ) from None
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
