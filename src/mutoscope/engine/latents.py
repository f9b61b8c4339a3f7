"""`mutoscope.latents`: a film becomes numbers with times, an edit cuts them, and they become a film again."""

import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.conform import conform
from mutoscope.autoencode.edit_list import read_edits
from mutoscope.autoencode.files import load_model
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.latents_file import LatentsFile, read_latents, write_latents
from mutoscope.autoencode.latents_params import LatentsParams
from mutoscope.autoencode.walk import smooth_latents
from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.effects.params import make_params
from mutoscope.effects.shots import CutFinder
from mutoscope.engine.device import choose_device, torch_threads
from mutoscope.engine.film_memory import check_size
from mutoscope.engine.latent_film import bends_along, blocks_of, film_rate, like_film, split_options, write_film
from mutoscope.engine.result import RunResult
from mutoscope.recipes.film_params import FilmParams
from mutoscope.storage.hashing import hash_file
from mutoscope.video.fitted_frames import FittedFilm
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.write import is_source

__all__ = ["latents"]

_BATCH = 32
_NPZ = ".npz"


def latents(
    source: str | Path,
    result: str | Path,
    *,
    model: str | Path | None = None,
    edit: str | Path | None = None,
    sound: str | Path | None = None,
    report: Listener = ignore,
    **options: Any,
) -> RunResult:
    """Take a film apart into latents (.npz), cut latents as an edit list cuts the film, or make a film of latents.

    Args:
        source: film, or .npz.
        result: .npz, or film.
        model: file of `train_autoencoder`; not needed from .npz to .npz.
        edit: edit list, .edl or .otio, by which the latents are cut; it counts in frames of the film.
        sound: film whose sound the result gets; where there is no edit it gets its tags and length, too.
        report: takes progress.
        **options: any field of `FilmParams` but `piece_frames`, or `LatentsParams` (smooth, timecode, bends …).

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    began = time.monotonic()
    source, result = Path(source), Path(result)
    film_options, others = split_options(options)
    film = make_params(FilmParams, film_options)
    params = make_params(LatentsParams, {**others, "bends": ()})
    _check_places(source, result, model, edit, sound)
    notices: list[str] = []
    with torch_threads(film.threads):
        codec = None if model is None else Codec(load_model(Path(model)), choose_device(film.device))
        if source.suffix.lower() == _NPZ:
            content = read_latents(source)
        else:
            assert codec is not None
            content = _encoded(source, codec, params, Path(str(model)), notices, report)
        content = replace(content, latents=smooth_latents(content.latents, params.smooth))
        if edit is not None:
            content = _cut(content, Path(edit), params, notices)
        if result.suffix.lower() == _NPZ:
            write_latents(content, result)
            return RunResult(result, len(content.latents), time.monotonic() - began, tuple(notices))
        assert codec is not None
        check_size(content.latents, codec.model, source)
        if content.model and content.model != hash_file(Path(str(model))):
            notices.append("the latents were made by another model than the one that shows them.")
        as_sound = None if sound is None else Path(sound)
        told = {**others, "bends": bends_along(others.get("bends", ()), _seconds(content.latents))}
        frames = _decode(
            content, result, codec, make_params(LatentsParams, told), film, as_sound, edit is None, notices, report
        )
    return RunResult(result, frames, time.monotonic() - began, tuple(dict.fromkeys(notices)))


def _check_places(source: Path, result: Path, model: object, edit: object, sound: object) -> None:
    from_npz, to_npz = (path.suffix.lower() == _NPZ for path in (source, result))
    if not from_npz and not to_npz and edit is None:
        raise ParameterError(f"{source.name} and {result.name} are two films; one of them is a file of latents, .npz.")
    if model is None and not (from_npz and to_npz):
        raise ParameterError("a model turns frames into latents and back; name it.")
    if from_npz and to_npz and source.exists() and is_source(result, source):
        raise OutputError(f"the result {result} is the source itself; give another name, the source is never changed.")
    if model is not None and is_source(result, Path(str(model))):
        raise OutputError(f"the result {result} is the model itself; give another name, models are never changed.")
    if not result.parent.is_dir():
        raise OutputError(f"the folder {result.parent} does not exist; make it first.")
    if sound is not None and to_npz:
        raise ParameterError("latents have no sound; leave sound out, or name a film as the result.")


def _encoded(
    source: Path, codec: Codec, params: LatentsParams, model: Path, notices: list[str], report: Listener
) -> LatentsFile:
    info = probe(source)
    height, width = codec.size
    film = FittedFilm(info, width, height, params.fit or codec.model.card.fit)
    rows, columns = film.inside
    finder, pts, parts = CutFinder(), [], []
    block: list[Any] = []
    stride = max(1, -(-max(height, width) // 64))
    for frame in film:
        # Cuts are looked for as in training: in every second, third … pixel of what is not a bar.
        finder.add(frame.pts, np.ascontiguousarray(frame.rgb_HW3[rows, columns][::stride, ::stride, ::-1]))
        pts.append(frame.pts)
        block.append(torch.tensor(frame.rgb_HW3))
        if len(block) == _BATCH:
            parts.append(_encode_block(codec, block))
            block = []
        report(Progress("encode", len(pts), info.num_frames))
    if block:
        parts.append(_encode_block(codec, block))
    cuts = sorted(finder.finish())
    shots = np.searchsorted(np.array(cuts, np.int64), np.array(pts, np.int64), side="right").tolist()
    notices += film.notices
    if film.truncated is not None:
        notices.append(f"{film.truncated}; what is there was used.")
    found = Latents(torch.cat(parts), tuple(pts), info.time_base, tuple(shots), (0,) * len(pts))
    rate = info.frame_rate or film_rate(None)
    return LatentsFile(found, rate, hash_file(model), (source.name,), info.tags.get("timecode", ""))


def _encode_block(codec: Codec, block: list[Tensor]) -> Tensor:
    return codec.encode(torch.stack(block).permute(0, 3, 1, 2).float().div(255))


def _cut(content: LatentsFile, edit: Path, params: LatentsParams, notices: list[str]) -> LatentsFile:
    edits = read_edits(edit, content.rate, params.timecode or content.timecode)
    notices += edits.notices
    if len(set(content.latents.film_T)) > 1:
        notices.append("the latents are of several films; the first one was cut.")
    cut = conform(content.latents, edits)
    return replace(content, latents=cut, timecode="")


def _decode(
    content: LatentsFile,
    result: Path,
    codec: Codec,
    params: LatentsParams,
    film: FilmParams,
    sound: Path | None,
    is_whole: bool,
    notices: list[str],
    report: Listener,
) -> int:
    z_TL, pts = content.latents.z_TL, content.latents.pts_T
    if len(set(content.latents.film_T)) > 1:
        raise InputError("the latents are of several films, whose times begin anew; make a file of each.")
    like = replace(
        like_film(result, codec.model.card, film, content.rate, len(pts)),
        time_base=content.latents.time_base,
        start_pts=pts[0],
    )
    if sound is not None:
        like = _with_sound(like, probe(sound), is_whole=is_whole)
    at: Callable[[int, int], Tensor] = lambda first, end: z_TL[first:end]  # noqa: E731
    blocks = blocks_of(at, len(pts), max(like.width, like.height), pts)
    written = write_film(
        blocks, result, codec, params, like=like, film=film, total=len(pts), sound=sound, report=report
    )
    notices += written.notices
    return written.frames


def _with_sound(like: VideoInfo, source: VideoInfo, *, is_whole: bool) -> VideoInfo:
    if not is_whole:
        return replace(like, audio=source.audio)
    return replace(like, audio=source.audio, tags=source.tags, duration=source.duration)


def _seconds(found: Latents) -> float:
    return float((found.pts_T[-1] - found.pts_T[0]) * Fraction(found.time_base))
