"""Frames after the first: how near do 30 full-size steps come to the first frame's style distance?"""

import torch
from common import CLIP, PAINTING, keep, table
from steadiness import style_distance

from mutoscope.effects.protocol import Context
from mutoscope.stylize.optimise import Optimise
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.params import OptimiseParams
from mutoscope.video.read import open_video


def main() -> None:
    torch.set_num_threads(2)
    params = OptimiseParams(style=str(PAINTING))
    painter = Painter(params)
    with open_video(CLIP) as film:
        painted = [c.pixels_TCHW for c in Optimise(params)((f for c in film for f in c.frames()), Context())]
    distances = [style_distance(painter, x) for x in painted]
    contrast = [x.std().item() for x in painted]
    first, later = distances[0], distances[1:]
    mean, worst = sum(later) / len(later), max(later)
    rows = [
        ("first", len(painter.scales(216, 384)) * params.iterations, first, 1.0, contrast[0]),
        ("later, mean", params.iterations_next, mean, mean / first, sum(contrast[1:]) / len(later)),
        ("later, worst", params.iterations_next, worst, worst / first, min(contrast[1:])),
        ("last", params.iterations_next, distances[-1], distances[-1] / first, contrast[-1]),
    ]
    table(
        "Bundled clip, 48 frames (goal: ≤ 35 steps, ≤ 1.15)",
        ("frame", "steps", "style dist.", "of the first", "contrast"),
        rows,
    )
    keep("next_frames", {"steps": params.iterations_next, "first": first, "mean": mean, "worst": worst})


if __name__ == "__main__":
    main()
