"""Segments against faults planted in films: hysteresis, the recurrent network, both, and the seed's mean of arg-maxes.

.venv/bin/python benchmarks/sort_over_time.py --films 24
.venv/bin/python benchmarks/sort_over_time.py --films 60 --photographs DIR --real bikes.mp4 bigbuckbunny.mp4

Photographs should be 650 x 370 px and more, sharp throughout, and new to the learned part. Without --photographs the
camera looks at those of the package, some of which the learned part was trained with: then the figures flatter it.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from common import DATA, keep, table

from mutoscope.sort.calibration import calibration_error, load_calibration
from mutoscope.sort.hysteresis import frame_edges, runs
from mutoscope.sort.learned import Learned
from mutoscope.sort.model import FrameTable, Segment
from mutoscope.sort.pack import measure_clip
from mutoscope.sort.params import SortParams
from mutoscope.sort.shares import shares
from mutoscope.sort.verdicts import curves_of, judge
from mutoscope.testing.planted_faults import FilmPlan, Manner, draw_manner, plan_film
from mutoscope.testing.planted_film import Scenery, over_film, over_photographs, write_planted
from mutoscope.video.info import probe
from mutoscope.video.read import open_video, read_picture

Case = tuple[FilmPlan, FrameTable]
Judge = Callable[[FrameTable], Sequence[Segment]]

FIRST_SEED = 700_000
"""Far from those that tools/train_over_time.py trains with."""
SMALL, LARGE = (160, 288), (272, 480)
PAN_SPEEDS = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0)


def hysteresis(film: FrameTable) -> Sequence[Segment]:
    return judge(film, SortParams(method="meters"))


def recurrent(film: FrameTable) -> Sequence[Segment]:
    return judge(film, SortParams(method="recurrent"))


def both(film: FrameTable) -> Sequence[Segment]:
    return judge(film, SortParams(method="both"))


def by_the_seed(film: FrameTable) -> Sequence[Segment]:
    """The whole clip by its most frequent class, first of blur, then of exposure."""
    share = shares(film)
    bad = share.get("blurred", 0) > 50 or share.get("well exposed", 100) < 50
    return [Segment(0, len(film), "reject" if bad else "keep")]


WAYS: dict[str, Judge] = {"hysteresis": hysteresis, "recurrent": recurrent, "both": both, "seed": by_the_seed}


def measured(plans: Sequence[FilmPlan], scenery: Callable[[int], Scenery], folder: Path) -> Iterator[Case]:
    learned = Learned.load()
    for number, plan in enumerate(plans):
        path = write_planted(plan, scenery(number), folder / "film.mp4", crf=(18, 23, 28)[number % 3])
        yield plan, measure_clip(path, probe(path), learned=learned.classify)
        print(f"  film {number + 1} of {len(plans)}", end="\r", flush=True)


def rejected(segments: Sequence[Segment], num_frames: int, verdict: str = "reject") -> np.ndarray:
    marked_T = np.zeros(num_frames, bool)
    for segment in segments:
        marked_T[segment.first : segment.end] = segment.verdict == verdict
    return marked_T


def scores(cases: Sequence[Case], way: Judge) -> dict[str, float]:
    """Frame F1, boundary errors, unsure share, errors outside it, and the shortest segment in seconds."""
    true = false = missed = good = unsure = wrong = sure = 0
    apart: list[int] = []
    shortest = np.inf
    for plan, film in cases:
        segments = way(film)
        found_T, asked_T = rejected(segments, len(film)), rejected(segments, len(film), "unsure")
        bad_T, known_T = plan.bad_T() == 1, np.isfinite(plan.bad_T())
        true += int((found_T & bad_T).sum())
        false += int((found_T & ~bad_T & known_T).sum())
        missed += int((~found_T & bad_T).sum())
        good += int((~bad_T & known_T).sum())
        unsure += int((asked_T & known_T).sum())
        wrong += int(((found_T != bad_T) & ~asked_T & known_T).sum())
        sure += int((~asked_T & known_T).sum())
        apart += boundary_errors(found_T, plan)
        edges_T, shots = frame_edges(film.seconds()), film.shots()
        lengths = [edges_T[s.end] - edges_T[s.first] for s in segments if (s.first, s.end) not in shots]
        shortest = min([shortest, *lengths])
    return {
        "F1": 2 * true / max(1, 2 * true + false + missed),
        "good flagged": false / max(1, good),
        "boundary, frames": float(np.median(apart)) if apart else float("nan"),
        "unsure": unsure / max(1, unsure + sure),
        "wrong outside unsure": wrong / max(1, sure),
        "shortest, s": float(shortest),
    }


def boundary_errors(found_T: np.ndarray, plan: FilmPlan) -> list[int]:
    """Frames between each end of a planted fault and that of the reject which lies over it; none where it was missed.

    Where people would differ about the frames in between, nothing is counted.
    """
    apart = []
    bad_T = plan.bad_T()
    spans = list(runs(found_T))
    for first, end in runs(bad_T == 1):
        over = [(a, b) for a, b in spans if a < end and b > first]
        if over:
            for truth, told in ((first, over[0][0]), (end, over[-1][1])):
                low, high = sorted((truth, told))
                apart.append(int(np.isfinite(bad_T[low:high]).sum()))
    return apart


def calibration(cases: Sequence[Case], method: str) -> dict[str, float]:
    """Expected calibration error of each fault's probability, frame by frame."""
    params, found = SortParams(method=method), load_calibration(None, method)
    rows: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    for plan, film in cases:
        for group, curve in curves_of(film, params).items():
            if group in plan.truth:
                known_T = np.isfinite(plan.truth[group])
                pair = (found.probability(group, curve.excess_T)[known_T], plan.truth[group][known_T])
                rows.setdefault(group, []).append(pair)
    return {g: calibration_error(*(np.concatenate(part) for part in zip(*r, strict=True))) for g, r in rows.items()}


