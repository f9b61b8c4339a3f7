"""`mutoscope.autoencode`: see a film through a network that has seen only one film, in one call."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutoscope.autoencode.bend_params import along
from mutoscope.autoencode.card import Card
from mutoscope.autoencode.files import open_card
from mutoscope.core.errors import OutputError, ParameterError
from mutoscope.core.progress import Listener, ignore
from mutoscope.engine.compare_film import Compared, compare_film
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.recipes.composed import Masks, composed
from mutoscope.recipes.film_params import DEFAULT_LONG_SIDE_PX
from mutoscope.video.index import index_frames
from mutoscope.video.info import VideoInfo, probe

__all__ = ["Autoencoded", "autoencode", "compare_folder"]

_ENLARGED = 4
"""How much larger than what the network sees a result is, where nobody says: softer ones only look larger."""


@dataclass(frozen=True)
class Autoencoded:
    """What was made.

    Attributes:
        film: of the run.
        compared: sheets, films and numbers beside the source, where they were asked for.

    """

    film: RunResult
    compared: Compared | None = None


def autoencode(
    source: str | Path,
    result: str | Path,
    *,
    model: str | Path,
    compare: bool = False,
    bends: str | Sequence[str] = (),
    mask: Masks = None,
    workers: int = 0,
    cluster: str | None = None,
    work: str | Path | None = None,
    manifest: bool = False,
    report: Listener = ignore,
    **options: Any,
) -> Autoencoded:
    """See a film through a model: its own film as it is remembered, or another one.

    Args:
        source: video, picture or `%05d.png` sequence.
        result: where it goes; its suffix says in which container.
        model: file of `train_autoencoder`.
        compare: draw the result beside the source, and measure it, in a folder beside the result.
        bends: what is done to the decoder's features, like "decoder.2:rotate:0..90", which turns from the film's
            beginning to its end.
        mask: dreamt where white, untouched where black: a picture or film, "subject", "box:0,0,1,0.5" …
        workers: processes on this machine; 0: this process alone.
        cluster: address of a running dask scheduler, instead.
        work: folder for finished pieces; the user's cache folder by default.
        manifest: whether to write beside the result what was done.
        report: takes progress.
        **options: any field of `FilmParams` (size, crf, seed …) or `AutoencodeParams` (noise, smooth …), and
            `feather` and `invert_mask`.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    source, result = Path(source), Path(result)
    card, info = open_card(Path(model)), probe(source)
    if compare:
        _check_compare(info, result)
    told = [bends] if isinstance(bends, str) else list(bends)
    said = {"size": _size(card, info), **options, "model": str(Path(model).absolute())}
    if info.sample_aspect_ratio != 1:
        said.setdefault("pixel_shape", round(float(info.sample_aspect_ratio), 6))
    if told:
        seconds = _seconds(info)
        said["bends"] = [along(one, seconds) for text in told for one in text.split(";") if one.strip()]
    recipe = composed("autoencode.play", said, mask)
    done = run_recipe(
        recipe, source, result, workers=workers, cluster=cluster, work=work, manifest=manifest, report=report
    )
    if not compare:
        return Autoencoded(done)
    return Autoencoded(
        done, compare_film(source, done.path, compare_folder(result), model=model, fit=said.get("fit"), report=report)
    )


def compare_folder(result: Path) -> Path:
    """Say where the comparison of a result goes."""
    return result.with_name(f"{result.stem}-compare")


def _check_compare(info: VideoInfo, result: Path) -> None:
    if info.kind == "picture":
        raise ParameterError("compare draws films beside each other, and the source is a picture; leave it out.")
    folder = compare_folder(result)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file, and the comparison goes into a folder of that name; move it away.")


def _size(card: Card, info: VideoInfo) -> int:
    """Give the long side of a result: a few times the network's, at most the film's own and the usual one."""
    seen = max(card.profile.width, card.profile.height)
    return min(max(info.width, info.height, 16), DEFAULT_LONG_SIDE_PX, _ENLARGED * seen)


def _seconds(info: VideoInfo) -> float:
    """Tell when the last frame of a film is shown, on the film's own clock."""
    if info.kind == "picture":
        return 0.0
    pts = index_frames(info).pts
    return float(pts[-1] * info.time_base) if pts else 0.0
