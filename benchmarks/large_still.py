"""A still of 3840x2160: peak memory and CPU of the whole command, and seams where tiles met.

    python benchmarks/large_still.py [--iterations 90]

Seam ratio: energy of the differences of neighbours across the borders of tiles, over that of neighbours elsewhere, in a
picture that is alike everywhere, so that nothing but a seam can stand out. With the grid of tiles nailed to one place
(the worst case) and moving (as it is painted).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from unittest.mock import patch

import torch
import torch.nn.functional as nnf
from common import DATA, PAINTING, keep, table

from mutoscope.core.clip import Clip
from mutoscope.ops.resize import resize
from mutoscope.stylize import tiled
from mutoscope.stylize.descent import descend, falling
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.params import OptimiseParams
from mutoscope.testing.motion import smooth_noise
from mutoscope.video.picture import save_picture
from mutoscope.video.read import read_picture

SIZE = (2160, 3840)
SEAM_SIZE = (768, 1152)
SEAM_TILE = 256
SEAM_STEPS = 12

COMMAND = """
import json, resource, sys
from mutoscope.cli.main import main
try:
    main()
except SystemExit as left:
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"exit": left.code, "rss_mib": used.ru_maxrss / 1024, "cpu_s": used.ru_utime + used.ru_stime}))
"""


def still(height: int, width: int) -> torch.Tensor:
    """A photograph made large, with detail of its new size."""
    photograph = read_picture(DATA / "photographs" / "neuschwanstein-castle.jpg").pixels_TCHW
    detail = smooth_noise(height, width)[None] - 0.5
    return (resize(photograph, height, width) + 0.15 * detail).clamp(0, 1)


def measure_command(iterations: int) -> dict[str, float]:
    """Paint the still in a fresh process; give its peak memory and CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "still.png"
        save_picture(Clip(still(*SIZE), (0,), Fraction(1)), source)
        arguments = ["stylize", source, Path(folder) / "out.png", "--style", PAINTING, "--size", SIZE[1], "--quiet"]
        done = subprocess.run(
            [sys.executable, "-c", COMMAND, *map(str, arguments), "-o", f"iterations={iterations}"],
            capture_output=True,
            text=True,
            check=True,
        )
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["exit"] == 0, done.stderr
    return found


def even(height: int, width: int) -> torch.Tensor:
    """Detail at several scales that is alike everywhere, down to the phase of the pixels."""
    chance = torch.Generator().manual_seed(3)
    drawn = [torch.rand(1, 3, height + side, width + side, generator=chance) - 0.5 for side in (4, 12, 36)]
    blurred = [side * nnf.avg_pool2d(d, side, 1) for side, d in zip((4, 12, 36), drawn, strict=True)]
    return (0.5 + 0.3 * torch.stack([b[..., :height, :width] for b in blurred]).sum(0)).clamp(0, 1)


def seam_ratio(x_1CHW: torch.Tensor, side: int) -> float:
    """Energy across the borders of a grid that starts at the corner, over that across grids that lie elsewhere."""
    # At i: from column i to i + 1, and from row i to i + 1.
    columns, rows = (x_1CHW.diff(dim=dim).square().mean((0, 1, 5 - dim)) for dim in (3, 2))
    here, elsewhere = (
        [torch.cat([energy[side - 1 + k :: side] for energy in (columns, rows)]).mean() for k in places]
        for places in ((0,), range(24, side - 24, 2))
    )
    return float(here[0] / torch.stack(elsewhere).mean())


def paint(moving: bool) -> torch.Tensor:
    params = OptimiseParams(style=str(PAINTING), jitter=16 if moving else 0)
    painter = Painter(params)
    content = even(*SEAM_SIZE)
    place = tiled._offset if moving else lambda _side, _seed: (0, 0)
    with patch.object(tiled, "_offset", place):
        judge = tiled.TiledObjective(painter.objective(content, params), SEAM_TILE)
        chance = torch.Generator().manual_seed(0)
        return descend(content, judge, SEAM_STEPS, falling(params.learning_rate), chance, num_shifts=4)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--iterations", type=int, default=90)
    iterations = parser.parse_args().iterations
    torch.set_num_threads(1)
    seams = {
        "source": seam_ratio(even(*SEAM_SIZE), SEAM_TILE),
        "nailed": seam_ratio(paint(moving=False), SEAM_TILE),
        "moving": seam_ratio(paint(moving=True), SEAM_TILE),
    }
    rows: list[tuple[object, ...]] = list(seams.items())
    table(f"Seams, tiles of {SEAM_TILE} px, {SEAM_STEPS} steps at full size", ("grid", "ratio"), rows)
    command = measure_command(iterations)
    table(
        "mutoscope stylize of 3840x2160",
        ("iterations", "peak RSS, MiB", "CPU s"),
        [(iterations, command["rss_mib"], command["cpu_s"])],
    )
    keep("large_still", {"seam_ratio": seams, "iterations": iterations, **command})


if __name__ == "__main__":
    main()
