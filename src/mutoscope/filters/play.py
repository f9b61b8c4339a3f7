"""The effect that plays a filter over a film."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.core.ahead import run_ahead
from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError, WeightsError
from mutoscope.effects.protocol import Carry, Context, Memory
from mutoscope.effects.shots import Shots
from mutoscope.filters.card import Card
from mutoscope.filters.files import Filter, load_filter
from mutoscope.filters.network import mix_styles
from mutoscope.filters.params import FilterParams, parse_palette
from mutoscope.filters.runtime import Runner, make_runner, play_foreign
from mutoscope.filters.runtime_table import Choice
from mutoscope.filters.tiled import LARGE_PX, paint_tiled
from mutoscope.flow.steady import Motion, carry_and_blend, keep_contrast, measure_motion, shrunken
from mutoscope.ops.blend import on_visible_mean
from mutoscope.ops.colour_transfer import keep_colours
from mutoscope.ops.limit import limit_colours
from mutoscope.storage.hashing import hash_file

__all__ = ["Play", "load_mixed"]

_BATCH_PX_ON_GPU = 8 * 1280 * 720
_MOST_PLAYERS = 8  # a chain may hold several filters
_TILE_PX = 1024


class Play:
    """Paint a film with a filter: the network, then a blend over time, colours, and strength.

    Reading and the network run ahead in a thread of their own while frames are blended and written.
    """

    piece_frames: ClassVar[int] = 240
    reads_ahead: ClassVar[int] = 4

    def __init__(self, params: FilterParams) -> None:
        self.params = params

    @property
    def memory(self) -> Memory:
        """Frames depend on earlier ones where they are blended."""
        return "carried" if self.params.smooth > 0 or self.params.moves("smooth") else "none"

    @property
    def analyses(self) -> tuple[str, ...]:
        """Cuts are wanted where frames are blended."""
        return ("shots",) if self.memory == "carried" else ()

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the painted clips.

        Raises:
            ParameterError: there is no such filter, or filters cannot be mixed.
            WeightsError: a filter's file is broken.

        """
        player = _player_for(self.params.settled(ctx.device), ctx.device, torch.get_num_threads())
        frames = (frame for clip in clips for frame in clip.frames())
        batch_px = 0 if ctx.device == "cpu" else _BATCH_PX_ON_GPU
        # Three stages, each in a thread: reading and the network; motion; blending, and whoever writes the result.
        painted_ones = run_ahead(player.paint_all(frames, batch_px), depth=1)
        if self.memory == "none":
            for frame, painted in painted_ones:
                yield frame.with_pixels(_finished(frame, painted, self.params.at(frame.seconds(0)), player.colours))
            return
        before, shown_before, pts_before = _unpack(ctx.carry)
        for frame, painted, shown, motion in run_ahead(_moving(painted_ones, shown_before, pts_before, ctx), depth=1):
            params, result = self.params.at(frame.seconds(0)), painted
            if motion is not None and before is not None and params.smooth > 0:
                before = carry_and_blend(before, painted, motion, params.smooth)
                result = keep_contrast(before, painted)
            else:
                before = painted
            shown_before, pts_before = shown, frame.pts_T[0]
            yield frame.with_pixels(_finished(frame, result, params, player.colours))
        if before is not None and shown_before is not None:
            after = {"shown": shown_before, "painted": before, "pts": torch.tensor([pts_before])}
            ctx.carry.after.update({name: value.clone() for name, value in after.items()})


def _moving(
    painted_ones: Iterator[tuple[Clip, Tensor]], shown_before: Tensor | None, pts_before: int, ctx: Context
) -> Iterator[tuple[Clip, Tensor, Tensor, Motion | None]]:
    """Measure the motion to each frame from the one before; None at cuts, and where the size changes."""
    shots: Shots | None = ctx.side.get("shots")
    for frame, painted in painted_ones:
        pts, shown = frame.pts_T[0], shrunken(frame.pixels_TCHW)
        is_cut = shots is not None and shots.is_cut_between(pts_before, pts)
        goes_on = shown_before is not None and not is_cut and shown_before.shape == shown.shape
        motion = measure_motion(shown_before, shown) if shown_before is not None and goes_on else None
        shown_before, pts_before = shown, pts
        yield frame, painted, shown, motion


