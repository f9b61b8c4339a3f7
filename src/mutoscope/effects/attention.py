"""Where a classifier looks, frame by frame: from the pass over the film, or from the frame itself."""

from mutoscope.core.clip import Clip
from mutoscope.effects.attention_glance import choose, fit_map_size, glance
from mutoscope.effects.attention_params import AttentionParams, analysis_name
from mutoscope.effects.attention_value import FilmMaps, Look, as_floats, name_of, quantised
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.models.imagenet_classes import parse_classes

__all__ = ["AttentionReader", "Look"]


class AttentionReader:
    """Gives the map of each frame of a film; make one for each run.

    An effect names the pass in its `analyses`, by `analysis_name(params)`; then all comes from `Context.side`, and any
    frame can be asked for alone. Without it (a picture, say) each frame is looked at by itself, and frames are counted
    as they come.

    Args:
        ctx: of the run.
        params: what to look for; fields beyond those of `AttentionParams` do not count.

    """

    def __init__(self, ctx: Context, params: AttentionParams) -> None:
        self._film: FilmMaps | None = ctx.side.get(analysis_name(params))
        self._shots: Shots | None = ctx.side.get("shots")
        self._params = params
        self._wanted = tuple(parse_classes(params.classes).values())
        self._shot, self._index, self._film_index = -1, -1, -1

    def at(self, frame: Clip) -> Look:
        """Look at a frame, a clip of length one; frames come in order.

        Raises:
            WeightsError: the network's weights are not to be had.

        """
        return self._film.look(frame) if self._film is not None else self._alone(frame)

    def _alone(self, frame: Clip) -> Look:
        shot = 0 if self._shots is None else self._shots.index(frame.pts_T[0])
        self._index = self._index + 1 if shot == self._shot else 0
        self._shot, self._film_index = shot, self._film_index + 1
        params = self._params
        seen = glance(params.backbone, frame.pixels_TCHW, self._wanted, spread=params.spread)
        shares = choose(seen.chances_K, named=bool(self._wanted), spread=params.spread)
        found = seen.evidence(shares, fit_map_size(*frame.size))
        assert found is not None
        map_hw = as_floats(quantised(found[0] / max(found[1], 1e-6)))
        name = name_of(next(iter(shares)), params.classes)
        return Look(map_hw, map_hw, shot, self._index, self._film_index, None, None, name)
