"""The tables of a film's agents: one for each shot and layer, fitted anew to every n-th frame of the shot."""

import numpy as np
import numpy.typing as npt

from mutoscope.corrupt.layer import Layer
from mutoscope.corrupt.params import AgentsParams
from mutoscope.corrupt.table import Table
from mutoscope.effects.attention_params import analysis_name
from mutoscope.effects.attention_value import FilmMaps, Look, as_floats
from mutoscope.effects.protocol import Context

__all__ = ["Tables"]


class Tables:
    """Makes tables when they are wanted, and keeps the last ones.

    A refined table starts from the shot's, never from the refined one before, so that it does not hang on where reading
    began.
    """

    def __init__(self, params: AgentsParams, ctx: Context) -> None:
        self._film: FilmMaps | None = ctx.side.get(analysis_name(params))
        self._refine, self._ctx = params.refine, ctx
        self._of_shot: dict[int, tuple[tuple[object, ...], Table]] = {}
        self._refined: dict[int, tuple[tuple[object, ...], Table]] = {}

    def table(self, layer: Layer, look: Look) -> Table:
        """Give a layer's table for a frame."""
        shot = self.of_shot(layer, look)
        # The author's training leaves most cells of a large grid unmet; they have nothing that could be refined.
        if self._refine == 0 or self._film is None or layer.params.solver == "srinivas":
            return shot
        anchor = look.film_index - look.index % self._refine
        known = self._refined.get(layer.number)
        if known is None or known[0] != (layer.grid, anchor):
            map_HW = as_floats(self._film.maps_Thw[anchor])
            known = (layer.grid, anchor), layer.table(map_HW, look.shot, self._ctx, warm=shot)
            self._refined[layer.number] = known
        return known[1]

    def policy(self, layer: Layer, look: Look) -> npt.NDArray[np.uint8]:
        """Give the best action of each cell of the picture."""
        grid = layer.grid
        return np.ascontiguousarray(self.table(layer, look).policy_mn[: grid.used_rows, : grid.used_cols])

    def of_shot(self, layer: Layer, look: Look) -> Table:
        """Give the table of a layer that a frame's shot began with."""
        # Without a pass over the film each frame is a shot of its own, so that it hangs on no other.
        wanted = (layer.grid, look.shot, None if self._film else look.shot_map_HW.tobytes())
        known = self._of_shot.get(layer.number)
        if known is None or known[0] != wanted:
            known = wanted, layer.table(look.shot_map_HW, look.shot, self._ctx, keep=True)
            self._of_shot[layer.number] = known
        return known[1]
