"""Write an effect of your own and check that it keeps the contract.

python examples/own_effect.py clip.mp4 out.mp4
"""

import sys
from typing import Annotated

from pydantic import Field

from mutoscope import run_effect
from mutoscope.effects.params import Params
from mutoscope.testing.check_effect import check_effect


class PosterParams(Params):
    levels: Annotated[int, Field(ge=2, le=64)] = 5
    """Steps that each colour has."""


class Poster:
    analyses = ()

    def __init__(self, params):
        self.params = params

    def __call__(self, clips, ctx):
        for clip in clips:
            steps = self.params.levels - 1
            yield clip.with_pixels((clip.pixels_TCHW * steps).round() / steps)


if __name__ == "__main__":
    check_effect(Poster, PosterParams())
    print(run_effect(Poster(PosterParams(levels=4)), sys.argv[1], sys.argv[2]).path)
