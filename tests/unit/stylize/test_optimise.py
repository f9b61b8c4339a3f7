"""The effect over frames: what is carried from one to the next."""

from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.stylize.optimise import Optimise
from mutoscope.stylize.painter import Painter
from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.temporal import Past, carry_over
from mutoscope.testing.clips import gradient_clip
from mutoscope.testing.motion import exact_clip, smooth_noise, warping_error
from mutoscope.video.picture import save_picture


@pytest.fixture
def params(tmp_path) -> OptimiseParams:
    path = tmp_path / "style.png"
    save_picture(gradient_clip(1, 29, 31, seed=5), path)
    quick = {"backbone": "tiny", "iterations": 25, "iterations_next": 10, "coarsest": 16}
    return make_params(OptimiseParams, {"style": str(path), **quick})


def moving(num_frames: int = 5) -> tuple[Clip, object]:
    truth = exact_clip(smooth_noise(120, 160), smooth_noise(80, 80, seed=1), 47, 63, num_frames)
    return Clip(truth.frames_TCHW, tuple(range(num_frames)), Fraction(1, 25)), truth


@pytest.mark.parametrize("occlusion", ["soft", "hard"])
def test_the_warped_past_stands_where_the_flow_says(params, occlusion):
    clip, truth = moving(2)
    x = clip.pixels_TCHW

    past = Past(x[:1], x[:1], torch.ones_like(x[:1, :1]))
    memory = carry_over([past], x[1:], None, params.model_copy(update={"occlusion": occlusion}), "cpu").memory

    trusted = ((memory.weights_c_11HW > 0.5) * truth.visible_T1HW[1:]).bool().expand(1, 3, -1, -1)
    assert trusted.float().mean() > 0.4
    assert (memory.warped_omega_1CHW - x[1:])[trusted].abs().mean() < 0.02


def test_memory_makes_a_film_steadier_than_frames_alone(params):
    clip, truth = moving()
    ctx = Context()
    painter = Painter(params)
    alone = torch.cat([painter.paint(f.pixels_TCHW, params, ctx.generator(f.pts_T[0])) for f in clip.frames()])

    together = Clip.join(list(Optimise(params)(clip.frames(), ctx))).pixels_TCHW

    assert warping_error(together, truth) < 0.5 * warping_error(alone, truth)
    assert together.std() > 0.9 * alone.std()


def test_a_frame_after_a_cut_is_painted_as_if_it_were_the_first(params):
    clip, _ = moving(4)
    ctx = Context(side={"shots": Shots((2,), clip.time_base)})

    together = Clip.join(list(Optimise(params)(clip.frames(), ctx)))
    alone = Clip.join(list(Optimise(params)(clip[2:].frames(), ctx)))

    assert torch.equal(together.pixels_TCHW[2:], alone.pixels_TCHW)


def test_scales_double_up_to_the_frames_own_size(params):
    painter = Painter(params.model_copy(update={"coarsest": 128}))

    assert painter.scales(288, 512) == [(72, 128), (144, 256), (288, 512)]
    assert painter.scales(17, 23) == [(17, 23)]


def test_steps_are_reported(params):
    seen = []

    list(Optimise(params)(gradient_clip(1).frames(), Context(report=seen.append)))

    assert seen[-1].done == seen[-1].total == 25
    assert seen[-1].unit == "steps"


@pytest.mark.gpu
def test_a_gpu_paints_what_the_processor_paints(params):
    clip, _ = moving(3)

    here = Clip.join(list(Optimise(params)(clip.frames(), Context(device="cpu"))))
    there = Clip.join(list(Optimise(params)(clip.frames(), Context(device="cuda"))))

    assert (here.pixels_TCHW - there.pixels_TCHW).abs().mean() < 0.02
