"""The effect that carries painted keyframes through a film."""

import contextlib
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from mutoscope.core.ahead import run_ahead
from mutoscope.core.clip import Clip
from mutoscope.effects.protocol import Carry, Context, Memory
from mutoscope.effects.shots import Shots
from mutoscope.flow.denoise import denoise
from mutoscope.flow.steady import Motion, carry_and_blend, keep_contrast, measure_motion, shrunken
from mutoscope.keyframes.carry import blend_carried, carry_painting, time_shares
from mutoscope.keyframes.files import GuideReader, Key, Learned, load_learned
from mutoscope.keyframes.fill import certain_of
from mutoscope.keyframes.network import KeyframeNetwork
from mutoscope.keyframes.params import KeyframeParams
from mutoscope.ops.resize import resize
from mutoscope.storage.hashing import hash_file

__all__ = ["KeyframePlay"]


@dataclass(frozen=True)
class _Fetched:
    """A frame before it is painted.

    Attributes:
        frame: as it came.
        quiet_1CHW: without grain.
        carried_1CHW: the keyframes' own strokes.
        trust_11HW: where these belong.

    """

    frame: Clip
    quiet_1CHW: Tensor
    carried_1CHW: Tensor
    trust_11HW: Tensor


@dataclass(frozen=True)
class _Painted:
    """A frame on its way.

    Attributes:
        frame: as it came.
        painted_1CHW: by the network.
        carried_1CHW: the keyframes' own strokes.
        certain_11HW: where these stand.

    """

    frame: Clip
    painted_1CHW: Tensor
    carried_1CHW: Tensor
    certain_11HW: Tensor


