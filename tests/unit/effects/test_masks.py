"""Masks: the effect where white, the source bit by bit where black."""

from collections.abc import Iterator
from fractions import Fraction

import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import InputError
from mutoscope.effects.masks import Masked
from mutoscope.effects.params import Params
from mutoscope.effects.protocol import Context
from mutoscope.testing.check_effect import check_effect
from mutoscope.testing.clips import gradient_clip


class Invert:
    analyses = ()

    def __init__(self, params: Params | None = None) -> None:
        self.params = params or Params()

    def __call__(self, clips, ctx):
        for clip in clips:
            yield clip.with_pixels(1 - clip.pixels_TCHW)


def half_white(height: int = 17, width: int = 23) -> torch.Tensor:
    mask = torch.zeros(1, 3, height, width)
    mask[..., 12:] = 1
    return mask


def still(mask: torch.Tensor):
    def begin() -> Iterator[Clip]:
        yield Clip(mask, (0,), Fraction(1))

    return begin


def run(mask: torch.Tensor, **options: object) -> Clip:
    ctx = Context(inputs={"mask": still(mask)})
    return Clip.join(list(Masked(Invert(), **options)(gradient_clip().frames(), ctx)))


def test_black_is_the_source_and_white_is_the_effect_bit_by_bit():
    source, done = gradient_clip().pixels_TCHW, run(half_white()).pixels_TCHW

    assert torch.equal(done[..., :12], source[..., :12])
    assert torch.equal(done[..., 12:], 1 - source[..., 12:])


def test_a_feathered_mask_lets_nothing_out():
    source, done = gradient_clip().pixels_TCHW, run(half_white(), feather_px=4).pixels_TCHW

    assert torch.equal(done[..., :12], source[..., :12])
    assert torch.equal(done[..., -1], 1 - source[..., -1])
    assert not torch.equal(done[..., 13], 1 - source[..., 13])


def test_invert_swaps_the_sides():
    source, done = gradient_clip().pixels_TCHW, run(half_white(), invert=True).pixels_TCHW

    assert torch.equal(done[..., 12:], source[..., 12:])
    assert torch.equal(done[..., :12], 1 - source[..., :12])


def test_a_mask_of_another_size_is_fitted():
    done = run(half_white(34, 46)[..., :23].repeat(1, 1, 1, 2) * 0)

    assert torch.equal(done.pixels_TCHW, gradient_clip().pixels_TCHW)


@pytest.mark.parametrize(("height", "width"), [(17, 17), (23, 17), (170, 260), (34, 40)])
def test_a_mask_of_another_shape_is_refused(height, width):
    with pytest.raises(InputError, match=f"the mask is {width}x{height} and the frames are 23x17"):
        run(torch.ones(1, 3, height, width))


@pytest.mark.parametrize(("height", "width"), [(170, 230), (171, 229), (9, 12), (1, 1)])
def test_the_shape_is_as_exact_as_whole_pixels_allow(height, width):
    assert torch.equal(run(torch.ones(1, 3, height, width)).pixels_TCHW, 1 - gradient_clip().pixels_TCHW)


def test_a_mask_film_is_followed_by_time_and_its_last_frame_is_held():
    source = gradient_clip()

    def begin() -> Iterator[Clip]:
        yield Clip(torch.cat([torch.zeros(1, 3, 17, 23), torch.ones(1, 3, 17, 23)]), (0, 38), Fraction(1, 240))

    done = Clip.join(list(Masked(Invert())(iter([source]), Context(inputs={"mask": begin}))))

    white = torch.tensor([p >= 38 for p in source.pts_T])
    assert torch.equal(done.pixels_TCHW[~white], source.pixels_TCHW[~white])
    assert torch.equal(done.pixels_TCHW[white], 1 - source.pixels_TCHW[white])


def test_a_masked_effect_keeps_the_contract():
    ctx = Context(inputs={"mask": still(half_white())})

    check_effect(lambda params: Masked(Invert(params), 3), Params(), context=ctx)


def test_a_missing_mask_and_an_empty_one_are_told():
    with pytest.raises(InputError, match="none was given"):
        list(Masked(Invert())(gradient_clip().frames(), Context()))
    with pytest.raises(InputError, match="no frame"):
        list(Masked(Invert())(gradient_clip().frames(), Context(inputs={"mask": lambda: iter(())})))


class ByFrames(Invert):
    """Takes clips and gives single frames."""

    def __call__(self, clips, ctx):
        for clip in super().__call__(clips, ctx):
            yield from clip.frames()


class Later(Invert):
    def __call__(self, clips, ctx):
        for clip in clips:
            yield Clip(clip.pixels_TCHW, tuple(p + 1 for p in clip.pts_T), clip.time_base)


class Solid(Invert):
    """Makes everything opaque."""

    def __call__(self, clips, ctx):
        for clip in clips:
            yield Clip(clip.pixels_TCHW, clip.pts_T, clip.time_base, torch.ones_like(clip.pixels_TCHW[:, :1]))


def test_an_effect_may_cut_its_clips_otherwise():
    ctx = Context(inputs={"mask": still(half_white())})

    done = Clip.join(list(Masked(ByFrames())(iter([gradient_clip()]), ctx)))

    assert torch.equal(done.pixels_TCHW, run(half_white()).pixels_TCHW)


def test_an_effect_that_moves_time_cannot_be_masked():
    with pytest.raises(InputError, match="changes size or times"):
        list(Masked(Later())(gradient_clip().frames(), Context(inputs={"mask": still(half_white())})))


def test_alpha_follows_the_mask_like_the_pixels():
    source = gradient_clip(alpha=True)

    done = Clip.join(list(Masked(Solid())(source.frames(), Context(inputs={"mask": still(half_white())}))))

    assert torch.equal(done.alpha_T1HW[..., :12], source.alpha_T1HW[..., :12])
    assert (done.alpha_T1HW[..., 12:] == 1).all()


def test_a_held_mask_is_feathered_once(monkeypatch):
    calls = []
    monkeypatch.setattr("mutoscope.effects.masks.feather", lambda mask, width: calls.append(width) or mask)

    run(half_white(), feather_px=4)

    assert calls == [4]


def test_one_clip_at_a_time_is_pulled():
    pulled = []

    def film():
        for frame in gradient_clip().frames():
            pulled.append(frame)
            yield frame

    next(iter(Masked(Invert())(film(), Context(inputs={"mask": still(half_white())}))))

    assert len(pulled) == 1
