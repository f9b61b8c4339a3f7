"""Companions at 1080p: frames a second of each, beside `glitch-this` and `pixelsort` on the same frames.

The peers are no part of the project: make an environment for them and name its Python.

    python -m venv peers && peers/bin/pip install "pillow<11" numpy glitch-this pixelsort
    python benchmarks/companions.py --peers peers/bin/python

Only the effect is timed, in memory, from float32 pixels to float32 pixels (the peers': from Pillow's picture to one);
the least of several passes, by the wall clock.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
from common import CLIP, keep, table

from mutoscope.core.clip import Clip
from mutoscope.effects import registry
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context
from mutoscope.ops.resize import resize
from mutoscope.video.read import open_video

HEIGHT, WIDTH, FRAMES, PASSES = 1080, 1920, 10, 4

OURS: dict[str, tuple[str, dict[str, Any]]] = {
    "pixel_sort, columns": ("corrupt.pixel_sort", {}),
    "pixel_sort, rows": ("corrupt.pixel_sort", {"angle": 0}),
    "pixel_sort, at 30 degrees": ("corrupt.pixel_sort", {"angle": 30}),
    "pixel_sort, random runs": ("corrupt.pixel_sort", {"intervals": "random", "angle": 0}),
    "channel_shift": ("corrupt.channel_shift", {}),
    "scan_lines": ("corrupt.scan_lines", {"darken": 0.3}),
    "block_shuffle": ("corrupt.block_shuffle", {}),
    "feedback": ("corrupt.feedback", {}),
}

PEERS = r"""
import json, sys, time
import numpy as np
from PIL import Image

pictures = [Image.fromarray(x) for x in np.load(sys.argv[1])]

def rate(work, count):
    best = float("inf")
    for picture in pictures[:count]:
        start = time.perf_counter()
        work(picture)
        best = min(best, time.perf_counter() - start)
    return 1 / best

found = {}
from glitch_this import ImageGlitcher
glitcher = ImageGlitcher()
found["glitch-this, level 2"] = rate(lambda x: glitcher.glitch_image(x, 2, seed=1), 10)
found["glitch-this, level 2, colours and lines"] = rate(
    lambda x: glitcher.glitch_image(x, 2, seed=1, color_offset=True, scan_lines=True), 10)
from pixelsort import pixelsort
found["pixelsort, columns"] = rate(lambda x: pixelsort(x, angle=90), 3)
found["pixelsort, rows"] = rate(lambda x: pixelsort(x), 3)
found["pixelsort, at 30 degrees"] = rate(lambda x: pixelsort(x, angle=30), 3)
found["pixelsort, random runs"] = rate(lambda x: pixelsort(x, interval_function="random", char_length=670), 3)
print(json.dumps(found))
"""


def frames() -> Clip:
    """The first frames of the bundled clip at 1080p."""
    found: list[torch.Tensor] = []
    with open_video(CLIP) as film:
        for clip in film:
            found += [resize(frame.pixels_TCHW, HEIGHT, WIDTH) for frame in clip.frames()]
            if len(found) >= FRAMES:
                break
    x_TCHW = torch.cat(found[:FRAMES]).clamp(0, 1).contiguous()
    return Clip(x_TCHW, tuple(range(FRAMES)), Fraction(1, 24))


def rate(name: str, values: dict[str, Any], clip: Clip, threads: int) -> float:
    """Frames a second of one of ours."""
    torch.set_num_threads(threads)
    entry = registry.get(name)
    effect = entry.load_effect()(make_params(entry.load_params(), values))
    best = float("inf")
    for _ in range(PASSES):
        done: Iterator[Clip] = iter(effect(clip.frames(), Context()))
        next(done)  # compiles, and starts threads
        start = time.perf_counter()
        count = sum(1 for _ in done)
        best = min(best, (time.perf_counter() - start) / count)
    return 1 / best


def peers(python: str, clip: Clip) -> dict[str, float]:
    """Frames a second of the peers, in a process of theirs."""
    bytes_THWC = (clip.pixels_TCHW * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frames.npy"
        np.save(path, bytes_THWC)
        told = subprocess.run([python, "-c", PEERS, str(path)], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", metavar="PYTHON", help="Python of an environment that has the peers.")
    python = parser.parse_args().peers
    clip = frames()
    rows: list[tuple[object, ...]] = []
    numbers: dict[str, object] = {}
    for what, (name, values) in OURS.items():
        one, two = rate(name, values, clip, 1), rate(name, values, clip, 2)
        rows.append((what, one, two))
        numbers[what] = {"fps, 1 thread": one, "fps, 2 threads": two}
    for what, found in (peers(python, clip) if python else {}).items():
        rows.append((what, found, "-"))
        numbers[what] = {"fps, 1 thread": found}
    table(f"Companions at {WIDTH}x{HEIGHT}, frames a second", ("what", "1 thread", "2 threads"), rows)
    keep("companions", numbers)


if __name__ == "__main__":
    main()
