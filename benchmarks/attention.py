"""Attention maps: the pass over the film beside the same map computed frame by frame.

    python benchmarks/attention.py [FILM ...]      films of your own; else the bundled clip

Films by formula come first: an animal cut from a photograph walks over another one, so that it is known where it is.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as nnf
from common import CLIP, DATA, keep, table

from mutoscope.core.clip import Clip
from mutoscope.effects.analysis import analyse
from mutoscope.effects.attention_params import AttentionParams, analysis_name
from mutoscope.effects.mask_attention import MaskAttention
from mutoscope.effects.mask_attention_params import MaskAttentionParams
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.flow.estimate import estimate_both
from mutoscope.ops.occlusion import disocclusion
from mutoscope.ops.resize import fit_long_side, resize
from mutoscope.ops.warp import warp
from mutoscope.storage.cache import Cache
from mutoscope.video.read import open_video, read_picture

LONG_SIDE, FRAMES = 320, 48
BOXES = {  # of the animal, in hundredths of the photograph: left, top, right, bottom
    "bison": (20, 11, 81, 69),
    "dog": (2, 3, 89, 97),
    "panda": (21, 5, 85, 87),
    "polar-bear": (23, 32, 84, 77),
    "sheep": (22, 14, 71, 89),
    "duck": (12, 22, 80, 91),
}
GROUNDS = ("canyonde-chelly", "machu-picchu", "red-pyramid")


@dataclass
class Film:
    """Frames of one size; where it is known, the subject of each, 0 or 1."""

    frames_TCHW: torch.Tensor
    truth_T1HW: torch.Tensor | None = None

    def clips(self) -> Iterator[Clip]:
        yield from Clip(self.frames_TCHW, tuple(range(len(self.frames_TCHW))), Fraction(1, 25)).frames()


@dataclass
class Tally:
    overlap: list[float] = field(default_factory=list)
    jitter: list[float] = field(default_factory=list)
    subject: list[float] = field(default_factory=list)
    cpu_s: float = 0.0
    frames: int = 0

    def add(self, other: "Tally") -> None:
        for name in ("overlap", "jitter", "subject"):
            getattr(self, name).extend(getattr(other, name))
        self.cpu_s += other.cpu_s
        self.frames += other.frames


def photo(name: str) -> torch.Tensor:
    return read_picture(DATA / "photographs" / f"{name}.jpg").pixels_TCHW


def matte(name: str, picture_1CHW: torch.Tensor) -> torch.Tensor:
    """Cut an animal out of its photograph: GrabCut, started from its box."""
    height, width = picture_1CHW.shape[2:]
    left, top, right, bottom = BOXES[name]
    x, y = left * width // 100, top * height // 100
    box = (x, y, right * width // 100 - x, bottom * height // 100 - y)
    bgr_HWC = np.ascontiguousarray((picture_1CHW[0].flip(0).permute(1, 2, 0) * 255).round().byte().numpy())
    labels_HW = np.zeros((height, width), np.uint8)
    cv2.setRNGSeed(1)
    cv2.grabCut(bgr_HWC, labels_HW, box, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_RECT)
    return torch.from_numpy(np.isin(labels_HW, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32))[None, None]


def walking(name: str, ground: str) -> Film:
    """Let an animal walk over a ground that pans and slowly grows; grain as of a camera."""
    ground_1CHW, animal_1CHW = photo(ground), photo(name)
    drawn = torch.cat([animal_1CHW, matte(name, animal_1CHW)], 1)
    height, width = 180, LONG_SIDE
    y, x = torch.meshgrid(torch.arange(height) - 89.5, torch.arange(width) - 159.5, indexing="ij")
    grid_HW2 = torch.stack([x, y], -1)
    chance = torch.Generator().manual_seed(0)
    frames, truth = [], []
    for i in range(FRAMES):
        t = i - (FRAMES - 1) / 2
        behind = sample(ground_1CHW, (grid_HW2 + torch.tensor([0.9 * t, 0.2 * t])) * 1.2 * 1.002**-t)
        step = torch.tensor([-1.6 * t, 5 * np.sin(i / 5.0)])
        front = sample(drawn, (grid_HW2 - step) * 1.7, edge="zeros")
        inside = front[:, 3:]
        frame = torch.lerp(behind, front[:, :3], inside)
        frames.append((frame + 0.02 * torch.randn(frame.shape, generator=chance)).clamp(0, 1))
        truth.append((inside > 0.5).float())
    return Film(torch.cat(frames), torch.cat(truth))


def sample(picture_1CHW: torch.Tensor, at_HW2: torch.Tensor, edge: str = "reflection") -> torch.Tensor:
    height, width = picture_1CHW.shape[2:]
    grid_1HW2 = (at_HW2 * torch.tensor([2 / width, 2 / height])).float()[None]
    return nnf.grid_sample(picture_1CHW, grid_1HW2, padding_mode=edge, align_corners=False)


def footage(path: Path) -> Film:
    with open_video(path) as film:
        frames = [resize(f.pixels_TCHW, *fit_long_side(*f.size, LONG_SIDE)) for clip in film for f in clip.frames()]
    return Film(torch.cat(frames))


def masks(film: Film, side: dict[str, object], params: MaskAttentionParams) -> torch.Tensor:
    done = MaskAttention(params)(film.clips(), Context(side=side))
    return torch.cat([clip.pixels_TCHW[:, :1] for clip in done])


def measure(film: Film, shots: Shots, make: Callable[[], torch.Tensor]) -> Tally:
    """Compare each mask with the one before it, carried along the flow, where both are seen; and with the truth."""
    tally, start = Tally(), time.process_time()
    masks_T1HW = make()
    tally.cpu_s, tally.frames = time.process_time() - start, len(masks_T1HW)
    for i, mask in enumerate(masks_T1HW):
        if film.truth_T1HW is not None:
            tally.subject.append(overlap(mask > 0.5, film.truth_T1HW[i] > 0.5))
        if i == 0 or shots.is_cut_between(i - 1, i):
            continue
        on, back = (flow[None] for flow in estimate_both(film.frames_TCHW[i - 1], film.frames_TCHW[i]))
        seen = ~disocclusion(on, back)[0]
        before = warp(masks_T1HW[i - 1 : i], back, mode="bilinear")[0]
        tally.overlap.append(overlap((before > 0.5) & seen, (mask > 0.5) & seen))
        tally.jitter.append(float((before - mask).abs()[seen].mean()))
    return tally


def overlap(a: torch.Tensor, b: torch.Tensor) -> float:
    either = int((a | b).sum())
    return float((a & b).sum()) / either if either else 1.0


def compare(films: dict[str, Film], params: MaskAttentionParams) -> dict[str, dict[str, Tally]]:
    name = analysis_name(params)
    assert isinstance(params, AttentionParams)
    found: dict[str, dict[str, Tally]] = {}
    for group, film in films.items():
        with tempfile.TemporaryDirectory() as folder:
            cache = Cache(Path(folder))
            shots = analyse(["shots"], film.clips, "0" * 64, cache)["shots"]
            ways = {
                "frame by frame": lambda film=film: masks(film, {}, params),
                "ours": lambda film=film, cache=cache: masks(
                    film, analyse([name], film.clips, "0" * 64, cache), params
                ),
            }
            if film.truth_T1HW is not None:  # as steady as anything can be measured to be
                ways["the truth"] = lambda film=film: film.truth_T1HW
            for kind, make in ways.items():
                found.setdefault(group.split("/")[0], {}).setdefault(kind, Tally()).add(measure(film, shots, make))
    return found


def main() -> None:
    torch.set_num_threads(1)
    films = {f"walking/{a} over {g}": walking(a, g) for a, g in zip(BOXES, GROUNDS * 2, strict=True)}
    films |= {path.stem: footage(path) for path in ([Path(arg) for arg in sys.argv[1:]] or [CLIP])}
    rows: list[tuple[object, ...]] = []
    numbers: dict[str, object] = {}
    for group, kinds in compare(films, MaskAttentionParams()).items():
        means = {}
        for kind, tally in kinds.items():
            mean = {
                "overlap": float(np.mean(tally.overlap)),
                "jitter": float(np.mean(tally.jitter)),
                "subject": float(np.mean(tally.subject)) if tally.subject else float("nan"),
                "cpu_ms": 1000 * tally.cpu_s / tally.frames,
            }
            means[kind] = mean
            rows.append((group, kind, *mean.values()))
        ours, alone = means["ours"], means["frame by frame"]
        lost = alone["subject"] - ours["subject"]
        means["goals"] = {
            "overlap (>= 0.90)": ours["overlap"],
            "jitter / frame by frame (<= 0.33)": ours["jitter"] / alone["jitter"],
            "subject IoU lost (<= 0.02)": lost if kinds["ours"].subject else None,
        }
        numbers[group] = means
    head = ("film", "how", "warped overlap", "jitter", "subject IoU", "CPU ms/frame")
    table(f"Attention masks, long side {LONG_SIDE}; CPU with the mask at that size", head, rows)
    goals = [(group, *means["goals"].values()) for group, means in numbers.items()]  # type: ignore[index] # plain values
    table("Goals", ("film", "overlap >= 0.90", "jitter share <= 0.33", "IoU lost <= 0.02"), goals)
    keep("attention", numbers)


if __name__ == "__main__":
    main()
