"""A run over hundreds of segments on a cluster, with processes killed at random: what is lost, and what comes out.

Scheduler, workers and command are killed with SIGKILL, and started again as a person or a service manager would.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from common import PAINTING, keep, table

from mutoscope.testing.media import make_clip

BIN = Path(sys.executable).parent
FRAMES_PER_SHOT, PIECE = 48, 4
RECIPE = """
mutoscope = 1
[film]
size = 64
piece_frames = {piece}
[[step]]
effect = "stylize.optimise"
[step.params]
style = "{style}"
backbone = "tiny"
iterations = 12
iterations_next = {steps}
coarsest = 32
"""


def shots():
    """Each shot moves over a picture of its own, with a hard cut to the next."""
    rng = np.random.default_rng(3)
    pictures = [
        np.kron(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8), np.ones((8, 8, 1), np.uint8)) for _ in range(64)
    ]

    def pixels(index: int, height: int, width: int):
        picture = pictures[index // FRAMES_PER_SHOT % len(pictures)]
        shift = index % FRAMES_PER_SHOT % 24
        return picture[shift // 2 : shift // 2 + height, shift : shift + width]

    return pixels


@dataclass
class Stage:
    """The processes of one run."""

    recipe: Path
    clip: Path
    folder: Path
    port: int
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def result(self) -> Path:
        return self.folder / "out.mp4"

    def start(self, name: str) -> None:
        address = f"tcp://127.0.0.1:{self.port}"
        commands = {
            "scheduler": [BIN / "dask", "scheduler", "--host", "127.0.0.1", "--port", self.port, "--no-dashboard"],
            "worker": [BIN / "mutoscope", "worker", address],
            "command": [BIN / "mutoscope", "run", self.recipe, self.clip, self.result, "-q", "--work", self.work],
        }
        command = commands[name.partition(" ")[0]]
        if name == "command":
            command += ["--cluster", address]
        log = (self.folder / f"{name.replace(' ', '-')}.log").open("ab")
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        self.processes[name] = subprocess.Popen(
            [str(part) for part in command], stdout=log, stderr=log, env=env, start_new_session=True
        )

    def kill(self, name: str) -> None:
        process = self.processes[name]
        children = subprocess.run(
            ["pgrep", "-s", str(process.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        # The whole session: as if the machine had lost its power.
        for pid in children:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()

    def num_pieces(self) -> int:
        return sum(1 for _ in self.work.glob("results/*/*.piece"))

    def under_way(self) -> dict[Path, float]:
        """Marks of the segments under way, with the seconds that they have taken so far."""
        return {mark: age for mark, (pid, age) in self._marks().items() if not is_gone(pid)}

    def cut_short(self) -> set[Path]:
        """Marks of segments whose worker has died over them."""
        return {mark for mark, (pid, _) in self._marks().items() if is_gone(pid)}

    def _marks(self) -> dict[Path, tuple[int, float]]:
        found = {}
        for mark in self.work.glob("attempts/*/*"):
            with contextlib.suppress(OSError, ValueError):
                found[mark] = int(mark.read_text()), time.time() - mark.stat().st_mtime
        return found

    def end(self) -> None:
        for name in list(self.processes):
            self.kill(name)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def undisturbed(recipe: Path, clip: Path, folder: Path) -> tuple[str, float, int]:
    """Digest of the film, seconds of computing, number of segments."""
    folder.mkdir()
    command = [BIN / "mutoscope", "run", recipe, clip, folder / "out.mp4", "-q", "--work", folder / "work"]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    manifest = json.loads((folder / "out.mutoscope.json").read_text())
    return digest(folder / "out.mp4"), manifest["run"]["cpu_seconds"], len(manifest["shots"])


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def disturbed(
    stage: Stage, num_kills: int, rng: random.Random, piece_s: float
) -> tuple[dict[str, int], float, list[float]]:
    """Run to the end through kills. Gives kills by kind, seconds of work lost, seconds from each kill to progress."""
    for name in ("scheduler", "worker 1", "worker 2"):
        stage.start(name)
        time.sleep(1)
    stage.start("command")
    kills, ages, resumed = {"scheduler": 0, "worker": 0, "command": 0}, {}, []
    dead: set[Path] = set()
    watch_for_progress(stage)
    for _ in range(num_kills):
        time.sleep(rng.uniform(0.2, 1.5))
        if stage.processes["command"].poll() is not None:
            break
        name = rng.choice(["scheduler", "worker 1", "worker 2", "command"])
        ages.update(stage.under_way())
        stage.kill(name)
        dead |= stage.cut_short()
        kills[name.partition(" ")[0]] += 1
        stage.start(name)
        resumed.append(watch_for_progress(stage))
        # A worker that lost its scheduler may have ended before its segment.
        dead |= stage.cut_short()
    stage.processes["command"].wait(timeout=900)
    return kills, sum(ages.get(mark, piece_s) for mark in dead), resumed


def watch_for_progress(stage: Stage) -> float:
    """Seconds till a further segment is finished, or the command has ended."""
    start, before = time.monotonic(), stage.num_pieces()
    while stage.num_pieces() <= before and stage.processes["command"].poll() is None:
        time.sleep(0.05)
        if time.monotonic() - start > 120:
            raise RuntimeError(f"no progress; see the logs in {stage.folder}")
    return time.monotonic() - start


def run(num_shots: int, steps: int, num_kills: int, seed: int, folder: Path) -> dict[str, object]:
    num_frames = num_shots * FRAMES_PER_SHOT
    clip = make_clip(
        folder / "clip.mp4",
        width=64,
        height=48,
        num_frames=num_frames,
        pixels=shots(),
        options={"crf": "12", "g": "48"},
    )
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(piece=PIECE, style=PAINTING, steps=steps))
    wanted, seconds, num_segments = undisturbed(recipe, clip, folder / "calm")
    stage = Stage(recipe, clip, folder / "storm", free_port())
    stage.folder.mkdir()
    # Look for a stall from outside too: a run must never hang.
    watchdog = threading.Timer(1500, stage.end)
    watchdog.start()
    try:
        kills, lost, resumed = disturbed(stage, num_kills, random.Random(seed), seconds / num_segments)
        code = stage.processes["command"].returncode
        same = code == 0 and digest(stage.result) == wanted
    finally:
        watchdog.cancel()
        stage.end()
    return {
        "segments": num_segments,
        "kills": kills,
        "exit_code": code,
        "same_bytes": same,
        "lost_share": lost / seconds,
        "resume_s_median": float(np.median(resumed)) if resumed else 0.0,
        "resume_s_worst": max(resumed, default=0.0),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--shots", type=int, default=72)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder to work in, kept for looking at")
    given = parser.parse_args()
    folder = given.keep or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        numbers = run(given.shots, given.steps, given.kills, given.seed, folder)
    finally:
        if given.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    rows = [(name, value) for name, value in numbers.items()]
    table("Killed at random (goals: same bytes, lost ≤ 0.05, resume ≤ 10 s)", ("what", "number"), rows)
    keep("kills", numbers)


if __name__ == "__main__":
    main()
