"""Sources and results by address: what a verb needs to work on films that lie in S3, Dropbox or on the web.

A film is fetched once and then read from disk: its bytes are hashed for the keys of its pieces, its frames are indexed,
its cuts are looked for, and each worker jumps to its own piece. A result is made on disk (mp4 and mkv go back to their
heads at the end) and sent in parts while it is read; it appears when all of it has arrived.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mutoscope.core.errors import InputError, MutoscopeError, OutputError
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import Failure
from mutoscope.recipes.manifest import Manifest, manifest_path, read_manifest, write_manifest
from mutoscope.recipes.paths import move_paths
from mutoscope.storage.fetched import fetch, fetch_together
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.storage.places import list_uris, place_at
from mutoscope.storage.sending import Outgoing, begin, check_writable, outgoing_folder
from mutoscope.storage.uris import is_uri, join, parse_uri
from mutoscope.video.encoders import CONTAINERS
from mutoscope.video.info import is_picture_name, is_sequence_name
from mutoscope.video.sequence import number_in, numbered

__all__ = ["Delivered", "LocalSource", "RemoteResult", "explained", "result_place", "sources_of", "with_places"]


@dataclass(frozen=True)
class LocalSource:
    """A source as the engine reads it.

    Attributes:
        path: a local file, or a pattern like frame_%05d.png.
        uri: the address that it came from; empty where it was given as a local path.

    """

    path: Path
    uri: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes; of a sequence, of all its pictures.

        Raises:
            InputError: it cannot be read.

        """
        if is_sequence_name(self.path):
            return hash_json([[number, hash_file(one)] for number, one in numbered(self.path)])
        return hash_file(self.path)


@dataclass(frozen=True)
class Delivered(RunResult):
    """What a run made, in its place.

    Attributes:
        uri: its address; `path` is the same for programs that want a path.
        manifest_uri: address of the manifest, or empty.

    """

    uri: str = ""
    manifest_uri: str = ""


def sources_of(texts: Sequence[str | Path]) -> list[LocalSource]:
    """Give local files for what a person named: paths as they are, addresses fetched, patterns of addresses expanded.

    Raises:
        InputError: an address cannot be read, or a pattern matches nothing.

    """
    found: list[LocalSource] = []
    for text in texts:
        if not is_uri(text):
            found.append(LocalSource(Path(text)))
        elif is_sequence_name(Path(parse_uri(text).name or ".")):
            found.append(_sequence(str(text)))
        else:
            # With the query, which a signed address needs; what is told leaves it out.
            found += [LocalSource(fetch(one), str(parse_uri(one))) for one in list_uris(text)]
    return found


def result_place(text: str | Path, sources: Iterable[LocalSource] = ()) -> "RemoteResult":
    """Say where results are made, and where they go from there; use it in a `with`.

    Args:
        text: a path or an address; an address that ends with "/" or has no suffix is a folder.
        sources: what is worked on: manifests name their addresses, not the copies.

    Raises:
        OutputError: the address is one that cannot be written to.

    """
    known = {str(one.path.absolute()): one.uri for one in sources if one.uri}
    if not is_uri(text):
        return RemoteResult(Path(text), "", known)
    uri = parse_uri(text)
    if uri.scheme == "file":
        return RemoteResult(Path(f"/{uri.path}"), "", known)
    is_file = not uri.is_folder and _is_result_name(Path(uri.name))
    folder_uri = str(uri)[: len(str(uri)) - len(uri.name)] if is_file else f"{str(uri).removesuffix('/')}/"
    check_writable(place_at(folder_uri))  # before hours of work
    folder = outgoing_folder()
    place = RemoteResult(folder / uri.name if is_file else folder, folder_uri, known)
    place.reserve([place.path] if is_file else [])
    return place