def real_cases(films: Sequence[Path], folder: Path) -> list[Case]:
    """Plant one fault of each kind into the longest shot of a real film, and leave it once as it is.

    At most 150 of its frames are taken.
    """
    cases: list[Case] = []
    for path in films:
        with open_video(path, size=480) as film:
            whole = torch.cat([clip.pixels_TCHW for clip in film])
        shots = measure_clip(path, probe(path)).shots()
        first, end = max(shots, key=lambda shot: shot[1] - shot[0])
        scenery = over_film(whole[first : min(end, first + 150)])
        manners = [
            Manner(),
            *(Manner(plants=(plant,)) for plant in ("defocus", "under", "over", "shake", "black", "frozen")),
        ]
        plans = [plan_film(replace(m, calm=0.0), FIRST_SEED + i, 150) for i, m in enumerate(manners)]
        cases += list(measured(plans, lambda _, s=scenery: s, folder))
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=24)
    parser.add_argument("--photographs", type=Path)
    parser.add_argument("--real", type=Path, nargs="*", default=[])
    args = parser.parse_args()
    torch.set_num_threads(1)
    folder = args.photographs or DATA / "photographs"
    size = LARGE if args.photographs else SMALL
    pictures = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))

    def scenery(number: int) -> Scenery:
        views = [read_picture(pictures[(7 * number + k) % len(pictures)]).pixels_TCHW[0] for k in range(3)]
        return over_photographs(views, size)

    seeds = range(FIRST_SEED, FIRST_SEED + args.films)
    few = max(6, args.films // 2)
    wheels = [Manner(subject=True, pan_percent=8.0 if i % 2 else None) for i in range(few)]
    pans = [Manner(pan_percent=PAN_SPEEDS[i % 6]) for i in range(few)]
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        sets = {"planted": list(measured([plan_film(draw_manner(s), s) for s in seeds], scenery, work))}
        for said, manners in (("moving subject", wheels), ("steady pans", pans)):
            plans = [plan_film(m, FIRST_SEED + i, 125) for i, m in enumerate(manners)]
            sets[said] = list(measured(plans, scenery, work))
        if args.real:
            sets["real films"] = real_cases(args.real, work)
    numbers: dict[str, object] = {"films": args.films, "photographs": len(pictures)}
    for said, cases in sets.items():
        found = {way: scores(cases, how) for way, how in WAYS.items()}
        numbers[said] = found
        head = ("way", *next(iter(found.values())))
        table(f"{said}, {len(cases)} films", head, [(way, *row.values()) for way, row in found.items()])
    errors = {method: calibration(sets["planted"], method) for method in ("meters", "recurrent", "both")}
    numbers["calibration error"] = errors
    table(
        "Calibration error (goal 0.05)",
        ("fault", *errors),
        [(g, *(e[g] for e in errors.values())) for g in errors["meters"]],
    )
    keep("sort_over_time", numbers)


if __name__ == "__main__":
    main()
