"""`mutoscope.datamosh`: break a film between encoder and decoder, in one call."""

from pathlib import Path
from typing import Any

from mutoscope.core.errors import ParameterError
from mutoscope.core.progress import Listener, ignore
from mutoscope.corrupt.datamosh_params import DatamoshParams
from mutoscope.effects.params import make_params
from mutoscope.engine.own_size import own_size
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.recipes.composed import Masks, composed
from mutoscope.video.info import VideoInfo, probe

__all__ = ["datamosh"]

_WITH_MOTION = ("melt", "transplant")


def datamosh(
    source: str | Path,
    result: str | Path,
    *,
    motion: str | Path | None = None,
    mask: Masks = None,
    workers: int = 0,
    cluster: str | None = None,
    work: str | Path | None = None,
    manifest: bool = False,
    report: Listener = ignore,
    **options: Any,
) -> RunResult:
    """Datamosh a film: keyframes are lost, motion is repeated or comes from another film, bytes are damaged.

    All of it happens in memory; the result is a clean film, as long as the source and in sync with its sound.

    Args:
        source: video.
        result: where it goes; its suffix says in which container.
        motion: a second film, whose motion moves the pictures of the first: for the modes melt, which begins in the
            middle of the first where no times are given, and transplant. Its size and rate do not matter; where it is
            shorter it begins again.
        mask: broken where white, untouched where black: a picture or film, "subject", "attention", "box:0,0,1,0.5" …
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for finished pieces; the user's cache folder by default.
        manifest: whether to write beside the result what was done.
        report: takes progress.
        **options: any field of `FilmParams` (size, crf, seed …) or `DatamoshParams` (mode, times, amount …), and
            `feather` and `invert_mask`.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    mode = options.get("mode") or ("bloom" if motion is None else "melt")
    if motion is not None and mode not in _WITH_MOTION:
        raise ParameterError(f"a second film goes with melt and transplant, not with {mode}; leave it out.")
    if motion is None and mode == "transplant":
        raise ParameterError("transplant takes the motion of a second film; name it behind the first one.")
    info = _film(Path(source))
    # The encoder need not search long: what is broken is coarse.
    said = {**own_size(Path(source)), "effort": "fast", **options, "mode": mode}
    if motion is not None:
        _film(Path(motion))
        if mode == "melt" and said.get("times") is None:
            said["times"] = f"{_length(info) / 2:.3f}s"
    recipe = composed("corrupt.datamosh", said, mask)
    _check_times(make_params(DatamoshParams, recipe.step[-1].params), info)
    if motion is not None:
        told = recipe.step[-1].model_copy(update={"inputs": {"motion": str(Path(motion).absolute())}})
        recipe = recipe.model_copy(update={"step": (*recipe.step[:-1], told)})
    return run_recipe(
        recipe, source, result, workers=workers, cluster=cluster, work=work, manifest=manifest, report=report
    )


def _film(path: Path) -> VideoInfo:
    """Look at a film that is to move."""
    info = probe(path)
    if info.kind == "picture" or info.num_frames == 1:
        raise ParameterError(f"{path} is a single picture and nothing moves in it; give a film.")
    return info


def _length(info: VideoInfo) -> float:
    if info.duration is not None:
        return float(info.duration)
    if info.num_frames is not None and info.frame_rate is not None:
        return float(info.num_frames / info.frame_rate)
    raise ParameterError(f"nobody knows how long {info.path} is; say when it melts, like --at 3.2s.")


def _check_times(params: DatamoshParams, info: VideoInfo) -> None:
    """See that nothing is to begin after the end: the film would stay as it is, and nobody be told."""
    if params.times and params.times_s[-1] >= _length(info):
        raise ParameterError(
            f"times={params.times!r}: {params.times_s[-1]:g} s is not within {info.path}, which is "
            f"{_length(info):.3g} s long; name times before its end."
        )
