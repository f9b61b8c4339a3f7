"""Effects that are small enough to be followed by hand; `conftest.fakes` registers them."""

from typing import Annotated

import torch
from pydantic import Field

from mutoscope.effects.params import Params
from mutoscope.effects.registry import Entry


class TrailParams(Params):
    share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How much of the last result stays."""

    picture: Annotated[str, Field(json_schema_extra={"file": True})] | None = None
    """Laid over every frame by a tenth."""


class Trail:
    """Each frame keeps a share of the last result: its memory never ends."""

    analyses = ()
    memory = "carried"
    piece_frames = 4

    def __init__(self, params):
        self.params = params

    def __call__(self, clips, ctx):
        last = ctx.carry.before.get("last")
        for clip in clips:
            for frame in clip.frames():
                x = frame.pixels_TCHW
                last = x if last is None else torch.lerp(x, last, self.params.share)
                yield frame.with_pixels(last)
        if last is not None:
            ctx.carry.after["last"] = last


class NoiseParams(Params):
    amount: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How much noise is laid over a frame."""


class Noise:
    """Each frame gets noise of its own."""

    analyses = ()
    memory = "none"

    def __init__(self, params):
        self.params = params

    def __call__(self, clips, ctx):
        for clip in clips:
            for frame in clip.frames():
                noise = torch.rand(frame.pixels_TCHW.shape, generator=ctx.generator(frame.pts_T[0]))
                yield frame.with_pixels(torch.lerp(frame.pixels_TCHW, noise, self.params.amount))


class Beside:
    """Each frame is the mean of itself and of the frame that the side input "other" shows then."""

    analyses = ()
    memory = "none"

    def __init__(self, params):
        self.params = params

    def __call__(self, clips, ctx):
        others = (frame for clip in ctx.inputs["other"]() for frame in clip.frames())
        shown, coming = next(others), next(others, None)
        for clip in clips:
            for frame in clip.frames():
                while coming is not None and coming.seconds(0) <= frame.seconds(0) + 1e-6:
                    shown, coming = coming, next(others, None)
                yield frame.with_pixels((frame.pixels_TCHW + shown.pixels_TCHW) / 2)


class NoParams(Params):
    """Nothing to set."""


ENTRIES = (
    Entry("fake.trail", "fake_effects:TrailParams", "fake_effects:Trail", "Keep a share of the last result."),
    Entry("fake.noise", "fake_effects:NoiseParams", "fake_effects:Noise", "Lay noise over frames."),
    Entry("fake.beside", "fake_effects:NoParams", "fake_effects:Beside", "Mix with a side input."),
)
