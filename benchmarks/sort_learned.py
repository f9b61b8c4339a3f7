"""The learned part of sorting on photographs that nothing was fitted on, beside the variance of the Laplacian.

    .venv/bin/python benchmarks/sort_learned.py --photographs HELD_OUT_FOLDER [--real FOLDER_WITH_SHARP_AND_BLUR]

HELD_OUT_FOLDER holds sharp photographs that data/sorters/CREDITS.md does not list. They are blurred by other means
than in training: a hexagonal aperture with a bright rim, streaks that turn about a point and halt on their way, and two
frames of H.264 at crf 28 instead of rounded blocks. FOLDER_WITH_SHARP_AND_BLUR is any labelled set of real photographs,
as `mutoscope measure` reads it.
"""

import argparse
import io
import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch
import torch.nn.functional as nnf
from common import keep, table
from torch import Tensor

from mutoscope.core.random import generator
from mutoscope.engine.measure_sorter import Score, measure_labelled, score_of
from mutoscope.ops.primaries import linear_to_srgb, srgb_to_linear
from mutoscope.ops.resize import fit_long_side, resize
from mutoscope.sort.dataset import Task
from mutoscope.sort.degrade import spread
from mutoscope.sort.laplacian import laplacian_variance
from mutoscope.sort.learned import Learned
from mutoscope.video.read import read_picture

SIDE_PX = 960
"""Twice the size that is judged, so that a scaler lies between."""
RADII_PX = (2.4, 8.0)
"""Of the aperture, at 960 px: 1.2 to 4 px where it is judged."""
STREAKS_PX = (7.0, 30.0)
CRF = 28


def hexagon(radius_px: float, angle: float) -> Tensor:
    """Six blades, a rim brighter than the middle (over-corrected spherical aberration)."""
    half = math.ceil(radius_px) + 1
    fine = 5
    at = (torch.arange((2 * half + 1) * fine) + 0.5) / fine - half - 0.5
    y, x = torch.meshgrid(at, at, indexing="ij")
    reach = torch.stack(
        [x * math.cos(angle + k * math.pi / 3) + y * math.sin(angle + k * math.pi / 3) for k in range(6)]
    )
    distance = reach.amax(0) / (radius_px * math.cos(math.pi / 6))
    light = (distance <= 1) * (0.7 + 0.6 * distance.clamp(0, 1) ** 2)
    kernel = light.view(2 * half + 1, fine, 2 * half + 1, fine).sum((1, 3))
    return kernel / kernel.sum()


def turned_streak(light_3HW: Tensor, length_px: float, angle: float, turn: float) -> Tensor:
    """Average the picture along a straight way with a stop at one third, while it turns a little."""
    _, height, width = light_3HW.shape
    total = torch.zeros_like(light_3HW)
    num = max(9, math.ceil(1.2 * length_px))
    for i in range(num):
        t = i / (num - 1)
        t = (t * 1.8 if t < 1 / 3 else 0.6 + 0.6 * (t - 1 / 3)) - 0.5  # quick, then slow
        a = turn * t
        dx, dy = 2 * length_px * t * math.cos(angle) / width, 2 * length_px * t * math.sin(angle) / height
        aspect = height / width
        theta = torch.tensor([[[math.cos(a), -math.sin(a) * aspect, dx], [math.sin(a) / aspect, math.cos(a), dy]]])
        grid = nnf.affine_grid(theta, [1, 3, height, width], align_corners=False)
        total += nnf.grid_sample(
            light_3HW[None], grid, mode="bilinear", padding_mode="reflection", align_corners=False
        )[0]
    return total / num


