"""What is made of painted keyframes before a film is painted: a network and the guides; kept for the next run."""

import contextlib
import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mutoscope.core.ahead import run_ahead
from mutoscope.core.progress import Listener, Progress
from mutoscope.engine.device import torch_threads
from mutoscope.engine.fingerprint import code_digest, versions
from mutoscope.engine.keyframe_film import KeyframeFilm
from mutoscope.engine.store import Store
from mutoscope.flow.denoise import denoise
from mutoscope.keyframes.carry import borrow_from_itself, carry_painting
from mutoscope.keyframes.files import GuideReader, GuideWriter, Key, save_learned
from mutoscope.keyframes.guides import Guide, carry_guides
from mutoscope.keyframes.network import SIZES, KeyframeNetwork, new_network
from mutoscope.keyframes.params import LearnParams
from mutoscope.keyframes.training import Other, Pair, Settings, Training
from mutoscope.models.backbones import load_backbone
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder
from mutoscope.storage.hashing import hash_file, hash_json

__all__ = ["Painting", "learn", "make_guides"]

_FORMAT = "mutoscope.keyframes/1"
_SAVE_EVERY_STEPS = 40
_NUM_OTHERS = 8
_MOST_BACK_FRAMES = 1500
"""Frames before a keyframe that it is carried back to: they are held in memory, small, 110 kB each."""


@dataclass(frozen=True)
class Painting:
    """A keyframe of a film.

    Attributes:
        number: of the frame.
        frame_CHW: the frame at the size of the result.
        painted_CHW: its painting, of the same size.

    """

    number: int
    frame_CHW: Tensor
    painted_CHW: Tensor


def learn(
    film: KeyframeFilm,
    paintings: Sequence[Painting],
    params: LearnParams,
    guides: Path,
    seed: int,
    store: Store,
    report: Listener,
) -> Path:
    """Train a network on the keyframes, or find what an earlier run has learned; a training that was killed goes on.

    Args:
        film: where they belong.
        paintings: the keyframes, in order of time.
        params: how to train.
        guides: as `make_guides` gives them.
        seed: of all chance.
        store: keeps the result under the digest of all that it depends on.
        report: takes progress.

    """
    key = hash_json([*_common(film, paintings), hash_file(guides), params.model_dump(), seed])
    with store.claim(key), torch_threads(params.learn_threads):
        found = store.find(key)
        if found is not None:
            return found
        training = _training(film, paintings, params, guides, seed)
        network = _train(training, _state_path(store, key), report)
        keys = [Key(one.painted_CHW, film.seconds(one.number)) for one in paintings]
        kept = store.keep(key, lambda path: save_learned(path, params.profile, network, keys), ".safetensors")
        _state_path(store, key).unlink(missing_ok=True)
        return kept


def _training(
    film: KeyframeFilm, paintings: Sequence[Painting], params: LearnParams, guides: Path, seed: int
) -> Training:
    network = new_network(SIZES[params.profile], torch.Generator().manual_seed(seed))
    settings = Settings(steps=params.steps, patch=params.patch, seed=seed)
    pairs = [_pair(film, one) for one in paintings]
    return Training(network, pairs, load_backbone(params.backbone), settings, _others(film, paintings, guides))


def _train(training: Training, state: Path, report: Listener) -> KeyframeNetwork:
    if state.exists():
        # A state that cannot be read, whatever the reason, is a training begun anew.
        with contextlib.suppress(Exception):
            training.restore(load_tensors(state))
    while training.step < training.settings.steps:
        training.advance()
        report(Progress("learn the keyframes", training.step, training.settings.steps, "steps"))
        if training.step % _SAVE_EVERY_STEPS == 0:
            with atomic_path(state) as temp:
                save_tensors(training.state(), temp)
    return training.network


def _others(film: KeyframeFilm, paintings: Sequence[Painting], guides: Path) -> list[Other]:
    """Take some frames all over the shots that have keyframes, with what is carried to them."""
    reached = [number for shot in film.shots() if any(p.number in shot for p in paintings) for number in shot]
    chosen = [reached[int((i + 0.5) * len(reached) / _NUM_OTHERS)] for i in range(_NUM_OTHERS)]
    others = []
    with GuideReader(guides) as reader:
        for number in sorted(set(chosen) - {one.number for one in paintings}):
            found = reader.read(film.pts(number))
            if found:
                nearest = min(found, key=lambda key: abs(paintings[key].number - number))
                carried, trust = carry_painting(paintings[nearest].painted_CHW, found[nearest])
                frame_p = denoise(film.read_frame(number).pixels_TCHW[0])
                others.append(Other(frame_p, carried[0], trust[0]))
    return others


