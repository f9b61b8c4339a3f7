"""Compute one segment of a film: read its frames, send them through the chain, code them, keep the piece."""

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from mutoscope.core.ahead import run_ahead, run_behind
from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, MutoscopeError
from mutoscope.core.onlooker import show
from mutoscope.effects.analysis import analyse
from mutoscope.effects.protocol import Carry, Context
from mutoscope.effects.sound import Heard, listen
from mutoscope.engine.analysed import analysed_span, digest_of
from mutoscope.engine.chain import Chain, chain_of
from mutoscope.engine.device import torch_threads
from mutoscope.engine.fingerprint import code_digest
from mutoscope.engine.store import Store
from mutoscope.engine.tasks import Desk, Task
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.piece_sink import PieceWriter, create_piece
from mutoscope.video.sequence import numbered
from mutoscope.video.span import Span, SpanReader

__all__ = ["Segment", "chain_for", "compute", "hash_source", "remade", "side_of", "state_key"]


@dataclass(frozen=True)
class Segment:
    """What a worker must know of a segment; JSON values only.

    Attributes:
        recipe: the recipe as plain values, its paths absolute.
        files: path and sha256 of every file that the recipe names.
        source: path of the film.
        source_sha256: digest of its bytes.
        source_stamp: size and time of change that the digest belongs to.
        result: name of the whole film, whose suffix says how pieces are coded.
        size: width and height of the frames.
        span: start, end and key as in `video.span.Span`.
        before: key of the segment whose memory is taken, or None at the beginning of a shot.
        leaves: whether the next segment takes this one's memory.
        device: torch device.
        code: digest of the code that the key was made for.

    """

    recipe: Mapping[str, Any]
    files: Mapping[str, str]
    source: str
    source_sha256: str
    source_stamp: tuple[int, int]
    result: str
    size: tuple[int, int]
    span: tuple[int, int | None, int | None]
    before: str | None
    leaves: bool
    device: str
    code: str


def remade(segment: Segment, store: Store) -> Iterator[Clip]:
    """Give a segment's clips as the effects leave them, before they are coded.

    Raises:
        MutoscopeError: as `compute`.

    """
    _check(segment)
    chain = chain_for(segment, store)
    with torch_threads(chain.recipe.film.threads):
        yield from _remade(segment, chain, _take(segment, chain, store), store)


def state_key(key: str) -> str:
    """Name the memory that a segment leaves."""
    return hash_json(["state", key])


def compute(task: Task, desk: Desk) -> None:
    """Compute a segment and keep its piece under the task's key, and its memory where the next one needs it.

    Raises:
        MutoscopeError: a file is missing or not the one that was meant, or an effect cannot do its work.

    """
    segment = Segment(**task.spec)
    _check(segment)
    chain = chain_for(segment, desk.store)
    carries = _take(segment, chain, desk.store)

    def write(path: Path) -> None:
        with torch_threads(chain.recipe.film.threads), _begin(path, segment) as piece:
            clips = _counted(_remade(segment, chain, carries, desk.store))
            for done in run_behind(clips, lambda counted: piece.write(counted[1])):
                desk.tick(done[0])
            piece.facts.update(_facts(segment))
        _check(segment)  # what was read meanwhile is what was meant
        if segment.leaves:
            # Before the piece itself: where the piece is, its memory is too.
            left = {f"{name}/{key}": x for name, carry in carries.items() for key, x in carry.after.items()}
            desk.store.keep(state_key(task.key), lambda place: save_tensors(left, place), ".safetensors")

    desk.store.keep(task.key, write, ".piece")


def hash_source(path: Path, info: VideoInfo) -> str:
    """Digest a film's bytes, or those of all pictures of a sequence.

    Raises:
        InputError: it cannot be read.

    """
    if info.kind != "sequence":
        return hash_file(path)
    return hash_json([[number, hash_file(one)] for number, one in numbered(path)])


def chain_for(segment: Segment, store: Store) -> Chain:
    """Make the effects; numbers that follow the film's sound get what the plan has measured of it."""
    chain = chain_of(segment.recipe, segment.files)
    if not chain.sounds:
        return chain
    heard = _heard(chain.sounds, segment.source, segment.source_sha256, store)
    return chain_of(segment.recipe, segment.files, heard)


@functools.lru_cache(maxsize=2)
def _heard(sounds: frozenset[str], source: str, sha256: str, store: Store) -> Heard:
    return listen(sounds, Path(source), sha256, store.cache)


