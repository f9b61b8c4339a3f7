"""`mutoscope measure --certh DIR`: how good the learned part is on a labelled set, beside the Laplacian's variance."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from mutoscope.core.errors import InputError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.sort.certh import read_certh
from mutoscope.sort.dataset import Labelled, LabelledSet, Skipped, Task, read_labelled
from mutoscope.sort.laplacian import SHARP_FROM, laplacian_variance
from mutoscope.sort.learned import Learned
from mutoscope.sort.scoring import Interval, bootstrap, calibration_error, wilson
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.read import read_picture

__all__ = ["Score", "SorterReport", "measure_certh", "measure_labelled", "score_of"]

_READ_PX = 1920
_THRESHOLD = 0.5
_CLASSES = ("good", "under", "over")


@dataclass(frozen=True)
class Score:
    """One way of telling, on one set.

    Attributes:
        what: "learned", or what it is compared with.
        set_name: "natural", "digital", "all", or the name of the folder.
        counts: pictures of each label.
        threshold: fixed before anything was seen.
        right: share of right answers at it, with Wilson's 95 % interval.
        auc: with its bootstrap interval; None for three classes.
        calibration_error: expected, over ten bins; None where there are no probabilities.
        confusion: by truth, then by answer.

    """

    what: str
    set_name: str
    counts: dict[str, int]
    threshold: float
    right: Interval
    auc: Interval | None
    calibration_error: float | None
    confusion: dict[str, dict[str, int]]


@dataclass(frozen=True)
class SorterReport:
    """All that was measured.

    Attributes:
        scores: one row each.
        skipped: pictures and rows that could not be used, each with its reason.
        notices: what the person should know.

    """

    scores: tuple[Score, ...]
    skipped: tuple[Skipped, ...] = ()
    notices: tuple[str, ...] = field(default=())

    def head(self) -> tuple[str, ...]:
        """Name the columns of `rows`."""
        return ("set", "what", "pictures", "right", "95 %", "AUC", "95 %", "calibration error", "threshold")

    def rows(self) -> list[tuple[str, ...]]:
        """Give the table as texts."""
        return [
            (
                score.set_name,
                score.what,
                str(sum(score.counts.values())),
                f"{score.right.value:.1%}",
                f"{score.right.low:.1%} .. {score.right.high:.1%}",
                "" if score.auc is None else f"{score.auc.value:.4f}",
                "" if score.auc is None else f"{score.auc.low:.4f} .. {score.auc.high:.4f}",
                "" if score.calibration_error is None else f"{score.calibration_error:.3f}",
                f"{score.threshold:g}",
            )
            for score in self.scores
        ]

    def write_json(self, path: Path) -> None:
        """Write everything.

        Raises:
            OutputError: the place cannot be written.

        """
        text = json.dumps({"schema": "mutoscope.sorter-report/1", **asdict(self)}, indent=1) + "\n"
        with atomic_path(path) as temp:
            temp.write_text(text, encoding="utf-8")


def measure_certh(path: str | Path, *, weights: Path | None = None, report: Listener = ignore) -> SorterReport:
    """Measure on the evaluation part of the CERTH set: natural, digital, and both together.

    Args:
        path: where its zip was unpacked.
        weights: a sorter of the person's own.
        report: takes progress.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    certh = read_certh(Path(path))
    if not certh.evaluation:
        raise InputError(f"{path} has no EvaluationSet with its tables; nothing can be measured.")
    return _measure(certh.evaluation, "blur", weights, report, certh.notices)


