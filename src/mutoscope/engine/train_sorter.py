"""`mutoscope.train_sorter`: labelled pictures in, a sorter's learned part out."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import mutoscope
from mutoscope.core.errors import InputError, ParameterError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.effects.params import make_params
from mutoscope.engine.device import torch_threads
from mutoscope.engine.labelled import read_set, see_pictures
from mutoscope.models.backbones import load_backbone
from mutoscope.sort.dataset import Labelled, LabelledSet, Skipped, Task
from mutoscope.sort.degrade import OUTPUTS
from mutoscope.sort.features import VIEWS
from mutoscope.sort.head import Head, HeadFile, new_head, save_head, shipped_head
from mutoscope.sort.head_training import Examples, HeadTraining, calibration_of, split_groups, with_own_answers
from mutoscope.sort.scoring import Interval, wilson
from mutoscope.sort.seed_file import SeedClassifier, save_seed
from mutoscope.sort.seed_network import CLASSES, LARGEST_PX, SeedNetwork, SeedSettings, SeedTraining
from mutoscope.sort.train_params import TrainSorterParams
from mutoscope.sort.training import Fitted, fit
from mutoscope.storage.cache import Cache
from mutoscope.storage.folders import data_folder, make_folder
from mutoscope.storage.hashing import hash_file, hash_json
from mutoscope.storage.lock import only_writer
from mutoscope.video.read import read_picture

__all__ = ["TrainedSorter", "train_sorter"]

_DECAY = 0.02
_FEWEST = 8


@dataclass(frozen=True)
class TrainedSorter:
    """What came out of a training.

    Attributes:
        path: file for `mutoscope sort`.
        fitted: epochs, by task in the manner of the seed ("blur", "exposure"), else under "head".
        counts: pictures of each label.
        right: share of right answers on pictures that nothing was learned from, by task, with its 95 % interval.
        skipped: pictures and rows that could not be used, each with its reason.
        folder: log and checkpoint.
        notices: what the person should know.

    """

    path: Path
    fitted: dict[str, Fitted]
    counts: dict[str, int]
    right: dict[str, Interval]
    skipped: tuple[Skipped, ...]
    folder: Path
    notices: tuple[str, ...] = ()


def train_sorter(
    *,
    out: str | Path,
    blur: str | Path | None = None,
    exposure: str | Path | None = None,
    report: Listener = ignore,
    **options: Any,
) -> TrainedSorter:
    """Train on labelled pictures; a training that was stopped goes on.

    Args:
        out: file that is written, .safetensors.
        blur: folder with a folder for each class, CSV of names and labels, or the CERTH set's folder.
        exposure: likewise.
        report: takes progress.
        **options: any field of `TrainSorterParams`.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    params = make_params(TrainSorterParams, options)
    final = _place(Path(out))
    sets: dict[Task, LabelledSet] = {}
    if blur is not None:
        sets["blur"] = read_set(Path(blur), "blur")
    if exposure is not None:
        sets["exposure"] = read_set(Path(exposure), "exposure")
    if not sets:
        raise ParameterError("there is nothing to learn from; give --blur, --exposure or --decisions.")
    for task, found in sets.items():
        _check(task, found)
    folder = make_folder(data_folder() / "training" / f"sorter-{final.stem}-{hash_json([str(final)])[:8]}")
    with only_writer(final), _threads(params.threads):
        train = _train_seed if params.is_seed else _train_head
        return train(sets, final, folder, params, report)


def _place(out: Path) -> Path:
    if out.suffix.lower() != ".safetensors":
        raise ParameterError(f"{out} is no name for a sorter; it ends in .safetensors.")
    make_folder(out.parent)
    return out.absolute()


def _check(task: Task, found: LabelledSet) -> None:
    if len(found.pictures) < _FEWEST or len(found.counts()) < 2:
        said = ", ".join(f"{num} {label}" for label, num in found.counts().items())
        raise InputError(
            f"the pictures for {task} are too few or all alike ({said}); give at least {_FEWEST} of two classes."
        )


def _train_head(
    sets: dict[Task, LabelledSet], final: Path, folder: Path, params: TrainSorterParams, report: Listener
) -> TrainedSorter:
    backbone, view = load_backbone(params.backbone), VIEWS[params.backbone]
    pictures = [picture for found in sets.values() for picture in found.pictures]
    seen = see_pictures(backbone, view, pictures, Cache(), report)
    held_N = _held(seen.pictures, seen.examples.groups_N, params)
    learned, held = seen.examples.part(~held_N), seen.examples.part(held_N)
    head, is_warm = _first_head(params, learned)
    if is_warm:
        learned = with_own_answers(head, learned)
    training = HeadTraining(head, learned, held, params.rate or 1e-3, _DECAY, params.batch or 32, params.seed)
    identity = _identity(seen.pictures, params)
    fitted = fit(training, folder, identity, params.epochs or 80, params.patience, report)
    calibration = calibration_of(head, held)
    record = _record(sets, fitted, params)
    save_head(HeadFile(head, params.backbone, view, calibration, record), final)
    skipped = (*(s for found in sets.values() for s in found.skipped), *seen.skipped)
    right = _right(head, held)
    return TrainedSorter(final, {"head": fitted}, _counts(sets), right, skipped, folder, tuple(fitted.notices))