class KeyframePlay:
    """Paint a film like its keyframes.

    Where a frame shows what a keyframe shows, that keyframe's own strokes stand, carried along the flow. All else is
    painted by the network, and held steady from frame to frame. Reading and the network run ahead, a thread each.
    """

    analyses: ClassVar[tuple[str, ...]] = ("shots",)
    memory: ClassVar[Memory] = "carried"
    piece_frames: ClassVar[int] = 240
    reads_ahead: ClassVar[int] = 8

    def __init__(self, params: KeyframeParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        """Yield the painted clips.

        Raises:
            WeightsError: the network or the guides are not what was made from keyframes.

        """
        before, shown_before, pts_before = _unpack(ctx.carry)
        frames = (frame for clip in clips for frame in clip.frames())
        with contextlib.ExitStack() as held:
            guides = held.enter_context(GuideReader(Path(self.params.guides))) if self.params.guides else None
            painter = _Painter(self.params.settled("cpu"), guides)
            fetched = run_ahead((painter.fetch(frame) for frame in frames), depth=1)
            held.enter_context(contextlib.closing(fetched))  # type: ignore[type-var] # it is a generator
            stream = run_ahead((painter.paint(one) for one in fetched), depth=1)
            held.enter_context(contextlib.closing(stream))  # type: ignore[type-var] # likewise
            for one, shown, motion in _moving(stream, shown_before, pts_before, ctx):
                params = self.params.at(one.frame.seconds(0))
                result = _joined(one, before, motion, params)
                before, shown_before, pts_before = result, shown, one.frame.pts_T[0]
                yield one.frame.with_pixels(_strong(one.frame.pixels_TCHW, result, params.strength))
        if before is not None and shown_before is not None:
            after = {"shown": shown_before, "painted": before, "pts": torch.tensor([pts_before])}
            ctx.carry.after.update({name: value.clone() for name, value in after.items()})


class _Painter:
    """The network, its keyframes at the size of the film, and the guides."""

    def __init__(self, params: KeyframeParams, guides: GuideReader | None) -> None:
        path = Path(params.network)
        self._learned = _load(path, hash_file(path), params.precision)
        self._guides = guides
        self._keys: tuple[Key, ...] = ()

    def paint(self, fetched: _Fetched) -> _Painted:
        """Paint one frame by the network."""
        carried, trust = fetched.carried_1CHW, fetched.trust_11HW
        painted = _run(self._learned.network, fetched.quiet_1CHW, carried, trust)
        return _Painted(fetched.frame, painted, carried, certain_of(trust))

    def fetch(self, frame: Clip) -> _Fetched:
        """Fetch the keyframes' strokes for one frame."""
        source = _solid(frame)
        height, width = frame.size
        if not self._keys or self._keys[0].painted_CHW.shape[1:] != frame.size:
            keys = self._learned.keys
            self._keys = tuple(replace(k, painted_CHW=resize(k.painted_CHW[None], height, width)[0]) for k in keys)
        found = self._guides.read(self._stamp(frame)) if self._guides is not None else {}
        found = {number: guide for number, guide in found.items() if number < len(self._keys)}
        if found:
            carried = [carry_painting(self._keys[number].painted_CHW, guide) for number, guide in found.items()]
            times = [self._keys[number].seconds for number in found]
            carried_1CHW, trust = blend_carried(carried, time_shares(frame.seconds(0), times))
        else:
            carried_1CHW, trust = source, torch.zeros(1, 1, height, width)
        return _Fetched(frame, denoise(source[0])[None], carried_1CHW, trust)

    def _stamp(self, frame: Clip) -> int:
        """Give the frame's time in the units of the guides; a film may be told in others when it is cut again."""
        assert self._guides is not None
        exact = frame.pts_T[0] * frame.time_base / self._guides.time_base
        return int(exact) if exact.denominator == 1 else round(Fraction(exact))


def _run(network: KeyframeNetwork, frame_p: Tensor, carried: Tensor, trust: Tensor) -> Tensor:
    dtype = next(network.parameters()).dtype
    with torch.no_grad():
        painted: Tensor = network(frame_p, carried, trust, dtype).clamp(0, 1)
    return painted


def _moving(
    stream: Iterator[_Painted], shown_before: Tensor | None, pts_before: int, ctx: Context
) -> Iterator[tuple[_Painted, Tensor, Motion | None]]:
    """Measure the motion to each frame from the one before; None at cuts, and where the size changes."""
    shots: Shots | None = ctx.side.get("shots")
    for one in stream:
        pts, shown = one.frame.pts_T[0], shrunken(one.frame.pixels_TCHW)
        is_cut = shots is not None and shots.is_cut_between(pts_before, pts)
        motion = None
        if shown_before is not None and not is_cut and shown_before.shape == shown.shape:
            motion = measure_motion(shown_before, shown)
        shown_before, pts_before = shown, pts
        yield one, shown, motion


def _joined(one: _Painted, before: Tensor | None, motion: Motion | None, params: KeyframeParams) -> Tensor:
    painted = one.painted_1CHW
    if motion is not None and before is not None and params.hold > 0 and before.shape == painted.shape:
        painted = keep_contrast(carry_and_blend(before, painted, motion, params.hold), painted)
    # The keyframes' strokes are steady by themselves: a blend with the frame before would only blur them.
    return torch.lerp(painted, one.carried_1CHW, one.certain_11HW * params.faithful)


def _strong(source: Tensor, painted: Tensor, strength: float) -> Tensor:
    if strength == 0:
        return source
    return painted if strength == 1 else torch.lerp(source, painted, strength)


def _solid(frame: Clip) -> Tensor:
    """Lay a frame with transparent parts on the mean of what is visible: what nobody sees must not colour the rest."""
    if frame.alpha_T1HW is None:
        return frame.pixels_TCHW
    alpha = frame.alpha_T1HW
    mean = (frame.pixels_TCHW * alpha).sum((2, 3), keepdim=True) / alpha.sum((2, 3), keepdim=True).clamp_min(1e-6)
    return torch.lerp(mean.expand_as(frame.pixels_TCHW), frame.pixels_TCHW, alpha)


@functools.lru_cache(maxsize=2)
def _load(path: Path, _sha256: str, precision: str) -> Learned:
    learned = load_learned(path)
    if precision == "bfloat16":
        learned.network.to(torch.bfloat16)
    return learned


def _unpack(carry: Carry) -> tuple[Tensor | None, Tensor | None, int]:
    state = carry.before
    return (state["painted"], state["shown"], int(state["pts"][0])) if state else (None, None, 0)
