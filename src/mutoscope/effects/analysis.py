"""Analysis passes: what must look at the whole film first, and leaves cached side data for the effects.

The registry is text, so that naming a pass imports nothing. A package adds its own under the entry-point group
`mutoscope.analyses`: the entry's name is the pass's name, its value is the class.
"""

import contextlib
import json
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np

from mutoscope.core.errors import ParameterError
from mutoscope.core.progress import Listener, Progress, ignore

if TYPE_CHECKING:
    from mutoscope.core.clip import Clip
    from mutoscope.storage.cache import Cache

__all__ = ["Analysis", "analyse", "load_analysis", "names"]

_BUILT_IN = {"shots": "mutoscope.effects.shots:ShotsAnalysis"}
_GROUP = "mutoscope.analyses"
_FORMAT = "mutoscope.analysis/1"


class Analysis(Protocol):
    """A pass over the film that leaves a value. Made anew, without arguments, for each run."""

    title: ClassVar[str]
    """What is being done, for the progress bar."""
    version: ClassVar[int]
    """Raise it when the same film gives another value: older cached values are then not used."""

    @property
    def params(self) -> Mapping[str, Any]:
        """All that the value depends on besides the film, as JSON values."""
        ...

    def run(self, clips: Iterable["Clip"]) -> Any:
        """Look at the film, clip by clip, in bounded memory.

        Returns:
            a JSON value, or a dict of numpy arrays by name.
        """
        ...

    def restore(self, plain: Any) -> Any:
        """Turn what `run` gave, read back from the cache, into the value that the effects get."""
        ...


def names() -> list[str]:
    """List the names of all analysis passes, those of installed packages too."""
    return sorted({*_BUILT_IN, *(entry.name for entry in metadata.entry_points(group=_GROUP))})


def load_analysis(name: str) -> Analysis:
    """Import an analysis pass and make it.

    Raises:
        ParameterError: where no pass has this name, or its package does not work.
    """
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        made: Analysis = getattr(import_module(module), attribute)()
        return made
    entries = list(metadata.entry_points(group=_GROUP, name=name))
    if not entries:
        raise ParameterError(f"there is no analysis {name!r}; there are: {', '.join(names())}")
    entry = entries[0]
    try:
        plugin: Analysis = entry.load()()
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise ParameterError(f"the analysis {name!r} ({entry.value}) does not work: {why}; update it") from error
    return plugin


def analyse(
    wanted: Sequence[str],
    open_source: Callable[[], Iterator["Clip"]],
    source_hash: str,
    cache: "Cache",
    report: Listener = ignore,
    *,
    size: int | None = None,
    total: int | None = None,
) -> dict[str, Any]:
    """Run analysis passes over a film, or take their values from the cache; the result is `Context.side`.

    Args:
        wanted: names of passes.
        open_source: starts the film from its first frame. Not called when all values are cached.
        source_hash: digest of the film's bytes.
        cache: keeps the values; a damaged one is made anew.
        report: takes progress in frames.
        size: long side in pixels that the film is read at, where the values may depend on it.
        total: number of frames, for progress.

    Raises:
        ParameterError: where there is no such pass.
        InputError: where the film cannot be read.
    """
    side = {}
    for name in dict.fromkeys(wanted):
        analysis = load_analysis(name)
        key = cache.key(_FORMAT, source_hash, name, analysis.version, dict(analysis.params), size)
        plain = _load(cache.get(key))
        if plain is None:
            clips = _counted(open_source(), analysis.title, report, total)
            with contextlib.closing(clips):
                result = analysis.run(clips)
            # Read back even now, so that the first run gets the very value that later runs get.
            plain = _load(cache.put(key, *_writer(result))) or {"value": result}
        side[name] = analysis.restore(plain["value"])
    return side


def _counted(clips: Iterator["Clip"], title: str, report: Listener, total: int | None) -> Generator["Clip", None, None]:
    done = 0
    try:
        for clip in clips:
            yield clip
            done += len(clip)
            report(Progress(title, done, total))
    finally:
        if close := getattr(clips, "close", None):
            close()


def _writer(result: Any) -> tuple[Callable[[Path], object], str]:
    if isinstance(result, dict) and result and all(isinstance(v, np.ndarray) for v in result.values()):
        arrays: dict[str, Any] = result
        return lambda path: np.savez_compressed(path, **arrays), ".npz"
    text = json.dumps({"value": result}, sort_keys=True, allow_nan=False)

    def write(path: Path) -> None:
        path.write_text(text, encoding="utf-8")

    return write, ".json"


def _load(path: Path | None) -> dict[str, Any] | None:
    """Read a stored value, as {"value": ...}; None where there is none that can be read."""
    if path is None:
        return None
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return {"value": dict(arrays)}
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, zipfile.BadZipFile):  # another process has made room, or the disk fails
        return None
    return stored
