"""`mutoscope.measure`: how steady a film is, and how near to its source and to its style picture."""

from collections.abc import Generator, Sequence
from contextlib import closing
from fractions import Fraction
from itertools import zip_longest
from json import dumps
from math import isnan
from pathlib import Path
from typing import Any, Literal

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError, OutputError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.effects.analysis import analyse
from mutoscope.effects.params import make_params
from mutoscope.effects.shots import Shots
from mutoscope.effects.style_picture import read_style
from mutoscope.engine.device import torch_threads
from mutoscope.flow.estimate import estimate
from mutoscope.measure.params import MeasureParams
from mutoscope.measure.report import Report, Series, summarise
from mutoscope.measure.stream import FramePair, StyleJudge, measure_frames
from mutoscope.measure.style_distance import measure_style, style_distance
from mutoscope.measure.temporal import FlowFunction
from mutoscope.models.backbones import load_backbone
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.cache import Cache
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.video.index import FrameIndex, index_frames
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.plot import Panel, plot_over_time
from mutoscope.video.read import Film, open_video
from mutoscope.video.rising import usual_step
from mutoscope.video.sequence import numbered

__all__ = ["measure", "plot_report"]

_CLIP_BYTES = 4 << 20
"""Small: a frame that is kept for later holds the whole clip that it came in."""
_PANELS: tuple[tuple[str, Literal["linear", "log"], tuple[str, ...]], ...] = (
    ("E_warp", "log", ("e_warp_short", "e_warp_long", "e_warp_first")),
    ("flicker", "linear", ("flicker",)),
    ("contrast, brightness", "linear", ("contrast", "mean")),
    ("edges", "linear", ("edges",)),
    ("style", "linear", ("style",)),
)
"""Title, scale and curves of each plot."""
_PLOT_SUFFIXES = (".png", ".svg", ".pdf")
_SHAPE_TOLERANCE_PX = 2
"""Sides are rounded to pixels, and to pairs of pixels, when a film is scaled."""


def measure(
    film: str | Path,
    *,
    source: str | Path,
    style: str | Path | None = None,
    json: str | Path | None = None,
    plot: str | Path | None = None,
    flow: str | FlowFunction = "dis",
    report: Listener = ignore,
    **options: Any,
) -> Report:
    """Measure a film beside the source that it was made from.

    Args:
        film: what was made: video, picture or `%05d.png` sequence.
        source: what it was made from, with the same frames; scaled to the film's size.
        style: style picture, for the distance from it.
        json: file for all numbers, those of each frame too.
        plot: png, svg or pdf with curves over time.
        flow: optical flow of the source: "dis", "farneback", or a function of your own that takes a frame and a later
            or earlier one, C,H,W, and gives 2,H,W in pixels, as `flow.estimate.estimate`.
        report: takes progress.
        **options: any field of `MeasureParams` (backbone, gap, size …).

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    params = make_params(MeasureParams, options if callable(flow) else {**options, "flow": flow})
    _check_places(json, plot)
    made, footage = _open(Path(film), Path(source), params.size)
    total = _check_step(made.source, footage.source)
    judge = None if style is None else _judge(Path(style), params, made.info, report)
    shots = _find_cuts(footage, total, report)
    series = Series()
    estimator: FlowFunction = flow if callable(flow) else (lambda one, other: estimate(one, other, params.flow))
    # One thread: sums are rounded alike on every machine, and the operations are too small to share.
    with torch_threads(1), closing(_pairs(made, footage, shots)) as pairs:
        for pair, values in measure_frames(pairs, estimator, gap=params.gap, judge=judge):
            series.add(pair.seconds, pair.shot, values)
            report(Progress("measure", len(series.seconds), total))
    done = Report(
        film=str(film),
        source=str(source),
        style=None if style is None else str(style),
        size=(made.info.width, made.info.height),
        params=params.model_dump() | ({"flow": "given"} if callable(flow) else {}),
        numbers=summarise(series),
        series=series,
        notices=_notices(made, footage),
    )
    if json is not None:
        with atomic_path(Path(json)) as temp:
            temp.write_text(dumps(done.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if plot is not None:
        plot_report(done, plot)
    return done


def plot_report(report: Report, out: str | Path) -> Path:
    """Draw a report's curves over time, with its cuts.

    Raises:
        OutputError: the place cannot be written.

    """
    panels = []
    for title, scale, names in _PANELS:
        drawn = {
            _label(report, name, side): curve
            for name in names
            for side, curve in _sides(report, name)
            if not all(map(isnan, curve))
        }
        if drawn:
            panels.append(Panel(title, drawn, dashed=[_label(report, name, "source") for name in names], scale=scale))
    title = f"{Path(report.film).name} beside {Path(report.source).name}"
    return plot_over_time(panels, report.series.seconds, Path(out), cuts_s=report.series.cuts_s(), title=title)


def _sides(report: Report, name: str) -> list[tuple[str, Sequence[float]]]:
    curves = report.series.curves
    # The source's own edges are always 1.
    return [(side, curves[f"{side}.{name}"]) for side in (("out",) if name == "edges" else ("out", "source"))]


def _label(report: Report, name: str, side: str) -> str:
    words = "brightness" if name == "mean" else report.title(name)
    return words if side == "out" else f"{words}: source"


def _check_places(json: str | Path | None, plot: str | Path | None) -> None:
    """Refuse at once what could not be written after minutes of work, or would hide a film."""
    for place, suffixes in ((json, (".json",)), (plot, _PLOT_SUFFIXES)):
        if place is None:
            continue
        path = Path(place)
        if path.suffix.lower() not in suffixes:
            raise OutputError(f"{path} should end in {' or '.join(suffixes)}; give it such a name.")
        if not path.parent.is_dir():
            raise OutputError(f"the folder {path.parent} does not exist; make it or choose another place.")


def _open(film: Path, source: Path, size: int | None) -> tuple[Film, Film]:
    """Open both, the source at the film's size."""
    made = open_video(film, size=size, clip_bytes=_CLIP_BYTES)
    info, whole = probe(source), made.source
    wanted = info.height * whole.width / info.width
    if abs(wanted - whole.height) > _SHAPE_TOLERANCE_PX * max(1.0, whole.width / info.width):
        raise InputError(
            f"{film} has {whole.width}x{whole.height} px and {source} {info.width}x{info.height}, another shape; "
            "give the film that it was made from, uncropped."
        )
    return made, Film(info, (made.info.width, made.info.height), _CLIP_BYTES)