def _pair(film: KeyframeFilm, painting: Painting) -> Pair:
    _, small = next(film.small(painting.number, painting.number))
    borrowed = borrow_from_itself(painting.painted_CHW, small)
    return Pair(denoise(painting.frame_CHW), painting.painted_CHW, borrowed)


def make_guides(
    film: KeyframeFilm, paintings: Sequence[Painting], store: Store, report: Listener
) -> tuple[Path, list[str]]:
    """Follow each keyframe through its shot, both ways, two for a frame at most; or find what an earlier run made.

    Returns:
        the file, and what a person should know.

    """
    walks, notices = _walks(film, paintings)
    stamps = [[number, film.pts(first), film.pts(last)] for number, first, last in walks]
    size = [film.info.width, film.info.height]
    key = hash_json(["guides", _FORMAT, film.sha256, size, stamps, code_digest(), versions()])
    with store.claim(key), torch_threads(1):
        found = store.find(key)
        if found is not None:
            return found, notices
        total = sum(abs(last - first) for _, first, last in walks)

        def write(path: Path) -> None:
            done = 0
            with GuideWriter(path, film.info.time_base) as writer:
                for number, frame, guide in _alongside([_follow(film, *walk) for walk in walks]):
                    writer.add(number, film.pts(frame), guide)
                    done += 1
                    report(Progress("carry the keyframes", min(done, total), total))

        return store.keep(key, write, ".guides"), notices


def _walks(film: KeyframeFilm, paintings: Sequence[Painting]) -> tuple[list[tuple[int, int, int]], list[str]]:
    """List (number of the keyframe, first frame, last frame) of each way to go."""
    walks, notices = [], []
    for shot in film.shots():
        inside = [(number, one.number) for number, one in enumerate(paintings) if one.number in shot]
        if not inside:
            notices.append(
                f"the shot from {film.seconds(shot[0]):.2f} s to {film.seconds(shot[-1]):.2f} s has no keyframe; the "
                "network paints it alone: give it one of its own."
            )
        for place, (number, frame) in enumerate(inside):
            # Up to the next keyframe; at both ends of a shot the second one helps: it may show more.
            low = inside[place - 1][1] + 1 if place > 1 else shot[0]
            high = inside[place + 1][1] - 1 if place < len(inside) - 2 else shot[-1]
            if frame - low > _MOST_BACK_FRAMES:
                low = frame - _MOST_BACK_FRAMES
                notices.append(
                    f"the keyframe at {film.seconds(frame):.2f} s is carried back to {film.seconds(low):.2f} s only; "
                    "give another one before."
                )
            walks.append((number, frame, high))
            if low < frame:
                walks.append((number, frame, low))
    return walks, notices


def _follow(film: KeyframeFilm, number: int, first: int, last: int) -> Iterator[tuple[int, int, Guide]]:
    frames = deque[int]()  # frames are read ahead

    def pictures() -> Iterator[Tensor]:
        for frame, small in film.small(first, last):
            frames.append(frame)
            yield small

    for guide in carry_guides(pictures()):
        frame = frames.popleft()
        if frame != first or last >= first:  # the keyframe itself goes with the way forward
            yield number, frame, guide


def _alongside(ways: Sequence[Iterator[tuple[int, int, Guide]]]) -> Iterator[tuple[int, int, Guide]]:
    """Go two ways at a time, each in a thread of its own, in an order that does not depend on which is faster."""
    for start in range(0, len(ways), 2):
        with contextlib.ExitStack() as held:
            going = [run_ahead(way) for way in ways[start : start + 2]]
            for way in going:
                held.enter_context(contextlib.closing(way))  # type: ignore[type-var] # it is a generator
            while going:
                for way in list(going):
                    one = next(way, None)
                    if one is None:
                        going.remove(way)
                    else:
                        yield one


def _common(film: KeyframeFilm, paintings: Sequence[Painting]) -> list[object]:
    size = [film.info.width, film.info.height]
    keys = [[film.pts(one.number), _digest(one.painted_CHW)] for one in paintings]
    return [_FORMAT, film.sha256, size, keys, code_digest(), versions()]


def _digest(x_CHW: Tensor) -> str:
    return hashlib.sha256((x_CHW * 255).round().to(torch.uint8).numpy().tobytes()).hexdigest()


def _state_path(store: Store, key: str) -> Path:
    return make_folder(store.root / "learning") / f"{key}.safetensors"
