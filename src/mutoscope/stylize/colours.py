"""The colours of the footage for the style pictures: those of the first frame of the shot, so that nothing flickers."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from mutoscope.ops.colour_transfer import ColourStatistics, colour_statistics, match_colours

__all__ = ["MatchedColours"]

_FLAT = 0.005
"""Sum of the variances of the three channels."""


@dataclass(frozen=True, eq=False)
class MatchedColours:
    """Gives a style picture the colours that were measured (Gatys et al. 2016, section 2.1)."""

    wanted: ColourStatistics

    @classmethod
    def of(cls, content_1CHW: Tensor) -> "MatchedColours":
        """Measure the colours of a frame."""
        return cls(colour_statistics(content_1CHW))

    @property
    def is_flat(self) -> bool:
        """Whether there are next to no colours, as in a frame that is still black."""
        return float(self.wanted.covariance_CC.trace()) < _FLAT

    def __call__(self, style_1CHW: Tensor) -> Tensor:
        """Recolour a style picture, 1,3,H,W."""
        return match_colours(style_1CHW, self.wanted)

    def pack(self) -> dict[str, Tensor]:
        """Give what was measured as tensors."""
        return {"colour.mean": self.wanted.mean_C, "colour.covariance": self.wanted.covariance_CC}

    @classmethod
    def unpack(cls, packed: Mapping[str, Tensor]) -> "MatchedColours | None":
        """Take what `pack` gave, or nothing."""
        if "colour.mean" not in packed:
            return None
        return cls(ColourStatistics(packed["colour.mean"], packed["colour.covariance"]))