def h264(x_3HW: Tensor) -> Tensor:
    """Code a picture twice over as H.264 at crf 28 and give the second frame."""
    height, width = (side // 2 * 2 for side in x_3HW.shape[1:])
    bytes_HWC = (x_3HW[:, :height, :width] * 255).round().byte().permute(1, 2, 0).numpy()
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=Fraction(25), options={"crf": str(CRF), "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(2):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(bytes_HWC), format="rgb24")))
        out.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer, "r") as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    return torch.from_numpy(frames[-1]).permute(2, 0, 1).float() / 255


def taken(light_3HW: Tensor, stops: float, chance: torch.Generator) -> Tensor:
    light = (light_3HW * 2**stops).clamp(0, 1)
    noise = torch.randn(light.shape, generator=chance) * (4e-4 * light + 1e-6).sqrt()
    return h264(linear_to_srgb((light + noise).clamp(0, 1)))


def takes(photograph_3HW: Tensor, number: int) -> list[tuple[str, str, Tensor]]:
    """Take one photograph sharp, out of focus, shaken, and at other exposures: kind, label, picture."""
    chance = generator(7, number, "benchmark")
    u = torch.rand(8, generator=chance).tolist()
    whole_h, whole_w = photograph_3HW.shape[1:]
    height, width = fit_long_side(whole_h, whole_w, min(SIDE_PX, max(whole_h, whole_w)))
    light = srgb_to_linear(resize(photograph_3HW[None], height, width)[0])
    scale = max(height, width) / SIDE_PX if max(height, width) > SIDE_PX / 2 else 0.5
    radius = scale * RADII_PX[0] * (RADII_PX[1] / RADII_PX[0]) ** u[0]
    length = scale * STREAKS_PX[0] * (STREAKS_PX[1] / STREAKS_PX[0]) ** u[1]
    small = srgb_to_linear(resize(photograph_3HW[None], *fit_long_side(height, width, max(height, width) // 2))[0])
    blurred = spread(light, hexagon(radius, u[2]))
    shaken = turned_streak(light, length, 2 * math.pi * u[3], 0.01 * (u[4] - 0.5))
    return [
        ("blur", "sharp", taken(light, 0.6 * (u[5] - 0.5), chance)),
        ("blur", "sharp", taken(small, 0.6 * (u[5] - 0.5), chance)),  # as many sharp ones as blurred ones
        ("blur", "defocus", taken(blurred, 0, chance)),
        ("blur", "camera", taken(shaken, 0, chance)),
        ("exposure", "good", taken(light, 0, chance)),
        ("exposure", "under", taken(light, -1.5 - 1.5 * u[6], chance)),
        ("exposure", "over", taken(light, 1.3 + 1.2 * u[7], chance)),
    ]


def synthetic(folder: Path) -> tuple[list[Score], dict[str, object]]:
    learned = Learned.load()
    names: dict[str, list[str]] = {"blur": [], "exposure": []}
    rows: dict[str, list[list[float]]] = {"blur": [], "exposure": []}
    groups: dict[str, list[int]] = {"blur": [], "exposure": []}
    kinds: list[tuple[str, str]] = []
    wrong: list[str] = []
    paths = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".png", ".jpg", ".webp"))
    for number, path in enumerate(paths):
        for task, label, x_3HW in takes(read_picture(path, size=1600).pixels_TCHW[0], number):
            p = {name: float(values[0]) for name, values in learned.classify(x_3HW[None]).items()}
            names[task].append(label)
            rows[task].append([p["p_blurred"], p["p_under"], p["p_over"], laplacian_variance(x_3HW[None])])
            groups[task].append(number)
            if task == "blur" and (p["p_blurred"] > 0.5) != (label != "sharp"):
                wrong.append(f"{path.stem} {label} {p['p_blurred']:.2f}")
            if label in ("defocus", "camera"):
                kinds.append((label, "defocus" if p["p_defocus"] > p["p_camera"] else "camera"))
    scores = []
    tasks: tuple[Task, ...] = ("blur", "exposure")
    for task in tasks:
        scores += score_of(f"held out, {task}", task, names[task], np.array(rows[task]), np.array(groups[task]))
    print("wrong:", "; ".join(wrong))
    kind_right = sum(a == b for a, b in kinds) / len(kinds)
    return scores, {"photographs": len(paths), "kind of blur right": kind_right}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--real", type=Path, action="append", default=[])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    scores, more = synthetic(asked.photographs)
    for folder in asked.real:
        scores += measure_labelled(folder).scores
    table(
        f"{more['photographs']} photographs not fitted on (goals: AUC 0.97, right 88 %, calibration error 0.05)",
        ("set", "what", "pictures", "right", "95 %", "AUC", "95 %", "ECE"),
        [
            (
                s.set_name,
                s.what,
                sum(s.counts.values()),
                s.right.value,
                f"{s.right.low:.3f}..{s.right.high:.3f}",
                "" if s.auc is None else s.auc.value,
                "" if s.auc is None else f"{s.auc.low:.3f}..{s.auc.high:.3f}",
                "" if s.calibration_error is None else s.calibration_error,
            )
            for s in scores
        ],
    )
    for s in scores:
        print(s.set_name, s.what, s.confusion)
    print(more)
    numbers = {f"{s.set_name}, {s.what}": {"right": s.right.value, "pictures": sum(s.counts.values())} for s in scores}
    for s in scores:
        entry = numbers[f"{s.set_name}, {s.what}"]
        if s.auc is not None:
            entry["AUC"] = s.auc.value
        if s.calibration_error is not None:
            entry["ECE"] = s.calibration_error
    keep("sort_learned", {**numbers, **more})


if __name__ == "__main__":
    main()