@dataclass
class RemoteResult:
    """Where results are made, and where they go from there.

    Attributes:
        path: name or folder on this machine, to be given to the engine.
        folder_uri: address of the folder that results go to; empty where they stay on this machine.
        known: addresses by the local paths that stand for them.

    """

    path: Path
    folder_uri: str
    known: dict[str, str] = field(default_factory=dict)
    _reserved: dict[str, Outgoing] = field(default_factory=dict, repr=False)
    _kept: bool = field(default=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """The folder in which results are made."""
        return self.path if self.path.is_dir() else self.path.parent

    def close(self) -> None:
        """Remove what was made on this machine for other places, except what could not be sent."""
        if self.folder_uri and not self._kept:
            shutil.rmtree(self.folder, ignore_errors=True)

    def uri_of(self, path: Path) -> str:
        """Give the address of a result; empty where it stays on this machine."""
        return str(join(parse_uri(self.folder_uri), path.name)) if self.folder_uri else ""

    def reserve(self, paths: Iterable[Path]) -> None:
        """Look before the work begins whether results may go where they shall, and what is there that they replace.

        Raises:
            OutputError: they may not.

        """
        if not self.folder_uri:
            return
        for path in paths:
            if not is_sequence_name(path):
                for one in (path, manifest_path(path)):
                    self._reserved[one.name] = begin(self.uri_of(one))

    def deliver(self, done: RunResult) -> RunResult:
        """Send a finished result, what lies beside it, and last its manifest, which names addresses.

        Raises:
            OutputError: it cannot be sent; it is kept, and the message says where.

        """
        if done.manifest is not None:
            self._name_addresses(done)
        if not self.folder_uri:
            return done
        try:
            for path in self._parts(done):
                self._outgoing(path).send(path)
        except OutputError as error:
            self._kept = True
            raise OutputError(f"{error} The result was kept as {done.path}.") from None
        uri = self.uri_of(done.path)
        told: dict[str, Any] = {one.name: getattr(done, one.name) for one in fields(RunResult)}
        told["path"] = Path(uri)
        told["manifest"] = None if done.manifest is None else Path(self.uri_of(done.manifest))
        manifest_uri = "" if done.manifest is None else self.uri_of(done.manifest)
        return Delivered(**told, uri=uri, manifest_uri=manifest_uri)

    def outcome(self, made: RunResult | Failure) -> RunResult | Failure:
        """Deliver what became of one film of several; what cannot be sent is a failure like others."""
        if isinstance(made, Failure):
            uri = self.known.get(str(made.source.absolute()))
            error = type(made.error)(self.told(str(made.error)))
            return Failure(Path(uri) if uri else made.source, error)
        try:
            return self.deliver(made)
        except MutoscopeError as error:
            return Failure(Path(self.uri_of(made.path) or made.path), type(error)(self.told(str(error))))

    def told(self, text: str) -> str:
        """Put addresses in place of the copies' names."""
        for path, uri in self.known.items():
            text = text.replace(path, uri)
        if self.folder_uri and not self._kept:
            text = text.replace(f"{self.folder}/", self.folder_uri)
        return text

    def _outgoing(self, path: Path) -> Outgoing:
        return self._reserved.get(path.name) or begin(self.uri_of(path))

    def _parts(self, done: RunResult) -> list[Path]:
        if is_sequence_name(done.path):
            parts = [one for number, one in numbered(done.path) if number in set(done.numbers)]
        else:
            stem = done.path.stem
            beside = [one for one in done.path.parent.iterdir() if one.is_file() and one.name.startswith(f"{stem}.")]
            parts = [done.path, *sorted(one for one in beside if one not in (done.path, done.manifest))]
        return parts if done.manifest is None else [*parts, done.manifest]

    def _name_addresses(self, done: RunResult) -> None:
        assert done.manifest is not None
        known = dict(self.known)
        if self.folder_uri:
            known[str(done.path.absolute())] = self.uri_of(done.path)
        if known:
            write_manifest(_moved(read_manifest(done.manifest), known, self.told), done.manifest)


def with_places(run: Callable[..., RunResult], source: str | Path, result: str | Path, **options: Any) -> RunResult:
    """Run what works on a local film and writes a local one with a source, a result and options that may be addresses.

    Args:
        run: called with source, result and options, all of them local.
        source: path or address of one film, picture or sequence.
        result: path or address; a folder takes the source's name.
        **options: handed on; a text or path that is an address is fetched (`style="s3://…"`).

    Raises:
        MutoscopeError: what `run` raises, with addresses in place of the copies' names.

    """
    found = sources_of([source])
    if len(found) != 1:
        raise InputError(f"{source} means {len(found)} films, and this makes one of one; use mutoscope run.")
    known: list[LocalSource] = [*found]
    local = {name: _local(value, known) for name, value in options.items()}
    with result_place(result, known) as place:
        path = place.path
        if place.folder_uri and path.is_dir():
            path = path / _result_name(found[0])
            place.reserve([path])
        with explained(place):
            done = run(found[0].path, path, **local)
            return place.deliver(done)


@contextlib.contextmanager
def explained(place: RemoteResult) -> Iterator[None]:
    """Put addresses in place of the copies' names in what a person is told of an error."""
    try:
        yield
    except MutoscopeError as error:
        told = place.told(str(error))
        if told == str(error):
            raise
        raise type(error)(told) from error


def _sequence(text: str) -> LocalSource:
    uri = parse_uri(text)
    pattern = Path(uri.name)
    folder = text[: len(text) - len(uri.name)]
    names = [one for one in list_uris(folder) if number_in(pattern, one.rpartition("/")[2]) is not None]
    if not names:
        raise InputError(f"no file fits {uri}; check the folder and the number of digits (%05d: five).")
    return LocalSource(fetch_together(names) / pattern.name, str(uri))


def _local(value: Any, known: list[LocalSource]) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_local(one, known) for one in value)
    if not isinstance(value, str | Path) or not is_uri(value):
        return value
    path = fetch(value)
    known.append(LocalSource(path, str(parse_uri(value))))
    return path if isinstance(value, Path) else str(path)


def _moved(manifest: Manifest, known: dict[str, str], told: Callable[[str], str]) -> Manifest:
    """Put addresses in place of local paths, also within the recipe."""

    def named(path: str) -> str:
        return known.get(path, path)

    result = manifest.result
    changes = {
        "inputs": tuple(one.model_copy(update={"path": named(one.path)}) for one in manifest.inputs),
        "recipe": None if manifest.recipe is None else move_paths(manifest.recipe, named),
        "result": None if result is None else result.model_copy(update={"path": named(result.path)}),
        "notices": tuple(map(told, manifest.notices)),
    }
    return manifest.model_copy(update=changes)


def _result_name(source: LocalSource) -> str:
    path = source.path
    if is_sequence_name(path) or is_picture_name(path) or path.suffix.lower() in CONTAINERS:
        return path.name
    return f"{path.stem}.mp4"


def _is_result_name(path: Path) -> bool:
    return is_sequence_name(path) or is_picture_name(path) or path.suffix.lower() in CONTAINERS
