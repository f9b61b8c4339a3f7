"""`mutoscope.dream`: a network that has seen a film dreams on from a time of it."""

import math
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mutoscope.autoencode.dream_params import DreamParams
from mutoscope.autoencode.dreamer import Dreamer
from mutoscope.autoencode.moments import Timeline
from mutoscope.core.errors import WeightsError
from mutoscope.core.progress import Listener, ignore
from mutoscope.core.random import generator
from mutoscope.effects.params import make_params
from mutoscope.engine.device import torch_threads
from mutoscope.engine.film_memory import Memory, open_memory
from mutoscope.engine.latent_film import bends_along, blocks_of, film_rate, like_film, split_options, write_film
from mutoscope.engine.result import RunResult
from mutoscope.engine.sign import made_by, sign_result
from mutoscope.recipes.film_params import FilmParams

__all__ = ["dream"]

_WARM_FRAMES = 32
"""Frames before the dream that the network is shown."""
_SIGMAS = 4
_THINNED = 1.5
"""Latents farther apart than so many frames were thinned: their speed is not the film's."""


def dream(
    result: str | Path,
    *,
    model: str | Path,
    latents: str | Path | None = None,
    report: Listener = ignore,
    **options: Any,
) -> RunResult:
    """Let a model dream on from a time of its film.

    Args:
        result: where it goes; its suffix says in which container.
        model: file of `train_autoencoder`, trained with `dream` above 0.
        latents: file of `latents` in which the time is looked for, of this film or another one seen through the same
            model; those that the model has kept by default.
        report: takes progress.
        **options: any field of `FilmParams` but `piece_frames`, or `DreamParams` (start, seconds, temperature …);
            amounts of bends like "0..90" go from the dream's beginning to its end.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    began = time.monotonic()
    result, model = Path(result), Path(model)
    film_options, others = split_options(options)
    film = make_params(FilmParams, film_options)
    plain = make_params(DreamParams, {**others, "bends": ()})
    params = make_params(DreamParams, {**others, "bends": bends_along(others.get("bends", ()), plain.seconds)})
    memory = open_memory(model, None if latents is None else Path(latents), film)
    with torch_threads(film.threads):
        dreamer = _dreamer(memory, model)
        rate = film_rate(params.rate, memory.rate)
        num = max(1, round(params.seconds * rate))
        steps = dreamer.steps(
            _seen_before(memory, model, params),
            num,
            params.temperature,
            generator(film.seed, 0, "dream"),
            params.cuts,
        )
        latents_L = iter(smoothed_stream(steps, params.smooth * float(rate)))
        like = like_film(result, memory.model.card, film, rate, num)
        blocks = blocks_of(
            lambda first, end: torch.stack([next(latents_L) for _ in range(first, end)]),
            num,
            max(like.width, like.height),
        )
        written = write_film(
            blocks,
            result,
            memory.codec,
            params,
            like=like,
            film=film,
            total=num,
            inputs=[model],
            report=report,
            stage="dream",
        )
    signed = sign_result(result, made_by("autoencode.dream", params, {"model": model}))
    return RunResult(result, written.frames, time.monotonic() - began, (*written.notices, *signed))


def smoothed_stream(steps: Iterable[tuple[Tensor, bool]], sigma: float) -> Iterator[Tensor]:
    """Smooth latents over time by a Gaussian, as they come; anew after each cut.

    Args:
        steps: latents L, and whether each is the first after a cut.
        sigma: standard deviation in frames; 0 changes nothing.

    """
    radius = math.ceil(_SIGMAS * sigma)
    run: list[Tensor] = []
    done = 0
    for z_L, is_cut in steps:
        if is_cut:
            yield from (_weighted(run, at, sigma) for at in range(done, len(run)))
            run, done = [], 0
        run.append(z_L)
        if len(run) - done > radius:
            yield _weighted(run, done, sigma)
            done += 1
            while done > radius:
                run.pop(0)
                done -= 1
    yield from (_weighted(run, at, sigma) for at in range(done, len(run)))


def _weighted(run: list[Tensor], at: int, sigma: float) -> Tensor:
    if sigma <= 0:
        return run[at]
    distance = torch.arange(len(run), dtype=torch.float64) - at
    weights = torch.exp(-0.5 * (distance / sigma).square()) * (distance.abs() <= math.ceil(_SIGMAS * sigma))
    mixed: Tensor = (weights / weights.sum()) @ torch.stack(run).double()
    return mixed.float()


def _dreamer(memory: Memory, model: Path) -> Dreamer:
    if not memory.model.dreamer:
        raise WeightsError(f"{model} has not learned to dream; train it again with -o dream=0.1.")
    dreamer = Dreamer(memory.model.dreamer)
    if dreamer.latent != memory.model.card.profile.latent:
        raise WeightsError(f"{model} dreams of other numbers than it decodes; train it again, or get it again.")
    return dreamer


def _seen_before(memory: Memory, model: Path, params: DreamParams) -> Tensor:
    timeline = Timeline(memory.needed_latents(model), memory.names)
    span, index = timeline.frame(params.start)
    most = _WARM_FRAMES if span.step_s * float(memory.rate) < _THINNED else 1
    return span.run_before(index, most)
