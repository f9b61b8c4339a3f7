"""Analysis passes: what must look at the whole film first, and leaves cached side data for the effects.

The registry is text, so that naming a pass imports nothing. A package adds its own under the entry-point group
`mutoscope.analyses`: the entry's name is the pass's name, its value is the class. A pass that takes parameters is
wanted as "name:parameters"; its class is called with the text behind the colon.
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

_BUILT_IN = {
    "attention": "mutoscope.effects.attention_film:AttentionAnalysis",
    "shots": "mutoscope.effects.shots:ShotsAnalysis",
}
_GROUP = "mutoscope.analyses"
_FORMAT = "mutoscope.analysis/1"


class Analysis(Protocol):
    """A pass over the film that leaves a value. Made anew for each run, with the parameters in its name if it has any.

    A pass that wants the values of others names them in a class attribute `needs`, a tuple; they are handed to its
    method `begin(side)` by name before `run` is called.
    """

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

    Args:
        name: its name, or "name:parameters".

    Raises:
        ParameterError: where no pass has this name, it does not take these parameters, or its package does not work.
    """
    kind, colon, text = name.partition(":")
    told = (text,) if colon else ()
    if kind in _BUILT_IN:
        module, _, attribute = _BUILT_IN[kind].partition(":")
        made: Analysis = getattr(import_module(module), attribute)(*told)
        return made
    entries = list(metadata.entry_points(group=_GROUP, name=kind))
    if not entries:
        raise ParameterError(f"there is no analysis {kind!r}; there are: {', '.join(names())}")
    entry = entries[0]
    try:
        plugin: Analysis = entry.load()(*told)
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise ParameterError(f"the analysis {kind!r} ({entry.value}) does not work: {why}; update it") from error
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
    values: dict[str, Any] = {}

    def value(name: str) -> Any:
        if name in values:
            return values[name]
        analysis = load_analysis(name)
        key = cache.key(_FORMAT, source_hash, *_identity(name, analysis, size))
        plain = _load(cache.get(key))
        if plain is None:
            if needed := _needs(analysis):
                analysis.begin({other: value(other) for other in needed})  # type: ignore[attr-defined] # who needs, begins
            clips = _counted(open_source(), analysis.title, report, total)
            with contextlib.closing(clips):
                result = analysis.run(clips)
            # Read back even now, so that the first run gets the very value that later runs get.
            plain = _load(cache.put(key, *_writer(result))) or {"value": result}
        values[name] = analysis.restore(plain["value"])
        return values[name]

    return {name: value(name) for name in dict.fromkeys(wanted)}


def _needs(analysis: Analysis) -> tuple[str, ...]:
    return getattr(analysis, "needs", ())


def _identity(name: str, analysis: Analysis, size: int | None) -> list[Any]:
    """All that a value depends on besides the film; values that it is made from count too."""
    own = [name, analysis.version, dict(analysis.params), size]
    return [*own, *(_identity(other, load_analysis(other), size) for other in _needs(analysis))]


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
