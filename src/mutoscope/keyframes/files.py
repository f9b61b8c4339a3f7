"""Files of keyframe mode: what was learned, and the guides frame by frame."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import torch
from torch import Tensor

from mutoscope.core.errors import WeightsError
from mutoscope.keyframes.guides import Guide
from mutoscope.keyframes.network import SIZES, KeyframeNetwork, empty_network
from mutoscope.models.metadata import read_metadata
from mutoscope.models.tensors import load_tensors, save_tensors

__all__ = ["GuideReader", "GuideWriter", "Key", "Learned", "load_learned", "save_learned"]

_KIND = "mutoscope.keyframes/1"
_STEPS_PER_PX = 32
"""Offsets are kept in steps of a 32nd of a guide's px: finer than flow is right."""
_TRUST_STEPS = 255


@dataclass(frozen=True)
class Key:
    """A keyframe.

    Attributes:
        painted_CHW: the painting, 0..1.
        seconds: its time in the film.

    """

    painted_CHW: Tensor
    seconds: float


@dataclass(frozen=True)
class Learned:
    """A network and the keyframes that it has learned from, in order of time."""

    network: KeyframeNetwork
    keys: tuple[Key, ...]


def save_learned(path: Path, profile: str, network: KeyframeNetwork, keys: Sequence[Key]) -> None:
    """Write a network and its keyframes; wrap the path in `atomic_path`."""
    tensors = {f"network/{name}": value for name, value in network.state_dict().items()}
    for number, key in enumerate(keys):
        tensors[f"painted/{number}"] = (key.painted_CHW * 255).round().to(torch.uint8)
    said = {"kind": _KIND, "profile": profile, "seconds": json.dumps([key.seconds for key in keys])}
    save_tensors(tensors, path, said)


def load_learned(path: Path) -> Learned:
    """Read what `save_learned` wrote.

    Raises:
        WeightsError: it is another file, or broken.

    """
    said = read_metadata(path)
    if said.get("kind") != _KIND or said.get("profile") not in SIZES:
        raise WeightsError(f"{path} was not learned from keyframes; run 'mutoscope stylize --keyframe' to make one.")
    try:
        tensors = load_tensors(path)
        network = empty_network(SIZES[said["profile"]])
        network.load_state_dict({name: tensors[f"network/{name}"].float() for name in network.state_dict()})
        times: list[float] = json.loads(said["seconds"])
        keys = tuple(Key(tensors[f"painted/{i}"].float() / 255, seconds) for i, seconds in enumerate(times))
    except Exception as error:  # the library raises its own kinds for each thing that can be wrong with a file
        raise WeightsError(f"{path} is not a whole file of keyframes; make it again.") from error
    if not all(bool(value.isfinite().all()) for value in network.state_dict().values()):
        raise WeightsError(f"{path} has numbers that are not finite; make it again.")
    network = network.eval().requires_grad_(False)
    return Learned(network, keys)


class GuideWriter:
    """Writes guides, one frame after the other, in constant memory; a context manager.

    Args:
        path: file to write.
        time_base: seconds per unit of the frames' time stamps.

    """

    def __init__(self, path: Path, time_base: Fraction) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._put("about.json", json.dumps({"kind": _KIND, "time_base": str(time_base)}).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._zip.close()

    def add(self, key: int, pts: int, guide: Guide) -> None:
        """Add the way of the frame at a time stamp to a keyframe, by its number."""
        steps = (guide.offset_2HW * _STEPS_PER_PX).round().clamp(-32767, 32767)
        trust = (guide.trust_1HW * _TRUST_STEPS).round()
        planes = torch.cat([steps, trust]).to(torch.int16).numpy()
        # Differences of neighbours pack into a third; int16 wraps around, and wraps back when they are added up.
        planes[:, :, 1:] = planes[:, :, 1:] - planes[:, :, :-1]
        shape = np.array(planes.shape, "<u2").tobytes()
        self._put(f"{key}/{pts}", shape + planes.astype("<i2").tobytes())

    def _put(self, name: str, data: bytes) -> None:
        # The date of a ZipInfo is the same always: same guides, same bytes.
        item = zipfile.ZipInfo(name)
        item.compress_type = zipfile.ZIP_DEFLATED
        self._zip.writestr(item, data, compresslevel=1)


class GuideReader:
    """Reads guides in any order; a context manager.

    Raises:
        WeightsError: it is another file, or broken.

    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: Mapping[int, list[int]] = {}
        with ExitStack() as held:
            try:
                self._zip = held.enter_context(zipfile.ZipFile(path))
                about = json.loads(self._zip.read("about.json"))
                if about["kind"] != _KIND:
                    raise ValueError("another kind")
                self.time_base = Fraction(about["time_base"])
                found: dict[int, list[int]] = {}
                for name in self._zip.namelist():
                    if "/" in name:
                        key, pts = map(int, name.split("/"))
                        found.setdefault(pts, []).append(key)
                self._names = found
            except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError, zipfile.BadZipFile) as error:
                raise WeightsError(f"{path} is not a whole file of guides; make it again.") from error
            held.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._zip.close()

    def read(self, pts: int) -> dict[int, Guide]:
        """Give the guides of a frame by the numbers of their keyframes; none where nothing leads there."""
        return {key: self._one(key, pts) for key in sorted(self._names.get(pts, []))}

    def _one(self, key: int, pts: int) -> Guide:
        try:
            data = self._zip.read(f"{key}/{pts}")
            shape = tuple(int(side) for side in np.frombuffer(data[:6], "<u2"))
            planes = np.frombuffer(data[6:], "<i2").reshape(shape)
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise WeightsError(f"{self._path} is damaged; make it again.") from error
        values = torch.from_numpy(np.cumsum(planes, 2, dtype=np.int16).astype(np.float32))
        return Guide(values[:2] / _STEPS_PER_PX, values[2:] / _TRUST_STEPS)
