"""What a layer's agents see, are paid, have learned and would do on one frame: the material of a report."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mutoscope.core.clip import Clip
from mutoscope.corrupt.agents import bear, trace
from mutoscope.corrupt.chance import draw_seed
from mutoscope.corrupt.grid import Grid
from mutoscope.corrupt.layer import chance_of, lay_over, open_cells
from mutoscope.corrupt.params import AgentsParams
from mutoscope.corrupt.table import Table
from mutoscope.corrupt.tables import Tables
from mutoscope.effects.attention import AttentionReader, Look
from mutoscope.effects.protocol import Context

__all__ = ["LayerView", "inspect_layers"]


@dataclass(frozen=True, eq=False)
class LayerView:
    """One layer on one frame.

    Attributes:
        grid: on the picture.
        look: where the network looks.
        manipulations: names, in the order of the actions.
        rewards_Amn: what each action pays, by the map of the shot.
        table: the shot's, with its learning curve.
        paths: rows and columns of the cells that some agents would cover without chance, from birth to death.

    """

    grid: Grid
    look: Look
    manipulations: tuple[str, ...]
    rewards_Amn: npt.NDArray[np.float32]
    table: Table
    paths: tuple[tuple[tuple[int, int], ...], ...]


def inspect_layers(params: AgentsParams, frame: Clip, ctx: Context, *, num_paths: int = 12) -> list[LayerView]:
    """Look into all layers, as they stand at a frame.

    Args:
        params: of the effect.
        frame: a clip of length one.
        ctx: of the run, with the side data of the film where there is one.
        num_paths: of each layer at most.

    Raises:
        ParameterError: a grid does not fit the picture.
        WeightsError: the network's weights are not to be had.

    """
    look, tables = AttentionReader(ctx, params).at(frame), Tables(params, ctx)
    views = []
    for number, told in enumerate(params.timed_layers()):
        layer = lay_over(number, told, frame.size, shrink=params.may_shrink(number))
        table = tables.of_shot(layer, look)
        grid = layer.grid
        policy_mn = np.ascontiguousarray(table.policy_mn[: grid.used_rows, : grid.used_cols])
        now = told.at(frame.seconds(0))
        opened_mn = open_cells(look.map_HW, now, grid)
        born = bear(now.agents or opened_mn.size, opened_mn, draw_seed(chance_of(ctx, frame.pts_T[0], number)))
        paths = tuple(tuple(trace(int(cell), policy_mn, told.lifespan)) for cell in born.cell_N[:num_paths])
        rewards_Amn = layer.rewards(look.shot_map_HW, look.shot, ctx)
        views.append(LayerView(grid, look, tuple(layer.noises), rewards_Amn, table, paths))
    return views
