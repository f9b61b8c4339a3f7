"""Seeing a film through a model: speed, and what batches and arithmetic change.

.venv/bin/python benchmarks/autoencode_play.py [--model film.safetensors]

Without a model, one of seeded noise is made: it is as fast, and its pictures are none. A figure about arithmetic wants
a trained one. Processor time of one thread; the least of several rounds, all in turns.
"""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from common import CLIP, cpu_seconds, keep, table

from mutoscope.autoencode.card import Card
from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.files import FilmModel, load_model, save_model
from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.profiles import PROFILES
from mutoscope.core.random import generator
from mutoscope.engine.autoencode import autoencode
from mutoscope.testing.media import make_clip
from mutoscope.video.read import open_video

ROUNDS = 7
BATCHES = (1, 64)
NUM_FRAMES = 240


def frames_of(codec: Codec, num: int) -> torch.Tensor:
    """Frames of the bundled clip, in the model's size, over and over."""
    with open_video(CLIP) as film:
        x = torch.cat([codec.fitting(*clip.size).into(clip.pixels_TCHW) for clip in film])
    return x.repeat(-(-num // len(x)), 1, 1, 1)[:num].contiguous()


def seen(codec: Codec, x_N3HW: torch.Tensor) -> torch.Tensor:
    """Encode and decode."""
    return codec.decode(codec.encode(x_N3HW))


def repeat(run: Callable[[], object], times: int) -> None:
    for _ in range(times):
        run()


def speed(codecs: dict[str, Codec]) -> dict[str, float]:
    """Frames a second of encoding and decoding, as the codec is asked for 1 or 64 at once, and of the parts."""
    work: dict[str, tuple[int, Callable[[], object]]] = {}
    for name, codec in codecs.items():
        x = frames_of(codec, max(BATCHES))
        for batch in BATCHES:
            work[f"{name}, both, {batch} at once"] = batch, partial(seen, codec, x[:batch])
        work[f"{name}, encode"] = 16, partial(codec.encode, x[:16])
        work[f"{name}, decode"] = 16, partial(codec.decode, codec.encode(x[:16]))
    least = dict.fromkeys(work, float("inf"))
    for _ in range(ROUNDS):
        for name, (num, run) in work.items():
            times = max(1, 16 // num)  # one frame is too short for the clock
            least[name] = min(least[name], cpu_seconds(partial(repeat, run, times)) / (num * times))
    rates = {name: 1 / seconds for name, seconds in least.items()}
    table("Frames a second of one core (goal: both, 200 at 256x144)", ("what", "frames/s"), list(rates.items()))
    return rates


def differences(codecs: dict[str, Codec]) -> dict[str, float]:
    """Largest difference of decoded frames, in steps of 255."""
    exact, found = codecs["float32"], {}
    x = frames_of(exact, 64)
    whole = seen(exact, x)
    for name, codec in codecs.items():
        together = seen(codec, x)
        alone = torch.cat([seen(codec, frame) for frame in torch.split(x, 1)])
        found[f"{name}, one at once beside 64"] = 255 * (together - alone).abs().max().item()
        if codec is not exact:
            gap = 255 * (together - whole).abs()
            found[f"{name} beside float32, largest"] = gap.max().item()
            found[f"{name} beside float32, mean"] = gap.mean().item()
    table("Differences, steps of 255 (goal: batches within 1)", ("what", "steps"), list(found.items()))
    return found


def whole_way(path: Path, width: int, height: int) -> dict[str, float]:
    """Frames a second of processor time from file to file, all threads together."""
    rates = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        x = (frames_of(Codec(load_model(path)), 32) * 255).round().byte().permute(0, 2, 3, 1).numpy()
        source = make_clip(
            folder / "source.mp4",
            width=width,
            height=height,
            num_frames=NUM_FRAMES,
            pixels=lambda number, _h, _w: x[number % len(x)],
        )
        ways: dict[str, dict[str, Any]] = {"plain": {}, "noise, smooth": {"noise": 0.3, "smooth": 0.5}}
        for said, options in ways.items():
            work, size = folder / f"work {said}", max(width, height)
            run = partial(autoencode, source, folder / f"{said}.mp4", model=path, size=size, work=work, **options)
            spent = cpu_seconds(run)
            rates[said] = NUM_FRAMES / spent
    table(
        f"File to file, {width}x{height}, {NUM_FRAMES} frames, all of it", ("what", "frames/s/core"), [*rates.items()]
    )
    return rates


def main() -> None:
    torch.set_num_threads(1)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="file of a trained model")
    parser.add_argument("--profile", default="small", choices=PROFILES)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = args.model
        if path is None:
            path = Path(name) / "noise.safetensors"
            profile = PROFILES[args.profile]
            save_model(FilmModel(Card(profile=profile), *new_networks(profile, generator(0, 0))), path)
        model = load_model(path)
        codecs = {said: Codec(model, precision=said) for said in ("float32", "bfloat16")}
        profile = model.card.profile
        keep(
            f"autoencode_play_{profile.name}",
            {
                "trained": args.model is not None,
                "frames_per_second": speed(codecs),
                "steps_of_255": differences(codecs),
                "file_to_file": whole_way(path, profile.width, profile.height),
            },
        )


if __name__ == "__main__":
    main()
