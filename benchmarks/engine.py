"""The engine beside a plain loop over the same effect; its memory; its bytes on every kind of engine."""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from common import PAINTING, keep, table
from kills import BIN, Stage, digest, free_port, shots

from mutoscope.effects.params import make_params
from mutoscope.effects.registry import get
from mutoscope.engine.run import run_effect
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.recipes.film_params import FilmParams
from mutoscope.recipes.recipe import Recipe, single
from mutoscope.testing.media import make_clip

ROUNDS = 2
QUICK = {"style": str(PAINTING), "backbone": "tiny", "iterations": 6, "iterations_next": 3, "coarsest": 48}


def clip(folder: Path, seconds: int, width: int, height: int) -> Path:
    pictures = shots()
    return make_clip(
        folder / f"{seconds}s-{width}.mp4",
        width=width,
        height=height,
        num_frames=25 * seconds,
        pixels=lambda i, h, w: grown(pictures(i, 48, 64), h, w),
        options={"crf": "20", "preset": "ultrafast", "g": "48"},
    )


def grown(picture, height: int, width: int):
    import cv2

    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC)


def overhead(folder: Path, effect: str, params: dict[str, object], source: Path) -> tuple[float, float, float]:
    """Median seconds of the plain loop and of the engine, and of their ratio; in turn, from nothing each time."""
    film = FilmParams()
    pairs = []
    for i in range(ROUNDS):
        start = time.perf_counter()
        entry = get(effect)
        torch.set_num_threads(1)
        run_effect(entry.load_effect()(make_params(entry.load_params(), params)), source, folder / "loop.mp4", film)
        middle = time.perf_counter()
        run_recipe(single(effect, params, film), source, folder / "engine.mp4", work=folder / f"work-{effect}-{i}")
        pairs.append((middle - start, time.perf_counter() - middle))
    loop, engine = (statistics.median(column) for column in zip(*pairs, strict=True))
    return loop, engine, statistics.median(b / a for a, b in pairs)


def peak(source: Path, folder: Path) -> float:
    """Peak of a process of its own in MB."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", str(source), str(folder)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def child(source: Path, folder: Path) -> None:
    recipe = Recipe.from_plain(
        {"mutoscope": 1, "step": [{"effect": "frame.identity"}], "film": {"piece_frames": 100}}, folder
    )
    run_recipe(recipe, source, folder / f"out-{source.name}", work=folder / f"work-{source.stem}")
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(kilobytes / 1024 if sys.platform != "darwin" else kilobytes / 2**20)


def everywhere(folder: Path, source: Path) -> dict[str, str]:
    """Digest of the film from each kind of engine."""
    recipe = folder / "recipe.json"
    import json

    plain = {
        "mutoscope": 1,
        "film": {"size": 96, "piece_frames": 12},
        "step": [{"effect": "stylize.optimise", "params": QUICK}],
    }
    recipe.write_text(json.dumps(plain))
    found = {}
    for name, options in (("inline", []), ("2 local workers", ["--workers", "2"])):
        out = folder / f"{name[0]}.mp4"
        command = [BIN / "mutoscope", "run", recipe, source, out, "-q", "--work", folder / name, *options]
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
        found[name] = digest(out)
    stage = Stage(recipe, source, folder / "cluster", free_port())
    stage.folder.mkdir()
    try:
        for name in ("scheduler", "worker 1", "worker 2", "worker 3"):
            stage.start(name)
            time.sleep(2)
        time.sleep(4)
        stage.start("command")
        stage.processes["command"].wait(timeout=300)
        found["3 processes over TCP"] = digest(stage.result)
    finally:
        stage.end()
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        minute, small = clip(folder, 60, 320, 180), clip(folder, 60, 128, 72)
        rows = []
        for label, effect, params, source in (
            ("stylize.optimise (tiny network, 3 steps)", "stylize.optimise", QUICK, small),
            ("frame.identity (nothing but read and write)", "frame.identity", {}, minute),
        ):
            rows.append((label, *overhead(folder, effect, params, source)))
        table(
            "One minute at 320x180 (goal: engine ≤ 1.05 of the loop)", ("effect", "loop s", "engine s", "ratio"), rows
        )
        peaks = [peak(clip(folder, seconds, 320, 180), folder) for seconds in (10, 300)]
        table(
            "Peak memory, 320x180 (goal: within 10 %)",
            ("seconds", "MB"),
            [(10, peaks[0]), (300, peaks[1]), ("ratio", peaks[1] / peaks[0])],
        )
        digests = everywhere(folder, clip(folder, 10, 96, 54))
        table("Bytes", ("engine", "sha256"), [(k, v[:16]) for k, v in digests.items()])
    keep(
        "engine",
        {
            "overhead": {label: ratio for label, _, _, ratio in rows},
            "peak_mb": {"10 s": peaks[0], "300 s": peaks[1], "ratio": peaks[1] / peaks[0]},
            "same_bytes": len(set(digests.values())) == 1,
        },
    )


if __name__ == "__main__":
    if "--child" in sys.argv:
        child(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        argparse.ArgumentParser(description=__doc__).parse_args()
        main()
