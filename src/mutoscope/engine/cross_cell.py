"""One film through one model: sampled, measured, and a few moments of it to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.compare import FrameNumbers, learned_similarity, numbers_of
from mutoscope.autoencode.quality import QualityMeter
from mutoscope.core.errors import InputError
from mutoscope.models.backbone import Backbone
from mutoscope.ops.resize import fit_long_side
from mutoscope.video.fitted_frames import fitted_size
from mutoscope.video.index import index_frames
from mutoscope.video.info import VideoInfo, probe
from mutoscope.video.span import Span, SpanReader

__all__ = ["CellNumbers", "Frames", "Moments", "Sample", "measure_cell", "rows_of", "sample_film"]

_SHOWN_PX = 384


@dataclass(frozen=True)
class Frames:
    """Frames of a film that were taken as samples.

    Attributes:
        x_T3HW: 0..1.
        seconds_T: times from the film's first frame on.
        pair_T: number of the pair that each belongs to.
        shown: which of them are looked at.

    """

    x_T3HW: Tensor
    seconds_T: tuple[float, ...]
    pair_T: tuple[int, ...]
    shown: tuple[int, ...]


@dataclass(frozen=True)
class Moments:
    """Frames of a film to look at.

    Attributes:
        pictures_3HW: uint8.
        seconds: their times.

    """

    pictures_3HW: tuple[Tensor, ...]
    seconds: tuple[float, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        _, height, width = self.pictures_3HW[0].shape
        return height, width


@dataclass(frozen=True)
class CellNumbers:
    """A film through a model.

    Attributes:
        film: file.
        model: file.
        is_own_film: whether the model has seen it.
        size: width and height that was measured at.
        frames: how many were measured.
        numbers: means, see `compare.numbers_of`.
        dream: moments of the film through the model, uint8.

    """

    film: Path
    model: Path
    is_own_film: bool
    size: tuple[int, int]
    frames: int
    numbers: dict[str, float]
    dream: tuple[Tensor, ...]


@dataclass(frozen=True)
class Sample:
    """Which frames of a film are taken.

    Attributes:
        info: the film.
        spans: pairs of neighbours, spread over the film.
        shown: numbers of the pairs whose first frame is looked at.
        first_pts: time stamp of the film's first frame.
        notices: what a person should know.

    """

    info: VideoInfo
    spans: tuple[Span, ...]
    shown: tuple[int, ...]
    first_pts: int
    notices: tuple[str, ...] = ()

    @property
    def shape(self) -> Fraction:
        """Width over height, as a player shows it."""
        return Fraction(self.info.width, self.info.height) * self.info.sample_aspect_ratio

    def read(self, width: int, height: int, *, shown_only: bool = False) -> Frames:
        """Read the frames at a size.

        Raises:
            InputError: none of them can be decoded.

        """
        pictures, seconds, pairs, shown = list[Tensor](), list[float](), list[int](), list[int]()
        with SpanReader(self.info, (width, height)) as reader:
            for number, span in enumerate(self.spans):
                if shown_only and number not in self.shown:
                    continue
                for clip in reader.read(span):
                    for frame in clip.frames():
                        if number in self.shown and number not in pairs:
                            shown.append(len(pictures))
                        pictures.append(frame.pixels_TCHW.clone())
                        seconds.append(float((frame.pts_T[0] - self.first_pts) * frame.time_base))
                        pairs.append(number)
        if not shown:
            raise InputError(f"{self.info.path} has no frame that can be decoded; give a film that plays.")
        return Frames(torch.cat(pictures), tuple(seconds), tuple(pairs), tuple(shown))

    def look(self) -> Moments:
        """Read the frames that are looked at; pixels are as wide as high.

        Raises:
            InputError: none of them can be decoded.

        """
        whole = self.info.height, max(1, round(self.info.height * self.shape))
        height, width = fit_long_side(*whole, min(_SHOWN_PX, max(whole)))
        frames = self.read(width, height, shown_only=True)
        pictures = tuple(_as_bytes(frames.x_T3HW[i]) for i in frames.shown)
        return Moments(pictures, tuple(frames.seconds_T[i] for i in frames.shown))


def sample_film(path: Path, num_frames: int, moments: int) -> Sample:
    """Choose pairs of neighbouring frames, spread evenly over a film.

    Args:
        path: the film.
        num_frames: in all, at most.
        moments: how many of them are looked at.

    Raises:
        InputError: it cannot be read, or is a picture.

    """
    info = probe(path)
    if info.kind == "picture":
        raise InputError(f"{path} is a picture; films are seen through models, so give a film.")
    index = index_frames(info)
    total = len(index)
    if not total:
        raise InputError(f"{path} has no frame; give a film that plays.")
    pairs = max(1, min(num_frames, total) // 2)
    edges = [i * total // pairs for i in range(pairs + 1)]
    places = [max(0, (start + end) // 2 - 1) for start, end in pairwise(edges)]
    spans = []
    for place in places:
        end = place + 2
        stop = index.pts[end] if end < total else None
        spans.append(Span(index.pts[place], stop, index.key_before(index.pts[place])))
    num_shown = min(moments, pairs)
    shown = tuple(sorted({(2 * i + 1) * pairs // (2 * num_shown) for i in range(num_shown)}))
    told = (f"{path.name}: {index.breaks_off}.",) if index.breaks_off else ()
    return Sample(info, tuple(spans), shown, index.pts[0], told)


def measure_cell(
    sample: Sample, moments: Moments, model: Path, codec: Codec, backbone: Backbone, *, is_own_film: bool
) -> CellNumbers:
    """See sampled frames through a model and measure what comes out.

    Frames are read at the very size and in the very part that training reads them.

    Raises:
        InputError: none of them can be decoded.

    """
    (model_height, model_width), fit = codec.size, codec.model.card.fit
    frames = sample.read(*fitted_size(sample.shape, model_width, model_height, fit))
    fitting = codec.fitting(*frames.x_T3HW.shape[2:])
    part = fitting.inside
    meter, measured, dream = QualityMeter(), list[FrameNumbers](), list[Tensor]()
    for number in range(len(frames.x_T3HW)):
        x_13HW = frames.x_T3HW[number : number + 1]
        z_1L = codec.encode(x_13HW)
        # Bars are black in both: to measure them would flatter.
        ours, theirs = (
            one[:, :, part.top : part.top + part.height, part.left : part.left + part.width].contiguous()
            for one in (fitting.into(x_13HW), codec.decode(z_1L))
        )
        pair = frames.pair_T[number]
        quality = meter.add(ours, theirs, [pair])[0]
        is_first = number == 0 or frames.pair_T[number - 1] != pair
        similarity = learned_similarity(backbone, ours, theirs)[0] if is_first else None
        measured.append(FrameNumbers(number, frames.seconds_T[number], pair, quality, similarity))
        if number in frames.shown:
            dream.append(_as_bytes(codec.decode(z_1L, size=moments.size)[0]))
    return CellNumbers(
        sample.info.path,
        model,
        is_own_film,
        (part.width, part.height),
        len(measured),
        numbers_of(measured),
        tuple(dream),
    )


def _as_bytes(x_3HW: Tensor) -> Tensor:
    return (x_3HW * 255).round().clamp(0, 255).to(torch.uint8)


def rows_of(cells: Sequence[CellNumbers], num_models: int) -> list[Sequence[CellNumbers]]:
    """Cut the cells into films."""
    return [cells[i : i + num_models] for i in range(0, len(cells), num_models)]
