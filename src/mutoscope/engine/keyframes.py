"""`mutoscope.stylize_by_keyframes`: painted frames in, a painted film out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, MutoscopeError, OutputError, ParameterError
from mutoscope.core.progress import Listener, ignore
from mutoscope.effects.curves import parse_time
from mutoscope.effects.params import make_params
from mutoscope.engine.keyframe_film import KeyframeFilm, open_keyframe_film
from mutoscope.engine.keyframe_learning import Painting, learn, make_guides
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.engine.store import Store, work_folder
from mutoscope.keyframes.check import check_belongs, check_shape
from mutoscope.keyframes.params import LearnParams
from mutoscope.ops.resize import resize
from mutoscope.recipes.composed import Masks, composed
from mutoscope.recipes.film_params import FilmParams
from mutoscope.video.info import PICTURE_SUFFIXES
from mutoscope.video.picture import scale_picture
from mutoscope.video.read import read_picture
from mutoscope.video.write import create_video

__all__ = ["Paint", "parse_keyframe", "stylize_by_keyframes"]

Paint = Callable[[Clip], Tensor]
"""Paints a frame that comes as a clip of one frame, at the size of the result; gives 1,3,H,W, 0..1."""


def parse_keyframe(text: str) -> tuple[Path | None, float]:
    """Read "painted.png@3s" into path and seconds; without a time the first frame, without a path: to be painted.

    Raises:
        ParameterError: the time is none.

    """
    path, at, time = text.rpartition("@")
    if not at or Path(time).suffix.lower() in PICTURE_SUFFIXES:
        path, time = text, "0s"
    if not path and not at:
        raise ParameterError("a keyframe is empty; write it like painted.png@3s.")
    try:
        return (Path(path) if path else None), parse_time(time)
    except ParameterError as error:
        raise ParameterError(f"keyframe {text!r}: {error} A keyframe is written like painted.png@3s.") from None


def stylize_by_keyframes(
    source: str | Path,
    result: str | Path,
    *,
    keyframes: Sequence[tuple[str | Path | None, float]],
    painted: Paint | None = None,
    mask: Masks = None,
    workers: int = 0,
    cluster: str | None = None,
    work: str | Path | None = None,
    manifest: bool = False,
    report: Listener = ignore,
    **options: Any,
) -> RunResult:
    """Carry painted frames through a film: a small network learns from them, then the film is painted.

    Args:
        source: video or `%05d.png` sequence.
        result: where it goes; its suffix says in which container.
        keyframes: painted pictures, each with the time in seconds of the frame that it was painted on; None instead of
            a picture has that frame painted by `painted`.
        painted: paints the frames that come without a picture.
        mask: painted where white, untouched where black.
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for what is learned and for finished pieces; the user's cache folder by default.
        manifest: whether to write beside the result what was done.
        report: takes progress.
        **options: any field of `FilmParams` (size, crf, seed …), `KeyframeParams` (strength, hold …) or `LearnParams`
            (steps …), and `feather` and `invert_mask`.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    if not keyframes:
        raise ParameterError("no keyframe is given; give at least one, like painted.png@3s.")
    learning = make_params(LearnParams, {k: v for k, v in options.items() if k in LearnParams.model_fields})
    rest = {k: v for k, v in options.items() if k not in LearnParams.model_fields}
    # Before minutes of learning: is all that was said allowed, and can the result be written?
    recipe = composed("keyframes.play", {"network": "to be learned", **rest}, mask)
    film = recipe.film
    store = Store(work_folder() if work is None else Path(work))
    with store.in_use():
        opened = open_keyframe_film(Path(source), film.size)
        _try_out(opened, Path(result), film)
        paintings = _paintings(opened, keyframes, painted)
        opened.find_cuts(store, report)
        guides, notices = make_guides(opened, paintings, store, report)
        network = learn(opened, paintings, learning, guides, film.seed, store, report)
        recipe = composed("keyframes.play", {"network": str(network), "guides": str(guides), **rest}, mask)
        done = run_recipe(
            recipe, source, result, workers=workers, cluster=cluster, work=store.root, manifest=manifest, report=report
        )
    return replace(done, notices=(*notices, *done.notices))


def _paintings(
    film: KeyframeFilm, keyframes: Sequence[tuple[str | Path | None, float]], paint: Paint | None
) -> list[Painting]:
    """Read the pictures, find their frames, and see that they belong to each other; in order of time."""
    found: dict[int, Painting] = {}
    for path, seconds in keyframes:
        number = film.frame_at(seconds)
        if number in found:
            raise ParameterError(f"two keyframes are given for the frame at {film.seconds(number):.2f} s; leave one.")
        frame = film.read_frame(number)
        if path is not None:
            clip = read_picture(path)
            check_shape(str(path), clip.size, film.source_size, frame.size)
            clip = scale_picture(clip, (frame.size[1], frame.size[0]))
            picture = clip.pixels_TCHW
            if clip.alpha_T1HW is not None:  # painted on a layer of its own: the frame shows through
                picture = torch.lerp(frame.pixels_TCHW, picture, clip.alpha_T1HW)
        elif paint is not None:
            picture = paint(frame)
        else:
            raise ParameterError(
                f"the keyframe at {seconds:g} s has no picture; write it like painted.png@{seconds:g}s."
            )
        picture = resize(picture, *frame.size)
        if path is not None:
            check_belongs(str(path), picture[0], frame.pixels_TCHW[0], film.seconds(number))
        found[number] = Painting(number, frame.pixels_TCHW[0], picture[0])
    return [found[number] for number in sorted(found)]


def _try_out(film: KeyframeFilm, result: Path, params: FilmParams) -> None:
    """Refuse what cannot be written."""
    if not result.parent.is_dir():
        raise OutputError(f"the folder {result.parent} does not exist; make it or choose another place.")
    if result.suffix.lower() in PICTURE_SUFFIXES and "%" not in result.name:
        raise InputError(f"{result.name} is a picture and keyframes make a film; name the result .mp4, .mov or .mkv.")
    writer = create_video(
        result,
        like=film.info,
        source=film.path,
        codec=params.codec,
        crf=params.crf,
        bit_depth=params.bit_depth,
    )
    writer.__exit__(MutoscopeError, MutoscopeError("only tried out"), None)
