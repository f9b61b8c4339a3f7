"""Ready-made layers: the four tables of results in the source of this effect, and one of our own. Torch-free."""

from typing import Any, Literal

__all__ = ["PRESETS", "PresetName"]

PresetName = Literal["drift", "srinivas-1", "srinivas-2", "srinivas-3", "srinivas-4"]

_FEW_CELLS = 1000


def _row(rows: int, cols: int, iterations: int, agents: int, *, preserve: bool = False, repeat: bool = False) -> Any:
    """Give a row of such a table, and what can be measured in the author's pictures.

    A layer that is not repeated lived in the last 20 frames of his films. On grids of (200, 100) colour is dragged
    upwards nearly everywhere, and isolated cells are inverted or coloured at random: so episodes began in a corner,
    most cells were never met and keep their first action, and agents took a few steps by chance.
    """
    told = {
        "size": (rows, cols),
        "iterations": iterations,
        "agents": agents,
        "preserve": preserve,
        "repeat": repeat,
        "solver": "srinivas",
        "starts": "corner" if rows * cols > _FEW_CELLS else "random",
        "play_epsilon": 0.05,
    }
    return told if repeat else {**told, "start": "-20f"}


PRESETS: dict[str, tuple[dict[str, Any], ...]] = {
    "drift": (
        {"size": (20, 10), "agents": 50, "respawn": 10, "preserve": True, "fade": 8},
        {"size": (40, 20), "agents": 50, "respawn": 16, "preserve": True, "fade": 20},
        {"size": (100, 50), "agents": 170, "respawn": 18, "preserve": True, "fade": 22, "manipulations": "pixelate"},
        {"size": (200, 100), "agents": 800, "respawn": 20, "preserve": True, "fade": 22},
    ),
    "srinivas-1": (
        _row(20, 10, 10_000, 200, repeat=True),
        _row(40, 20, 100_000, 800, preserve=True),
        _row(200, 100, 10_000, 20_000, preserve=True),
    ),
    "srinivas-2": (_row(200, 100, 10_000, 10_000),),
    "srinivas-3": (
        _row(200, 100, 10_000, 20_000),
        _row(40, 20, 100_000, 800, preserve=True),
        _row(200, 100, 10_000, 20_000, preserve=True),
    ),
    "srinivas-4": (_row(40, 20, 100_000, 800), _row(200, 100, 10_000, 22_730)),
}
