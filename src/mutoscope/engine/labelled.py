"""Labelled pictures as numbers: read once, kept in the cache under the digest of their bytes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from mutoscope.core.errors import InputError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.models.backbone import Backbone
from mutoscope.models.state_dict import read_state
from mutoscope.models.tensors import save_tensors
from mutoscope.sort.certh import find_certh, read_certh
from mutoscope.sort.dataset import Labelled, LabelledSet, Skipped, Task, read_labelled
from mutoscope.sort.degrade import OUTPUTS
from mutoscope.sort.features import View, look
from mutoscope.sort.head_training import Examples
from mutoscope.storage.cache import Cache
from mutoscope.storage.hashing import hash_file
from mutoscope.video.read import read_picture

__all__ = ["READ_PX", "Seen", "read_set", "see_pictures", "targets_of"]

READ_PX = 1920
"""Long side that pictures are read at; what looks at them scales down further."""

_VERSION = 1
_TRUTHS: dict[str, dict[str, float]] = {
    "sharp": {"blurred": 0, "defocus": 0, "camera": 0},
    "blurred": {"blurred": 1},
    "defocus": {"blurred": 1, "defocus": 1, "camera": 0},
    "camera": {"blurred": 1, "defocus": 0, "camera": 1},
    "good": {"under": 0, "over": 0},
    "under": {"under": 1, "over": 0},
    "over": {"under": 0, "over": 1},
}


@dataclass(frozen=True)
class Seen:
    """Pictures that could be read, as numbers, in the order in which they came.

    Attributes:
        examples: with one group per picture.
        pictures: the same ones.
        skipped: those that could not be read.

    """

    examples: Examples
    pictures: tuple[Labelled, ...]
    skipped: tuple[Skipped, ...]


def read_set(path: Path, task: Task) -> LabelledSet:
    """Read class folders, a table, or the training part of the CERTH set.

    Raises:
        InputError: nothing there can be used.

    """
    if task == "blur" and find_certh(path) is not None:
        training = read_certh(path).training
        if not training.pictures:
            raise InputError(f"{path} has no TrainingSet; `mutoscope measure --certh` needs none, training does.")
        return training
    return read_labelled(path, task)


def targets_of(label: str) -> Tensor:
    """Give what a label says about each of OUTPUTS, NaN where it says nothing: float32 of length 5."""
    known = _TRUTHS[label]
    return torch.tensor([known.get(name, float("nan")) for name in OUTPUTS])


def see_pictures(
    backbone: Backbone, view: View, pictures: Sequence[Labelled], cache: Cache, report: Listener = ignore
) -> Seen:
    """Look at pictures, or remember how they looked.

    Args:
        backbone: frozen.
        view: how to look.
        pictures: to look at; those that cannot be read are left out.
        cache: for the numbers.
        report: takes progress.

    """
    rows: list[Tensor] = []
    kept: list[Labelled] = []
    skipped: list[Skipped] = []
    for number, picture in enumerate(pictures):
        report(Progress("look", number, len(pictures), "pictures"))
        try:
            rows.append(_numbers(backbone, view, picture.path, cache))
            kept.append(picture)
        except InputError as error:
            skipped.append(Skipped(picture.path.name, str(error)))
    report(Progress("look", len(pictures), len(pictures), "pictures"))
    features_NF = torch.stack(rows) if rows else torch.zeros(0, 0)
    targets_N5 = torch.stack([targets_of(p.label) for p in kept]) if kept else torch.zeros(0, len(OUTPUTS))
    return Seen(Examples(features_NF, targets_N5, torch.arange(len(kept))), tuple(kept), tuple(skipped))


def _numbers(backbone: Backbone, view: View, path: Path, cache: Cache) -> Tensor:
    try:
        digest = hash_file(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None
    key = cache.key("sorter's numbers", _VERSION, digest, backbone.name, asdict(view))

    def write(place: Path) -> None:
        x_1CHW = read_picture(path, size=READ_PX).pixels_TCHW
        with torch.inference_mode():
            save_tensors({"numbers": look(backbone, x_1CHW, view).clone()}, place)

    return read_state(cache.get_or_put(key, write, ".safetensors"))["numbers"]