def _check_step(made: VideoInfo, footage: VideoInfo) -> int:
    """Refuse films whose frames do not belong together; give their number."""
    ours, theirs = index_frames(made), index_frames(footage)
    if len(ours) != len(theirs):
        raise InputError(
            f"{made.path} has {_frames(len(ours))} and {footage.path} {_frames(len(theirs))}"
            f"{_broken(ours, theirs)}; give the film that it was made from, whole and with the same frames."
        )
    if "sequence" not in (made.kind, footage.kind):  # files of a sequence carry no time
        _check_times(made, ours, footage, theirs)
    return len(ours)


def _check_times(made: VideoInfo, ours: FrameIndex, footage: VideoInfo, theirs: FrameIndex) -> None:
    half = usual_step(footage) * footage.time_base / 2
    for number, (one, other) in enumerate(zip(ours.pts, theirs.pts, strict=True), start=1):
        at_one, at_other = (one - ours.pts[0]) * made.time_base, (other - theirs.pts[0]) * footage.time_base
        if abs(at_one - at_other) > half:
            raise InputError(
                f"{made.path} and {footage.path} are not in step: frame {number} is shown at {_seconds(at_one)} "
                f"in one and at {_seconds(at_other)} in the other; give the film that it was made from."
            )


def _judge(style: Path, params: MeasureParams, info: VideoInfo, report: Listener) -> StyleJudge:
    picture = read_style(style)
    backbone = load_backbone(params.backbone, report=report)
    wanted = measure_style(backbone, picture, info.height, info.width)
    return lambda x_CHW: style_distance(backbone, x_CHW, wanted)


def _find_cuts(footage: Film, total: int, report: Listener) -> Shots:
    info = footage.source
    if info.kind == "picture":
        return Shots((), info.time_base)
    files = [path for _, path in numbered(info.path)] if info.kind == "sequence" else [info.path]
    digest = hash_json([[hash_file(path) for path in files], footage.info.width, footage.info.height])
    found: Shots = analyse(["shots"], lambda: iter(footage), digest, Cache(), report, total=total)["shots"]
    return found


def _pairs(made: Film, footage: Film, shots: Shots) -> Generator[FramePair, None, None]:
    with closing(_frames_of(made)) as ours, closing(_frames_of(footage)) as theirs:
        start: float | None = None
        for number, (one, other) in enumerate(zip_longest(ours, theirs)):
            if one is None or other is None:
                shorter = made if one is None else footage
                why = shorter.truncated or "it holds no more"
                raise InputError(f"{shorter.source.path} ends after {_frames(number)}: {why}; give a whole film.")
            start = one.seconds(0) if start is None else start
            yield FramePair(
                one.pixels_TCHW[0], other.pixels_TCHW[0], one.seconds(0) - start, shots.index(other.pts_T[0])
            )


def _notices(*films: Film) -> tuple[str, ...]:
    found = [notice for film in films for notice in film.notices]
    # Both of them: where only one breaks off, the pairs have come to an end with an error.
    return tuple(dict.fromkeys([*found, *(film.truncated for film in films if film.truncated)]))


def _frames_of(film: Film) -> Generator[Clip, None, None]:
    for clip in film:
        yield from clip.frames()


def _broken(*indices: FrameIndex) -> str:
    return "".join(f" ({index.breaks_off})" for index in indices if index.breaks_off)


def _frames(num: int) -> str:
    return "1 frame" if num == 1 else f"{num} frames"


def _seconds(exact: Fraction) -> str:
    return f"{float(exact):.3f} s"