def _finished(frame: Clip, painted: Tensor, params: FilterParams, colours: Tensor | None) -> Tensor:
    source = frame.pixels_TCHW
    if params.strength == 0:
        return source
    if colours is not None:
        painted = limit_colours(painted, colours, params.dither)
    if params.keep_colours > 0:
        painted = torch.lerp(painted, keep_colours(painted, source), params.keep_colours)
    return painted if params.strength == 1 else torch.lerp(source, painted, params.strength)


@dataclass(frozen=True)
class _Player:
    """A filter made ready.

    Attributes:
        run: paints frames of usual size.
        filter_: for large frames; None for a foreign model.
        colours: K,3 sRGB of the palette, or None.
        tile: side of tiles in px, where it was asked for.
        device: torch device.

    """

    run: Runner
    filter_: Filter | None
    colours: Tensor | None
    tile: int | None
    device: str

    def paint_all(self, frames: Iterator[Clip], batch_px: int) -> Iterator[tuple[Clip, Tensor]]:
        """Give each frame with what the network makes of it, 1,3,H,W on the CPU; several at once up to `batch_px`."""
        for (height, width), same in groupby(frames, lambda frame: frame.size):
            batch = max(1, batch_px // (height * width))
            while group := list(islice(same, batch)):
                painted = self._paint(
                    torch.cat([on_visible_mean(frame.pixels_TCHW, frame.alpha_T1HW) for frame in group])
                )
                yield from zip(group, torch.split(painted, 1), strict=True)

    def _paint(self, x_NCHW: Tensor) -> Tensor:
        side = self.tile or (_TILE_PX if x_NCHW[0, 0].numel() > LARGE_PX else None)
        if side is None or self.filter_ is None:
            return self.run(x_NCHW)
        return torch.cat([paint_tiled(self.filter_, x.to(self.device), side).cpu() for x in torch.split(x_NCHW, 1)])


def load_mixed(params: FilterParams) -> Filter:
    """Load the filters that are named and mix their styles.

    Raises:
        ParameterError: they belong to different networks.
        WeightsError: a file is broken.

    """
    loaded = {name: load_filter(item.path) for name, item in params.items().items()}
    first = loaded[params.main]
    for name, other in loaded.items():
        if name != params.main and (other.network is not first.network):
            raise ParameterError(
                f"{name!r} cannot be mixed into {params.main!r}: they belong to different networks; "
                "filters that came with Mutoscope, and styles trained on them, can be mixed."
            )
    if len(loaded) == 1:
        return first
    return Filter(first.card, first.network, mix_styles({n: f.style for n, f in loaded.items()}, params.shares()))


@functools.lru_cache(maxsize=_MOST_PLAYERS)
def _player_for(params: FilterParams, device: str, threads: int) -> _Player:
    if params.files_digest() != params.digest:
        raise WeightsError(
            f"the filter {params.main!r} on this machine is another one than the run began with; "
            "use the same shelf on all machines, or start again."
        )
    item = params.items()[params.main]
    colours = _colours(params, item.card)
    if item.card.kind == "onnx":
        if hash_file(item.path) != item.card.style.sha256:
            raise WeightsError(f"{item.path} is not the file that was checked; remove it and import it again.")
        return _Player(play_foreign(item.path, item.card.pixel_range, threads), None, colours, None, device)
    assert params.runtime != "auto"
    assert params.precision != "auto"
    loaded = load_mixed(params).to(device)
    run = make_runner(loaded, Choice(params.runtime, params.precision), device=device, threads=threads)
    return _Player(run, loaded, colours, params.tile, device)


def _colours(params: FilterParams, card: Card) -> Tensor | None:
    wanted = parse_palette(params.palette, card.palette)
    if params.palette and not wanted:
        raise ParameterError(f"palette={params.palette!r}: {card.name!r} has no colours of its own; name some.")
    rows = [[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in wanted]
    return torch.tensor(rows) if rows else None


def _unpack(carry: Carry) -> tuple[Tensor | None, Tensor | None, int]:
    state = carry.before
    return (state["painted"], state["shown"], int(state["pts"][0])) if state else (None, None, 0)
