"""Signed histories: 1,000 flipped bytes in signed files, and how long it takes to sign and verify 100 MB."""

import os
import random
import shutil
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from common import keep, table
from PIL import Image

from mutoscope.provenance.actions import COMPOSITE
from mutoscope.provenance.c2pa_read import MIME
from mutoscope.provenance.history import history_of
from mutoscope.provenance.issue import init_certificate
from mutoscope.provenance.record import History, Material, Step
from mutoscope.provenance.sign import sign_file
from mutoscope.provenance.xmp import boxes
from mutoscope.testing.media import make_clip

FLIPS, LARGE_MB, ROUNDS = 1000, 100, 5
NAMES = ("clip.mp4", "clip.mov", "still.png", "still.jpg", "still.webp", "still.gif")
RECORD = History(
    steps=(Step("filter.play", {"name": "great-wave", "strength": 0.8}, ("great-wave",)),),
    materials=(Material("filter", "great-wave", "0" * 64, "The Great Wave", "Katsushika Hokusai"),),
    source_type=COMPOSITE,
    version="0.1.0",
)


def media(path: Path) -> None:
    if path.suffix in (".mp4", ".mov"):
        make_clip(path, width=96, height=64, num_frames=12)
    else:
        pixels_HWC = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
        Image.fromarray(pixels_HWC).save(path)


def media_ranges(before: bytes, signed: bytes, path: Path) -> list[tuple[int, int]]:
    """Say where a signed file holds what it shows: the boxes with samples, or all but its manifest."""
    if path.suffix in (".mp4", ".mov"):
        with path.open("rb") as file:
            found = boxes(file, len(signed)) or []
        return [(start + 8, end) for name, start, end in found if name == b"mdat"]
    if path.suffix == ".webp":  # its manifest stands behind the picture
        return [(20, 20 + int.from_bytes(signed[16:20], "little"))]
    same = next(n for n in range(1, len(before)) if before[-n] != signed[-n]) - 1  # the picture is copied as it is
    return [(len(signed) - same, len(signed))]


def flips(folder: Path) -> tuple[list[tuple[object, ...]], dict[str, object]]:
    chance = random.Random(0)
    rows, numbers = [], {}
    for name in NAMES:
        path = folder / name
        media(path)
        before = path.read_bytes()
        sign_file(path, RECORD, [path])
        signed = path.read_bytes()
        assert history_of(path)[-1].state == "trusted"
        for where, ranges in (("media", media_ranges(before, signed, path)), ("whole file", [(0, len(signed))])):
            num = FLIPS // len(NAMES) + 1
            states: Counter[str] = Counter()
            for _ in range(num):
                start, end = chance.choice(ranges)
                changed = bytearray(signed)
                changed[chance.randrange(start, end)] ^= 1 << chance.randrange(8)
                path.write_bytes(changed)
                states[history_of(path)[-1].state] += 1
            passed = states["trusted"] + states["unknown"]
            rows.append((name, where, num, num - passed, passed))
            numbers[f"{name} {where}"] = {"flips": num, "caught": num - passed}
    return rows, numbers


def large(folder: Path) -> dict[str, float]:
    """Sign a film whose sample data is made up to its size, beside a plain copy of it with a flush to disk."""
    path = folder / "large.mp4"
    make_clip(path, width=96, height=64, num_frames=12)
    noise = os.urandom(1 << 20)
    with path.open("ab") as file:
        file.write(((LARGE_MB << 20) + 8).to_bytes(4, "big") + b"mdat")
        for _ in range(LARGE_MB):
            file.write(noise)
    took: dict[str, list[tuple[float, float]]] = {"sign": [], "verify": [], "copy": []}
    for number in range(ROUNDS):
        copied = folder / f"copy-{number}.mp4"
        for what, work in (
            ("copy", lambda copied=copied: copy(path, copied)),
            ("sign", lambda copied=copied: sign_file(copied, RECORD, [folder / "clip.mov"])),
            ("verify", lambda copied=copied: history_of(copied)),
        ):
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            took[what].append((time.perf_counter() - wall, time.process_time() - cpu))
        copied.unlink()
    medians = {what: tuple(map(statistics.median, zip(*values, strict=True))) for what, values in took.items()}
    return {f"{what} {clock}": pair[n] for what, pair in medians.items() for n, clock in enumerate(("wall", "cpu"))}


def copy(path: Path, to: Path) -> None:
    shutil.copyfile(path, to)
    with to.open("rb+") as file:
        os.fsync(file.fileno())


def main() -> None:
    assert set(MIME) >= {Path(name).suffix for name in NAMES}
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["MUTOSCOPE_DATA"] = scratch
        folder = Path(scratch) / "media"
        folder.mkdir()
        init_certificate(name="Ada Lovelace")
        rows, numbers = flips(folder)
        table("Flipped bytes (goal: all in the media are caught)", ("file", "where", "flips", "caught", "passed"), rows)
        seconds = large(folder)
    table(
        f"{LARGE_MB} MB of mp4, median of {ROUNDS} (goal: sign in 0.5 s)",
        ("what", "seconds", "of the processor"),
        [(what, seconds[f"{what} wall"], seconds[f"{what} cpu"]) for what in ("copy", "sign", "verify")],
    )
    keep("signing", {"flips": numbers, "seconds_per_100_mb": seconds})


if __name__ == "__main__":
    main()
