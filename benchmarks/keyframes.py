"""Keyframe mode: seconds of training, frames a second from file to file, steadiness, and how true the keyframe stays.

The keyframe is a frame of a moving picture, painted by `mutoscope.stylize` with the bundled painting. Goals: training
in two minutes on two cores, then ten frames a second at 640x360. CPU seconds are told beside wall time, which other
programs change more.
"""

import argparse
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from common import PAINTING, keep, photograph, table

from mutoscope.core.clip import Clip
from mutoscope.core.progress import Progress
from mutoscope.effects.protocol import Context
from mutoscope.engine.device import torch_threads
from mutoscope.engine.keyframes import stylize_by_keyframes
from mutoscope.engine.stylize import stylize
from mutoscope.keyframes.params import KeyframeParams, LearnParams
from mutoscope.keyframes.play import KeyframePlay
from mutoscope.ops.warp import warp
from mutoscope.testing.media import make_clip
from mutoscope.testing.motion import ExactClip, exact_clip, smooth_noise, warping_error
from mutoscope.video.picture import save_picture
from mutoscope.video.read import open_video, read_picture

HEIGHT, WIDTH, FRAMES, KEY = 360, 640, 48, 20
RATE = 25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=LearnParams().steps, help="of training")
    steps = parser.parse_args().steps
    with tempfile.TemporaryDirectory() as name, torch_threads(2):
        folder = Path(name)
        truth = exact_clip(photograph(HEIGHT + 200, WIDTH + 300)[0], smooth_noise(300, 300), HEIGHT, WIDTH, FRAMES)
        source, painted = folder / "source.mp4", folder / "painted.png"
        _write(truth, source)
        _paint(truth, folder / "frame.png", painted)
        timed = _Timed()
        stylize_by_keyframes(
            source,
            folder / "out.mp4",
            keyframes=[(painted, KEY / RATE)],
            work=folder / "work",
            report=timed,
            steps=steps,
        )
        numbers = {"steps": steps, "speed": _speed(timed), "steadiness": _steadiness(truth, folder, painted)}
    keep("keyframes", numbers)


class _Timed:
    """Takes wall and CPU time between the first and the last report of each stage."""

    def __init__(self) -> None:
        self.marks: dict[str, list[tuple[float, float, int]]] = {}

    def __call__(self, progress: Progress) -> None:
        mark = (time.perf_counter(), time.process_time(), progress.done)
        first_last = self.marks.setdefault(progress.stage, [mark, mark])
        first_last[1] = mark

    def per_unit(self, stage: str) -> tuple[float, float]:
        """Wall and CPU seconds of one step or frame."""
        first, last = self.marks[stage]
        done = max(1, last[2] - first[2])
        return (last[0] - first[0]) / done, (last[1] - first[1]) / done


def _speed(timed: _Timed) -> dict[str, float]:
    steps = timed.marks["learn the keyframes"][1][2]
    train_s, train_cpu_s = (value * steps for value in timed.per_unit("learn the keyframes"))
    guide_s, guide_cpu_s = timed.per_unit("carry the keyframes")
    frame_s, frame_cpu_s = timed.per_unit("frames")
    numbers = {
        "training_s": train_s,
        "training_cpu_s": train_cpu_s,
        "guides_ms": 1000 * guide_s,
        "guides_cpu_ms": 1000 * guide_cpu_s,
        "painting_ms": 1000 * frame_s,
        "painting_cpu_ms": 1000 * frame_cpu_s,
        "frames_per_s": 1 / (guide_s + frame_s),
        "frames_per_s_by_cpu": 2 / (guide_cpu_s + frame_cpu_s),
    }
    table(
        f"Speed at {WIDTH}x{HEIGHT} (goals: training_s <= 120, frames_per_s >= 10)",
        ("what", "value"),
        [*numbers.items()],
    )
    return numbers


def _steadiness(truth: ExactClip, folder: Path, painted: Path) -> dict[str, dict[str, float]]:
    key = read_picture(painted).pixels_TCHW
    # The effect itself, without a codec: 4:2:0 blurs colours more than anything else does.
    (network,), (guides,) = (
        list((folder / "work" / "results").glob(f"*/*.{kind}")) for kind in ("safetensors", "guides")
    )
    frames_TCHW = torch.cat([clip.pixels_TCHW for clip in open_video(folder / "source.mp4")])
    shown = {
        "source": truth.frames_TCHW,
        "keyframe mode": _play(frames_TCHW, KeyframeParams(network=str(network), guides=str(guides))),
        "without the keyframe's own strokes": _play(
            frames_TCHW, KeyframeParams(network=str(network), guides=str(guides), faithful=0, hold=0)
        ),
        "network alone, frame by frame": _play(frames_TCHW, KeyframeParams(network=str(network), hold=0)),
    }
    numbers = {}
    for name, x_TCHW in shown.items():
        numbers[name] = {
            "E_warp": warping_error(x_TCHW, truth),
            "contrast": x_TCHW.std((1, 2, 3)).mean().item(),
            "sharpness": (x_TCHW[..., 1:] - x_TCHW[..., :-1]).abs().mean().item(),
            "from_painted_key": (x_TCHW[KEY : KEY + 1] - key).abs().mean().item(),
            "moved_key": _distance_ahead(x_TCHW, truth),
        }
    head = ("what", *next(iter(numbers.values())))
    table(
        "Steadiness, exact flow; distance to the painted key at the key",
        head,
        [(n, *v.values()) for n, v in numbers.items()],
    )
    return numbers


def _distance_ahead(x_TCHW: torch.Tensor, truth: ExactClip, ahead: int = 12) -> float:
    """Mean difference of a frame and the key's picture carried there along the true flow: do strokes stay attached?"""
    carried, seen = x_TCHW[KEY : KEY + 1], torch.ones(1, 1, HEIGHT, WIDTH)
    for number in range(KEY + 1, KEY + 1 + ahead):
        flow = truth.backward_T2HW[number : number + 1]
        carried = warp(carried, flow)
        seen = warp(seen, flow, "nearest") * truth.visible_T1HW[number : number + 1]
    off = (carried - x_TCHW[KEY + ahead : KEY + ahead + 1]).abs().mean(1, keepdim=True)
    return float((seen * off).sum() / seen.sum())


def _play(frames_TCHW: torch.Tensor, params: KeyframeParams) -> torch.Tensor:
    clip = Clip(frames_TCHW, tuple(range(FRAMES)), Fraction(1, RATE))
    return torch.cat([done.pixels_TCHW for done in KeyframePlay(params)(clip.frames(), Context())])


def _write(truth: ExactClip, path: Path) -> None:
    bytes_THWC = (truth.frames_TCHW * 255).round().byte().permute(0, 2, 3, 1).numpy()

    def shown(number: int, height: int, width: int) -> Any:
        return bytes_THWC[number, :height, :width]

    make_clip(path, width=WIDTH, height=HEIGHT, num_frames=FRAMES, rate=RATE, pixels=shown, options={"crf": "10"})


def _paint(truth: ExactClip, frame: Path, painted: Path) -> None:
    save_picture(Clip(truth.frames_TCHW[KEY : KEY + 1].contiguous(), (0,), Fraction(1)), frame)
    stylize(frame, painted, style=PAINTING)


if __name__ == "__main__":
    main()
