"""Train the shipped head of the sorter on photographs that are spoiled on purpose.

    .venv/bin/python tools/train_sorter.py --photographs FOLDER --work FOLDER
    .venv/bin/python tools/train_sorter.py --photographs FOLDER --work FOLDER --write    # into the package

Looking takes 10 minutes on 2 cores and goes on where it was stopped; learning takes seconds.
FOLDER holds sharp, well exposed photographs of at least 288 px; data/sorters/CREDITS.md lists the ones that were used.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
from torch import Tensor

import mutoscope
from mutoscope.core.progress import Progress
from mutoscope.models.backbones import load_backbone
from mutoscope.models.state_dict import read_state
from mutoscope.models.tensors import save_tensors
from mutoscope.sort.degrade import OUTPUTS
from mutoscope.sort.features import DEFAULT_VIEW, look
from mutoscope.sort.head import Head, HeadFile, merged, new_head, save_head
from mutoscope.sort.head_training import Examples, HeadTraining, fitted_calibration
from mutoscope.sort.scoring import auc, calibration_error
from mutoscope.sort.synthetic import drawn, example
from mutoscope.sort.training import fit
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.hashing import hash_json
from mutoscope.video.read import read_picture

OUT = Path(mutoscope.__file__).parent / "data" / "sorters" / "default.safetensors"
READ_PX = 1600
NUM_FOLDS, NUM_SEEDS = 5, 1
SETTINGS = {"rate": 1e-3, "decay": 0.3, "batch": 64, "width": 32, "epochs": 60, "patience": 12, "seed": 0}


def see(paths: Sequence[Path], first: int, per_photograph: int, part: Path) -> None:
    """Spoil photographs and look at them; `first` is the number of the first one among all."""
    torch.set_num_threads(1)
    backbone = load_backbone("efficientnet_lite0")
    features, groups, numbers = [], [], []
    with torch.inference_mode():
        for number, path in enumerate(paths, first):
            x_3HW = read_picture(path, size=READ_PX).pixels_TCHW[0]
            for k in range(per_photograph):
                spoiled_3HW, _ = example(x_3HW, int(SETTINGS["seed"]), number * 10_000 + k)
                features.append(look(backbone, spoiled_3HW[None]))
                groups.append(number)
                numbers.append(number * 10_000 + k)
    found = {"features": torch.stack(features), "groups": torch.tensor(groups), "numbers": torch.tensor(numbers)}
    with atomic_path(part) as temp:
        save_tensors(found, temp)


def gather(photographs: Path, work: Path, per_photograph: int, processes: int) -> tuple[Examples, Tensor, int]:
    paths = sorted(p for p in photographs.iterdir() if p.suffix.lower() in (".png", ".jpg", ".webp"))
    batches = [paths[i : i + 4] for i in range(0, len(paths), 4)]
    names = [hash_json([[p.name for p in batch], per_photograph])[:16] for batch in batches]
    parts = [work / f"part-{name}.safetensors" for name in names]
    with ProcessPoolExecutor(processes) as pool:
        jobs = {
            pool.submit(see, batch, 4 * i, per_photograph, part): i
            for i, (batch, part) in enumerate(zip(batches, parts, strict=True))
            if not part.is_file()
        }
        for done, job in enumerate(jobs, 1):
            job.result()
            print(f"{done} of {len(jobs)} parts", flush=True)
    tables = [read_state(part) for part in parts]
    features, groups, numbers = (torch.cat([t[name] for t in tables]) for name in ("features", "groups", "numbers"))
    # What was done follows from the number; what it is worth may be decided anew without looking again.
    ways = [drawn(int(SETTINGS["seed"]), number) for number in numbers.tolist()]
    targets, is_small_N = torch.stack([how.truth() for how in ways]), torch.tensor([how.is_small for how in ways])
    return Examples(features, targets, groups), is_small_N, len(paths)


def train(examples: Examples, held_N: torch.Tensor, fold: int, seed: int, work: Path) -> tuple[Head, float]:
    """Train one head on four fifths of the photographs; the mean of all is shipped."""
    s = SETTINGS
    chance = 100 * seed + fold
    head = new_head(examples.features_NF, chance, int(s["width"]))
    training = HeadTraining(
        head, examples.part(~held_N), examples.part(held_N), s["rate"], s["decay"], int(s["batch"]), chance
    )
    place = work / f"fold-{fold}-{seed}"
    place.mkdir(exist_ok=True)
    identity = hash_json([len(examples), float(examples.targets_N5.sum()), s, mutoscope.__version__])
    fitted = fit(training, place, identity, int(s["epochs"]), int(s["patience"]), tell)
    print(
        f"fold {fold}, seed {seed}: best epoch {fitted.best} of {len(fitted.rows)}, loss {fitted.best_loss:.4f}",
        flush=True,
    )
    return head, fitted.best_loss


def tell_all(logits: torch.Tensor, targets: torch.Tensor, calibration: dict[str, tuple[float, float]]) -> None:
    """Print how good answers are where the truth is clear, each by the head that has not seen the photograph."""
    for i, name in enumerate(OUTPUTS):
        truth = targets[:, i].numpy()
        clear = (truth < 0.1) | (truth > 0.9)
        slope, offset = calibration[name]
        p = torch.sigmoid(logits[:, i].double() * slope + offset).numpy()
        print(
            f"{name:10s} AUC {auc(p[clear], truth[clear] > 0.5):.4f} "
            f"right {((p[clear] > 0.5) == (truth[clear] > 0.5)).mean():.3f} "
            f"calibration error {calibration_error(p[clear], truth[clear] > 0.5):.3f} "
            f"slope {slope:.2f} offset {offset:+.2f}"
        )


def tell(progress: Progress) -> None:
    if progress.done % 10 == 0:
        print(f"epoch {progress.done}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--per-photograph", type=int, default=24)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    examples, is_small_N, num_photographs = gather(asked.photographs, asked.work, asked.per_photograph, asked.processes)
    torch.set_num_threads(1)
    heads, logits, losses = [], torch.zeros_like(examples.targets_N5), []
    folds = torch.randperm(num_photographs, generator=torch.Generator().manual_seed(0)) % NUM_FOLDS
    for fold in range(NUM_FOLDS):
        held_N = folds[examples.groups_N] == fold
        own = [train(examples, held_N, fold, seed, asked.work) for seed in range(NUM_SEEDS)]
        heads += [head for head, _ in own]
        losses += [loss for _, loss in own]
        # Calibrated as several are together: the mean of heads is surer than each of them.
        logits[held_N] = merged([head for head, _ in own])(examples.features_NF[held_N])
    # Calibrated for footage that is larger than what is judged, as most is; the rest is there to learn from.
    calibration = fitted_calibration(logits[~is_small_N], examples.targets_N5[~is_small_N])
    tell_all(logits[~is_small_N], examples.targets_N5[~is_small_N], calibration)
    if asked.write:
        record = {
            "version": mutoscope.__version__,
            "photographs": num_photographs,
            "examples": len(examples),
            "validation_loss": round(sum(losses) / len(losses), 4),
            "licences": "public domain, CC0, CC BY; data/sorters/CREDITS.md",
        }
        save_head(HeadFile(merged(heads), "efficientnet_lite0", DEFAULT_VIEW, calibration, record), OUT)
        print(OUT, OUT.stat().st_size)


if __name__ == "__main__":
    main()
