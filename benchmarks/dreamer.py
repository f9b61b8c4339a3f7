"""How well a dream foretells latents that it has not learned from, and whether dreams drift off or freeze.

mutoscope latents film.mp4 film.npz --model film.safetensors
.venv/bin/python benchmarks/dreamer.py film.npz --steps 1000
"""

import argparse
import time
from pathlib import Path

import torch
from common import keep, table
from torch import Tensor

from mutoscope.autoencode.dreamer import Dreamer, train_dreamer
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.latents_file import read_latents
from mutoscope.core.random import generator

WARM = 24
AHEAD = (1, 3, 10)
DREAMS = 8
TEMPERATURES = (0.0, 0.5, 0.8, 1.0)


def shots_of(latents: Latents) -> list[list[int]]:
    """Give the frames of each shot, by their numbers."""
    shots: dict[tuple[int, int], list[int]] = {}
    for number, key in enumerate(zip(latents.film_T, latents.shot_T, strict=True)):
        shots.setdefault(key, []).append(number)
    return list(shots.values())


def split(latents: Latents, how: str) -> tuple[Latents, list[list[int]], list[list[int]]]:
    """Hold out every fifth shot, or the last three tenths of each; give what is learned, and both kinds of frames."""
    shots = shots_of(latents)
    if how == "shots":
        held = shots[2::5]
        seen = [shot for number, shot in enumerate(shots) if number % 5 != 2]
    else:
        known = [int(0.7 * len(shot)) if len(shot) >= 30 else len(shot) for shot in shots]
        seen = [shot[:num] for shot, num in zip(shots, known, strict=True)]
        held = [shot[num:] for shot, num in zip(shots, known, strict=True) if num < len(shot)]
    return latents.take(sorted(number for shot in seen for number in shot)), seen, held


def errors(dreamer: Dreamer, latents: Latents, shots: list[list[int]], ahead: int, most: int = 400) -> list[float]:
    """Root mean square error of repeating the last latent, of going on straight, and of what the dreamer expects."""
    places = [(shot, at) for shot in shots for at in range(4, len(shot) - ahead)]
    places = [places[i] for i in torch.linspace(0, len(places) - 1, min(most, len(places))).long().tolist()]
    sums = torch.zeros(3)
    for shot, at in places:
        before = latents.z_TL[shot[max(0, at - WARM) : at + 1]]
        coming = latents.z_TL[shot[at + ahead]]
        last = before[-1]
        told = (last, last + ahead * (last - before[-2]), dreamer.expected(before, ahead)[-1])
        sums += torch.stack([(one - coming).square().sum() for one in told])
    return (sums / max(1, len(places))).sqrt().tolist()


def liveliness(dreamer: Dreamer, latents: Latents, temperature: float, num: int = 250) -> list[float]:
    """Spread of dreams, their speed over that of the shots they are in, and how far they are from what was seen."""
    shots = shots_of(latents)
    speed = torch.zeros(len(latents))
    for shot in shots:
        z = latents.z_TL[shot]
        speed[shot] = float((z[1:] - z[:-1]).norm(dim=1).mean()) if len(shot) > 1 else 0.0
    dreams, own, film, late = [], 0.0, 0.0, 0.0
    distance, cuts = 0.0, 0
    for dream in range(DREAMS):
        start = latents.z_TL[shots[dream * len(shots) // DREAMS]][:16]
        steps = list(dreamer.steps(start, num, temperature, generator(dream, 0, "benchmark")))
        z, is_cut = torch.stack([one for one, _ in steps]), torch.tensor([cut for _, cut in steps])
        away, near = torch.cdist(z, latents.z_TL).min(1)
        moved = (z[1:] - z[:-1]).norm(dim=1) * ~is_cut[1:]
        own, film = own + float(moved.sum()), film + float((speed[near[1:]] * ~is_cut[1:]).sum())
        late += float(moved[-num // 4 :].sum()) * 4
        distance, cuts = distance + float(away.mean()) / DREAMS, cuts + int(is_cut.sum())
        dreams.append(z)
    return [spread(torch.cat(dreams)) / spread(latents.z_TL), own / film, late / own, distance, cuts]


def spread(z_TL: Tensor) -> float:
    return float(z_TL.std(0).norm())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("latents", type=Path)
    parser.add_argument("--steps", type=int, default=1000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    latents = read_latents(options.latents).latents
    found: dict[str, float] = {}
    rows: list[tuple[object, ...]] = []
    for how in ("shots", "parts"):
        known, seen, held = split(latents, how)
        began = time.process_time()
        dreamer = Dreamer(train_dreamer(known, 0, steps=options.steps))
        found[f"{how} training, CPU s"] = time.process_time() - began
        for name, shots in ((f"held out: {how}", held), ("seen", seen)):
            for ahead in AHEAD:
                told = errors(dreamer, latents, shots, ahead)
                rows.append((name, ahead, *told))
                found |= {
                    f"{how}, {name}, {ahead}, {who}": value
                    for who, value in zip(("last", "straight", "dreamer"), told, strict=True)
                }
    table("Foretelling latents, RMSE", ("frames", "ahead", "repeat last", "go straight", "dreamer"), rows)
    dreamer = Dreamer(train_dreamer(latents, 0, steps=options.steps))
    lively = [(temperature, *liveliness(dreamer, latents, temperature)) for temperature in TEMPERATURES]
    table(
        f"{DREAMS} dreams of 250 frames beside the film",
        ("temperature", "spread / film's", "speed / its shots'", "last quarter / all", "distance from seen", "cuts"),
        lively,
    )
    found |= {f"temperature {row[0]}: speed": row[2] for row in lively}
    keep("dreamer", found)


if __name__ == "__main__":
    main()
