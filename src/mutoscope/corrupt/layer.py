"""One layer of agents at work: its grid on the picture, its tables, its agents, and what they leave behind."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.corrupt.agents import Agents, bear, walk
from mutoscope.corrupt.chance import draw_seed
from mutoscope.corrupt.cover import Cover, mark_wanted, pack, settle, unpack
from mutoscope.corrupt.dct import quantisation_tables
from mutoscope.corrupt.grid import Grid, lay_grid
from mutoscope.corrupt.layer_params import LayerParams
from mutoscope.corrupt.manipulations import NOTHING, mean_cells, paint_cells
from mutoscope.corrupt.rewards import reward_planes
from mutoscope.corrupt.table import Table, train_table
from mutoscope.corrupt.threads import Spread
from mutoscope.effects.protocol import Context
from mutoscope.storage.cache import Cache

__all__ = ["Layer", "Moving", "chance_of", "lay_over", "open_cells"]

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

_LEAST_BLOCK_PX = 2
"""Blocks of a preset are never smaller: its grid is made coarser for a small picture."""
_DIRECTIONS = 4


@dataclass
class Moving:
    """What a layer keeps from frame to frame of a shot.

    Attributes:
        agents: that live.
        cover: what lies over the picture.
        now: frames of the shot in which the layer was at work.

    """

    agents: Agents
    cover: Cover
    now: int = 0

    def packed(self) -> dict[str, Tensor]:
        """Give all of it as tensors."""
        return {**pack(self.agents, self.cover), "now": torch.tensor(self.now)}

    @classmethod
    def unpacked(cls, tensors: Mapping[str, Tensor]) -> "Moving":
        """Take what `packed` gave."""
        return cls(*unpack({name: x for name, x in tensors.items() if name != "now"}), int(tensors["now"]))


@dataclass
class Layer:
    """A layer on pictures of one size.

    Attributes:
        number: of the layer, from 0; keeps the chances of layers apart.
        params: as they were given.
        grid: on the picture.
        noises: mean and sigma by name of each manipulation.
        moving: what is kept within a shot; None before its first frame.

    """

    number: int
    params: LayerParams
    grid: Grid
    noises: Mapping[str, tuple[float, float]]
    moving: Moving | None = None

    def forget(self) -> None:
        """Drop agents and what they left; the layer may begin again."""
        self.moving = None

    def rewards(self, map_HW: Floats, shot: int, ctx: Context) -> Floats:
        """Make the reward planes of a map; a shot keeps its noise, so that paths are steady."""
        return reward_planes(map_HW, self.grid, list(self.noises.values()), self._seed(shot, ctx), self.params)

    def table(self, map_HW: Floats, shot: int, ctx: Context, *, warm: Table | None = None, keep: bool = False) -> Table:
        """Train a table for a map, from the beginning or from another one; with `keep`, once and for all runs."""
        rewards_Amn, seed = self.rewards(map_HW, shot, ctx), self._seed(shot, ctx)
        cache = Cache() if keep else None
        return train_table(rewards_Amn, self.grid, self.params.learning(), seed, warm=warm, cache=cache)

    def _seed(self, shot: int, ctx: Context) -> int:
        return int(draw_seed(ctx.generator(0, f"agents, layer {self.number}, table of shot {shot}")))

    def work(
        self,
        x_CHW: Floats,
        params: LayerParams,
        policy_mn: npt.NDArray[np.uint8],
        open_mn: Bools,
        steps: int,
        generator: torch.Generator,
        spread: Spread,
    ) -> None:
        """Let the agents do the steps of one frame, and paint what they and those before them left.

        Args:
            x_CHW: the picture; it is painted on.
            params: the layer's numbers in this moment.
            policy_mn: what to do on each cell of the picture.
            open_mn: where agents may be born.
            steps: of each agent.
            generator: of the frame, for this layer.
            spread: threads.

        """
        if self.moving is None:
            self.moving = Moving(Agents.nobody(), Cover.bare(self.grid))
        moving, seed = self.moving, draw_seed(generator)
        born_on_N = np.empty(0, np.int32)
        if moving.now == 0 or (params.repeat and moving.now % params.respawn == 0):
            moving.agents = bear(params.agents or open_mn.size, open_mn, seed)
            born_on_N = moving.agents.cell_N.copy()
        names, agents = list(self.noises), moving.agents
        visits = walk(
            agents, policy_mn, steps, params.lifespan, params.play_epsilon, _DIRECTIONS * len(names), _other(seed)
        )
        inverting = names.index("invert") if "invert" in names else -1
        mean_mnC = self._means(x_CHW, mark_wanted(visits, inverting, born_on_N), spread)
        if len(born_on_N):
            agents.colour_N3 = mean_mnC.reshape(-1, 3)[born_on_N]
        if not params.preserve:
            moving.cover.kind_mn[:] = NOTHING
        moving.cover.fade(moving.now, params.fade)
        settle(visits, names, agents.colour_N3, mean_mnC, moving.cover, moving.now, seed)
        moving.now += 1
        self._paint(x_CHW, params, spread)

    def _means(self, x_CHW: Floats, wanted_mn: Bools, spread: Spread) -> Floats:
        grid, mean_mnC = self.grid, np.zeros((*wanted_mn.shape, 3), np.float32)
        if wanted_mn.any():
            edges = (grid.row_edges, grid.col_edges)
            spread(grid.used_rows, lambda a, b: mean_cells(x_CHW, *edges, wanted_mn, mean_mnC, a, b))
        return mean_mnC

    def _paint(self, x_CHW: Floats, params: LayerParams, spread: Spread) -> None:
        grid = self.grid
        assert self.moving is not None
        cover, tables_288 = self.moving.cover, quantisation_tables(params.quality)
        if params.strength == 0 or not cover.kind_mn.any():
            return
        told = (grid.row_edges, grid.col_edges, cover.kind_mn, cover.colour_mnC, params.colours, tables_288)
        spread(grid.used_rows, lambda a, b: paint_cells(x_CHW, *told, params.strength, a, b))


def chance_of(ctx: Context, pts: int, number: int) -> torch.Generator:
    """Make the generator of one layer on one frame."""
    return ctx.generator(pts, f"agents, layer {number}")


def lay_over(number: int, params: LayerParams, size_HW: tuple[int, int], *, shrink: bool) -> Layer:
    """Make a layer for pictures of a size.

    Args:
        number: of the layer, from 0.
        params: of the layer.
        size_HW: of the pictures, px.
        shrink: make the grid coarser till each block has 2 x 2 px, instead of refusing it.

    Raises:
        ParameterError: the grid is finer than the picture, or has no room to walk.

    """
    size, turn = params.size, params.turn
    if shrink:
        half = (max(1, size_HW[0] // _LEAST_BLOCK_PX), max(1, size_HW[1] // _LEAST_BLOCK_PX))
        coarse = lay_grid(half, size, turn=turn, fit=params.fit, shrink=True)
        size, turn = (coarse.rows, coarse.cols), False
    grid = lay_grid(size_HW, size, turn=turn, fit=params.fit, shrink=shrink)
    # By the grid as it was asked for: a preset does not change its means with the size of the picture.
    return Layer(number, params, grid, params.noises(1 / min(params.size)))


def open_cells(map_HW: Floats, params: LayerParams, grid: Grid) -> Bools:
    """Mark the cells on which agents may be born; all of them where the map tells nothing."""
    if map_HW.min() == map_HW.max():
        return np.ones((grid.used_rows, grid.used_cols), np.bool_)
    map_11HW = torch.from_numpy(np.ascontiguousarray(map_HW, np.float32))[None, None]
    size = (grid.used_rows, grid.used_cols)
    fitted_mn = nnf.interpolate(map_11HW, size, mode="bilinear", antialias=True)[0, 0].clamp(0, 1).numpy()
    wanted_mn = 1 - fitted_mn if params.invert else fitted_mn
    # Where nothing is above it, the best cell is open: a film that stays as it is would tell nobody why.
    return np.asarray(wanted_mn >= np.float32(min(params.threshold, float(wanted_mn.max()))))


def _other(seed: np.uint64) -> np.uint64:
    """Keep the chance of walking apart from that of being born."""
    return seed ^ np.uint64(0x5DEECE66D5DEECE6)
