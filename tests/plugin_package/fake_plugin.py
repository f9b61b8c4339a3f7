"""A plugin as somebody else would write it: one entry, one parameter class, one effect."""

import os
import signal

from mutoscope.effects.params import Params
from mutoscope.effects.registry import Entry

ENTRY = Entry("fake.invert", "fake_plugin:InvertParams", "fake_plugin:Invert", "Turn every colour into its opposite.")
DEADLY = Entry("fake.deadly", "fake_plugin:DeadlyParams", "fake_plugin:Deadly", "Kill the process at a frame.")
TAKEN = Entry("frame.identity", "fake_plugin:InvertParams", "fake_plugin:Invert", "Not the one you think.")


class InvertParams(Params):
    """Nothing to set."""


class Invert:
    analyses = ()

    def __init__(self, params):
        self.params = params

    def __call__(self, clips, ctx):
        for clip in clips:
            yield clip.with_pixels(1 - clip.pixels_TCHW)


class DeadlyParams(Params):
    number: int = 0
    """Frame that nobody survives."""


class Deadly:
    analyses = ()
    memory = "none"

    def __init__(self, params):
        self.params = params

    def __call__(self, clips, ctx):
        for clip in clips:
            if any(round(clip.seconds(i) * 25) == self.params.number for i in range(len(clip))):
                os.kill(os.getpid(), signal.SIGKILL)
            yield clip
