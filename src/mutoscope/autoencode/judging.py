"""What is looked at while a network learns, and what is measured and kept at the end."""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor

from mutoscope.autoencode.feed import Feed
from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.networks import Decoder, Encoder
from mutoscope.autoencode.quality import measure_quality, psnr
from mutoscope.autoencode.spectrum import spectrum_distance
from mutoscope.autoencode.watch import Reading

__all__ = ["latents_of", "probe_of", "quality_of", "read", "reconstruct"]

_NUM_WATCHED = 64
_MOST_MEASURED = 768
_RUN = 32
"""Frames of a long film are measured in runs of so many, so that movement can be measured, too."""
_AT_ONCE = 32


def probe_of(store: FrameStore, most: int = _NUM_WATCHED) -> Tensor:
    """Choose the frames that are watched: at most `most`, spread over the shots, in order."""
    shots = np.unique(store.shot_N)
    if len(shots) > most:
        shots = shots[np.linspace(0, len(shots) - 1, most).round().astype(int)]
    each = max(1, most // len(shots))
    chosen = []
    for shot in shots:
        frames = np.flatnonzero(store.shot_N == shot)
        # The middles of equal parts: the first and last frames of a shot are often no good picture of it.
        places = (np.arange(each) + 0.5) / each * len(frames)
        chosen.append(frames[np.unique(places.astype(int))])
    return torch.from_numpy(np.sort(np.concatenate(chosen)))


@torch.no_grad()
def reconstruct(encoder: Encoder, decoder: Decoder, x_N3HW: Tensor) -> Tensor:
    """Give frames as they are remembered, from the means of their latents."""
    parts = [decoder(encoder(part)[0]) for part in torch.split(x_N3HW, _AT_ONCE)]
    return torch.cat(parts)


@torch.no_grad()
def read(source_N3HW: Tensor, recon_N3HW: Tensor) -> Reading:
    """Tell how exact and how sharp the watched frames are."""
    spectra = spectrum_distance(source_N3HW, recon_N3HW)
    return Reading(float(psnr(source_N3HW, recon_N3HW).mean()), float(spectra.mean()))


def quality_of(encoder: Encoder, decoder: Decoder, store: FrameStore, feed: Feed) -> dict[str, float]:
    """Measure what the networks remember of the film: of all of it, or of runs that are spread over it."""
    return measure_quality(_runs(encoder, decoder, store, feed)).numbers()


def _runs(
    encoder: Encoder, decoder: Decoder, store: FrameStore, feed: Feed
) -> Iterator[tuple[Tensor, Tensor, list[int]]]:
    num = len(store)
    starts = list(range(0, num, _RUN))
    most = _MOST_MEASURED // _RUN
    is_whole = len(starts) <= most
    if not is_whole:
        starts = [int(start) for start in np.linspace(0, num - _RUN, most)]
    # No two runs share a number where there is a gap between them.
    apart = 0 if is_whole else int(store.shot_N.max()) + 1
    for i, start in enumerate(starts):
        indices = torch.arange(start, min(start + _RUN, num))
        x_N3HW = feed.frames(indices)
        shots = [int(store.shot_N[j]) + i * apart for j in indices.tolist()]
        yield x_N3HW, reconstruct(encoder, decoder, x_N3HW), shots


@torch.no_grad()
def latents_of(encoder: Encoder, store: FrameStore, feed: Feed) -> Latents:
    """Encode all frames: the means, with their times."""
    parts = [encoder(feed.frames(part))[0].cpu() for part in torch.split(torch.arange(len(store)), _AT_ONCE)]
    bases = [Fraction(film.time_base) for film in store.films] or [Fraction(1)]
    # One unit that fits into those of all films.
    common = Fraction(math.gcd(*(b.numerator for b in bases)), math.lcm(*(b.denominator for b in bases)))
    scales = [int(base / common) for base in bases]
    films = tuple(int(film) for film in store.film_N)
    return Latents(
        torch.cat(parts),
        tuple(int(pts) * scales[film] for pts, film in zip(store.pts_N, films, strict=True)),
        common,
        tuple(int(shot) for shot in store.shot_N),
        films,
    )