def measure_labelled(
    path: str | Path, *, task: Task = "blur", weights: Path | None = None, report: Listener = ignore
) -> SorterReport:
    """Measure on class folders or a CSV of names and labels.

    Args:
        path: of the folder or the CSV.
        task: what the labels are about.
        weights: a sorter of the person's own.
        report: takes progress.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    return _measure({Path(path).stem: read_labelled(Path(path), task)}, task, weights, report, ())


def _measure(
    sets: dict[str, LabelledSet], task: Task, weights: Path | None, report: Listener, notices: tuple[str, ...]
) -> SorterReport:
    learned = Learned.load(weights)
    scores: list[Score] = []
    skipped = [s for found in sets.values() for s in found.skipped]
    pictures: list[Labelled] = []
    numbers: list[npt.NDArray[np.float64]] = []
    total = sum(len(found.pictures) for found in sets.values())
    for name, found in sets.items():
        seen, rows = _look(learned, found.pictures, len(pictures), total, skipped, report)
        scores += score_of(name, task, [p.label for p in seen], rows)
        pictures += seen
        numbers.append(rows)
    if len(sets) > 1:
        scores += score_of("all", task, [p.label for p in pictures], np.concatenate(numbers))
    report(Progress("measure", total, total, "pictures"))
    return SorterReport(tuple(scores), tuple(skipped), notices)


def _look(
    learned: Learned,
    pictures: Sequence[Labelled],
    done: int,
    total: int,
    skipped: list[Skipped],
    report: Listener,
) -> tuple[list[Labelled], npt.NDArray[np.float64]]:
    """Give per picture: p_blurred, p_under, p_over, variance of the Laplacian."""
    seen, rows = [], []
    for number, picture in enumerate(pictures):
        report(Progress("measure", done + number, total, "pictures"))
        try:
            x_1CHW = read_picture(picture.path, size=_READ_PX).pixels_TCHW
        except InputError as error:
            skipped.append(Skipped(picture.path.name, str(error)))
            continue
        p = learned.classify(x_1CHW)
        with torch.inference_mode():
            sharpness = laplacian_variance(x_1CHW)
        rows.append([float(p["p_blurred"][0]), float(p["p_under"][0]), float(p["p_over"][0]), sharpness])
        seen.append(picture)
    if not rows:
        raise InputError("none of the pictures can be read; see that they are png, jpg, webp or tiff.")
    return seen, np.array(rows)


def score_of(
    set_name: str,
    task: Task,
    labels: Sequence[str],
    rows_N4: npt.NDArray[np.float64],
    groups_N: npt.NDArray[np.int64] | None = None,
) -> list[Score]:
    """Score answers.

    Args:
        set_name: for the table.
        task: blur has two classes, exposure three.
        labels: truths.
        rows_N4: p_blurred, p_under, p_over, variance of the Laplacian.
        groups_N: number of the photograph that each picture was made of; each its own without it.

    """
    groups = np.arange(len(labels)) if groups_N is None else groups_N
    if task == "exposure":
        return [_three_classes(set_name, labels, rows_N4[:, 1:3])]
    truth_N = np.array([label != "sharp" for label in labels])
    return [
        _two_classes("learned", set_name, truth_N, rows_N4[:, 0], _THRESHOLD, groups, is_probability=True),
        # Less variance is more blur.
        _two_classes("Laplacian", set_name, truth_N, -rows_N4[:, 3], -SHARP_FROM, groups, is_probability=False),
    ]


def _two_classes(
    what: str,
    set_name: str,
    truth_N: npt.NDArray[np.bool_],
    scores_N: npt.NDArray[np.float64],
    threshold: float,
    groups_N: npt.NDArray[np.int64],
    *,
    is_probability: bool,
) -> Score:
    said_N = scores_N > threshold
    names = {False: "sharp", True: "blurred"}
    confusion = {
        names[truth]: {names[said]: int(((truth_N == truth) & (said_N == said)).sum()) for said in names}
        for truth in names
    }
    return Score(
        what,
        set_name,
        {names[truth]: int((truth_N == truth).sum()) for truth in names},
        abs(threshold),
        wilson(int((said_N == truth_N).sum()), len(truth_N)),
        bootstrap(scores_N, truth_N, groups_N),
        calibration_error(scores_N, truth_N) if is_probability else None,
        confusion,
    )


def _three_classes(set_name: str, labels: Sequence[str], p_N2: npt.NDArray[np.float64]) -> Score:
    best_N = p_N2.argmax(1)
    said = ["good" if p_N2[i].max() <= _THRESHOLD else _CLASSES[1 + best_N[i]] for i in range(len(labels))]
    pairs = list(zip(labels, said, strict=True))
    confusion = {truth: {name: pairs.count((truth, name)) for name in _CLASSES} for truth in _CLASSES}
    errors = []
    for column, name in enumerate(("under", "over")):
        errors.append(calibration_error(p_N2[:, column], np.array([label == name for label in labels])))
    counts = {name: list(labels).count(name) for name in _CLASSES}
    right = wilson(sum(a == b for a, b in pairs), len(pairs))
    return Score("learned", set_name, counts, _THRESHOLD, right, None, max(errors), confusion)
