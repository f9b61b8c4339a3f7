"""Steadiness on a clip whose flow is known exactly: ours beside frame-by-frame stylization from the content."""

import torch
from common import PAINTING, keep, photograph, table

from mutoscope.core.clip import Clip
from mutoscope.effects.protocol import Context
from mutoscope.models.style_layers import LAYERS
from mutoscope.models.style_statistics import style_loss
from mutoscope.stylize.optimise import Optimise
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.params import OptimiseParams
from mutoscope.testing.motion import ExactClip, exact_clip, smooth_noise, warping_error

HEIGHT, WIDTH, FRAMES = 180, 320, 10


def synthetic() -> ExactClip:
    ground = photograph(400, 640)[0]
    return exact_clip(ground, smooth_noise(200, 200), HEIGHT, WIDTH, FRAMES)


def style_distance(painter: Painter, x_1CHW: torch.Tensor) -> float:
    objective = painter.objective(x_1CHW, painter.params)
    with torch.no_grad():
        return style_loss(
            painter.backbone.features(x_1CHW, LAYERS[painter.backbone.name].style), objective.style
        ).item()


def main() -> None:
    torch.set_num_threads(2)
    truth = synthetic()
    from fractions import Fraction

    clip = Clip(truth.frames_TCHW, tuple(range(FRAMES)), Fraction(1, 25))
    params = OptimiseParams(style=str(PAINTING))
    painter = Painter(params)
    ctx = Context()
    alone = torch.cat([painter.paint(f.pixels_TCHW, params, ctx.generator(f.pts_T[0])) for f in clip.frames()])
    ours = Clip.join(list(Optimise(params)(clip.frames(), ctx))).pixels_TCHW
    rows, numbers = [], {}
    base = {}
    for name, frames in (("source", truth.frames_TCHW), ("frame by frame", alone), ("ours", ours)):
        measured = {
            "E_warp": warping_error(frames, truth),
            "contrast": frames.std((1, 2, 3)).mean().item(),
            "style_distance": sum(style_distance(painter, frames[i : i + 1]) for i in range(1, FRAMES)) / (FRAMES - 1),
        }
        base = measured if name == "frame by frame" else base
        shares = [measured[k] / base[k] if base else float("nan") for k in measured]
        rows.append((name, *measured.values(), *shares))
        numbers[name] = measured
    numbers["ours / frame by frame"] = {k: numbers["ours"][k] / numbers["frame by frame"][k] for k in numbers["ours"]}
    table(
        f"Steadiness, {WIDTH}x{HEIGHT}, {FRAMES} frames, exact flow, visible pixels (goals: ≤ 0.5, ≥ 0.95, ≤ 1.15)",
        ("what", "E_warp", "contrast", "style dist.", "E ratio", "contrast ratio", "style ratio"),
        rows,
    )
    keep("steadiness", numbers)


if __name__ == "__main__":
    main()
