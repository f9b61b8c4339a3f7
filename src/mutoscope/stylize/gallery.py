"""The style pictures of one run: each is opened once, and measured once at each size."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from torch import Tensor

from mutoscope.core.errors import ParameterError
from mutoscope.effects.style_picture import read_style
from mutoscope.models.backbone import Backbone
from mutoscope.ops.resize import resize_to_area
from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.style import Style, measure_style, mix_styles
from mutoscope.stylize.tiles import LARGE_PX, whole

__all__ = ["Gallery", "Recolour"]

Recolour = Callable[[Tensor], Tensor]
"""Takes a style picture, 1,3,H,W 0..1, and gives it other colours."""


class Gallery:
    """Opens and measures style pictures.

    Args:
        files: every picture that may be asked for.
        params: say which statistics, and how the pictures are scaled.
        backbone: measures them.
        device: torch device of the network.

    Raises:
        InputError: one cannot be read as a picture.

    """

    def __init__(self, files: Iterable[str], params: OptimiseParams, backbone: Backbone, device: str) -> None:
        self._params, self._backbone = params, backbone
        self._pictures = {
            file: read_style(Path(file), trim=params.trim_border).to(device) for file in dict.fromkeys(files)
        }
        self._measured: dict[tuple[str, float], Style] = {}
        self._recolour: Recolour | None = None

    @property
    def recolour(self) -> Recolour | None:
        """What gives style pictures other colours before they are measured. Another one drops what was measured."""
        return self._recolour

    @recolour.setter
    def recolour(self, change: Recolour | None) -> None:
        if change is not self._recolour:
            self._measured.clear()
        self._recolour = change

    def style(self, mix: Mapping[str, float], area: float) -> Style:
        """Blend pictures, each scaled to about `area` pixels, by weight.

        Raises:
            ParameterError: a picture is not of this gallery, or no weight is above zero.

        """
        unknown = [file for file in mix if file not in self._pictures]
        if unknown:
            raise ParameterError(f"{unknown[0]} is not among the style pictures: {', '.join(self._pictures)}.")
        wanted = {file: weight for file, weight in mix.items() if weight > 0}
        if not wanted:
            raise ParameterError("every style has the weight 0; give at least one a weight above 0.")
        return mix_styles([self._measure(file, area) for file in wanted], list(wanted.values()))

    def _measure(self, file: str, area: float) -> Style:
        key = (file, area)
        if key not in self._measured:
            a_1CHW = resize_to_area(self._pictures[file], area)
            if self._recolour is not None:
                a_1CHW = self._recolour(a_1CHW)
            tile = self._params.tile
            parts = None
            height, width = a_1CHW.shape[2:]
            sorts = self._params.statistics == "sliced_wasserstein" or self._params.histogram > 0
            if tile is not None and height * width > LARGE_PX and not sorts:
                parts = whole(height, width, tile)
            self._measured[key] = measure_style(self._backbone, a_1CHW, self._params, parts)
        return self._measured[key]
