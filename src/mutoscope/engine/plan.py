"""What is to be done to one film: its segments, each with the key of its result."""

import contextlib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.core.progress import Listener
from mutoscope.effects.analysis import analyse
from mutoscope.effects.params import make_params
from mutoscope.effects.registry import get
from mutoscope.effects.sound import check_sound, listen
from mutoscope.engine.analysed import analysed_span, digest_of
from mutoscope.engine.chain import Chain, chain_of
from mutoscope.engine.check_masks import check_masks
from mutoscope.engine.cuts import Part, Stretch, cut_film, keep_parts
from mutoscope.engine.fingerprint import code_digest, params_print, versions, weights_of
from mutoscope.engine.segment import Segment, hash_source
from mutoscope.engine.store import Store
from mutoscope.engine.tasks import Task
from mutoscope.recipes.film_params import DEFAULT_LONG_SIDE_PX
from mutoscope.recipes.manifest import UsedFile, UsedWeights
from mutoscope.recipes.paths import STEP_PREFIX
from mutoscope.recipes.recipe import Recipe, Step
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.video.index import FrameIndex, index_frames
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.read import open_video
from mutoscope.video.rising import usual_step
from mutoscope.video.span import Span, SpanReader

__all__ = ["Plan", "plan_film"]

_FORMAT = "mutoscope.segment/1"
_GPU = {"GPU": 1.0}


@dataclass(frozen=True)
class Plan:
    """Everything that is known before a film is computed.

    Attributes:
        recipe: what is done.
        chain: its effects.
        source: the film.
        result: where it goes.
        info: the film with the size of the result.
        index: its frames.
        stretches: its segments in order.
        parts: what is kept of the film.
        inputs: every file that is read, the source first.
        weights: weights that are used.
        device: torch device.

    """

    recipe: Recipe
    chain: Chain
    source: Path
    result: Path
    info: VideoInfo
    index: FrameIndex
    stretches: tuple[Stretch, ...]
    parts: tuple[Part, ...]
    inputs: tuple[UsedFile, ...]
    weights: tuple[UsedWeights, ...]
    device: str

    @property
    def num_frames(self) -> int:
        """Frames that are computed."""
        return sum(stretch.end - stretch.first for stretch in self.stretches)

    @property
    def shown(self) -> VideoInfo:
        """The result as it is written: as long as the parts that are kept."""
        if self.is_whole or self.info.duration is None:
            return self.info
        length = sum(part.end - part.start for part in self.parts) * self.info.time_base
        return replace(self.info, duration=length, num_frames=self.num_frames)

    @property
    def is_whole(self) -> bool:
        """Whether the whole film is kept."""
        return all(part.shift == 0 for part in self.parts) and self.num_frames == len(self.index)

    def shift(self, number: int) -> int:
        """Say by how much a segment moves in time, where something before it is left out."""
        start = self.span(number).start
        return next(part.shift for part in self.parts if part.start <= start < part.end)

    def span(self, number: int) -> Span:
        """Give the times of a segment."""
        stretch, pts = self.stretches[number], self.index.pts
        end = pts[stretch.end] if stretch.end < len(pts) else None
        return Span(pts[stretch.first], end, self.index.key_before(pts[stretch.first]))

    def is_followed(self, number: int) -> bool:
        """Tell whether the next segment takes this one's memory."""
        return number + 1 < len(self.stretches) and self.stretches[number + 1].goes_on

    def task(self, number: int, before: str | None) -> Task:
        """Give the task of a segment.

        Args:
            number: of the segment, from 0.
            before: key of the segment whose memory it takes, or None.

        """
        stretch, span = self.stretches[number], self.span(number)
        source = self.inputs[0]
        segment = Segment(
            recipe=self.recipe.as_plain(),
            files={used.path: used.sha256 for used in self.inputs[1:]},
            source=source.path,
            source_sha256=source.sha256,
            source_stamp=self._stamp,
            result=self.result.name,
            size=(self.info.width, self.info.height),
            span=(span.start, span.end, span.key),
            before=before,
            leaves=self.is_followed(number),
            device=self.device,
            code=code_digest(),
        )
        at = float(span.start * self.info.time_base)
        return Task(
            key=hash_json([*self._common, span.start, span.end, before, segment.leaves]),
            work="mutoscope.engine.segment:compute",
            spec=asdict(segment),
            size=stretch.end - stretch.first,
            resources=_GPU if self.device == "cuda" else {},
            title=f"the piece of {self.source.name} that begins at {at:.2f} s",
        )

    @functools.cached_property
    def _common(self) -> list[Any]:
        """Give what all segments of the film depend on."""
        film = self.recipe.film
        return [
            _FORMAT,
            self.inputs[0].sha256,
            [self.info.width, self.info.height],
            self.result.suffix.lower(),
            [film.codec, film.crf, film.bit_depth, film.effort, film.seed, film.threads],
            _steps_print(self.chain),
            {name: version for name, version in versions().items() if name != "mutoscope"},
            self.device,
        ]

    @functools.cached_property
    def _stamp(self) -> tuple[int, int]:
        with contextlib.suppress(OSError):
            stat = self.source.stat()
            return stat.st_size, stat.st_mtime_ns
        return 0, 0