def _first_head(params: TrainSorterParams, learned: Examples) -> tuple[Head, bool]:
    if not params.from_scratch:
        shipped = shipped_head()
        if shipped.backbone == params.backbone and shipped.view == VIEWS[params.backbone]:
            return shipped.head, True
    return new_head(learned.features_NF, params.seed), False


def _right(head: Head, held: Examples) -> dict[str, Interval]:
    with torch.no_grad():
        yes_N5 = head(held.features_NF) > 0
    found = {}
    for task, names in {"blur": ("blurred",), "exposure": ("under", "over")}.items():
        columns = [OUTPUTS.index(name) for name in names]
        known_N = ~held.targets_N5[:, columns].isnan().any(1)
        if known_N.any():
            same_N = (yes_N5[:, columns] == (held.targets_N5[:, columns] > 0.5)).all(1)[known_N]
            found[task] = wilson(int(same_N.sum()), len(same_N))
    return found


def _train_seed(
    sets: dict[Task, LabelledSet], final: Path, folder: Path, params: TrainSorterParams, report: Listener
) -> TrainedSorter:
    networks: dict[Task, SeedNetwork] = {}
    fitted: dict[str, Fitted] = {}
    right: dict[str, Interval] = {}
    settings = SeedSettings(params.crop, params.batch or 4, params.rate or 0.002, seed=params.seed)
    unread: list[Skipped] = []
    for task, found in sets.items():
        pictures = _readable(found.pictures, unread, report)
        # Differs from the seed: batch norms are folded, so that they keep ImageNet's statistics.
        backbone = load_backbone(params.backbone).requires_grad_(params.trains_backbone)
        network = SeedNetwork(backbone, len(CLASSES[task]))
        network.start(params.seed)
        held_N = _held(pictures, torch.arange(len(pictures)), params)
        learned = [p for p, held in zip(pictures, held_N.tolist(), strict=True) if not held]
        judged = [p for p, held in zip(pictures, held_N.tolist(), strict=True) if held]
        training = SeedTraining(network, task, learned, judged, settings)
        place = make_folder(folder / task)
        identity = _identity(pictures, params)
        fitted[task] = fit(training, place, identity, params.epochs or 20, params.patience, report)
        share = fitted[task].rows[fitted[task].best]["validation_accuracy"]
        right[task] = wilson(round(share * len(judged)), len(judged))
        networks[task] = network
    save_seed(SeedClassifier(networks, params.crop), params.backbone, final, record=_record(sets, None, params))
    skipped = (*(s for found in sets.values() for s in found.skipped), *unread)
    notices = tuple(notice for each in fitted.values() for notice in each.notices)
    return TrainedSorter(final, fitted, _counts(sets), right, skipped, folder, notices)


def _readable(pictures: Sequence[Labelled], unread: list[Skipped], report: Listener) -> list[Labelled]:
    """Leave out what cannot be read, before epochs go by: training reads a picture in each of them."""
    kept = []
    for number, picture in enumerate(pictures):
        report(Progress("look", number, len(pictures), "pictures"))
        try:
            read_picture(picture.path, size=LARGEST_PX)
            kept.append(picture)
        except InputError as error:
            unread.append(Skipped(picture.path.name, str(error)))
    return kept


def _held(pictures: Sequence[Labelled], groups_N: Tensor, params: TrainSorterParams) -> Tensor:
    """Choose what nothing is learned from: the folders for testing, or a share of the pictures."""
    is_test_N = torch.tensor([picture.is_test for picture in pictures])
    if is_test_N.any() and not is_test_N.all():
        return is_test_N
    return split_groups(groups_N, params.validation, params.seed)


def _identity(pictures: Sequence[Labelled], params: TrainSorterParams) -> str:
    data = [[hash_file(p.path), p.label, p.is_test] for p in pictures]
    said = params.model_dump(mode="json", exclude={"threads", "epochs", "patience"})
    return hash_json([data, said, mutoscope.__version__])


def _counts(sets: dict[Task, LabelledSet]) -> dict[str, int]:
    return {label: num for found in sets.values() for label, num in found.counts().items()}


def _record(sets: dict[Task, LabelledSet], fitted: Fitted | None, params: TrainSorterParams) -> dict[str, Any]:
    loss = fitted.best_loss if fitted is not None else math.inf
    return {
        "version": mutoscope.__version__,
        "pictures": _counts(sets),
        "seed": params.seed,
        **({"validation_loss": round(loss, 4)} if math.isfinite(loss) else {}),
    }


@contextlib.contextmanager
def _threads(num: int | None) -> Iterator[None]:
    with torch_threads(num) if num is not None else contextlib.nullcontext():
        yield
