"""The plain loop: one effect over one film in one pass, for effects made in Python. Nothing is kept for a next run."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.effects.analysis import analyse
from mutoscope.effects.masks import Masked
from mutoscope.effects.protocol import Context, Effect, SideInput
from mutoscope.effects.sound import check_sound, listen
from mutoscope.engine.device import choose_device
from mutoscope.engine.result import RunResult
from mutoscope.recipes.film_params import DEFAULT_LONG_SIDE_PX, FilmParams
from mutoscope.storage.cache import Cache
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.video.read import Film, open_video
from mutoscope.video.sequence import numbered
from mutoscope.video.write import create_video

__all__ = ["run_effect"]


def run_effect(
    effect: Effect[Any],
    source: str | Path,
    result: str | Path,
    film: FilmParams | None = None,
    *,
    mask: str | Path | None = None,
    feather: float = 8.0,
    invert_mask: bool = False,
    report: Listener = ignore,
    cache: Cache | None = None,
) -> RunResult:
    """Remake a film or picture with one effect.

    Args:
        effect: an effect with its parameters.
        source: video, picture or `%05d.png` sequence.
        result: where the result goes; its suffix says in which container. Nothing appears there before it is whole.
        film: size, codec, seed and device.
        mask: picture or video; the effect shows where it is white, the source stays where it is black.
        feather: softness of the mask's edge in px.
        invert_mask: show the effect where the mask is black.
        report: takes progress.
        cache: where analyses are kept; the user's cache folder by default.

    Raises:
        InputError: the source or the mask cannot be read.
        OutputError: the result cannot be written there.
        ParameterError: a parameter does not fit the source.
        WeightsError: the effect needs weights that are not to be had.

    """
    film, cache = film or FilmParams(), cache or Cache()
    start = time.monotonic()
    device = choose_device(film.device)
    source, result = Path(source), Path(result)
    size = film.size or DEFAULT_LONG_SIDE_PX
    with (
        open_video(source, size=size, enlarge=film.size is not None) as reader,
        create_video(
            result,
            like=reader.info,
            source=source,
            codec=film.codec,
            crf=film.crf,
            bit_depth=film.bit_depth,
            effort=film.effort,
        ) as writer,
    ):
        ctx = Context(
            seed=film.seed,
            device=device,
            report=report,
            side=_side_data(effect, reader, source, cache, report),
            inputs={"mask": _side_input(mask)} if mask is not None else {},
        )
        heard = _hearing(effect, reader, source, cache, report)
        chain = heard if mask is None else Masked(heard, feather, invert=invert_mask)
        frames = 0
        for clip in chain(_one_by_one(reader), ctx):
            writer.write(clip)
            frames += len(clip)
            report(Progress("frames", frames, reader.info.num_frames))
        if frames == 0:
            raise InputError(f"{source} has no frame that can be decoded; give a film or picture that plays.")
    notices = tuple(dict.fromkeys([*reader.notices, *writer.notices, *cache.notices]))
    return RunResult(result, frames, time.monotonic() - start, notices, reader.truncated)


def _one_by_one(clips: Iterable[Clip]) -> Iterator[Clip]:
    # Frames cost seconds here: hand them on singly, so that progress and Ctrl-C come at every frame.
    for clip in clips:
        yield from clip.frames()


def _hearing(effect: Effect[Any], reader: Film, source: Path, cache: Cache, report: Listener) -> Effect[Any]:
    """Make the effect anew where its numbers follow the film's sound: with what was measured of it."""
    sounds = effect.params.sounds()
    if not sounds:
        return effect
    check_sound(reader.info, source, sounds)
    heard = listen(sounds, source, hash_file(source), cache, report)
    return type(effect)(effect.params.with_sound(heard.envelopes))


def _side_data(effect: Effect[Any], reader: Film, source: Path, cache: Cache, report: Listener) -> dict[str, Any]:
    if not effect.analyses or reader.info.kind == "picture":
        return {}
    files = [path for _, path in numbered(source)] if reader.info.kind == "sequence" else [source]
    digest = hash_json([[hash_file(path) for path in files], reader.info.width, reader.info.height])
    return analyse(effect.analyses, lambda: iter(reader), digest, cache, report, total=reader.info.num_frames)


def _side_input(path: str | Path) -> SideInput:
    def begin() -> Iterator[Clip]:
        with open_video(path) as film:
            yield from film

    with open_video(path):  # says at once that it cannot be read, before anything is computed
        return begin
