"""Runs each loop that is compiled once, on a picture of a few pixels, so that its machine code is kept."""

import contextlib
import os
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import MutoscopeError
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.recipes.composed import composed
from mutoscope.video.picture import save_picture

__all__ = ["warm"]

_NICE = 10
_SOLVERS = ("q_learning", "srinivas", "value_iteration")
_RECIPES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("corrupt.agents", {"preset": "drift"}),
    ("corrupt.agents", {"preset": "srinivas-1"}),
    *(("corrupt.agents", {"layers": [{"size": [4, 2], "solver": solver}]}) for solver in _SOLVERS),
    ("corrupt.pixel_sort", {}),
    ("corrupt.feedback", {}),
    ("corrupt.block_shuffle", {}),
    ("corrupt.channel_shift", {}),
    ("corrupt.scan_lines", {}),
)


def warm() -> None:
    """Compile; called in a process of its own that reads nothing of anybody."""
    os.nice(_NICE)
    with tempfile.TemporaryDirectory() as temp:
        picture = Path(temp) / "picture.png"
        pixels = torch.linspace(0, 1, 3 * 40 * 56).reshape(1, 3, 40, 56)
        save_picture(Clip(pixels, (0,), Fraction(1)), picture)
        for number, (effect, params) in enumerate(_RECIPES):
            with contextlib.suppress(MutoscopeError):
                recipe = composed(effect, params)
                run_recipe(recipe, picture, Path(temp) / f"{number}.png", work=temp, manifest=False, sign=False)
