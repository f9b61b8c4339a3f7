"""The contract of an effect, as nine checks.

Run them on yours: `check_effect(MyEffect, MyParams(decay=0.8))`. An effect that gives other time stamps than it
takes (it drops, doubles or moves frames) says so by `changes_times = True` in its class.
"""

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from mutoscope.core.clip import Clip
from mutoscope.effects.params import Params
from mutoscope.effects.protocol import Carry, Context, Effect, memory_of
from mutoscope.testing.clips import gradient_clip

__all__ = ["CHECKS", "Case", "ContractError", "check_effect"]

_MAX_AHEAD_CLIPS = 2
"""An effect may look at the next clip before it gives this one, and no further."""


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

    def run(self, clips: list[Clip]) -> list[Clip]:
        """Make the effect anew and pull everything through it."""
        return list(self.make(self.params)(iter(clips), self.context))

    @property
    def keeps_times(self) -> bool:
        """Whether the effect promises the time stamps that it takes, as effects do unless they say otherwise."""
        return not getattr(self.make(self.params), "changes_times", False)


def check_effect(
    make: Callable[[Any], Effect[Any]],
    params: Params,
    *,
    clip: Clip | None = None,
    context: Context | None = None,
    tolerance: float = 1e-6,
) -> None:
    """Run all nine checks.

    Raises:
        ContractError: names the first rule that is broken.

    """
    case = Case(make, params, clip or gradient_clip(), context or Context(), tolerance)
    for check in CHECKS:
        check(case)


def _rule(check: Callable[[Case], None]) -> Callable[[Case], None]:
    """Give a check its own copy of the clip, and let every failure begin with the check's name."""

    @functools.wraps(check)
    def checked(case: Case) -> None:
        try:
            check(replace(case, clip=_copy(case.clip)))
        except ContractError as error:
            raise ContractError(f"{check.__name__}: {error}") from error.__cause__
        except Exception as error:
            raise ContractError(f"{check.__name__}: the effect raised {type(error).__name__}: {error}") from error

    return checked


@_rule
def input_is_untouched(case: Case) -> None:
    """The clips that go in are not changed."""
    before = _copy(case.clip)
    case.run([case.clip])
    if _gap(before, case.clip) > 0:
        raise ContractError("the effect changed its input in place; make a new tensor")


@_rule
def empty_stays_empty(case: Case) -> None:
    """No clips in, no clips out, and no error."""
    if case.run([]):
        raise ContractError("clips came out of nothing")


@_rule
def params_round_trip(case: Case) -> None:
    """Parameters survive JSON, and the effect gives them back as it got them."""
    again = type(case.params).model_validate_json(case.params.model_dump_json())
    if again != case.params:
        raise ContractError("parameters differ after JSON")
    if case.make(case.params).params != case.params:
        raise ContractError("the effect's own `params` are not what it was made with")


@_rule
def is_lazy(case: Case) -> None:
    """Nothing is pulled before it is asked for, and hardly more than what has been given.

    An effect whose work overlaps with reading says in `reads_ahead` how many frames that takes.
    """
    pulled = given = 0

    def watched() -> Iterator[Clip]:
        nonlocal pulled
        for frame in case.clip.frames():
            pulled += 1
            yield frame

    effect = case.make(case.params)
    most_ahead = _MAX_AHEAD_CLIPS + int(getattr(effect, "reads_ahead", 0))
    output = iter(effect(watched(), case.context))
    if pulled:
        raise ContractError("clips were pulled before the first was asked for; write a generator")
    keeps_times = case.keeps_times
    for clip in output:
        if given == 0 and pulled == len(case.clip) > most_ahead:
            raise ContractError("the whole film was pulled for the first clip; pull one, yield one")
        given += len(clip)
        if keeps_times and pulled - given >= most_ahead:
            raise ContractError(f"{pulled} clips were pulled when {given} had been given; pull one, yield one")


@_rule
def pts_increase(case: Case) -> None:
    """Time stamps rise strictly over the whole film, the time base stays, and so do the stamps unless declared."""
    done = case.run(list(case.clip.frames()))
    stamps = tuple(p for clip in done for p in clip.pts_T)
    if any(b <= a for a, b in pairwise(stamps)):
        raise ContractError(f"time stamps do not rise: {stamps}")
    if any(clip.time_base != case.clip.time_base for clip in done):
        raise ContractError("the time base changed")
    if case.keeps_times and stamps != case.clip.pts_T:
        raise ContractError(
            f"time stamps {stamps} came out of {case.clip.pts_T}; "
            "keep them, or declare `changes_times = True` in the class"
        )


