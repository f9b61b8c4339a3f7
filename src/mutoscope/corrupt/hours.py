"""When layers are at work."""

from bisect import bisect_left
from fractions import Fraction
from itertools import pairwise

from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.layer_params import LayerParams
from mutoscope.corrupt.moment import Moment, Place, parse_moment
from mutoscope.corrupt.params import AgentsParams
from mutoscope.effects.attention_params import analysis_name
from mutoscope.effects.attention_value import FilmMaps, Look
from mutoscope.effects.protocol import Context

__all__ = ["Hours"]


class Hours:
    """Knows the beginnings and ends of layers, and where each frame stands.

    Raises:
        ParameterError: a layer is never at work in this film.

    """

    def __init__(self, params: AgentsParams, ctx: Context) -> None:
        self._film: FilmMaps | None = ctx.side.get(analysis_name(params))
        layers = params.timed_layers()
        self._per_shot = [layer.per == "shot" for layer in layers]
        self._spans = [(_moment(layer.start), _moment(layer.end)) for layer in layers]
        for number in range(len(layers)):
            if self._film is not None and not self._is_ever_on(number):
                raise ParameterError(
                    f"layer {number + 1} is never at work: no frame of the film lies from "
                    f"{_told('start', layers[number])} up to {_told('end', layers[number])}; change one of them."
                )

    def _is_ever_on(self, number: int) -> bool:
        assert self._film is not None
        start, end = self._spans[number]
        if start is None and end is None:
            return True
        edges = [0, len(self._film.pts_T)]
        if per_shot := self._per_shot[number]:
            edges = [*self._film.starts_S.tolist(), edges[1]]

        def has_begun(index: int) -> bool:
            return start is None or start.is_reached(self._at(index, per_shot=per_shot), unless_known=True)

        # Within a shot the moments of beginning come in order: the first frame at which it has begun is tried.
        firsts = (first + bisect_left(range(first, after), True, key=has_begun) for first, after in pairwise(edges))
        return any(
            index < after and _is_within(self._at(index, per_shot=per_shot), start, end)
            for index, after in zip(firsts, edges[1:], strict=True)
        )

    def is_on(self, number: int, frame: Clip, look: Look) -> bool:
        """Tell whether a layer is at work on a frame."""
        start, end = self._spans[number]
        if start is None and end is None:
            return True
        per_shot = self._per_shot[number]
        if self._film is not None:
            return _is_within(self._at(look.film_index, per_shot=per_shot), start, end)
        return _is_within(Place(look.index if per_shot else look.film_index, frame.seconds(0)), start, end)

    def _at(self, index: int, *, per_shot: bool) -> Place:
        """Find where a frame stands in the film, or in its shot; the last frame is shown as long as the one before."""
        assert self._film is not None
        pts_T, starts_S = self._film.pts_T, self._film.starts_S
        first, end = 0, len(pts_T)
        if per_shot:
            shot = int(starts_S.searchsorted(index, side="right")) - 1
            first = int(starts_S[shot])
            end = int(starts_S[shot + 1]) if shot + 1 < len(starts_S) else end
        unit = float(Fraction(int(self._film.time_base[0]), int(self._film.time_base[1])))
        last_pts = int(pts_T[end]) if end < len(pts_T) else int(pts_T[-1]) + int(pts_T[-1] - pts_T[max(0, end - 2)])
        begun_pts = int(pts_T[first]) if per_shot else 0
        seconds, left = (int(pts_T[index]) - begun_pts) * unit, (last_pts - int(pts_T[index])) * unit
        return Place(index - first, seconds, end - index, left)


def _moment(text: str | None) -> Moment | None:
    return None if text is None else parse_moment(text)


def _is_within(place: Place, start: Moment | None, end: Moment | None) -> bool:
    has_begun = start is None or start.is_reached(place, unless_known=True)
    return has_begun and not (end is not None and end.is_reached(place, unless_known=False))


def _told(edge: str, layer: LayerParams) -> str:
    moment = getattr(layer, edge)
    return f"its {edge}" if moment is None else f"{edge}={moment}"
