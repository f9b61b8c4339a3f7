"""Latents become a film: decoded, enlarged, coded; memory does not grow with its length."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, Self

import torch
from torch import Tensor

from mutoscope.autoencode.bend_params import BendParams, along
from mutoscope.autoencode.card import Card
from mutoscope.autoencode.codec import Codec
from mutoscope.core.clip import Clip
from mutoscope.core.errors import OutputError, WeightsError
from mutoscope.core.onlooker import show
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.ops.resize import resize
from mutoscope.recipes.film_params import DEFAULT_LONG_SIDE_PX, FilmParams
from mutoscope.video.info import PICTURE_SUFFIXES, VideoInfo, is_sequence_name
from mutoscope.video.write import create_video, is_source

__all__ = ["Block", "Written", "bends_along", "blocks_of", "film_rate", "like_film", "split_options", "write_film"]

_BLOCK_BYTES = 32 << 20
_MOST_IN_BLOCK = 64
_ENLARGED = 4
_RATE = Fraction(25)


@dataclass(frozen=True)
class Block:
    """Some frames that follow each other: latents N,L and their time stamps."""

    z_NL: Tensor
    pts_N: tuple[int, ...]


@dataclass(frozen=True)
class Written:
    """What was written: how many frames, and what a person should know."""

    frames: int
    notices: tuple[str, ...]


class _Shown(Protocol):
    """Parameters of what is shown: numbers may move over the film."""

    @property
    def bends(self) -> tuple[BendParams, ...]: ...

    @property
    def exaggerate(self) -> float: ...

    @property
    def is_animated(self) -> bool: ...

    def at(self, seconds: float) -> Self: ...


def write_film(
    blocks: Iterable[Block],
    result: Path,
    codec: Codec,
    shown: _Shown,
    *,
    like: VideoInfo,
    film: FilmParams,
    total: int,
    sound: Path | None = None,
    inputs: Sequence[Path] = (),
    report: Listener = ignore,
    stage: str = "decode",
) -> Written:
    """Decode latents and write them as a film.

    Args:
        blocks: latents in order; their time stamps are in units of `like.time_base`.
        result: mp4, mov, mkv, webm, gif or a pattern like frame_%05d.png.
        codec: decodes.
        shown: bends and exaggeration, which may be curves over the seconds from the first frame on.
        like: size, rate and time base.
        film: how it is coded.
        total: frames, for the progress.
        sound: film whose sound is carried over.
        inputs: files that the result must not take the place of.
        report: takes progress.
        stage: what the work is called.

    Raises:
        OutputError: the result cannot be written.
        ParameterError: a bend names what the decoder does not have.

    """
    if result.suffix.lower() in PICTURE_SUFFIXES and not is_sequence_name(result) and total > 1:
        raise OutputError(f"{result.name} is a picture; name the result .mp4, .mov, .mkv, .webm or .gif.")
    for one in inputs:
        if is_source(result, one):
            raise OutputError(f"the result {result} is {one.name} itself; give another name, inputs are never changed.")
    codec.check_bends(shown.bends)
    options: Any = {"codec": film.codec, "crf": film.crf, "bit_depth": film.bit_depth, "effort": film.effort}
    done = 0
    report(Progress(stage, 0, total))
    with create_video(result, like=like, source=sound, **options) as writer:
        for block in blocks:
            seconds = [float((pts - like.start_pts) * like.time_base) for pts in block.pts_N]
            for start, end, now in _alike(shown, seconds):
                pixels = _decoded(codec, block.z_NL[start:end], now, (like.height, like.width))
                if not bool(torch.isfinite(pixels).all()):
                    raise WeightsError(
                        "the model gives no pictures for these numbers: they are not finite; get it or them again."
                    )
                writer.write(Clip(pixels, block.pts_N[start:end], like.time_base))
                done += end - start
                show(pixels[-1], seconds[end - 1])
                report(Progress(stage, done, total))
    return Written(done, tuple(writer.notices))


def _alike(shown: _Shown, seconds: Sequence[float]) -> Iterator[tuple[int, int, _Shown]]:
    """Yield runs of frames that have the same parameters."""
    if not shown.is_animated:
        yield 0, len(seconds), shown
        return
    yield from ((i, i + 1, shown.at(now)) for i, now in enumerate(seconds))


def _decoded(codec: Codec, z_NL: Tensor, now: _Shown, size: tuple[int, int]) -> Tensor:
    if now.exaggerate != 1:
        z_NL = codec.mean_L + now.exaggerate * (z_NL - codec.mean_L)
    pictures = codec.decode(z_NL, bends=now.bends)
    # One by one: a frame's bits must not depend on how many are scaled at once.
    return torch.cat([resize(picture[None], *size) for picture in pictures])


def blocks_of(
    at: Callable[[int, int], Tensor], num: int, long_side: int, pts: Sequence[int] | None = None
) -> Iterator[Block]:
    """Ask for the latents of frames first to end - 1, block by block, as many as fit the memory of a clip."""
    size = max(1, min(_MOST_IN_BLOCK, _BLOCK_BYTES // (12 * long_side * long_side)))
    for first in range(0, num, size):
        end = min(num, first + size)
        yield Block(at(first, end), tuple(range(first, end)) if pts is None else tuple(pts[first:end]))


def like_film(result: Path, card: Card, film: FilmParams, rate: Fraction, num: int) -> VideoInfo:
    """Say what a film is like that has no source: the model's shape, four times as large, up to 960 px."""
    width, height = card.profile.width, card.profile.height
    long_side = film.size or min(_ENLARGED * max(width, height), max(DEFAULT_LONG_SIDE_PX, width, height))
    scale = Fraction(long_side, max(width, height))
    width, height = (max(2, 2 * round(side * scale / 2)) for side in (width, height))
    return VideoInfo(
        result, "video", "", "", width, height, frame_rate=rate, time_base=1 / rate, num_frames=num,
        num_frames_from="count",
    )  # fmt: skip


def film_rate(text: str | float | None, otherwise: Fraction = _RATE) -> Fraction:
    """Read frames per second; 29.97 and the like mean 30000/1001."""
    try:
        rate = Fraction(str(text)) if text else otherwise
    except (ValueError, ZeroDivisionError):
        return otherwise
    nominal = round(rate)
    near = Fraction(nominal * 1000, 1001)
    return near if nominal and rate != nominal and abs(rate / near - 1) < Fraction(1, 3000) else rate


def split_options(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part options into those of `FilmParams` and all others."""
    known = FilmParams.model_fields.keys() - {"piece_frames"}
    film = {name: value for name, value in options.items() if name in known}
    return film, {name: value for name, value in options.items() if name not in known}


def bends_along(bends: Any, seconds: float) -> Any:
    """Let amounts like "0..90" go from the film's beginning to its end."""
    texts = [bends] if isinstance(bends, str) else bends
    if not isinstance(texts, list | tuple):
        return bends
    return [along(one, seconds) if isinstance(one, str) else one for text in texts for one in _parted(text)]


def _parted(text: Any) -> list[Any]:
    return [part for part in text.split(";") if part.strip()] if isinstance(text, str) else [text]
