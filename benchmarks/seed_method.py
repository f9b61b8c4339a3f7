"""The method that the product began with (seed 004), on the embedded backbone: what ours is measured against.

Farnebäck's flow, the hard tests of Sundaram et al., each frame from the previous result as the flow brings it, a
short-term loss with the same weight as ours, 150 iterations at full size.
"""

import torch

from mutoscope.effects.protocol import Context
from mutoscope.flow.estimate import estimate_both
from mutoscope.ops.occlusion import temporal_weights
from mutoscope.ops.warp import warp
from mutoscope.stylize.descent import constant, descend
from mutoscope.stylize.objective import Memory
from mutoscope.stylize.painter import Painter

ITERATIONS = 150


def frame_by_frame(painter: Painter, frames_TCHW: torch.Tensor) -> torch.Tensor:
    """No temporal terms: each frame from coarse to fine, from its own content."""
    ctx = Context()
    return torch.cat(
        [
            painter.paint(frames_TCHW[i : i + 1], painter.params, ctx.generator(i, "jitter"))
            for i in range(len(frames_TCHW))
        ]
    )


def by_the_seed(painter: Painter, frames_TCHW: torch.Tensor) -> torch.Tensor:
    """Paint a clip."""
    ctx, params = Context(), painter.params
    painted = [painter.paint(frames_TCHW[:1], params, ctx.generator(0, "jitter"))]
    for i in range(1, len(frames_TCHW)):
        forward, backward = (f[None] for f in estimate_both(frames_TCHW[i - 1], frames_TCHW[i], "farneback"))
        omega = warp(painted[-1], backward, "bilinear").clamp(0, 1)
        memory = Memory(omega, temporal_weights(forward, backward))
        judge = painter.objective(frames_TCHW[i : i + 1], params, memory)
        chance = ctx.generator(i, "jitter")
        painted.append(descend(omega, judge, ITERATIONS, constant(params.learning_rate), chance))
    return torch.cat(painted)
