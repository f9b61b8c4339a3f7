"""`mutoscope.walk`: a film of a walk through what a network remembers."""

import time
from pathlib import Path
from typing import Any

import torch

from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.moments import Timeline
from mutoscope.autoencode.paths import places_of
from mutoscope.autoencode.walk import Cloud, plan_walk, smooth_latents
from mutoscope.autoencode.walk_params import WalkParams
from mutoscope.core.progress import Listener, ignore
from mutoscope.effects.params import make_params
from mutoscope.engine.device import torch_threads
from mutoscope.engine.film_memory import open_memory
from mutoscope.engine.latent_film import bends_along, blocks_of, film_rate, like_film, split_options, write_film
from mutoscope.engine.result import RunResult
from mutoscope.engine.sign import made_by, sign_result
from mutoscope.recipes.film_params import FilmParams

__all__ = ["walk"]


def walk(
    result: str | Path,
    *,
    model: str | Path,
    latents: str | Path | None = None,
    report: Listener = ignore,
    **options: Any,
) -> RunResult:
    """Walk through a latent space: between times of the film, along it, through points drawn by chance, or by a sum.

    Args:
        result: where it goes; its suffix says in which container.
        model: file of `train_autoencoder`.
        latents: file of `latents`, of this film or another one seen through the same model; those that the model has
            kept by default.
        report: takes progress.
        **options: any field of `FilmParams` but `piece_frames`, or `WalkParams` (start, end, seconds, loop …); amounts
            of bends like "0..90" go from the walk's beginning to its end.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    began = time.monotonic()
    result, model = Path(result), Path(model)
    film_options, others = split_options(options)
    film = make_params(FilmParams, film_options)
    params = make_params(WalkParams, {**others, "bends": ()})
    memory = open_memory(model, None if latents is None else Path(latents), film)
    with torch_threads(film.threads):
        needs_film = not params.prior
        kept = memory.needed_latents(model) if needs_film else memory.latents or _origin(memory.codec)
        timeline = Timeline(smooth_latents(kept, params.smooth), memory.names)
        path, seconds = plan_walk(params, timeline, _cloud(memory.codec), film.seed)
        rate = film_rate(params.rate, memory.rate)
        num = max(1, round(seconds * rate))
        params = make_params(WalkParams, {**others, "bends": bends_along(others.get("bends", ()), seconds)})
        like = like_film(result, memory.model.card, film, rate, num)
        blocks = blocks_of(
            lambda first, end: path.at(places_of(first, end, num, closed=params.loop)),
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
            stage="walk",
        )
    signed = sign_result(result, made_by("autoencode.walk", params, {"model": model}))
    return RunResult(result, written.frames, time.monotonic() - began, (*written.notices, *signed))


def _cloud(codec: Codec) -> Cloud:
    return Cloud(codec.mean_L, codec.spread_L, codec.covariance_LL)


def _origin(codec: Codec) -> Latents:
    from fractions import Fraction

    return Latents(codec.mean_L[None].to(torch.float32), (0,), Fraction(1, 25), (0,), (0,))
