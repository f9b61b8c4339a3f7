"""What the benchmarks share: a picture, a table, a record of the machine."""

import datetime
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import torch

from mutoscope.ops.resize import resize
from mutoscope.video.read import open_video, read_picture

HERE = Path(__file__).parent
DATA = Path(str(files("mutoscope.data")))
PAINTING = DATA / "van-gogh-starry-night.jpg"
CLIP = DATA / "big-buck-bunny.mp4"


def photograph(height: int, width: int) -> torch.Tensor:
    """A frame of the bundled clip, 1,3,H,W."""
    with open_video(CLIP) as film:
        first = next(iter(film))
    return resize(first.pixels_TCHW[:1], height, width)


def painting(height: int, width: int) -> torch.Tensor:
    return resize(read_picture(PAINTING).pixels_TCHW, height, width)


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of this process, all threads together."""
    start = time.process_time()
    work()
    return time.process_time() - start


def table(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    cells = [head, *[tuple(f"{c:.4g}" if isinstance(c, float) else str(c) for c in row) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    print(f"\n{title}")
    for i, row in enumerate(cells):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
        if i == 0:
            print("  " + "  ".join("-" * width for width in widths))


def keep(name: str, numbers: dict[str, object]) -> None:
    """Write what was measured with the machine it was measured on."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=HERE
    )
    record = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit.stdout.strip(),
        "machine": {"processor": processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "numbers": numbers,
    }
    path = HERE / "results" / f"{name}.json"
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def processor() -> str:
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
        return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), platform.machine())
    return platform.processor()
