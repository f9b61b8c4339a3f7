"""An effect with a range sees the frames of the range and no other."""

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.effects.identity_params import IdentityParams
from mutoscope.effects.protocol import Context
from mutoscope.effects.ranges import InRange
from mutoscope.testing.check_effect import check_effect
from mutoscope.testing.clips import gradient_clip


class Negative:
    """Turns frames over and remembers the times of those it saw."""

    analyses = ()
    memory = "none"

    def __init__(self, params):
        self.params = params

    def __call__(self, clips, ctx):
        for clip in clips:
            yield clip.with_pixels(1 - clip.pixels_TCHW)


def run(clip, chunk, start, end):
    parts = [clip[i : i + chunk] for i in range(0, len(clip), chunk)]
    return Clip.join(list(InRange(Negative(IdentityParams()), start, end)(iter(parts), Context())))


@pytest.mark.parametrize("chunk", [1, 2, 7])
@pytest.mark.parametrize(("first", "last"), [(0, 7), (2, 5), (0, 3), (4, 7), (3, 3), (6, 7)])
def test_frames_of_the_range_are_changed_and_no_others(chunk, first, last):
    clip = gradient_clip()
    edges = [*(clip.seconds(i) for i in range(7)), 1e6]

    done = run(clip, chunk, edges[first], edges[last])

    changed = [bool((a != b).any()) for a, b in zip(done.pixels_TCHW, clip.pixels_TCHW, strict=True)]
    assert done.pts_T == clip.pts_T
    assert changed == [first <= i < last for i in range(7)]


def test_a_range_without_ends_is_the_whole_film():
    clip = gradient_clip()

    assert torch.equal(run(clip, 3, None, None).pixels_TCHW, 1 - clip.pixels_TCHW)


def test_it_keeps_the_contract():
    clip = gradient_clip()
    check_effect(
        lambda params: InRange(Negative(params), clip.seconds(2), clip.seconds(5)), IdentityParams(), clip=clip
    )
