"""Footage with known faults, made of the bundled clip."""

from importlib.resources import files
from pathlib import Path

import av
import cv2
import numpy as np

from mutoscope.testing.media import make_clip

_SIZE = (384, 216)


def rushes(folder: Path) -> list[Path]:
    """Write two films: sharp, blurred, sharp, bright, shaken, sharp; and dark, sharp, shaken."""
    with av.open(str(files("mutoscope.data") / "big-buck-bunny.mp4")) as source:
        frames = [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]
    return [
        _film(
            folder / "rushes-01.mp4",
            frames,
            [("", 60), ("blur", 40), ("", 50), ("bright", 30), ("shake", 40), ("", 30)],
        ),
        _film(folder / "rushes-02.mp4", frames, [("dark", 50), ("", 75), ("shake", 25)]),
    ]


def padded(path: Path, num_bytes: int) -> Path:
    """Write a film of ten frames and about so many bytes, most of which say nothing."""
    make_clip(path, width=96, height=54, num_frames=10)
    noise = np.random.default_rng(2).bytes(num_bytes)
    with path.open("ab") as file:
        file.write((num_bytes + 8).to_bytes(4, "big") + b"free" + noise)
    return path


def _film(path: Path, frames: list[np.ndarray], parts: list[tuple[str, int]]) -> Path:
    chance = np.random.default_rng(1)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height = _SIZE
        stream.pix_fmt = "yuv420p"
        for fault, count in parts:
            for n in range(count):
                picture = _spoilt(frames[n % len(frames)], fault, chance)
                for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                    out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    return path


def _spoilt(picture: np.ndarray, fault: str, chance: np.random.Generator) -> np.ndarray:
    if fault == "blur":
        return cv2.GaussianBlur(picture, (0, 0), 4)
    if fault == "bright":
        return np.clip(picture * 2.6 + 40, 0, 255).astype(np.uint8)
    if fault == "dark":
        return (picture * 0.12).astype(np.uint8)
    if fault == "shake":
        return np.roll(picture, tuple(chance.integers(-14, 15, 2)), (0, 1))
    return picture
