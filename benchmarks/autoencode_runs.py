"""Many short trainings of autoencoders with different clips and seeds: does any of them collapse?

.venv/bin/python benchmarks/autoencode_runs.py --clips A.mp4 B.mp4 C.mp4 --runs 20 --jobs 2

A run has one thread and twice `--seconds` of the processor's own time, as two cores would give it (3 minutes by
default), so that a busy machine shortens none. Collapsed: PSNR below 20 dB, or the reconstruction's deviation below
half of the film's, or numbers that are not finite. What is done is kept in the folder and not done again.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from common import CLIP, keep, table

from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.ingest import ingest
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.autoencode.trainer import AutoencoderTrainer, Trained

SIZE = (64, 40)
CORES = 2
LEAST_DB = 20.0
LEAST_SPREAD = 0.5


def spread_kept(trained: Trained, store: FrameStore) -> float:
    """Give the reconstruction's standard deviation over all pixels and frames, as a share of the film's."""
    with torch.no_grad():
        recon = torch.cat([trained.decoder(z_NL) for z_NL in torch.split(trained.latents.z_TL, 32)])
    source = store.batch(range(len(store))).float() / 255
    return float(recon.std() / source.std().clamp_min(1e-6))


def run(clip: Path, seed: int, seconds: float, folder: Path) -> dict[str, Any]:
    """Train once; give a row of the table."""
    torch.set_num_threads(1)
    width, height = SIZE
    store = ingest([clip], folder / f"store-{clip.stem}", width, height)
    params = TrainAutoencoderParams(
        size=f"{width}x{height}", minutes=seconds / 60, dream=0, seed=seed, device="cpu", threads=1
    )

    def clock() -> float:
        return time.process_time() / CORES

    trained = AutoencoderTrainer(store, params, folder / f"{clip.stem}-{seed}", clock=clock).run()
    quality, kept = trained.quality, spread_kept(trained, store)
    return {
        "clip": clip.stem,
        "seed": seed,
        "frames": len(store),
        "steps": trained.record.steps,
        "psnr before": quality["psnr_before_finish"],
        "psnr": quality["psnr"],
        "ssim": quality["ssim"],
        "spectrum before": quality["spectrum_before_finish"],
        "spectrum": quality["spectrum"],
        "slow motion": quality.get("motion_slow", float("nan")),
        "spread": kept,
        "rolled back": trained.record.rolled_back or "no",
        "collapsed": not (quality["psnr"] >= LEAST_DB and kept >= LEAST_SPREAD),
    }


def run_all(clips: list[Path], runs: int, seconds: float, jobs: int, folder: Path) -> list[dict[str, Any]]:
    """Do all runs, some at a time, each in a process of its own; what an earlier call did is taken from the folder."""
    folder.mkdir(parents=True, exist_ok=True)

    def one(number: int) -> dict[str, Any]:
        clip, seed = clips[number % len(clips)], number // len(clips)
        path = folder / f"{clip.stem}-{seed}-{seconds:g}s.json"
        if not path.is_file():
            command = [sys.executable, __file__, "--clips", str(clip), "--one", str(seed), "--seconds", str(seconds)]
            subprocess.run([*command, "--folder", str(folder)], check=True)
        row: dict[str, Any] = json.loads(path.read_text())
        return row

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, range(runs)))


def main() -> None:
    """Print the table, and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, nargs="+", default=[CLIP])
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=180, help="of each run, on two cores")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("autoencode-runs"))
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.one is not None:
        row = run(said.clips[0], said.one, said.seconds, said.folder)
        path = said.folder / f"{said.clips[0].stem}-{said.one}-{said.seconds:g}s.json"
        path.write_text(json.dumps(row))
        return
    rows = run_all(said.clips, said.runs, said.seconds, said.jobs, said.folder)
    table(
        f"{len(rows)} trainings of {said.seconds:g} s on two cores, {SIZE[0]}x{SIZE[1]}",
        tuple(rows[0]),
        [tuple(row.values()) for row in rows],
    )
    collapsed = sum(bool(row["collapsed"]) for row in rows)
    back = sum(row["rolled back"] != "no" for row in rows)
    print(f"{collapsed} of {len(rows)} collapsed, {back} rolled back")
    keep("autoencode_runs", {"seconds": said.seconds, "size": SIZE, "runs": rows})


if __name__ == "__main__":
    main()
