"""Films by formula with maps by formula, so that agents' tests need no network."""

from typing import Any

import numpy as np
import torch

from mutoscope.core.clip import Clip
from mutoscope.corrupt.params import AgentsParams
from mutoscope.corrupt.play import AgentsEffect
from mutoscope.effects.attention_params import analysis_name
from mutoscope.effects.attention_value import FilmMaps
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Carry, Context
from mutoscope.effects.shots import Shots
from mutoscope.testing.clips import gradient_clip


def film(num_frames: int = 9, height: int = 51, width: int = 69) -> Clip:
    """Noise over a gradient: no cell is flat, and no two cells have the same mean."""
    return gradient_clip(num_frames, height, width)


def agents(layers: Any, **told: Any) -> AgentsParams:
    return make_params(AgentsParams, {"layers": layers, **told})


def layer(**told: Any) -> dict[str, Any]:
    """A layer whose agents may be born anywhere, each carrying its colour, unless told otherwise."""
    return {"size": [11, 8], "threshold": 0, "manipulations": "pixelate", **told}


def look_at(clip: Clip, params: AgentsParams, cuts: tuple[int, ...] = ()) -> dict[str, Any]:
    """Side data: attention in the middle, moving a little; `cuts` are numbers of frames."""
    y, x = np.mgrid[0:24, 0:32]
    maps = [
        np.round(255 * np.exp(-(((x - 16 - t / 2) / 6) ** 2) - ((y - 12) / 5) ** 2)).astype(np.uint8)
        for t in range(len(clip))
    ]
    starts = np.array([0, *cuts], np.int64)
    unit = clip.time_base
    seen = FilmMaps(
        np.stack(maps),
        np.array(clip.pts_T, np.int64),
        np.array([unit.numerator, unit.denominator], np.int64),
        starts,
        np.stack([maps[start] for start in starts]),
        np.array(["owl"] * len(starts)),
    )
    return {analysis_name(params): seen, "shots": Shots(tuple(clip.pts_T[cut] for cut in cuts), unit)}


def play(
    clip: Clip, params: AgentsParams, *, seed: int = 0, cuts: tuple[int, ...] = (), carry: Carry | None = None
) -> Clip:
    """Send a film through the effect in one piece."""
    ctx = Context(seed=seed, side=look_at(clip, params, cuts), carry=carry or Carry())
    return Clip.join(list(AgentsEffect(params)([clip], ctx)))


def changed(before: Clip, after: Clip) -> torch.Tensor:
    """Mark the pixels that were painted, T,H,W."""
    return (before.pixels_TCHW != after.pixels_TCHW).any(1)
