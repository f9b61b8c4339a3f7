"""Films into small frames: frames a second and core at 1280x720, with cuts, groups and file, beside decoding alone.

    python benchmarks/frame_store.py [FILM] [--size 256x144]

Without a film the bundled clip is enlarged to 720p and coded as H.264, forwards and backwards. Peers decode and scale
only: OpenCV, and PyAV by hand. Batches of 64 are read at random places of the mapped file.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import torch
from av.video.reformatter import Interpolation
from common import CLIP, keep, table

from mutoscope.autoencode.ingest import ingest
from mutoscope.autoencode.sampling import Draws, weights_of
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.video.decode import Decoding
from mutoscope.video.fitted_frames import FittedFilm
from mutoscope.video.info import probe

WIDTH, HEIGHT, TIMES, ROUNDS, BATCH, BATCHES = 1280, 720, 5, 3, 64, 300


def enlarged(film: Path) -> Path:
    with av.open(str(CLIP)) as source:
        frames = [frame.reformat(WIDTH, HEIGHT, "yuv420p") for frame in source.decode(video=0)]
    with av.open(str(film), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "20", "preset": "medium"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, frame in enumerate((frames + frames[::-1]) * TIMES):
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, 25), 0
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return film


def decode_only(film: Path) -> int:
    with Decoding(film) as decoding:
        return sum(1 for _ in decoding.frames())


def by_opencv(film: Path, size: tuple[int, int]) -> int:
    reader, num = cv2.VideoCapture(str(film)), 0
    while True:
        found, frame = reader.read()
        if not found:
            return num
        cv2.cvtColor(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
        num += 1


def by_pyav(film: Path, size: tuple[int, int]) -> int:
    with av.open(str(film)) as source:
        source.streams.video[0].thread_type = "AUTO"
        num = 0
        for frame in source.decode(video=0):
            frame.to_ndarray(width=size[0], height=size[1], format="rgb24", interpolation=Interpolation.AREA)
            num += 1
    return num


def rates(work: Callable[[], int]) -> tuple[float, float]:
    """Best of some rounds: frames a second of the process, and of the clock."""
    best = (0.0, 0.0)
    for _ in range(ROUNDS):
        cpu, wall = time.process_time(), time.perf_counter()
        num = work()
        best = max(best, (num / (time.process_time() - cpu), num / (time.perf_counter() - wall)))
    return best


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("film", nargs="?", type=Path)
    parser.add_argument("--size", default="256x144")
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    width, height = (int(side) for side in args.size.split("x"))
    size = (width, height)
    with tempfile.TemporaryDirectory() as temp:
        film, rounds = args.film or enlarged(Path(temp) / "film.mp4"), iter(range(100))
        ingest([CLIP], Path(temp) / "warm", width, height)  # imports, once
        works: dict[str, Callable[[], int]] = {
            "decode only": lambda: decode_only(film),
            "decode, scale, fit": lambda: sum(1 for _ in FittedFilm(probe(film), width, height)),
            "store: with cuts, groups, file": lambda: len(
                ingest([film], Path(temp) / str(next(rounds)), width, height)
            ),
            "peer: OpenCV, resize AREA": lambda: by_opencv(film, size),
            "peer: PyAV by hand, AREA": lambda: by_pyav(film, size),
        }
        found = {name: rates(work) for name, work in works.items()}
        whole = found["decode only"][0]
        rows = [(name, cpu, wall, cpu / whole) for name, (cpu, wall) in found.items()]
        head = ("", "frames/s/core", "frames/s, clock", "of decoding")
        table(f"{film.name}, {len_of(film)} frames, to {args.size}", head, rows)
        read = batches(ingest([film], Path(temp) / "0", width, height))
    table(f"Random batches of {BATCH} from the file", ("", "batches/s/core", "frames/s/core"), read)
    keep("frame_store", {"size": args.size, "rates": found, "batches": read})


def len_of(film: Path) -> int | None:
    return probe(film).num_frames


def batches(store) -> list[tuple[object, ...]]:
    draws = Draws(weights_of(store, TrainAutoencoderParams()))
    ways = {
        "drawn by weight, uint8": lambda step: store.batch(draws(step, BATCH, 0)),
        "and made floats 0..1": lambda step: store.batch(draws(step, BATCH, 0)).float().div_(255),
        "drawn only": lambda step: draws(step, BATCH, 0),
    }
    rows: list[tuple[object, ...]] = []
    for name, way in ways.items():
        way(0)
        began = time.process_time()
        for step in range(BATCHES):
            way(step)
        rate = BATCHES / (time.process_time() - began)
        rows.append((name, rate, BATCH * rate))
    return rows


if __name__ == "__main__":
    main()
