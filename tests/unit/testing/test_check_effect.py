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
from mutoscope.testing.clips import gradient_clip


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


class SetsGlobalSeed(Sound):
    def __call__(self, clips, ctx):
        for clip in clips:
            out = []
            for frame in clip.frames():
                torch.manual_seed(frame.pts_T[0])
                out.append(frame.pixels_TCHW * torch.rand(1))
            yield clip.with_pixels(torch.cat(out))


class WorksInPlaceOnce(Sound):
    """Its second run changes nothing more: only a fresh copy of the clip shows the fault."""

    def __call__(self, clips, ctx):
        for clip in clips:
            yield clip.with_pixels(clip.pixels_TCHW.zero_())


class HoardsLater(Sound):
    """The first clip comes at once, then the rest of the film is kept."""

    def __call__(self, clips, ctx):
        stream = iter(clips)
        for clip in stream:
            yield clip
            yield from list(stream)


class Eager(Sound):
    def __call__(self, clips, ctx):
        return iter(list(super().__call__(clips, ctx)))


class FailsOnEmpty(Sound):
    def __call__(self, clips, ctx):
        stream = iter(clips)
        yield next(stream)
        yield from stream


class Doubles(Sound):
    """Half a frame later each frame comes again."""

    def __call__(self, clips, ctx):
        for clip in clips:
            for frame in clip.frames():
                yield frame
                yield Clip(frame.pixels_TCHW, (frame.pts_T[0] + 4,), frame.time_base)


class DoublesAsDeclared(Doubles):
    changes_times = True


class ForgetsAlphaOfLaterFrames(Sound):
    def __call__(self, clips, ctx):
        for clip in clips:
            alpha = clip.alpha_T1HW.clone()
            alpha[1:] = 1
            yield Clip(clip.pixels_TCHW, clip.pts_T, clip.time_base, alpha)


class SaysItForgets(Sound):
    memory = "none"


class CarriesTooLittle(Sound):
    """Says that its memory is handed on, and hands nothing on."""

    memory = "carried"


class CarriesInSecret(Sound):
    """Each frame for itself, as it says; what is carried is for nothing."""

    memory = "none"

    def __call__(self, clips, ctx):
        for clip in clips:
            yield clip.with_pixels(clip.pixels_TCHW * 0.5)
            ctx.carry.after["last"] = clip.pixels_TCHW[-1:]


class Carries(Sound):
    memory = "carried"

    def __call__(self, clips, ctx):
        previous = ctx.carry.before.get("previous")
        for clip in clips:
            out = []
            for frame in clip.frames():
                previous = frame.pixels_TCHW if previous is None else 0.5 * (frame.pixels_TCHW + previous)
                out.append(previous)
            yield clip.with_pixels(torch.cat(out))
        if previous is not None:
            ctx.carry.after["previous"] = previous


PLANTED = [
    (SaysItForgets, "memory_reaches_no_further"),
    (CarriesTooLittle, "memory_reaches_no_further"),
    (CarriesInSecret, "memory_reaches_no_further"),
    (ClipStatistics, "chunking_is_invisible"),
    (OutOfNothing, "empty_stays_empty"),
    (FailsOnEmpty, "empty_stays_empty"),
    (InPlace, "input_is_untouched"),
    (WorksInPlaceOnce, "input_is_untouched"),
    (Greedy, "is_lazy"),
    (Eager, "is_lazy"),
    (HoardsLater, "is_lazy"),
    (TooBright, "stays_in_range"),
    (NotANumber, "stays_in_range"),
    (OtherParams, "params_round_trip"),
    (LostTime, "pts_increase"),
    (Doubles, "pts_increase"),
    (GlobalChance, "same_seed_same_pixels"),
    (SetsGlobalSeed, "same_seed_same_pixels"),
    (Ghost, "same_seed_same_pixels"),
]


@pytest.mark.parametrize("alpha", [False, True])
def test_a_sound_effect_passes(alpha):
    check_effect(Sound, FadeParams(), clip=gradient_clip(alpha=alpha))


def test_an_effect_that_hands_its_memory_on_passes():
    check_effect(Carries, FadeParams())


def test_there_are_nine_checks():
    assert len(CHECKS) == 9


def test_every_check_has_a_planted_fault():
    assert {rule for _, rule in PLANTED} == {check.__name__ for check in CHECKS}


@pytest.mark.parametrize(("faulty", "rule"), PLANTED)
def test_a_planted_fault_is_told_under_its_own_name(faulty, rule):
    with pytest.raises(ContractError, match=f"^{rule}: "):
        check_effect(faulty, FadeParams())


@pytest.mark.parametrize(("faulty", "rule"), PLANTED)
def test_each_check_alone_catches_its_own_fault(faulty, rule):
    with pytest.raises(ContractError, match=f"^{rule}: "):
        getattr(kit, rule)(Case(faulty, FadeParams()))


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
def test_each_check_alone_passes_the_sound_effect(check):
    assert check(Case(Sound, FadeParams())) is None


def test_other_time_stamps_pass_where_they_are_declared():
    check_effect(DoublesAsDeclared, FadeParams())


def test_alpha_is_compared_as_well():
    with pytest.raises(ContractError, match=r"^chunking_is_invisible: "):
        check_effect(ForgetsAlphaOfLaterFrames, FadeParams(), clip=gradient_clip(alpha=True))


def test_the_kit_leaves_the_given_clip_and_the_global_generator_alone():
    clip, state = gradient_clip(), torch.get_rng_state()

    with pytest.raises(ContractError):
        check_effect(InPlace, FadeParams(), clip=clip)
    kit.same_seed_same_pixels(Case(Sound, FadeParams()))

    assert torch.equal(clip.pixels_TCHW, gradient_clip().pixels_TCHW)
    assert torch.equal(state, torch.get_rng_state())
