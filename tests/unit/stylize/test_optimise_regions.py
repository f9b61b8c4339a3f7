from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.effects.protocol import Carry, Context
from mutoscope.effects.shots import Shots
from mutoscope.storage.atomic import atomic_path
from mutoscope.stylize.optimise import Optimise
from mutoscope.stylize.params import OptimiseParams
from mutoscope.testing.clips import gradient_clip
from mutoscope.video.picture import save_picture

QUICK = {"backbone": "tiny", "iterations": 4, "iterations_next": 3, "coarsest": 16}


@pytest.fixture(scope="module")
def styles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("styles")
    for seed in (5, 6):
        with atomic_path(folder / f"{seed}.png") as temp:
            save_picture(gradient_clip(1, 29, 31, seed=seed), temp)
    return str(folder / "5.png"), str(folder / "6.png")


def still(pixels):
    return lambda: iter([Clip(pixels, (0,), Fraction(1, 25))])


def half(left):
    mask = torch.zeros(1, 3, 17, 23)
    mask[..., : 9 if left else 23] = 1
    if not left:
        mask[..., :14] = 0
    return mask


def run(params, ctx=None, clip=None):
    clip = clip or gradient_clip()
    return Clip.join(list(Optimise(params)(clip.frames(), ctx or Context()))).pixels_TCHW


def test_outside_all_regions_the_source_stays_bit_by_bit(styles):
    params = OptimiseParams(style=styles[0], regions=styles, region_feather=2, **QUICK)
    inputs = {"region1": still(half(True)), "region2": still(half(False))}

    painted, source = run(params, Context(inputs=inputs)), gradient_clip().pixels_TCHW

    assert torch.equal(painted[..., 10:13], source[..., 10:13])
    assert (painted[..., :6] - source[..., :6]).abs().mean() > 0.01
    assert (painted[..., 17:] - source[..., 17:]).abs().mean() > 0.01


def test_each_region_has_its_own_style(styles):
    def painted(regions):
        params = OptimiseParams(style=styles[0], regions=regions, region_feather=0, **QUICK)
        return run(params, Context(inputs={"region1": still(half(True)), "region2": still(half(False))}))

    mixed, one = painted(styles), painted((styles[0], styles[0]))

    # What differs is the right region's style.
    assert (mixed - one)[..., 16:].abs().mean() > 2 * (mixed - one)[..., :6].abs().mean()


def test_a_region_without_a_mask_is_told(styles):
    with pytest.raises(InputError, match="region1"):
        run(OptimiseParams(style=styles[0], regions=(styles[1],), **QUICK))


def test_styles_move_over_time(styles):
    moving = f"0s: {styles[0]} hold, 200ms: {styles[1]}"
    first = run(OptimiseParams(style=styles[0], **QUICK))
    mixed = run(OptimiseParams(style=moving, **QUICK))

    assert torch.equal(mixed[0], first[0])
    assert not torch.equal(mixed[-1], first[-1])


def test_the_source_keeps_its_colours(styles):
    from mutoscope.ops.oklab import to_oklab

    kept = run(OptimiseParams(style=styles[0], colours="source", **QUICK))
    taken = run(OptimiseParams(style=styles[0], **QUICK))
    source = gradient_clip().pixels_TCHW
    chroma = [(to_oklab(x) - to_oklab(source))[:, 1:].abs().mean() for x in (kept, taken)]

    assert chroma[0] < 0.01
    assert chroma[0] < chroma[1] / 2


@pytest.mark.parametrize("given", [{}, {"colours": "match"}, {"lookback": "1, 2, 4"}])
def test_a_shot_in_two_pieces_is_the_shot_in_one(styles, given):
    params = OptimiseParams(style=styles[0], **QUICK, **given)
    clip = gradient_clip()
    shots = Shots((clip.pts_T[2],), clip.time_base)
    frames = list(clip.frames())
    whole = run(params, Context(side={"shots": shots}))

    first = Context(side={"shots": shots})
    list(Optimise(params)(frames[:4], first))
    second = Context(side={"shots": shots}, carry=Carry(before=dict(first.carry.after)))
    rest = Clip.join(list(Optimise(params)(frames[4:], second))).pixels_TCHW

    assert torch.equal(rest, whole[4:])


@pytest.mark.parametrize("passes", [2, 3])
def test_several_passes_change_every_frame_but_the_one_they_begin_with(styles, passes):
    once = run(OptimiseParams(style=styles[0], **QUICK))
    again = run(OptimiseParams(style=styles[0], passes=passes, **QUICK))

    assert again.shape == once.shape
    assert all(not torch.equal(one, two) for one, two in zip(once[1:-1], again[1:-1], strict=True))


def test_passes_stay_within_their_shot(styles):
    params = OptimiseParams(style=styles[0], passes=2, **QUICK)
    clip = gradient_clip()
    shots = Shots((clip.pts_T[3],), clip.time_base)
    whole = run(params, Context(side={"shots": shots}))
    alone = Clip.join(list(clip.frames())[3:])

    assert torch.equal(run(params, clip=alone), whole[3:])


def test_several_passes_need_the_whole_shot_in_one_piece(styles):
    assert Optimise(OptimiseParams(style=styles[0], passes=2)).memory == "shot"
    assert Optimise(OptimiseParams(style=styles[0])).memory == "carried"


def test_masks_and_guides_go_along_through_all_passes(styles):
    params = OptimiseParams(style=styles[0], regions=styles[:1], passes=2, region_feather=0, **QUICK)
    inputs = {"region1": still(half(True)), "guide": still(half(False))}

    painted, source = run(params, Context(inputs=inputs)), gradient_clip().pixels_TCHW

    assert torch.equal(painted[..., 10:], source[..., 10:])
    assert not torch.equal(painted[..., :8], source[..., :8])


@pytest.mark.parametrize("lookback", ["10, 20", "1, 1", "1, 20, 10", "", "1, x"])
def test_lookback_rises_from_one(lookback):
    with pytest.raises(ValueError, match="lookback"):
        OptimiseParams(style="wave.jpg", lookback=lookback)


def test_a_shot_that_fades_in_from_black_is_matched_to_its_colours_once_they_are_there(styles):
    from mutoscope.stylize.colours import MatchedColours

    clip = gradient_clip()
    dark = clip.with_pixels(torch.cat([clip.pixels_TCHW[:1] * 0, clip.pixels_TCHW[1:]]))
    ctx = Context()

    run(OptimiseParams(style=styles[0], colours="match", **QUICK), ctx, dark)

    assert MatchedColours.of(dark.pixels_TCHW[:1]).is_flat
    assert not MatchedColours.unpack(ctx.carry.after).is_flat


def test_colours_of_one_run_do_not_stay_for_the_next(styles):
    plain = OptimiseParams(style=styles[0], **QUICK)
    before = run(plain)
    run(OptimiseParams(style=styles[0], colours="match", **QUICK))

    assert torch.equal(run(plain), before)
