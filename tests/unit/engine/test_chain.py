"""A chain is its effects one after the other, each with its own seed, memory, mask and range of time."""

from fractions import Fraction

import fake_effects
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutoscope.core.clip import Clip
from mutoscope.effects.protocol import Carry, Context
from mutoscope.engine.chain import Chain, chain_of
from mutoscope.testing.clips import gradient_clip
from mutoscope.testing.media import make_clip, make_picture, solid
from mutoscope.video.sequence import name_of

TRAIL = '[[step]]\neffect = "fake.trail"\n'
NOISE = '[[step]]\neffect = "fake.noise"\n'


def even(num_frames=9):
    """Frames at 0 s, 0.1 s, 0.2 s …"""
    clip = gradient_clip(num_frames)
    return Clip(clip.pixels_TCHW, tuple(range(num_frames)), Fraction(1, 10))


def run(chain, clip, seed=0, carries=None):
    carries = carries or {step.name: Carry() for step in chain.steps}
    return Clip.join(list(chain.run(clip.frames, Context(seed=seed), carries, clip.seconds(0))))


def alone(effect, clip, seed=0, **inputs):
    return Clip.join(list(effect([clip], Context(seed=seed, inputs=inputs))))


def trail(share=0.5):
    return fake_effects.Trail(fake_effects.TrailParams(share=share))


def noise(amount=0.5):
    return fake_effects.Noise(fake_effects.NoiseParams(amount=amount))


def test_a_chain_is_its_effects_one_after_the_other(recipe):
    chain = Chain(recipe(NOISE + "params = {amount = 0.3}\n" + TRAIL + "params = {share = 0.8}\n"))

    done = run(chain, even(), seed=4)

    assert torch.equal(done.pixels_TCHW, alone(trail(0.8), alone(noise(0.3), even(), 4), 4).pixels_TCHW)
    assert done.pts_T == even().pts_T


def test_the_order_of_steps_counts(recipe):
    one, other = Chain(recipe(NOISE + TRAIL)), Chain(recipe(TRAIL + NOISE))

    assert not torch.equal(run(one, even()).pixels_TCHW, run(other, even()).pixels_TCHW)


def test_a_step_may_take_the_source_again(recipe):
    text = (
        NOISE
        + 'name = "grain"\n'
        + '[[step]]\neffect = "fake.beside"\ninput = "source"\ninputs = {other = "step:grain"}\n'
    )

    done = run(Chain(recipe(text)), even(), seed=2)

    expected = (even().pixels_TCHW + alone(noise(), even(), 2).pixels_TCHW) / 2
    assert torch.equal(done.pixels_TCHW, expected)


def test_a_mask_may_be_the_result_of_a_step(recipe):
    text = NOISE + 'name = "matte"\n' + TRAIL + 'input = "source"\nmask = "step:matte"\nfeather = 0\n'

    done = run(Chain(recipe(text)), even()).pixels_TCHW

    level = ((alone(noise(), even()).pixels_TCHW.mean(1, keepdim=True) - 0.03) / 0.94).clamp(0, 1)
    source, over = even().pixels_TCHW, alone(trail(), even()).pixels_TCHW
    assert torch.allclose(done, source + (over - source) * level, atol=1e-6)
    assert not torch.equal(done, over)


@pytest.mark.parametrize(
    ("lines", "inside"),
    [
        ('start = "0.3s"\n', range(3, 9)),
        ('end = "0.3s"\n', range(3)),
        ('start = "0.3s"\nend = "0.6s"\n', range(3, 6)),
        ('start = "5s"\n', range(0)),
        ('start = "0s"\nend = "60s"\n', range(9)),
    ],
)
def test_a_step_works_within_its_range_and_nowhere_else(lines, inside, recipe):
    done = run(Chain(recipe(NOISE + lines)), even()).pixels_TCHW

    touched = [i for i in range(9) if not torch.equal(done[i], even().pixels_TCHW[i])]
    assert touched == list(inside)


def test_memory_begins_where_the_range_does(recipe):
    done = run(Chain(recipe(TRAIL + 'start = "0.3s"\n')), even())

    assert torch.equal(done.pixels_TCHW[3:], alone(trail(), even()[3:]).pixels_TCHW)


def test_a_step_may_have_a_seed_of_its_own(recipe):
    chain = Chain(recipe(NOISE + "seed = 7\n" + NOISE))

    done = run(chain, even(), seed=3)

    assert torch.equal(done.pixels_TCHW, alone(noise(), alone(noise(), even(), 7), 3).pixels_TCHW)


