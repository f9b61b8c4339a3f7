"""The meters of `sort` against films whose faults are known: shake, exposure, kinds of blur, noise, cost.

Films are rendered in linear light from the bundled photographs, which no number of the meters was fitted to, coded as
H.264 and read back by `measure_clip`. `python benchmarks/sort_meters.py [PART …] [--film FILM]`; a film of 1920x1080
for the cost is made by enlarging the bundled clip where none is given.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from common import CLIP, cpu_seconds, keep, table
from sort_scenes import (
    RATE,
    Pose,
    defocus,
    film,
    light,
    look,
    night,
    photographs,
    shoot,
    silhouette,
    snow,
    to_bytes,
    trembling,
)

from mutoscope.ops.resize import resize
from mutoscope.sort.exposure import exposure_of
from mutoscope.sort.model import FrameTable
from mutoscope.sort.pack import measure_clip
from mutoscope.sort.sharpness import sharpness_of
from mutoscope.sort.texture import texture_of
from mutoscope.video.decode import Decoding
from mutoscope.video.info import probe
from mutoscope.video.read import open_video

SIZE = (162, 288)
"""Height and width of the films: the photographs have 288 px on their short side."""
SCALE = 1.25
SHAKY = 0.3
"""% of the width: default threshold of `sort`."""
UNDER, OVER = -1.5, 1.3
_GREY = np.array([0.2126, 0.7152, 0.0722])

_LUMA = tuple[np.ndarray, np.ndarray]


def measured(frames: list[np.ndarray], crf: int = 23) -> FrameTable:
    with tempfile.TemporaryDirectory() as folder:
        place = film(Path(folder) / "film.mp4", frames, crf)
        return measure_clip(place, probe(place))


def scenes() -> Iterator[tuple[int, torch.Tensor, np.random.Generator]]:
    for number, photograph in enumerate(photographs()):
        yield number, light(photograph), np.random.default_rng(number)


def spearman(a: list[float], b: list[float]) -> float:
    ranks = [np.argsort(np.argsort(x)) for x in (a, b)]
    return float(np.corrcoef(*ranks)[0, 1])


def shake() -> dict[str, object]:
    """Trembling of 0..3 % of the width, half of it on top of a pan; and steady pans, tilts and zooms."""
    true, found, flagged = [], [], dict.fromkeys(("pan", "pan with soft start", "zoom"), 0.0)
    names = list(flagged)
    frames_of = dict.fromkeys(names, 0)
    for number, scene, rng in scenes():
        speed, way = rng.uniform(0.05, 0.3), rng.uniform(0, 2 * np.pi)
        x, y, turn = (trembling(rng, 1.5, 8) for _ in range(3))
        amount = float(rng.choice([10 ** rng.uniform(-4, -1.5), rng.uniform(0, 0.03)]))
        pan = speed * (number % 2)

        def trembled(t: float, a: float = amount, p: float = pan, w: float = way, f: tuple = (x, y, turn)) -> Pose:
            return Pose(a * f[0](t) + p * t * np.cos(w), a * f[1](t) + p * t * np.sin(w), 15 * a * f[2](t))

        result = measured(taken(scene, trembled, 40, number))
        true.append(100 * amount * float(np.sqrt(2 + (np.radians(15) * 0.3) ** 2)))
        found.append(float(np.nanmedian(result.column("shake"))))
        name = names[number % 3]

        def calm(t: float, v: float = speed, w: float = way, kind: str = name) -> Pose:
            if kind == "zoom":
                return Pose(zoom=float(np.exp(v * t)))
            s = np.clip(t / 0.8, 0, 1) if kind == "pan with soft start" else 1.0
            done = 0.8 * (s**3 - s**4 / 2) + max(t - 0.8, 0) if kind == "pan with soft start" else t
            return Pose(v * done * np.cos(w), v * done * np.sin(w))

        column = measured(taken(scene, calm, 40, number)).column("shake")
        flagged[name] += float((column > SHAKY).sum())
        frames_of[name] += len(column)
    rows = [(name, frames_of[name], 100 * flagged[name] / frames_of[name]) for name in names]
    ratio = float(np.median([f / t for f, t in zip(found, true, strict=True) if t > 0.1]))
    print(
        f"\nshake: Spearman {spearman(true, found):.3f} over {len(true)} clips; reads {ratio:.2f} of the true deviation"
    )
    table("steady cameras, up to 30 % of the width per second", ("camera", "frames", "% flagged"), rows)
    return {"spearman": spearman(true, found), "ratio": ratio, "flagged_percent": {r[0]: r[2] for r in rows}}


def taken(scene: torch.Tensor, way: Callable[[float], Pose], num: int, seed: int) -> list[np.ndarray]:
    shots = [shoot(scene, way, i / RATE, SIZE, scale=SCALE, shutter_s=0.01, samples=4) for i in range(num)]
    return [to_bytes(x, 1.5, 1000 * seed + i) for i, x in enumerate(shots)]


def exposure() -> dict[str, object]:
    """Brackets of -3..3 stops, absolute and beside the photograph as it was taken; scenes that are dark or light."""

    def read(scene: torch.Tensor, seed: int) -> float:
        frame = to_bytes(scene, 1.5, seed)
        return exposure_of(np.rint(frame @ _GREY).astype(np.uint8), frame[::2, ::2].copy()).error

    errors: dict[int, list[float]] = {stop: [] for stop in range(-3, 4)}
    steps: list[float] = []
    alarms: dict[str, list[float]] = {}
    for number, scene, rng in scenes():
        own = read(scene, number)
        for stop, each in errors.items():
            reading = read(scene * 2.0**stop, number)
            each.append(abs(reading - stop))
            steps.append(abs(reading - own - stop))
        for make in (night, silhouette, snow):
            alarms.setdefault(make.__name__, []).extend(read(make(scene, rng), number) for _ in range(4))
    rows: list[tuple[object, ...]] = [(f"{stop:+d}", float(np.mean(each))) for stop, each in errors.items()]
    mean = float(np.mean([e for each in errors.values() for e in each]))
    table("exposure: mean absolute error, stops", ("bracket", "error"), [*rows, ("all", mean)])
    print(f"  beside the same photograph as it was taken: {np.mean(steps):.3f}")
    false = {name: float(np.mean([not UNDER < e < OVER for e in each])) * 100 for name, each in alarms.items()}
    table("scenes that are meant so", ("scene", "n", "% flagged"), [(n, len(alarms[n]), p) for n, p in false.items()])
    return {"error_stops": mean, "error_beside_own": float(np.mean(steps)), "false_alarms_percent": false}


def kinds() -> dict[str, object]:
    """Sharp, out of focus, and smeared by the camera; the first two are taken with moving cameras as well."""
    names = ("sharp", "defocus", "camera")
    counts, apart = np.zeros((3, 3), int), []
    for number, scene, rng in scenes():
        for true, name in enumerate(names):
            way, length = rng.uniform(0, np.pi), rng.uniform(4, 20)
            fast = length / SIZE[1] * RATE * 2 if name == "camera" else rng.choice([0, 0.1, rng.uniform(0.1, 1)])
            seen = defocus(scene, rng.uniform(1.3, 5) * SCALE) if name == "defocus" else scene

            def pan(t: float, v: float = fast, w: float = way) -> Pose:
                return Pose(v * t * np.cos(w), v * t * np.sin(w))

            shutter, samples = (0.5 / RATE, 16) if name == "camera" else (0.0, 1)
            shots = [
                shoot(seen, pan, i / RATE, SIZE, scale=SCALE, shutter_s=shutter, samples=samples) for i in range(6)
            ]
            result = measured([to_bytes(x, 1.5, 10 * number + i) for i, x in enumerate(shots)], crf=28)
            kind = result.column("blur_kind")[1:]
            votes = [int((kind == code).sum()) for code in range(3)]
            counts[true, int(np.argmax(votes))] += 1
            if name == "camera":
                way_T = result.column("blur_direction")[1:].astype(np.float64)
                apart += np.abs((way_T - np.degrees(way) + 90) % 180 - 90).tolist()
    rows = [(name, *counts[i].tolist()) for i, name in enumerate(names)]
    right = float((np.diag(counts) / counts.sum(1)).mean())
    near = float((np.array(apart) < 15).mean())
    table("kinds of blur after H.264 at crf 28: films found to be", ("truly", *names), rows)
    print(f"  told apart {100 * right:.1f} %; direction within 15 degrees for {100 * near:.1f} % of the smeared frames")
    return {"right": right, "direction_within_15": near, "confusion": counts.tolist()}


def subject() -> dict[str, object]:
    """A sharp ground and a moving, smeared part of a tenth to a quarter of the picture, beside wholly blurred films."""
    best: dict[str, list[float]] = {"sharp": [], "moving subject": [], "blurred (disc of 2 px)": []}
    relative: list[float] = []
    kept = list(scenes())
    for number, scene, rng in kept[::3]:
        other = kept[(number + 7) % len(kept)][1]
        share = rng.uniform(0.1, 0.25)
        tall, wide = (int(side * share**0.5) for side in SIZE)
        ground = look(scene, Pose(), *SIZE, SCALE)
        soft = look(defocus(scene, 2 * SCALE), Pose(), *SIZE, SCALE)
        frames: dict[str, list[np.ndarray]] = {name: [] for name in best}
        for i in range(20):
            run = lambda t: Pose(1.5 * t)  # noqa: E731
            figure = shoot(other, run, i / RATE, (tall, wide), scale=SCALE, shutter_s=0.02, samples=12)
            left = int((SIZE[1] - wide) * i / 19)
            mixed = ground.clone()
            mixed[:, (SIZE[0] - tall) // 2 :][:, :tall, left : left + wide] = figure
            for name, x in zip(best, (ground, mixed, soft), strict=True):
                frames[name].append(to_bytes(x, 1.5, i))
        for name, each in frames.items():
            result = measured(each)
            best[name] += result.column("sharpness_best").tolist()
            if name == "moving subject":
                relative += result.column("sharpness_relative").tolist()
    rows = [(name, *np.nanquantile(v, [0.02, 0.5, 0.98]).tolist()) for name, v in best.items()]
    table("sharpest part of a frame", ("film", "2 %", "median", "98 %"), rows)
    wrong = 100 * float(np.mean(np.array(best["moving subject"]) < 0.1))
    print(f"  below the threshold of 0.1: {wrong:.2f} % of the frames with a moving subject")
    return {"quantiles": {str(row[0]): row[1:] for row in rows}, "flagged_percent": wrong}


def noise() -> dict[str, object]:
    """The same photographs sharp, blurred, and blurred with noise of 8 levels: sharpness beside the Laplacian's."""
    ours: dict[str, list[float]] = {}
    theirs: dict[str, list[float]] = {}
    for number, scene, _ in scenes():
        soft = defocus(scene, 4)
        for name, x, sigma in (("sharp", scene, 1.0), ("blurred", soft, 1.0), ("blurred, noise 8", soft, 8.0)):
            grey = np.rint(to_bytes(x, sigma, number) @ _GREY).astype(np.uint8)
            g = grey.astype(np.float32)
            laplacian = g[1:-1, 2:] + g[1:-1, :-2] + g[2:, 1:-1] + g[:-2, 1:-1] - 4 * g[1:-1, 1:-1]
            ours.setdefault(name, []).append(sharpness_of(texture_of(grey)).median)
            theirs.setdefault(name, []).append(float(laplacian.var()))
    rows = [(name, float(np.nanmedian(ours[name])), float(np.median(theirs[name]))) for name in ours]
    table("noise is no sharpness (medians)", ("frame", "sharpness", "variance of Laplacian"), rows)
    return {str(name): [a, b] for name, a, b in rows}


