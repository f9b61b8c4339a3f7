"""Steadiness on a clip whose flow is known exactly: ours, the seed's method, and no temporal terms at all."""

from fractions import Fraction

import torch
from common import PAINTING, cpu_seconds, keep, photograph, table
from seed_method import ITERATIONS, by_the_seed, frame_by_frame

from mutoscope.core.clip import Clip
from mutoscope.effects.protocol import Context
from mutoscope.stylize.optimise import Optimise
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.params import OptimiseParams
from mutoscope.testing.motion import ExactClip, exact_clip, smooth_noise, warping_error

HEIGHT, WIDTH, FRAMES = 180, 320, 10


def synthetic() -> ExactClip:
    ground = photograph(400, 640)[0]
    return exact_clip(ground, smooth_noise(200, 200), HEIGHT, WIDTH, FRAMES)


def style_distance(painter: Painter, x_1CHW: torch.Tensor) -> float:
    with torch.no_grad():
        return painter.objective(x_1CHW, painter.params).terms(x_1CHW, (8, 8))["style"].item()


def ours(params: OptimiseParams, frames_TCHW: torch.Tensor) -> torch.Tensor:
    clip = Clip(frames_TCHW, tuple(range(len(frames_TCHW))), Fraction(1, 25))
    return Clip.join(list(Optimise(params)(clip.frames(), Context()))).pixels_TCHW


def main() -> None:
    torch.set_num_threads(2)
    truth = synthetic()
    params = OptimiseParams(style=str(PAINTING))
    painter = Painter(params)
    made: dict[str, torch.Tensor] = {"source": truth.frames_TCHW}
    cpu = {"source": 0.0}
    for name, work in {
        "no temporal terms": lambda: frame_by_frame(painter, truth.frames_TCHW),
        "the seed's method": lambda: by_the_seed(painter, truth.frames_TCHW),
        "ours": lambda: ours(params, truth.frames_TCHW),
    }.items():
        cpu[name] = cpu_seconds(lambda name=name, work=work: made.__setitem__(name, work()))
    rows, numbers = [], {}
    for name, frames in made.items():
        measured = {
            "E_warp": warping_error(frames, truth),
            "contrast": frames.std((1, 2, 3)).mean().item(),
            "style_distance": sum(style_distance(painter, frames[i : i + 1]) for i in range(1, FRAMES)) / (FRAMES - 1),
            "cpu_s": cpu[name],
        }
        rows.append((name, *measured.values()))
        numbers[name] = measured
    alone, seed, own = numbers["no temporal terms"], numbers["the seed's method"], numbers["ours"]
    numbers["goals"] = {
        "E_warp / seed's (<= 0.5)": own["E_warp"] / seed["E_warp"],
        "CPU / seed's (<= 0.33)": own["cpu_s"] / seed["cpu_s"],
        "contrast / no temporal (>= 0.95)": own["contrast"] / alone["contrast"],
        "style distance / no temporal (<= 1.15)": own["style_distance"] / alone["style_distance"],
        "iterations of a later frame (<= 40)": params.iterations_next,
    }
    title = (
        f"Steadiness, {WIDTH}x{HEIGHT}, {FRAMES} frames, exact flow, visible pixels; seed's: {ITERATIONS} iterations"
    )
    table(title, ("what", "E_warp", "contrast", "style dist.", "CPU-s"), rows)
    table("Goals", ("what", "reached"), list(numbers["goals"].items()))
    keep("steadiness", numbers)


if __name__ == "__main__":
    main()
