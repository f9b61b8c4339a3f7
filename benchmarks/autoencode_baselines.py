"""What a network remembers of frames that it has not seen, beside as many numbers a frame of other kinds.

    python benchmarks/autoencode_baselines.py [FILM...] [--folder FOLDER] [--profile tiny] [--minutes 10]

All films together; every fifth shot is held out, and of a film of fewer than five shots every fifth block of two
seconds. Each way has 200 numbers a frame: PCA fitted to the frames that were seen, the lowest frequencies of a DCT
(160 of luma, 20 and 20 of colour), and the autoencoder; the mean frame has none. Time of the training is CPU time of
one thread. Short clips flatter everybody: their held-out frames look like those that were seen.
"""

import argparse
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from common import CLIP, keep, table
from torch import Tensor

from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.ingest import ingest
from mutoscope.autoencode.quality import QualityMeter
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.core.random import generator

Remember = Callable[[Tensor], Tensor]
"""Frames N,3,H,W 0..1 to what is remembered of them."""

NUMBERS, SPARE, PASSES, BLOCK, MOST_MEASURED = 200, 24, 4, 128, 2000
NAMES = ("psnr", "ssim", "spectrum")
SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi"}


def split(store: FrameStore) -> tuple[FrameStore, FrameStore]:
    """Give the frames to be seen, and those held out."""
    held = np.zeros(len(store), bool)
    for number, film in enumerate(store.films):
        mine = store.film_N == number
        shots = np.unique(store.shot_N[mine])
        if len(shots) >= 5:
            held |= mine & np.isin(store.shot_N, shots[4::5])
            continue
        block = max(1, round(2 * film.frames / film.seconds)) if film.seconds >= 2 else max(1, film.frames // 5)
        inside = np.arange(int(mine.sum())) // block
        held[mine] = inside % 5 == 4
    return store.subset(np.flatnonzero(~held)), store.subset(np.flatnonzero(held))


def blocks(store: FrameStore):
    for first in range(0, len(store), BLOCK):
        yield store.batch(np.arange(first, min(first + BLOCK, len(store)))).float().div_(255)


def measure(store: FrameStore, remember: Remember) -> dict[str, float]:
    """Measure up to 2000 frames: runs of neighbours, spread evenly."""
    if len(store) > MOST_MEASURED:
        every = math.ceil(len(store) / MOST_MEASURED)
        store = store.subset(np.flatnonzero(np.arange(len(store)) // 10 % every == 0))
    meter, first = QualityMeter(), 0
    for x_N3HW in blocks(store):
        meter.add(x_N3HW, remember(x_N3HW).clamp(0, 1), store.run_N[first : first + len(x_N3HW)].tolist())
        first += len(x_N3HW)
    return meter.result().numbers()


def mean_frame(seen: FrameStore) -> Remember:
    sum_3HW = torch.zeros(3, seen.height, seen.width, dtype=torch.float64)
    for x_N3HW in blocks(seen):
        sum_3HW += x_N3HW.double().sum(0)
    mean_3HW = (sum_3HW / len(seen)).float()
    return mean_3HW.expand_as


def pca(seen: FrameStore, num: int = NUMBERS) -> Remember:
    """Fit principal components by subspace iteration (Halko et al. 2011, algorithm 4.4), in passes over the file."""
    mean = mean_frame(seen)(torch.zeros(1, 3, seen.height, seen.width)).flatten()
    wide = min(num + SPARE, len(seen), len(mean))
    basis_DK = torch.randn(len(mean), wide, generator=generator(0, 0, "pca"))
    for _ in range(PASSES):
        basis_DK = torch.linalg.qr(basis_DK).Q
        next_DK, inner_KK = torch.zeros_like(basis_DK), torch.zeros(wide, wide)
        for x_N3HW in blocks(seen):
            x_ND = x_N3HW.flatten(1) - mean
            in_basis_NK = x_ND @ basis_DK
            next_DK += x_ND.T @ in_basis_NK
            inner_KK += in_basis_NK.T @ in_basis_NK
        last_DK, basis_DK = basis_DK, next_DK
    turn_KK = torch.linalg.eigh(inner_KK).eigenvectors.flip(1)
    components_DK = last_DK @ turn_KK[:, :num]

    def remember(x_N3HW: Tensor) -> Tensor:
        in_basis_NK = (x_N3HW.flatten(1) - mean) @ components_DK
        return (in_basis_NK @ components_DK.T + mean).view_as(x_N3HW)

    return remember


def cosines(length: int) -> Tensor:
    """Orthonormal DCT-II."""
    at, frequency = torch.arange(length) + 0.5, torch.arange(length)[:, None]
    matrix = torch.cos(math.pi / length * at * frequency) * math.sqrt(2 / length)
    matrix[0] /= math.sqrt(2)
    return matrix


def lowest(height: int, width: int, num: int) -> Tensor:
    down_HW = (torch.arange(height) / height)[:, None].square() + (torch.arange(width) / width).square()
    kept_HW = torch.zeros(height * width)
    kept_HW[down_HW.flatten().argsort(stable=True)[:num]] = 1
    return kept_HW.view(height, width)


def dct(height: int, width: int, numbers: tuple[int, int, int] = (160, 20, 20)) -> Remember:
    """Keep the lowest frequencies of BT.709's luma and colour differences."""
    to_yuv = torch.tensor([[0.2126, 0.7152, 0.0722], [-0.1146, -0.3854, 0.5], [0.5, -0.4542, -0.0458]])
    to_rgb = torch.linalg.inv(to_yuv)
    down, across = cosines(height), cosines(width)
    kept_3HW = torch.stack([lowest(height, width, num) for num in numbers])

    def remember(x_N3HW: Tensor) -> Tensor:
        yuv_N3HW = torch.einsum("ij,njhw->nihw", to_yuv, x_N3HW)
        kept_N3HW = (down @ yuv_N3HW @ across.T) * kept_3HW
        return torch.einsum("ij,njhw->nihw", to_rgb, down.T @ kept_N3HW @ across)

    return remember


def autoencoder(seen: FrameStore, params: TrainAutoencoderParams, folder: Path) -> tuple[Remember, str]:
    from mutoscope.autoencode.trainer import AutoencoderTrainer

    began = time.process_time()
    trained = AutoencoderTrainer(seen, params, folder, clock=lambda: time.process_time() - began).run()
    encoder, decoder = trained.encoder.eval(), trained.decoder.eval()

    def remember(x_N3HW: Tensor) -> Tensor:
        with torch.no_grad():
            return decoder(encoder(x_N3HW)[0])

    return remember, trained.record.rolled_back


def mean_baseline(store: FrameStore) -> dict[str, float]:
    """Measure the mean frame of the same frames."""
    return measure(store, mean_frame(store))


def pca_baseline(store: FrameStore) -> dict[str, float]:
    """Measure 200 principal components of the same frames."""
    return measure(store, pca(store))


def dct_baseline(store: FrameStore) -> dict[str, float]:
    """Measure 200 numbers of a DCT."""
    return measure(store, dct(store.height, store.width))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--folder", type=Path, help="take all films in it")
    parser.add_argument("--stores", type=Path, help="keep the decoded frames there for the next run")
    parser.add_argument("--profile", default="tiny")
    parser.add_argument("--size", default="")
    parser.add_argument("--minutes", type=float, default=10.0, help="of one core; 0: without the autoencoder")
    parser.add_argument("--latent", type=int, default=NUMBERS)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    films = [*args.films, *sorted(path for path in (args.folder or Path()).glob("*") if path.suffix in SUFFIXES)]
    params = TrainAutoencoderParams(
        profile=args.profile,
        size=args.size,
        latent=args.latent,
        minutes=max(args.minutes, 0.01),
        dream=0,
        seed=args.seed,
        device="cpu",
    )
    shape = params.shape()
    rows: list[tuple[object, ...]] = []
    numbers: dict[str, object] = {"minutes": args.minutes, "size": f"{shape.width}x{shape.height}"}
    with tempfile.TemporaryDirectory() as temp:
        store = ingest(films or [CLIP], args.stores or Path(temp) / "frames", shape.width, shape.height, params.fit)
        seen, held = split(store)
        numbers |= {"films": [film.name for film in store.films], "seen": len(seen), "held_out": len(held)}

        def line(name: str, remember: Remember, seconds: float) -> None:
            both = [measure(part, remember) for part in (seen, held)]
            numbers[name] = {"seen": both[0], "held_out": both[1], "cpu_s": seconds}
            told = [part.get(each, float("nan")) for part in both for each in NAMES]
            print(f"{name}: {[round(one, 3) for one in told]}", flush=True)
            rows.append((name, seconds, *told))

        ways = {
            "mean frame": lambda: mean_frame(seen),
            f"DCT, {NUMBERS} numbers": lambda: dct(seen.height, seen.width),
            f"PCA, {args.latent} components": lambda: pca(seen, args.latent),
        }
        for name, way in ways.items():
            began = time.process_time()
            line(name, way(), time.process_time() - began)
        if args.minutes > 0:
            began = time.process_time()
            remember, rolled_back = autoencoder(seen, params, Path(temp))
            told = f"autoencoder, {args.profile}, {args.latent} numbers"
            line(told, remember, time.process_time() - began)
            numbers["rolled_back"] = rolled_back
    head = ("", "CPU s", *(f"{part} {name}" for part in ("seen", "held out") for name in NAMES))
    table(f"{len(seen)} frames seen, {len(held)} held out, {shape.width}x{shape.height}", head, rows)
    keep("autoencode_baselines", numbers)


if __name__ == "__main__":
    main()