@_rule
def stays_in_range(case: Case) -> None:
    """Pixels are float32, finite, 0..1, also for black, white and loud input."""
    x = case.clip.pixels_TCHW
    for pixels in (x, torch.zeros_like(x), torch.ones_like(x), (x > 0.5).float()):
        for clip in case.run([case.clip.with_pixels(pixels.clone())]):
            for name, y in (("pixels", clip.pixels_TCHW), ("alpha", clip.alpha_T1HW)):
                if y is None:
                    continue
                if not bool(y.isfinite().all()):
                    raise ContractError(f"{name} are not finite")
                if y.min() < 0 or y.max() > 1:
                    raise ContractError(f"{name} reach {y.min():.3g}..{y.max():.3g}; clamp to 0..1")


@_rule
def same_seed_same_pixels(case: Case) -> None:
    """Two runs of one effect are equal: no global chance, no global seed, and no state kept between calls."""
    effect = case.make(case.params)
    runs, states = [], []
    with torch.random.fork_rng(devices=[]):
        for _ in range(2):
            torch.rand(7)  # moves the global generator: an effect that draws from it differs the second time
            runs.append(Clip.join(list(effect(iter([_copy(case.clip)]), case.context))))
            states.append(torch.get_rng_state())
    if _gap(*runs) > 0:
        raise ContractError("two runs differ; draw noise from ctx.generator(pts), keep state in the call")
    if torch.equal(*states):
        raise ContractError("the effect set the global seed, which others draw from; use ctx.generator(pts)")


@_rule
def chunking_is_invisible(case: Case) -> None:
    """The same film cut into other clips gives the same pixels, alpha and time stamps."""
    whole = Clip.join(case.run([case.clip]))
    for length in (1, 2, 3):
        parts = [case.clip[i : i + length] for i in range(0, len(case.clip), length)]
        cut = Clip.join(case.run(parts))
        if cut.pts_T != whole.pts_T:
            raise ContractError(f"clips of {length} frames give other time stamps")
        gap = _gap(cut, whole)
        if gap > case.tolerance:
            raise ContractError(f"clips of {length} frames differ from one clip by {gap:.2g}")


@_rule
def memory_reaches_no_further(case: Case) -> None:
    """What `memory` promises holds: pieces computed apart, with what is carried between them, give the same film."""
    memory = memory_of(case.make(case.params))
    if memory in ("shot", "film"):
        return
    whole = Clip.join(case.run([case.clip]))
    for cut in range(1, len(case.clip)):
        before, after = Carry(), Carry()
        pieces = list(case.make(case.params)([case.clip[:cut]], replace(case.context, carry=before)))
        if memory == "carried":
            after.before = {name: tensor.clone() for name, tensor in before.after.items()}
        elif before.after:
            raise ContractError("`memory` is none and yet something is carried; declare memory = 'carried'")
        pieces += case.make(case.params)([case.clip[cut:]], replace(case.context, carry=after))
        gap = _gap(Clip.join(pieces), whole)
        if gap > case.tolerance:
            told = "put all of it into ctx.carry.after" if memory == "carried" else "declare how far it remembers"
            raise ContractError(f"cut before frame {cut} the film differs by {gap:.2g}; {told}")


CHECKS: tuple[Callable[[Case], None], ...] = (
    # In this order a fault is told under its own name: an effect that works in place, out of nothing or by
    # global chance also fails to be cut, which comes last.
    input_is_untouched,
    empty_stays_empty,
    params_round_trip,
    is_lazy,
    pts_increase,
    stays_in_range,
    same_seed_same_pixels,
    chunking_is_invisible,
    memory_reaches_no_further,
)


def _copy(clip: Clip) -> Clip:
    alpha = clip.alpha_T1HW
    return replace(clip, pixels_TCHW=clip.pixels_TCHW.clone(), alpha_T1HW=None if alpha is None else alpha.clone())


def _gap(a: Clip, b: Clip) -> float:
    """Largest difference in pixels and alpha; infinite where they cannot be compared or are not numbers."""
    return max(_distance(a.pixels_TCHW, b.pixels_TCHW), _distance(a.alpha_T1HW, b.alpha_T1HW))


def _distance(a: Tensor | None, b: Tensor | None) -> float:
    if a is None or b is None:
        return 0.0 if a is b else float("inf")
    if a.shape != b.shape:
        return float("inf")
    gap = float((a - b).abs().max()) if a.numel() else 0.0
    return float("inf") if math.isnan(gap) else gap
