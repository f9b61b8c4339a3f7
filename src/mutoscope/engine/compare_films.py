"""A film beside its dream as films: both and their difference side by side, and the difference alone."""

from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from mutoscope.autoencode.compare import FrameNumbers
from mutoscope.core.clip import Clip
from mutoscope.engine.compare_pair import FilmPair, Pictures
from mutoscope.ops.resize import fit_long_side, resize
from mutoscope.video.compare_page import ComparePage, Readout
from mutoscope.video.sheet import time_code
from mutoscope.video.write import create_video

__all__ = ["LEAST_PX", "CompareFilms"]

LEAST_PX = 320
"""Smaller pictures are enlarged: words need room above them."""
_CRF = 20
"""Clean to the eye; a difference is mostly grain, on which finer steps spend many bytes."""
_RANGE_DB, _TICKS_DB = (10.0, 40.0), (10.0, 20.0, 30.0, 40.0)


class CompareFilms:
    """Writes both films; a context manager."""

    def __init__(self, pair: FilmPair, side_by_side: Path, difference: Path, long_side: int, gain: float) -> None:
        self._pair, self._gain = pair, gain
        self._places = side_by_side, difference
        self._at = f"{pair.measured[1]}x{pair.measured[0]}"
        height, width = fit_long_side(*pair.size, max(LEAST_PX, min(long_side, max(pair.size))))
        self._size = max(2, 2 * round(height / 2)), max(2, 2 * round(width / 2))
        info = pair.source.source
        titles = (
            ("source", info.path.name),
            ("dream", pair.dream.source.path.name),
            (f"difference \u00d7{gain:g}", "black: equal"),
        )
        self._page = ComparePage(
            self._size,
            titles,
            pair.frames,
            pair.cuts,
            value_range=_RANGE_DB,
            ticks=_TICKS_DB,
            unit="dB",
            widest=Readout("000:00.00", "00.0 dB", f"SSIM -0.00  at {self._at}"),
        )
        self._like = replace(info, sample_aspect_ratio=Fraction(1), has_alpha=False, rotation=0)

    def __enter__(self) -> Self:
        source = self._pair.source.source.path
        with ExitStack() as stack:
            self._films = [
                stack.enter_context(
                    create_video(
                        place,
                        like=replace(self._like, height=size[0], width=size[1]),
                        source=sound,
                        crf=_CRF,
                        effort="draft",
                    )
                )
                for place, size, sound in zip(self._places, (self._page.size, self._size), (source, None), strict=True)
            ]
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def notices(self) -> list[str]:
        """What a person should know about the films."""
        return [notice for film in self._films for notice in film.notices]

    def draw(self, frame: FrameNumbers, pictures: Pictures) -> None:
        """Write a frame of each film."""
        x, y = (resize(one, *self._size)[0] for one in (pictures.source_13HW, pictures.dream_13HW))
        difference = ((x - y).abs() * self._gain).clamp_(max=1)
        quality = frame.quality
        small = f"SSIM {quality.ssim:.2f}  at {self._at}"
        readout = Readout(time_code(frame.seconds), f"{quality.psnr:.1f} dB", small)
        page = self._page.draw(frame.number, (x, y, difference), quality.psnr, readout)
        for film, drawn in zip(self._films, (page, difference), strict=True):
            film.write(Clip(drawn[None], (pictures.pts,), self._pair.source.source.time_base))