def plan_film(recipe: Recipe, source: Path, result: Path, device: str, store: Store, report: Listener) -> Plan:
    """Look at a film, find its cuts where effects remember, and cut it into segments.

    Raises:
        InputError: the film or a file of the recipe cannot be read.
        ParameterError: an effect cannot be made.
        WeightsError: weights are not to be had.

    """
    recipe = _settled(recipe, device)
    film = recipe.film
    with open_video(source, size=film.size or DEFAULT_LONG_SIDE_PX, enlarge=film.size is not None) as opened:
        info = opened.info
    index = index_frames(probe(source))
    if not len(index):
        raise InputError(f"{source} has no frame that can be decoded; give a film or picture that plays.")
    check_masks(recipe, info)
    _check_styles(recipe, info)
    inputs = (_used(source, "source", info), *_side_files(recipe))
    chain = chain_of(recipe.as_plain(), {used.path: used.sha256 for used in inputs[1:]})
    weights = _weights(recipe)
    _listen(chain, source, inputs[0].sha256, info, store, report)
    side = _look(chain, source, inputs[0].sha256, info, store, report)
    cuts = side["shots"].cuts_pts if "shots" in side else ()
    parts = tuple(keep_parts(index.pts, chain.kept(side), info.time_base, usual_step(info)))
    if not parts:
        raise InputError(f"no frame of {source} lies in the parts that are kept; nothing is left to do.")
    stretches = tuple(
        stretch
        for part in parts
        for stretch in cut_film(index.pts, index.keys, cuts, chain.memory, chain.piece_frames, (part.first, part.last))
    )
    return Plan(recipe, chain, source, result, info, index, stretches, parts, inputs, weights, device)


def _check_styles(recipe: Recipe, info: VideoInfo) -> None:
    """See that no style is wanted for a time that the film does not have."""
    if info.kind == "picture" or info.duration is None:
        return
    for step in recipe.step:
        for styles in make_params(get(step.effect).load_params(), step.params).style_lists().values():
            styles.check_times(float(info.duration))


def _settled(recipe: Recipe, device: str) -> Recipe:
    """Write down what the parameters leave to the machine: the same choice for all workers, and for a replay."""
    steps = []
    for step in recipe.step:
        params = make_params(get(step.effect).load_params(), step.params)
        fixed = params.settled(device)
        plain = fixed.model_dump(mode="json")
        moved = {name: plain[name] for name, value in params.model_dump(mode="json").items() if plain[name] != value}
        steps.append(step.model_copy(update={"params": {**step.params, **moved}}))
    if all(step.params == before.params for step, before in zip(steps, recipe.step, strict=True)):
        return recipe
    # What was chosen fits this device and no other.
    film = recipe.film.model_copy(update={"device": "cuda" if device.startswith("cuda") else "cpu"})
    return recipe.model_copy(update={"step": tuple(steps), "film": film})


def _look(
    chain: Chain, source: Path, sha256: str, info: VideoInfo, store: Store, report: Listener
) -> Mapping[str, Any]:
    """Run the analyses that the effects want, for all workers."""
    if not chain.analyses or info.kind == "picture":
        return {}

    def film() -> Iterator[Clip]:
        with SpanReader(looked_at, (info.width, info.height)) as reader:
            yield from reader.read(span)

    looked_at = probe(source)
    span = analysed_span(chain, looked_at)
    digest = digest_of(sha256, (info.width, info.height), span)
    total = index_frames(looked_at).count(span.start, span.end)
    return analyse(chain.analyses, film, digest, store.cache, report, total=total)


def _listen(chain: Chain, source: Path, sha256: str, info: VideoInfo, store: Store, report: Listener) -> None:
    """Measure the sound that numbers follow, for all workers."""
    if not chain.sounds:
        return
    check_sound(info, source, chain.sounds)
    listen(chain.sounds, source, sha256, store.cache, report)


def _used(path: Path, role: str, info: VideoInfo | None = None) -> UsedFile:
    info = info or probe(path)
    digest = hash_source(path, info)
    size = path.stat().st_size if info.kind != "sequence" else 0
    return UsedFile(path=str(path.absolute()), sha256=digest, bytes=size, role=role)


def _side_files(recipe: Recipe) -> Iterator[UsedFile]:
    for number, step in enumerate(recipe.steps, 1):
        entry = get(step.effect)
        params = make_params(entry.load_params(), step.params)
        for field, path in params.used_files().items():
            yield UsedFile(
                path=str(path.absolute()),
                sha256=hash_file(path),
                bytes=path.stat().st_size,
                role=f"step {number} {field}",
            )
        for name, place in _side_inputs(step).items():
            yield _used(Path(place), f"step {number} {name}")


def _side_inputs(step: Step) -> dict[str, str]:
    named = {**({"mask": step.mask} if step.mask else {}), **step.inputs}
    return {name: place for name, place in named.items() if not place.startswith(STEP_PREFIX)}


def _weights(recipe: Recipe) -> tuple[UsedWeights, ...]:
    found: dict[str, UsedWeights] = {}
    for step in recipe.steps:
        params = make_params(get(step.effect).load_params(), step.params)
        for used in weights_of(params):
            sha256 = hash_file(used.path)
            found[used.name] = UsedWeights(name=used.name, sha256=sha256, licence=used.licence, source=used.source)
    return tuple(found.values())


def _steps_print(chain: Chain) -> list[Any]:
    numbers = {"source": -1, **{step.name: i for i, step in enumerate(chain.steps)}}
    return [_step_print(step, numbers) for step in chain.steps]


def _step_print(step: Step, numbers: dict[str, int]) -> list[Any]:
    """Give what a step's pictures depend on: names and places of files do not count, their bytes do."""

    def side(place: str) -> Any:
        if place.startswith(STEP_PREFIX):
            return numbers[place.removeprefix(STEP_PREFIX)]
        return hash_source(Path(place), probe(Path(place)))

    entry = get(step.effect)
    mask = [side(step.mask), step.feather, step.invert_mask] if step.mask else []
    return [
        params_print(entry, make_params(entry.load_params(), step.params)),
        numbers[step.input or "source"],
        [step.seed, *step.span_s],
        mask,
        {name: side(place) for name, place in step.inputs.items()},
    ]
