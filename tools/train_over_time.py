"""Train the recurrent network that judges footage over time, on films planned and spoiled by ourselves.

It writes over-time.safetensors and over-time.json; what is probable by each method is fitted with the new network.

.venv/bin/python tools/train_over_time.py --photographs DIR --films 60 --work build/over-time
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.models.tensors import save_tensors
from mutoscope.sort.calibration import Calibration, fit_platt
from mutoscope.sort.learned import Learned
from mutoscope.sort.model import FrameTable
from mutoscope.sort.pack import measure_clip
from mutoscope.sort.params import SortParams
from mutoscope.sort.recurrent import HEARD, STEP_S, OverTime, inputs_of
from mutoscope.sort.signs import SIGNS, read_signs
from mutoscope.sort.verdicts import curves_of
from mutoscope.testing.planted_faults import FilmPlan, draw_manner, plan_film
from mutoscope.testing.planted_film import over_photographs, write_planted
from mutoscope.testing.planted_tables import planted_table
from mutoscope.video.info import probe
from mutoscope.video.read import read_picture

Case = tuple[FilmPlan, FrameTable]
SORTERS = Path(__file__).parent.parent / "src/mutoscope/data/sorters"
RATES = (25.0, 25.0, 30.0, 50.0)
LEARNED = [i for i, name in enumerate(SIGNS) if name.startswith("p_")]


def measured(photographs: Path, number: int, work: Path) -> list[Case]:
    """Render planned films over photographs and measure them; what lies in the work folder is taken from there."""
    pictures = sorted(p for p in photographs.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    learned, cases = Learned.load(), []
    for i in range(number):
        plan = plan_film(draw_manner(i), i, round(6 * RATES[i % 4]), RATES[i % 4])
        path, kept = work / f"{i}.mp4", work / f"{i}.pt"
        if not kept.exists():
            views = [read_picture(pictures[(37 * i + k) % len(pictures)]).pixels_TCHW[0] for k in range(3)]
            write_planted(plan, over_photographs(views), path, crf=(18, 23, 28)[i % 3])
            table = measure_clip(path, probe(path), learned=learned.classify)
            path.unlink()
            torch.save(
                {"pts": table.pts_T, "base": table.time_base, "cuts": table.cuts, "columns": dict(table.columns)}, kept
            )
        found = torch.load(kept, weights_only=False)
        cases.append((plan, FrameTable(found["pts"], found["base"], found["columns"], found["cuts"])))
        print(f"film {i + 1} of {number}", flush=True)
    return cases


def drawn(number: int) -> list[Case]:
    """Make tables without pixels; every fourth without the learned part."""
    plans = [plan_film(draw_manner(5000 + i), 5000 + i, round(8 * RATES[i % 4]), RATES[i % 4]) for i in range(number)]
    return [(plan, planted_table(plan, learned=i % 4 > 0)) for i, plan in enumerate(plans)]


def examples(cases: list[Case]) -> list[tuple[Tensor, Tensor]]:
    """Give inputs and truths of each shot at the network's steps; NaN where people would differ."""
    params, made = SortParams(), []
    for plan, table in cases:
        seconds_T = table.seconds() - table.seconds()[0]
        for shot, x_TF, steps in inputs_of(table, read_signs(table, params)):
            frames = np.searchsorted(seconds_T, steps - table.seconds()[0], side="right") - 1
            frames = np.clip(frames, shot.start, shot.stop - 1)
            made.append((x_TF, torch.from_numpy(np.stack([plan.truth[g][frames] for g in HEARD], 1)).float()))
    return made


def train(shots: list[tuple[Tensor, Tensor]], rounds: int, seed: int = 0) -> OverTime:
    """Lower the cross-entropy with Adam; the rate falls to nothing along a cosine."""
    torch.manual_seed(seed)
    chance = torch.Generator().manual_seed(seed)
    network = OverTime()
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.01, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, rounds)
    for number in range(rounds):
        chosen = [shots[i] for i in torch.randint(len(shots), (24,), generator=chance).tolist()]
        x_NTF = nn_pad([_roughened(x_TF, chance) for x_TF, _ in chosen])
        y_NTG = nn_pad([y_TG for _, y_TG in chosen], float("nan"))
        known = torch.isfinite(y_NTG)
        loss = nnf.binary_cross_entropy_with_logits(network(x_NTF)[known], y_NTG[known])
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if number % 100 == 0:
            print(f"round {number}: loss {loss.item():.4f}", flush=True)
    return network.eval()


def _roughened(x_TF: Tensor, chance: torch.Generator) -> Tensor:
    """Move each sign a little for the whole shot, as other cameras do; sometimes leave the learned part out."""
    half = x_TF.shape[1] // 2
    values, known = x_TF[:, :half], x_TF[:, half:].clone()
    values = values + 0.2 * torch.randn(1, half, generator=chance)
    if torch.rand((), generator=chance) < 0.15:
        known[:, LEARNED] = 0
    return torch.cat([values * known, known], 1)


def nn_pad(rows: list[Tensor], value: float = 0.0) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=value)


def calibrated(cases: list[Case], method: str) -> dict[str, Any]:
    """Fit probabilities of each fault's curve by a method on all frames of which the truth is known."""
    rows: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for plan, table in cases:
        for group, curve in curves_of(table, SortParams(method=method), Calibration()).items():
            if group in plan.truth:
                known = np.isfinite(plan.truth[group])
                rows.setdefault(group, []).append((curve.excess_T[known], plan.truth[group][known]))
    fits = {g: fit_platt(*(np.concatenate(part) for part in zip(*found, strict=True))) for g, found in rows.items()}
    return {
        "slopes": {g: round(slope, 3) for g, (slope, _) in fits.items()},
        "offsets": {g: round(offset, 3) for g, (_, offset) in fits.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--films", type=int, default=60)
    parser.add_argument("--tables", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=1500)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=SORTERS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    args.work.mkdir(parents=True, exist_ok=True)
    films = measured(args.photographs, args.films, args.work)
    # Measured films count three times: the tables without pixels only show what else may happen.
    network = train(3 * examples(films) + examples(drawn(args.tables)), args.rounds)
    record = {"licence": "CC0-1.0", "trained_on": f"{len(films)} films of our own", "step_s": str(STEP_S)}
    save_tensors(network.state_dict(), args.out / "over-time.safetensors", record)
    fits = {method: calibrated(films, method) for method in ("both", "meters", "recurrent")}
    (args.out / "over-time.json").write_text(json.dumps(fits, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