def _remade(segment: Segment, chain: Chain, carries: Mapping[str, Carry], store: Store) -> Iterator[Clip]:
    span = Span(*segment.span)
    info, reader = _reader(segment.source, segment.source_sha256, tuple(segment.size))
    readers = iter([reader])

    def begin() -> Iterator[Clip]:
        # The reader that goes on from segment to segment serves the first who asks; a second one opens the film anew.
        own = next(readers, None) or SpanReader(info, (segment.size[0], segment.size[1]))
        return run_ahead(_one_by_one(own.read(span)), depth=1)

    side = side_of(segment, chain, store)
    seed = chain.recipe.film.seed
    context = Context(seed=seed, device=segment.device, side=side)
    return chain.run(begin, context, carries, float(span.start * info.time_base))


def _one_by_one(clips: Iterable[Clip]) -> Iterator[Clip]:
    # Frames may cost seconds: hand them on singly, so that progress and Ctrl-C come at every frame.
    for clip in clips:
        yield from clip.frames()


def _counted(clips: Iterator[Clip]) -> Iterator[tuple[int, Clip]]:
    done = 0
    for clip in clips:
        done += len(clip)
        show(clip.pixels_TCHW[-1], clip.seconds(-1))
        yield done, clip


def _begin(path: Path, segment: Segment) -> PieceWriter:
    info, _ = _reader(segment.source, segment.source_sha256, tuple(segment.size))
    film = chain_of(segment.recipe, segment.files).recipe.film
    start, end, _ = segment.span
    return create_piece(
        path,
        like=_shown(info, segment),
        span=(start, end),
        result=Path(segment.result),
        source=Path(segment.source),
        codec=film.codec,
        crf=film.crf,
        bit_depth=film.bit_depth,
        effort=film.effort,
    )


def _shown(info: VideoInfo, segment: Segment) -> VideoInfo:
    return replace(info, width=segment.size[0], height=segment.size[1])


def _take(segment: Segment, chain: Chain, store: Store) -> dict[str, Carry]:
    carries = {step.name: Carry() for step in chain.steps}
    if segment.before is None:
        return carries
    path = store.find(state_key(segment.before))
    if path is None:
        raise MutoscopeError("the memory of the segment before is lost; run again to make it anew.")
    taken: dict[str, dict[str, Tensor]] = {}
    for name, tensor in load_tensors(path).items():
        step, _, key = name.rpartition("/")
        taken.setdefault(step, {})[key] = tensor
    return {name: Carry(before=taken.get(name, {})) for name in carries}


def _facts(segment: Segment) -> dict[str, Any]:
    _, reader = _reader(segment.source, segment.source_sha256, tuple(segment.size))
    return {"damaged": reader.is_damaged, "notices": list(reader.notices)}


@functools.lru_cache(maxsize=1)
def _reader(source: str, _sha256: str, size: tuple[int, int]) -> tuple[VideoInfo, SpanReader]:
    info = probe(Path(source))
    return info, SpanReader(info, size)


def side_of(segment: Segment, chain: Chain, store: Store) -> Mapping[str, Any]:
    """Give what analyses have found about the film; pictures are not analysed."""
    info, _ = _reader(segment.source, segment.source_sha256, tuple(segment.size))
    if not chain.analyses or info.kind == "picture":
        return {}
    span = analysed_span(chain, info)
    return _side_data(
        json.dumps(chain.analyses), segment.source, segment.source_sha256, tuple(segment.size), span, store
    )


@functools.lru_cache(maxsize=2)
def _side_data(
    analyses: str, source: str, sha256: str, size: Sequence[int], span: Span, store: Store
) -> dict[str, Any]:
    def film() -> Iterator[Clip]:
        return SpanReader(probe(Path(source)), (size[0], size[1])).read(span)

    return analyse(json.loads(analyses), film, digest_of(sha256, size, span), store.cache)


def _check(segment: Segment) -> None:
    """Make sure that this worker computes what was asked for: the same code, the same bytes."""
    if code_digest() != segment.code:
        raise MutoscopeError(
            "a worker runs another version of Mutoscope than the command; install the same one on all machines."
        )
    for place, digest in segment.files.items():
        if not _is_pattern(Path(place)) and hash_file(Path(place)) != digest:
            raise InputError(f"{place} has changed since the run began; start again.")
    source = Path(segment.source)
    try:
        stat = source.stat() if not _is_pattern(source) else None
    except OSError as error:
        raise InputError(f"{source} cannot be read by a worker ({error.strerror}); put it where all see it.") from error
    if stat is None or (stat.st_size, stat.st_mtime_ns) == tuple(segment.source_stamp):
        return
    if hash_file(source) != segment.source_sha256:
        raise InputError(f"{source} has changed since the run began; start again.")


def _is_pattern(path: Path) -> bool:
    return "%" in path.name and not path.exists()
