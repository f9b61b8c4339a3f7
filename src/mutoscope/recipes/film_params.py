"""How a film is read and written, whatever is done to it. Torch-free."""

from typing import Annotated, Literal

from pydantic import Field

from mutoscope.effects.params import Params

__all__ = ["DEFAULT_LONG_SIDE_PX", "FilmParams"]

DEFAULT_LONG_SIDE_PX = 960
"""Films and pictures larger than this are scaled down unless a size is given: optimisation costs by the pixel."""

_Fixed = {"keyframes": False}


class FilmParams(Params):
    """Size, sound and container of a result, and where it is computed."""

    size: Annotated[int, Field(ge=16, le=16_384, json_schema_extra=_Fixed)] | None = None
    """Long side of the result in px. Without it the source keeps its own size, up to 960."""

    codec: str | None = None
    """Video codec: h264, vp9, av1, prores or dnxhr. Without it, what suits the container."""

    crf: Annotated[int, Field(ge=0, le=63, json_schema_extra=_Fixed)] | None = None
    """Constant rate factor: lower is better and larger. Without it, a value that looks clean for the codec."""

    bit_depth: Literal[8, 10] = 8
    """Bits per channel of the result."""

    effort: Literal["normal", "fast", "draft"] = "normal"
    """How long the encoder may search for a smaller file: fast takes a third of the time, draft a quarter."""

    seed: Annotated[int, Field(ge=0, json_schema_extra=_Fixed)] = 0
    """Seed of all chance. Same seed, same bytes."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the network runs; auto takes a GPU where there is one."""

    piece_frames: Annotated[int, Field(ge=1, le=100_000, json_schema_extra=_Fixed)] | None = None
    """Frames that are computed, kept and coded as one piece at most. Fewer: less is lost when a run is killed. Without
    it, what suits the effects: 240, and 24 for slow ones."""

    threads: Annotated[int, Field(ge=1, le=256, json_schema_extra=_Fixed)] = 1
    """Processor threads of one worker's networks. The number decides about the last bits of a picture, so it is not
    taken from the machine. One is fastest with several workers; more help a long shot, which has only one."""