def cost(given: Path | None) -> dict[str, object]:
    """CPU of decoding alone, and of decoding with all meters; one thread, best of three."""
    with tempfile.TemporaryDirectory() as folder:
        place = given or enlarged(Path(folder) / "large.mp4")
        info = probe(place)

        def decode() -> int:
            with Decoding(place) as decoding:
                return sum(1 for _ in decoding.frames())

        num = decode()
        measure_clip(place, info)
        alone, all_of_it = (
            min(cpu_seconds(work) for _ in range(3)) for work in (decode, lambda: measure_clip(place, info))
        )
    rows = [("decoding", 1000 * alone / num, 1.0), ("with all meters", 1000 * all_of_it / num, all_of_it / alone)]
    table(f"CPU at {info.width}x{info.height}, {num} frames", ("work", "ms a frame", "times decoding"), rows)
    return {"decoding_ms": rows[0][1], "all_ms": rows[1][1], "ratio": rows[1][2]}


def enlarged(place: Path) -> Path:
    with open_video(CLIP) as source:
        clips = [clip.pixels_TCHW for clip in source]
    frames = [to_uint8(resize(x[None], 1080, 1920)[0]) for x in torch.cat(clips)]
    return film(place, frames, crf=20)


def to_uint8(x_3HW: torch.Tensor) -> np.ndarray:
    # A little grain, as cameras give it: without it an enlarged film costs the decoder next to nothing.
    grain = 2.0 * torch.randn(x_3HW.shape, generator=torch.Generator().manual_seed(int(1e6 * x_3HW.mean())))
    return (x_3HW * 255 + grain).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).numpy()


PARTS: dict[str, Callable[[], dict[str, object]]] = {
    "shake": shake,
    "exposure": exposure,
    "kinds": kinds,
    "subject": subject,
    "noise": noise,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=[*PARTS, "cost"], help=f"of {', '.join([*PARTS, 'cost'])}")
    parser.add_argument("--film", type=Path, help="a film of 1920x1080 for the cost")
    given = parser.parse_args()
    torch.set_num_threads(1)
    numbers = {name: cost(given.film) if name == "cost" else PARTS[name]() for name in given.parts}
    if len(numbers) == len(PARTS) + 1:
        keep("sort_meters", dict(numbers))


if __name__ == "__main__":
    main()
