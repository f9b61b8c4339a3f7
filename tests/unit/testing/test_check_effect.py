"""The contract kit catches planted faults, each with the right rule, and passes a sound effect."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Annotated, ClassVar

import pytest
import torch
from pydantic import Field

from mutoscope.core.clip import Clip
from mutoscope.effects.params import Params
from mutoscope.effects.protocol import Context
from mutoscope.testing import check_effect as kit
from mutoscope.testing.check_effect import CHECKS, Case, ContractError, check_effect


class FadeParams(Params):
    amount: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of black."""


class Sound:
    """A noisy fade with memory, done right."""

    analyses: ClassVar[tuple[str, ...]] = ()

    def __init__(self, params: FadeParams) -> None:
        self.params = params

    def __call__(self, clips: Iterable[Clip], ctx: Context) -> Iterator[Clip]:
        previous = None
        for clip in clips:
            out = []
            for frame in clip.frames():
                noise = torch.rand(frame.pixels_TCHW.shape, generator=ctx.generator(frame.pts_T[0]))
                x = frame.pixels_TCHW * (1 - self.params.amount) + 0.1 * noise
                previous = x if previous is None else 0.5 * (x + previous)
                out.append(previous.clamp(0, 1))
            yield clip.with_pixels(torch.cat(out))


class ClipStatistics(Sound):
    def __call__(self, clips, ctx):
        for clip in clips:
            yield clip.with_pixels((clip.pixels_TCHW - clip.pixels_TCHW.mean() + 0.5).clamp(0, 1))


class OutOfNothing(Sound):
    def __call__(self, clips, ctx):
        yield from super().__call__(clips, ctx)
        if not list(clips) and not getattr(self, "fed", False):
            yield Clip(torch.zeros(1, 3, 17, 23), (10**6,), Fraction(1, 240))


class InPlace(Sound):
    def __call__(self, clips, ctx):
        for clip in clips:
            yield clip.with_pixels(clip.pixels_TCHW.mul_(0.5))


class Greedy(Sound):
    def __call__(self, clips, ctx):
        yield from super().__call__(iter(list(clips)), ctx)


class TooBright(Sound):
    def __call__(self, clips, ctx):
        for clip in clips:
            yield clip.with_pixels(clip.pixels_TCHW * 1.5)


class NotANumber(Sound):
    def __call__(self, clips, ctx):
        for clip in clips:
            x = clip.pixels_TCHW
            yield clip.with_pixels(x / x.amax((1, 2, 3), keepdim=True))


class OtherParams(Sound):
    def __init__(self, params):
        self.params = params.model_copy(update={"amount": 0.25})


class LostTime(Sound):
    def __call__(self, clips, ctx):
        for clip in super().__call__(clips, ctx):
            for frame in clip.frames():
                yield Clip(frame.pixels_TCHW, (0,), frame.time_base)


class GlobalChance(Sound):
    def __call__(self, clips, ctx):
        for clip in clips:
            yield clip.with_pixels((clip.pixels_TCHW * torch.rand(1)).clamp(0, 1))


class Ghost(Sound):
    """Keeps state between runs: the second begins with the first one's last frame."""

    previous = None

    def __call__(self, clips, ctx):
        for clip in clips:
            out = []
            for frame in clip.frames():
                x = frame.pixels_TCHW
                self.previous = x if self.previous is None else 0.5 * (x + self.previous)
                out.append(self.previous)
            yield clip.with_pixels(torch.cat(out))


def test_a_sound_effect_passes():
    check_effect(Sound, FadeParams())


def test_there_are_eight_checks():
    assert len(CHECKS) == 8


@pytest.mark.parametrize(
    ("faulty", "rule"),
    [
        (ClipStatistics, "chunking_is_invisible"),
        (InPlace, "chunking_is_invisible|input_is_untouched"),
        (Greedy, "is_lazy"),
        (TooBright, "stays_in_range"),
        (NotANumber, "stays_in_range"),
        (OtherParams, "params_round_trip"),
        (LostTime, "chunking_is_invisible|pts_increase"),
        (GlobalChance, "chunking_is_invisible|same_seed_same_pixels"),
        (Ghost, "same_seed_same_pixels"),
        (OutOfNothing, "empty_stays_empty|chunking_is_invisible"),
    ],
)
def test_a_planted_fault_is_caught(faulty, rule):
    with pytest.raises(ContractError, match=rule):
        check_effect(faulty, FadeParams())


@pytest.mark.parametrize(
    ("faulty", "rule"),
    [
        (ClipStatistics, kit.chunking_is_invisible),
        (OutOfNothing, kit.empty_stays_empty),
        (InPlace, kit.input_is_untouched),
        (Greedy, kit.is_lazy),
        (TooBright, kit.stays_in_range),
        (OtherParams, kit.params_round_trip),
        (LostTime, kit.pts_increase),
        (GlobalChance, kit.same_seed_same_pixels),
        (Ghost, kit.same_seed_same_pixels),
    ],
)
def test_each_check_alone_catches_its_own_fault(faulty, rule):
    with pytest.raises((ContractError, ValueError)):
        rule(Case(faulty, FadeParams()))


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_alone_passes_the_sound_effect(check):
    assert check(Case(Sound, FadeParams())) is None
