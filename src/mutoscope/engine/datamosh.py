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
from mutoscope.video.index import index_frames
from mutoscope.video.info import probe

__all__ = ["datamosh"]

_WITH_MOTION = ("melt", "transplant")
_FEWEST_FRAMES = 3


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
    first_s, last_s = _film(Path(source))
    # The encoder need not search long: what is broken is coarse.
    said = {**own_size(Path(source)), "effort": "fast", **options, "mode": mode}
    if motion is not None:
        _film(Path(motion))
        if mode == "melt" and said.get("times") is None:
            said["times"] = f"{(first_s + last_s) / 2:.3f}s"
    recipe = composed("corrupt.datamosh", said, mask)
    _check_times(make_params(DatamoshParams, recipe.step[-1].params), Path(source), first_s, last_s)
    if motion is not None:
        told = recipe.step[-1].model_copy(update={"inputs": {"motion": str(Path(motion).absolute())}})
        recipe = recipe.model_copy(update={"step": (*recipe.step[:-1], told)})
    return run_recipe(
        recipe, source, result, workers=workers, cluster=cluster, work=work, manifest=manifest, report=report
    )


def _film(path: Path) -> tuple[float, float]:
    """Look at a film that is to move; give the times of its first and last frame in seconds."""
    info = probe(path)
    pts = index_frames(info).pts if info.kind != "picture" else (0,)
    if len(pts) < _FEWEST_FRAMES:
        frames = "a single picture" if len(pts) == 1 else "a film of two frames"
        raise ParameterError(f"{path} is {frames} and nothing moves in it; give a longer film.")
    return float(pts[0] * info.time_base), float(pts[-1] * info.time_base)


def _check_times(params: DatamoshParams, path: Path, first_s: float, last_s: float) -> None:
    """See that something begins within the film: else it would stay as it is, and nobody be told."""
    if params.times and not any(first_s <= time <= last_s for time in params.times_s):
        raise ParameterError(
            f"times={params.times!r}: nothing of it lies within {path}, which goes from {first_s:.2f} s to "
            f"{last_s:.2f} s; name times between them."
        )
