"""Datamosh at 720p: the mosh stage for each mode and codec, the whole command, and what was written."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")

import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import torch
from common import CLIP, keep, table

from mutoscope.core.clip import Clip
from mutoscope.corrupt.datamosh import Datamosh
from mutoscope.corrupt.datamosh_params import DatamoshParams
from mutoscope.corrupt.vectors import Vectors
from mutoscope.corrupt.vectors_params import VectorsParams
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.engine.datamosh import datamosh
from mutoscope.ops.resize import resize
from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.info import probe
from mutoscope.video.read import open_video

HEIGHT, WIDTH, RATE = 720, 1280, 25
FRAMES = 150
MODES = ("melt", "bloom", "transplant", "noise")


def footage(path: Path) -> Clip:
    """Frames of a film at 720p, again and again, as one film whose second half is a shot of its own."""
    frames: list[torch.Tensor] = []
    while len(frames) < FRAMES:
        with open_video(path, size=WIDTH, enlarge=True) as film:
            for clip in film:
                frames += [resize(one.pixels_TCHW, HEIGHT, WIDTH)[0] for one in clip.frames()]
                if len(frames) >= FRAMES // 2:
                    break
    return Clip(torch.stack(frames[:FRAMES]), tuple(range(FRAMES)), Fraction(1, RATE))


def seconds(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def stage(clip: Clip, effect, motion: bool) -> float:
    """Frames a second from decoded frames to broken frames."""
    shots = Shots((FRAMES // 2,), clip.time_base)

    def backwards():
        for i in range(FRAMES):
            yield Clip(clip.pixels_TCHW[FRAMES - 1 - i : FRAMES - i], (i,), clip.time_base)

    inputs = {"motion": backwards}
    ctx = Context(side={"shots": shots}, inputs=inputs if motion else {})

    def run() -> None:
        for _ in effect(clip.frames(), ctx):
            pass

    return FRAMES / seconds(run)


def errors_of(path: Path) -> tuple[int, int]:
    """Decode strictly; give how many errors there were and how many frames."""
    errors = frames = 0
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode+crccheck+bitstream+buffer"}
        for packet in film.demux(stream):
            try:
                frames += len(packet.decode())
            except av.error.FFmpegError:
                errors += 1
    return errors, frames


def film_of(folder: Path, clip: Clip, name: str, *, flip: bool = False) -> Path:
    x_THWC = (clip.pixels_TCHW.flip(3) if flip else clip.pixels_TCHW).permute(0, 2, 3, 1)
    sounds = [Sound(seconds=Fraction(FRAMES, RATE))]
    return make_clip(
        folder / name,
        width=WIDTH,
        height=HEIGHT,
        num_frames=FRAMES,
        rate=RATE,
        pixels=lambda i, _height, _width: (x_THWC[i] * 255).byte().numpy(),
        options={"preset": "ultrafast", "crf": "18"},
        sounds=sounds,
    )


def baked(folder: Path, a: Path, b: Path, mode: str, codec: str) -> dict[str, float]:
    """The whole command, and whether what was written is whole and in sync."""
    out = folder / f"{mode}-{codec}.mp4"
    second = b if mode == "transplant" else None
    at = "3s" if mode == "melt" else None
    took = seconds(
        lambda: datamosh(
            a, out, motion=second, mode=mode, times=at, mosh_codec=codec, effort="draft", work=folder / f"{mode}{codec}"
        )
    )
    errors, frames = errors_of(out)
    before, after = probe(a), probe(out)
    sound = abs(float(after.audio[0].duration or 0) - float(before.audio[0].duration or 0)) * RATE
    return {"fps": FRAMES / took, "errors": errors, "frames": frames, "sound off by frames": sound}


def main() -> None:
    torch.set_num_threads(2)
    clip = footage(Path(sys.argv[1]) if len(sys.argv) > 1 else CLIP)
    rows, numbers = [], {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        a, b = film_of(folder, clip, "a.mp4"), film_of(folder, clip, "b.mp4", flip=True)
        for codec in ("mpeg4", "h264"):
            for mode in MODES:
                params = make_params(DatamoshParams, {"mode": mode, "mosh_codec": codec, "amount": 5})
                fps = stage(clip, Datamosh(params), mode == "transplant")
                done = baked(folder, a, b, mode, codec)
                rows.append((mode, codec, fps, *done.values()))
                numbers[f"{mode} {codec}"] = {"stage fps": fps, **done}
    for codec in ("mpeg4", "h264"):
        fps = stage(clip, Vectors(VectorsParams(mosh_codec=codec)), False)
        rows.append(("vectors", codec, fps, "", "", "", ""))
        numbers[f"vectors {codec}"] = {"stage fps": fps}
    table(
        f"Datamosh, {WIDTH}x{HEIGHT}, {FRAMES} frames, 2 threads",
        ("mode", "codec", "stage fps (>= 100)", "end to end fps", "decode errors", "frames", "sound off, frames"),
        rows,
    )
    keep("datamosh", numbers)


if __name__ == "__main__":
    main()
