"""Paints one picture: the style pictures at each scale, the backbone, and the way from coarse to fine."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from mutoscope.core.errors import ParameterError
from mutoscope.core.onlooker import show
from mutoscope.effects.style_list import StyleList
from mutoscope.models.backbones import Backbone, load_backbone
from mutoscope.models.memory import give_back_freed_memory
from mutoscope.ops.resize import fit_long_side, resize
from mutoscope.storage.hashing import hash_file
from mutoscope.stylize.descent import Judge, Schedule, constant, descend, falling, settling
from mutoscope.stylize.gallery import Gallery, Recolour
from mutoscope.stylize.objective import Memory, Objective, Region
from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.style import Style
from mutoscope.stylize.tiled import TiledObjective
from mutoscope.stylize.tiles import LARGE_PX
from mutoscope.stylize.units import measure_units

__all__ = ["Mix", "Painter", "StyledRegion", "painter_for"]

Scale = tuple[int, int]

Mix = Mapping[str, float]
"""Weight of each style picture by its path; only their ratios count."""

_NUM_SHIFTS_NEXT = 12
"""Different shifts for a frame that has a past: each costs a pass over the content, and the start is nearly right."""

_NUM_SHIFTS_TILED = 4
"""Different shifts, and places of the grid, for a picture in tiles: content features are kept for each."""

_LARGE_SHARE = 1 / 3
"""Share of the iterations that a picture in tiles gets: only its finest detail is left to paint."""


@dataclass(frozen=True)
class StyledRegion:
    """Where which styles are wanted: a mask 1,1,H,W, 0..1, at the size of the frame, and weights of pictures."""

    mask_11HW: Tensor
    mix: Mix


class Painter:
    """Holds the backbone and the measured style pictures for one run over one film.

    Args:
        params: validated parameters; paths are opened here.
        device: torch device of the network.
        more_styles: paths of pictures beside those in `params.style`, for regions.

    Raises:
        InputError: a style cannot be read as a picture.
        WeightsError: the backbone's weights are not to be had.

    """

    def __init__(self, params: OptimiseParams, device: str = "cpu", more_styles: tuple[str, ...] = ()) -> None:
        self.params = params
        self.device = device
        weights = Path(params.weights) if params.weights else None
        self.backbone: Backbone = load_backbone(
            params.backbone, weights=weights, device=device, pooling="avg" if params.pooling == "average" else "max"
        )
        self._styles = StyleList.parse(params.style)
        self._gallery = Gallery((*self._styles.files, *more_styles), params, self.backbone, device)

    @property
    def recolour(self) -> Recolour | None:
        """What gives the style pictures other colours before they are measured; set another one at any time."""
        return self._gallery.recolour

    @recolour.setter
    def recolour(self, change: Recolour | None) -> None:
        self._gallery.recolour = change

    def scales(self, height: int, width: int) -> list[Scale]:
        """Sizes from coarse to fine: each side doubles, the last is the frame's own."""
        sizes, long_side = [(height, width)], float(max(height, width))
        while self.params.coarsest is not None and long_side / 2 >= 0.75 * self.params.coarsest:
            long_side = long_side / 2
            sizes.append(fit_long_side(height, width, round(long_side)))
        return sizes[::-1]

    def num_steps(self, height: int, width: int) -> int:
        """Iterations that a first frame of this size takes, all scales together."""
        return sum(self._steps(size, self.params.iterations) for size in self.scales(height, width))

    def targets(self, size: Scale, mix: Mix | None = None) -> Style:
        """Give what is wanted of a frame: statistics of the style pictures, scaled to its area times `style_scale`.

        Args:
            size: height and width of the frame.
            mix: which pictures; None: those of the first moment of the film.

        Raises:
            ParameterError: a picture is not among those of the parameters, or all weights are zero.

        """
        area = size[0] * size[1] * self.params.style_scale**2
        return self._gallery.style(self._styles.at(0.0) if mix is None else mix, area)

    def objective(
        self,
        content_p_1CHW: Tensor,
        params: OptimiseParams,
        memory: Memory | None = None,
        mix: Mix | None = None,
        regions: tuple[StyledRegion, ...] = (),
    ) -> Objective:
        """Make the loss for one content picture at its own size."""
        size = (content_p_1CHW.shape[2], content_p_1CHW.shape[3])
        styled = tuple(Region(resize(r.mask_11HW.to(self.device), *size), self.targets(size, r.mix)) for r in regions)
        style = styled[0].style if styled else self.targets(size, mix)
        return Objective(self.backbone, params, content_p_1CHW, style, memory, styled)

    def paint(
        self,
        content_p_1CHW: Tensor,
        params: OptimiseParams,
        generator: torch.Generator,
        after_step: Callable[[], None] = lambda: None,
        *,
        mix: Mix | None = None,
        regions: tuple[StyledRegion, ...] = (),
    ) -> Tensor:
        """Paint a picture that has no past: from the content, coarse to fine.

        Args:
            content_p_1CHW: the picture, 0..1.
            params: of this moment.
            generator: draws the shifts.
            after_step: called after each iteration.
            mix: which style pictures; None: those of the first moment of the film.
            regions: where which style is wanted, instead; the parts of the picture outside get none.

        Returns:
            1,3,H,W, 0..1, on the painter's device.

        """
        content = content_p_1CHW.to(self.device)
        x: Tensor | None = None
        sizes = self.scales(*content.shape[2:])
        for size in sizes:
            p_1CHW = resize(content, *size)
            x = p_1CHW if x is None else resize(x, *size)
            objective = self.objective(p_1CHW, params, mix=mix, regions=regions)
            # In few steps a rate that stays large leaves grain, which shows at these sizes.
            rate = self._first_rate(size, params.learning_rate, is_last=size is sizes[-1])
            steps = self._steps(size, params.iterations)
            x = self._descend(x, objective, steps, rate, generator, after_step, None)
            show(x[0])
        assert x is not None
        return x

    def repaint(
        self,
        content_p_1CHW: Tensor,
        memory: Memory,
        params: OptimiseParams,
        generator: torch.Generator,
        after_step: Callable[[], None] = lambda: None,
        *,
        mix: Mix | None = None,
        regions: tuple[StyledRegion, ...] = (),
    ) -> Tensor:
        """Paint a frame that has a past: from the warped previous result, held to it by the temporal loss.

        Args:
            content_p_1CHW: the frame, 0..1.
            memory: the previous result, and where to trust it.
            params: of this moment.
            generator: draws the shifts.
            after_step: called after each iteration.
            mix: as in `paint`.
            regions: as in `paint`.

        Returns:
            1,3,H,W, 0..1, on the painter's device.

        """
        content = content_p_1CHW.to(self.device)
        start = memory.start_1CHW
        if start is None:
            start = torch.lerp(content, memory.warped_omega_1CHW, memory.weights_c_11HW)
        rate = falling(params.learning_rate_next)
        objective = self.objective(content, params, memory, mix, regions)
        return self._descend(start, objective, params.iterations_next, rate, generator, after_step, _NUM_SHIFTS_NEXT)

    def _descend(
        self,
        start: Tensor,
        objective: Objective,
        steps: int,
        rate: Callable[[int, int], float],
        generator: torch.Generator,
        after_step: Callable[[], None],
        num_shifts: int | None,
    ) -> Tensor:
        params = objective.params
        if params.normalise:
            objective = replace(objective, units=measure_units(objective, start, generator))
        judge: Judge = objective
        if self._is_large(start.shape[2], start.shape[3]):
            if params.statistics == "sliced_wasserstein" or params.histogram > 0:
                raise ParameterError(
                    f"a picture of {start.shape[3]}x{start.shape[2]} is painted in tiles, which cannot sort the whole; "
                    "choose the statistics mean_covariance or gram, histogram=0, a smaller size, or tile=none."
                )
            assert params.tile is not None
            judge, num_shifts = TiledObjective(objective, params.tile), _NUM_SHIFTS_TILED
            give_back_freed_memory()
        # A start that is not the content itself was made for this descent.
        in_place = start is not objective.content_p_1CHW
        x = descend(start, judge, steps, rate, generator, after_step, num_shifts=num_shifts, in_place=in_place)
        if isinstance(judge, TiledObjective):
            del judge  # and the content's features with it
            give_back_freed_memory()
        return x

    def _first_rate(self, size: Scale, rate: float, *, is_last: bool) -> Schedule:
        if self._is_large(*size):
            return falling(rate / 2)
        return settling(rate) if is_last else constant(rate)

    def _is_large(self, height: int, width: int) -> bool:
        return self.params.tile is not None and height * width > LARGE_PX

    def _steps(self, size: Scale, iterations: int) -> int:
        return max(1, round(iterations * _LARGE_SHARE)) if self._is_large(*size) else iterations


def painter_for(params: OptimiseParams, device: str, more_styles: tuple[str, ...] = ()) -> Painter:
    """Make a painter, or give the one that this process made for the same parameters and the same bytes.

    A film is painted piece by piece: network and style pictures are read once per process, not once per piece.
    """
    files = [*StyleList.parse(params.style).files, *more_styles, *([] if params.weights is None else [params.weights])]
    return _painter(params, device, more_styles, tuple(hash_file(Path(file)) for file in files))


@functools.lru_cache(maxsize=2)
def _painter(params: OptimiseParams, device: str, more_styles: tuple[str, ...], _digests: tuple[str, ...]) -> Painter:
    return Painter(params, device, more_styles)
