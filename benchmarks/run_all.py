"""Run every benchmark, one after the other, each in a process of its own."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = (
    "startup",
    "stylize_cost",
    "next_frames",
    "steadiness",
    "ghosts",
    "io_speed",
    "memory",
    "engine",
    "kills",
    "q_learning",
    "agents",
    "attention",
    "datamosh",
    "companions",
    "service_queue",
    "service_load",
    "service_kills",
    "service_upload",
    "hostile_files",
)

if __name__ == "__main__":
    for name in NAMES:
        subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=True, cwd=HERE)
