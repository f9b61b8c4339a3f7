"""A plugin as somebody else would write it: one entry, one parameter class, one effect."""

from mutoscope.effects.params import Params
from mutoscope.effects.registry import Entry

ENTRY = Entry("fake.invert", "fake_plugin:InvertParams", "fake_plugin:Invert", "Turn every colour into its opposite.")
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
