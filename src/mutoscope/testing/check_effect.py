"""The contract of an effect, as eight checks. Run them on yours:

    from mutoscope.testing.check_effect import check_effect
    check_effect(MyEffect, MyParams(decay=0.8))
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from mutoscope.core.clip import Clip
from mutoscope.effects.params import Params
from mutoscope.effects.protocol import Context, Effect
from mutoscope.testing.clips import gradient_clip

__all__ = ["CHECKS", "Case", "ContractError", "check_effect"]


class ContractError(AssertionError):
    """An effect broke a rule; the message begins with the rule's name."""


@dataclass(frozen=True)
class Case:
    """What is checked: how the effect is made, on which clip, in which context.

    Attributes:
        make: the effect's class, called with parameters.
        params: its parameters.
        clip: what it is fed; odd sides and several frames.
        context: seed, side data and side inputs that the effect needs.
        tolerance: largest difference that two ways of cutting the film may show.
    """

    make: Callable[[Any], Effect[Any]]
    params: Params
    clip: Clip = field(default_factory=gradient_clip)
    context: Context = field(default_factory=Context)
    tolerance: float = 1e-6

    def run(self, clips: list[Clip], context: Context | None = None) -> list[Clip]:
        """Make the effect anew and pull everything through it."""
        return list(self.make(self.params)(iter(clips), context or self.context))


def check_effect(
    make: Callable[[Any], Effect[Any]],
    params: Params,
    *,
    clip: Clip | None = None,
    context: Context | None = None,
    tolerance: float = 1e-6,
) -> None:
    """Run all eight checks.

    Raises:
        ContractError: names the first rule that is broken.
    """
    case = Case(make, params, clip or gradient_clip(), context or Context(), tolerance)
    for check in CHECKS:
        check(case)


def chunking_is_invisible(case: Case) -> None:
    """The same film cut into other clips gives the same pixels and time stamps."""
    whole = Clip.join(case.run([case.clip]))
    for length in (1, 2, 3):
        parts = [case.clip[i : i + length] for i in range(0, len(case.clip), length)]
        cut = Clip.join(case.run(parts))
        if cut.pts_T != whole.pts_T:
            _fail(chunking_is_invisible, f"clips of {length} frames give other time stamps")
        gap = (cut.pixels_TCHW - whole.pixels_TCHW).abs().max().item()
        if gap > case.tolerance:
            _fail(chunking_is_invisible, f"clips of {length} frames differ from one clip by {gap:.2g}")


def empty_stays_empty(case: Case) -> None:
    """No clips in, no clips out, and no error."""
    if case.run([]):
        _fail(empty_stays_empty, "clips came out of nothing")


def input_is_untouched(case: Case) -> None:
    """The clips that go in are not changed."""
    before = case.clip.pixels_TCHW.clone()
    case.run([case.clip])
    if not torch.equal(before, case.clip.pixels_TCHW):
        case.clip.pixels_TCHW.copy_(before)
        _fail(input_is_untouched, "the effect changed its input in place; make a new tensor")


def is_lazy(case: Case) -> None:
    """Nothing is pulled before it is asked for, and never more than is needed for the next clip."""
    pulled = 0

    def watched() -> Iterator[Clip]:
        nonlocal pulled
        for frame in case.clip.frames():
            pulled += 1
            yield frame

    output = iter(case.make(case.params)(watched(), case.context))
    if pulled:
        _fail(is_lazy, "clips were pulled before the first was asked for; write a generator")
    next(output, None)
    if pulled == len(case.clip) and len(case.clip) > 2:
        _fail(is_lazy, "the whole film was pulled for the first clip; pull one, yield one")


def stays_in_range(case: Case) -> None:
    """Pixels are float32, finite, 0..1, also for black, white and loud input."""
    x = case.clip.pixels_TCHW
    for pixels in (x, torch.zeros_like(x), torch.ones_like(x), (x > 0.5).float()):
        for clip in case.run([case.clip.with_pixels(pixels)]):
            y = clip.pixels_TCHW
            if y.dtype != torch.float32 or not bool(y.isfinite().all()):
                _fail(stays_in_range, "pixels are not finite float32")
            if y.min() < 0 or y.max() > 1:
                _fail(stays_in_range, f"pixels reach {y.min():.3g}..{y.max():.3g}; clamp to 0..1")


def params_round_trip(case: Case) -> None:
    """Parameters survive JSON, and the effect gives them back as it got them."""
    again = type(case.params).model_validate_json(case.params.model_dump_json())
    if again != case.params:
        _fail(params_round_trip, "parameters differ after JSON")
    if case.make(case.params).params != case.params:
        _fail(params_round_trip, "the effect's own `params` are not what it was made with")


def pts_increase(case: Case) -> None:
    """Time stamps rise strictly over the whole film, and the time base stays."""
    stamps = [p for clip in case.run(list(case.clip.frames())) for p in clip.pts_T]
    if any(b <= a for a, b in zip(stamps, stamps[1:], strict=False)):
        _fail(pts_increase, f"time stamps do not rise: {stamps}")
    if any(clip.time_base != case.clip.time_base for clip in case.run([case.clip])):
        _fail(pts_increase, "the time base changed")


def same_seed_same_pixels(case: Case) -> None:
    """Two runs of one effect are equal: no global chance, and no state kept between calls."""
    effect = case.make(case.params)
    first = Clip.join(list(effect(iter([case.clip]), case.context)))
    torch.rand(7)  # moves the global generator: an effect that draws from it differs now
    second = Clip.join(list(effect(iter([case.clip]), case.context)))
    if not torch.equal(first.pixels_TCHW, second.pixels_TCHW):
        _fail(same_seed_same_pixels, "two runs differ; draw noise from ctx.generator(pts), keep state in the call")


CHECKS: tuple[Callable[[Case], None], ...] = (
    pts_increase,  # first: clips whose time stamps are wrong cannot be joined and compared
    chunking_is_invisible,
    empty_stays_empty,
    input_is_untouched,
    is_lazy,
    stays_in_range,
    params_round_trip,
    same_seed_same_pixels,
)


def _fail(check: Callable[[Case], None], reason: str) -> None:
    raise ContractError(f"{check.__name__}: {reason}")