def test_seed_nought_of_a_step_is_a_seed(recipe):
    done = run(Chain(recipe(NOISE + "seed = 0\n")), even(), seed=3)

    assert torch.equal(done.pixels_TCHW, alone(noise(), even(), 0).pixels_TCHW)


@given(st.lists(st.integers(1, 8), max_size=4, unique=True).map(sorted))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_chain_may_be_cut_anywhere_when_its_memory_is_handed_on(recipe, cuts):
    chain = Chain(
        recipe(
            TRAIL
            + 'name = "a"\nstart = "0.2s"\nend = "0.7s"\n'
            + NOISE
            + TRAIL
            + 'params = {share = 0.9}\nmask = "step:a"\nfeather = 0\n'
        )
    )
    whole = run(chain, even())

    before = {step.name: {} for step in chain.steps}
    pieces = []
    for first, end in zip([0, *cuts], [*cuts, 9], strict=True):
        carries = {name: Carry(before=left) for name, left in before.items()}
        pieces.append(run(chain, even()[first:end], carries=carries))
        before = {name: carry.after for name, carry in carries.items()}

    assert torch.equal(Clip.join(pieces).pixels_TCHW, whole.pixels_TCHW)


def test_a_mask_that_is_first_wanted_late_remembers_the_shot_from_its_beginning(recipe):
    text = TRAIL + 'name = "a"\n' + NOISE + 'input = "source"\nmask = "step:a"\nfeather = 0\nstart = "0.6s"\n'
    chain = Chain(recipe(text))
    left = {step.name: Carry() for step in chain.steps}
    first = run(chain, even()[:4], carries=left)
    second = run(chain, even()[4:], carries={name: Carry(before=carry.after) for name, carry in left.items()})

    assert torch.equal(Clip.join([first, second]).pixels_TCHW, run(chain, even()).pixels_TCHW)


@pytest.mark.parametrize(("at", "shown"), [(0.0, 0), (0.04, 1), (0.05, 1), (0.1, 2), (0.16, 4), (9.0, 5)])
def test_a_side_film_begins_with_what_it_shows_then(at, shown, recipe, tmp_path):
    tones = [20, 60, 100, 140, 180, 220]
    make_clip(
        tmp_path / "side.mp4",
        width=46,
        height=34,
        num_frames=6,
        pixels=lambda i, h, w: solid(tones[i], tones[i], tones[i])(i, h, w),
        options={"qp": "2", "g": "3"},
    )
    chain = Chain(recipe('[[step]]\neffect = "fake.beside"\ninputs = {other = "side.mp4"}\n'))
    black = Clip(torch.zeros(1, 3, 34, 46), (round(at * 100),), Fraction(1, 100))

    (done,) = chain.run(lambda: iter([black]), Context(), {"fake.beside": Carry()}, at)

    assert round(float(done.pixels_TCHW.mean()) * 2 * 255) == pytest.approx(tones[shown], abs=4)


def test_a_side_input_may_be_many_pictures(recipe, tmp_path):
    for i in range(3):
        make_picture(name_of(tmp_path / "side%02d.png", i), pixels=solid(i * 50, i * 50, i * 50))
    chain = Chain(recipe('[[step]]\neffect = "fake.beside"\ninputs = {other = "side%02d.png"}\n'))
    black = Clip(torch.zeros(1, 3, 17, 23), (1,), Fraction(1, 25))

    (done,) = chain.run(lambda: iter([black]), Context(), {"fake.beside": Carry()}, 1 / 25)

    assert round(float(done.pixels_TCHW.mean()) * 2 * 255) == 50


@pytest.mark.parametrize("lines", ['start = "0.1s"\n', 'mask = "m.png"\n', 'mask = "m.png"\nend = "1s"\n', ""])
def test_a_slow_effect_gets_short_pieces_in_any_wrapping(lines, recipe, tmp_path):
    make_picture(tmp_path / "m.png")
    chain = Chain(recipe(NOISE + TRAIL + lines))

    assert (chain.piece_frames, chain.memory) == (4, "carried")


def test_the_length_of_a_piece_may_be_said(recipe):
    assert Chain(recipe(TRAIL, "piece_frames = 9")).piece_frames == 9


def test_only_what_remembers_needs_cuts(recipe):
    assert Chain(recipe(NOISE)).analyses == ()
    assert Chain(recipe(NOISE + TRAIL)).analyses == ("shots",)


def test_a_chain_is_made_once_and_anew_when_a_file_changes(recipe):
    plain = recipe(NOISE).as_plain()

    assert chain_of(plain, {"/a": "1"}) is chain_of(plain, {"/a": "1"})
    assert chain_of(plain, {"/a": "1"}) is not chain_of(plain, {"/a": "2"})
