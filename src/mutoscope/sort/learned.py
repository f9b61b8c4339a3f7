"""The learned part of sorting: probabilities that a person would call a picture blurred or wrongly exposed."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mutoscope.core.errors import WeightsError
from mutoscope.models.backbone import Backbone
from mutoscope.models.backbones import load_backbone
from mutoscope.models.state_dict import read_state
from mutoscope.sort.about import read_about, write_sorter
from mutoscope.sort.degrade import OUTPUTS
from mutoscope.sort.features import look
from mutoscope.sort.head import HEAD_KIND, HeadFile, load_head
from mutoscope.sort.seed_file import SEED_KIND, load_seed
from mutoscope.storage.hashing import hash_file

__all__ = ["Classifier", "Learned", "shipped_digest", "shipped_path", "with_calibration"]

Calibration = Mapping[str, tuple[float, float]]


class Classifier(Protocol):
    """What gives log-odds of one picture."""

    def logits(self, x_1CHW: Tensor) -> Tensor:
        """Give log-odds by OUTPUTS, NaN where nothing is known; float32 of length 5."""
        ...


class Learned:
    """A classifier and its calibration, ready to look at frames.

    Args:
        classifier: gives log-odds.
        calibration: slope and offset for the log-odds of each output (Platt 1999).
        digest: sha256 of its file; what is computed from it may be cached under it.

    """

    def __init__(self, classifier: Classifier, calibration: Calibration, digest: str = "") -> None:
        self.classifier, self.calibration, self.digest = classifier, dict(calibration), digest
        self._slope = torch.tensor([calibration[name][0] for name in OUTPUTS])
        self._offset = torch.tensor([calibration[name][1] for name in OUTPUTS])

    @classmethod
    def load(cls, path: Path | None = None, backbone_weights: Path | None = None) -> "Learned":
        """Load a trained classifier, the shipped one by default.

        Args:
            path: file that `mutoscope train sorter` made.
            backbone_weights: file of the backbone's weights instead of the known ones.

        Raises:
            WeightsError: a file is missing, damaged or of another kind.

        """
        if path is None:
            return cls.load(shipped_path(), backbone_weights)
        kind = read_about(path).get("kind")
        if kind == HEAD_KIND:
            file = load_head(path)
            backbone = load_backbone(file.backbone, weights=backbone_weights)
            return cls(_OfHead(file, backbone), file.calibration, hash_file(path))
        if kind == SEED_KIND:
            seed, calibration = load_seed(path, backbone_weights)
            return cls(seed, calibration, hash_file(path))
        raise WeightsError(f"{path} holds no sorter; give a file that `mutoscope train sorter` made, or none.")

    def classify(self, x_N3HW: Tensor) -> dict[str, npt.NDArray[np.float32]]:
        """Judge frames, each by itself: the result does not depend on how they are cut into batches.

        Args:
            x_N3HW: sRGB 0..1, any size; larger pictures than 480 px are scaled down to it.

        Returns:
            by column of the frame table ("p_blurred" …), float32 of length N: calibrated probabilities; NaN where
            the classifier was not taught.

        """
        p_N5 = self.probabilities(x_N3HW).numpy()
        return {f"p_{name}": np.ascontiguousarray(p_N5[:, i]) for i, name in enumerate(OUTPUTS)}

    def probabilities(self, x_N3HW: Tensor) -> Tensor:
        """Give the same as N,5 in the order of OUTPUTS."""
        if not len(x_N3HW):
            return torch.zeros(0, len(OUTPUTS))
        with torch.inference_mode():
            logits_N5 = torch.stack([self.classifier.logits(x_3HW[None].float()) for x_3HW in x_N3HW])
            return torch.sigmoid(logits_N5 * self._slope + self._offset).clone()


class _OfHead:
    def __init__(self, file: HeadFile, backbone: Backbone) -> None:
        self._file, self._backbone = file, backbone

    def logits(self, x_1CHW: Tensor) -> Tensor:
        features_F = look(self._backbone, x_1CHW, self._file.view)
        logits_15: Tensor = self._file.head(features_F[None])
        return logits_15[0]


def with_calibration(path: Path, calibration: Calibration, out: Path) -> None:
    """Copy a classifier with another calibration.

    Raises:
        WeightsError: the first file is missing or damaged.
        OutputError: the second cannot be written.

    """
    write_sorter(read_state(path), {**read_about(path), "calibration": dict(calibration)}, out)


def shipped_digest() -> str:
    """Give the sha256 of the shipped classifier, without loading it."""
    return hash_file(shipped_path())


def shipped_path() -> Path:
    """Name the file of the shipped classifier."""
    # The package is never run from a zip: its weights are files.
    return Path(str(files("mutoscope.data"))) / "sorters" / "default.safetensors"
