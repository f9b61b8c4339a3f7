"""What `tiny` remembers of one clip after ten minutes of two cores, beside as many numbers of other kinds.

    python benchmarks/autoencode_clip.py FILM... [--minutes 10] [--without-motion] [--sheet FILE.png]

Films together have at most 500 frames. Time is CPU time of one thread, halved: two cores for as many minutes. The mean
frame, 200 fixed DCT numbers and PCA stand beside; PCA of a clip that has hardly more frames than components is nearly
the clip itself: it flatters everybody.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch
from autoencode_baselines import dct_baseline, mean_baseline, pca_baseline
from common import CLIP, keep, table

from mutoscope.autoencode.ingest import ingest
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.autoencode.trainer import AutoencoderTrainer, Trained

MOST_FRAMES = 500


def train(films: list[Path], folder: Path, minutes: float, motion: float) -> tuple[Trained, float]:
    params = TrainAutoencoderParams(minutes=minutes, motion=motion)
    shape = params.shape()
    store = ingest(films, folder / "frames", shape.width, shape.height, params.fit)
    if len(store) > MOST_FRAMES:
        store = store.subset(torch.arange(MOST_FRAMES))
    began = time.process_time()
    trainer = AutoencoderTrainer(
        store, params, folder / f"motion-{motion:g}", clock=lambda: (time.process_time() - began) / 2
    )
    return trainer.run(), time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--without-motion", action="store_true", help="train once more without the term for motion")
    args = parser.parse_args()
    torch.set_num_threads(1)
    films = args.films or [CLIP]
    rows: list[tuple[object, ...]] = []
    numbers: dict[str, object] = {"films": [film.name for film in films], "minutes": args.minutes}
    names = ("psnr", "ssim", "spectrum", "motion_still", "motion_slow", "motion_fast")
    with tempfile.TemporaryDirectory() as temp:
        for motion in (1.0, 0.0) if args.without_motion else (1.0,):
            trained, seconds = train(films, Path(temp), args.minutes, motion)
            q = trained.quality
            said = f"tiny, motion {motion:g}"
            before = [q.get(f"{name}_before_finish", float("nan")) for name in names]
            rows.append((f"{said}, before the finish", seconds, *before))
            rows.append((said, seconds, *(q.get(name, float("nan")) for name in names)))
            numbers[said] = q
            print(f"{said}: {trained.record.steps} steps; {trained.record.rolled_back or 'nothing rolled back'}")
        params = TrainAutoencoderParams()
        store = ingest(films, Path(temp) / "frames", params.shape().width, params.shape().height, params.fit)
        for name, make in (("mean frame", mean_baseline), ("200 DCT", dct_baseline), ("PCA-200", pca_baseline)):
            found = make(store)
            rows.append((name, 0, *(found.get(each, float("nan")) for each in names)))
            numbers[name] = found
    table(f"{args.minutes:g} minutes of 2 cores", ("", "CPU s", *names), rows)
    keep("autoencode_clip", numbers)


if __name__ == "__main__":
    main()
