"""Agents on a film: what stays, what is dropped, and that no frame hangs on how the film was cut."""

import itertools

import numpy as np
import pytest
import torch
from films_with_maps import agents, changed, film, layer, look_at, play

from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError
from mutoscope.corrupt.params import AgentsParams
from mutoscope.corrupt.play import AgentsEffect
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Carry, Context, memory_of
from mutoscope.testing.check_effect import check_effect

ONCE = layer(preserve=True, repeat=False, agents=30)
ALIVE = [
    layer(size=[7, 5], manipulations="desaturate", agents=20),
    layer(preserve=True, respawn=3, fade=4, agents=30, manipulations="pixelate, invert, jpeg, palette, random"),
]


def test_preserve_keeps_what_was_painted_and_its_colour():
    source = film()
    done = play(source, agents([ONCE]))

    painted = changed(source, done)
    counts = painted.sum((1, 2)).tolist()

    for before, after in itertools.pairwise(painted):
        assert (after | ~before).all()
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    same = (done.pixels_TCHW[1:] == done.pixels_TCHW[:-1]).all(1) & painted[:-1]
    assert same.sum() > 0.8 * painted[:-1].sum()  # the rest was walked over again


def test_without_preserve_nothing_carries_over():
    source = film()
    told = layer(preserve=False, repeat=False, agents=1)
    painted = changed(source, play(source, agents([told])))

    for before, after in itertools.pairwise(painted):
        assert not (before & after).any()  # the agent has moved on, and its last cell is free


def test_agents_that_repeat_are_born_again_in_each_frame():
    source = film()
    painted = changed(source, play(source, agents([layer(agents=15)])))

    assert (painted.sum((1, 2)) > 0).all()
    assert all((a != b).any() for a, b in itertools.pairwise(painted))
    assert memory_of(AgentsEffect(agents([layer()]))) == "none"


def test_agents_that_do_not_repeat_live_as_many_frames_as_steps():
    source = film(9)
    painted = changed(source, play(source, agents([layer(repeat=False, agents=200, lifespan=4)])))

    assert painted.any(2).any(1).tolist() == [True] * 4 + [False] * 5


def test_more_steps_a_frame_end_a_life_sooner():
    source = film(9)
    told = layer(repeat=False, agents=200, lifespan=4, steps_per_frame=3)

    assert changed(source, play(source, agents([told]))).any(2).any(1).tolist() == [True] * 2 + [False] * 7


def test_a_fade_frees_what_was_painted():
    source = film(9)
    told = layer(repeat=False, preserve=True, agents=200, lifespan=1, fade=3)

    assert changed(source, play(source, agents([told]))).any(2).any(1).tolist() == [True] * 3 + [False] * 6


def test_respawn_waits_its_frames():
    source = film(9)
    painted = changed(source, play(source, agents([layer(respawn=4, lifespan=1, agents=100)])))

    assert painted.any(2).any(1).tolist() == [True, False, False, False, True, False, False, False, True]


def test_all_memory_ends_at_a_cut():
    source, params = film(9), agents([ONCE])
    painted = changed(source, play(source, params, cuts=(5,)))

    assert painted[5].sum() < painted[4].sum()
    alone = play(source[5:], params)  # the second shot has the number of a first one here, and so other tables
    assert changed(source[5:], alone)[0].sum() > 0


@pytest.mark.parametrize("size", [[11, 8], [17, 23], [2, 1]])
def test_painted_cells_are_flat_and_no_pixel_is_left_over(size):
    source = film(1, 53, 71)
    done = play(source, agents([layer(size=size, fit="stretch", turn=False, agents=5000)])).pixels_TCHW[0]

    for y in np.array_split(np.arange(53), size[0]):
        assert y.size  # the grid has as many rows as were asked for
    assert changed(source, play(source, agents([layer(size=size, fit="stretch", agents=5000)]))).all()
    flat = (done[:, 1:, :] == done[:, :-1, :]).all(0).float().mean()
    assert flat >= 1 - size[0] / 52  # rows differ at the edges of blocks only


def test_colour_is_dragged_in_runs():
    source = film(1, 200, 120)
    told = layer(size=[50, 30], agents=400, solver="srinivas", starts="corner", iterations=100, turn=False)
    ctx = Context(side={})
    done = Clip.join(list(AgentsEffect(agents([told]))([source], ctx))).pixels_TCHW[0, :, ::4, ::4]

    same = (done[:, 1:] == done[:, :-1]).all(0)

    assert 0.4 < same.float().mean() < 0.95


def test_agents_are_born_where_attention_is_low_or_high():
    source = film(5, 96, 128)
    middle = torch.zeros(96, 128, dtype=torch.bool)
    middle[42:54, 58:74] = True
    away = layer(size=[24, 18], threshold=0.6, agents=500)

    outside = changed(source, play(source, agents([away])))
    inside = changed(source, play(source, agents([{**away, "invert": False}])))

    assert outside.any()
    assert not outside[:, middle].any()
    assert inside.any()
    assert not inside[:, :20].any()


def test_strength_zero_leaves_the_film_and_half_lies_between():
    source = film(3)
    full, half, none = (play(source, agents([layer(agents=40, strength=s)])) for s in (1, 0.5, 0))

    assert torch.equal(none.pixels_TCHW, source.pixels_TCHW)
    assert torch.allclose(half.pixels_TCHW, (full.pixels_TCHW + source.pixels_TCHW) / 2, atol=1e-6)


def test_numbers_move():
    source = film(9)
    told = layer(agents=200, strength=f"{source.seconds(0)}s:0, {source.seconds(8)}s:1")
    done = play(source, agents([told]))

    gap = (done.pixels_TCHW - source.pixels_TCHW).abs().amax((1, 2, 3))
    assert gap[0] == 0
    assert gap[8] > 2 * gap[2] > 0


@pytest.mark.parametrize(
    ("told", "on"),
    [
        ({"start": "3f"}, range(3, 9)),
        ({"start": "-2f"}, range(7, 9)),
        ({"end": "-2f"}, range(7)),
        ({"start": "2f", "end": "4f"}, range(2, 4)),
        ({"start": "7f", "end": "-1f"}, range(7, 8)),
        ({"start": "-100f"}, range(9)),
        ({"start": "1f", "end": "2f", "per": "shot"}, (1, 6)),
        ({"start": "-1f", "per": "shot"}, (4, 8)),
    ],
)
def test_layers_begin_and_end(told, on):
    source = film(9)
    painted = changed(source, play(source, agents([layer(agents=300, **told)]), cuts=(5,)))

    assert painted.any(2).any(1).tolist() == [number in on for number in range(9)]


def test_layers_begin_and_end_by_the_clock():
    source = film(9)  # frames at 7, 18, 29, 37, 48, 59, 67, 78, 89 of 240
    after, last = (
        changed(source, play(source, agents([layer(agents=300, start=start)]))).any(2).any(1).tolist()
        for start in ("200ms", "-100ms")
    )

    assert after == [False] * 4 + [True] * 5
    assert last == [False] * 7 + [True] * 2  # the film ends at 100 of 240


def test_a_layer_that_is_never_at_work_is_an_error():
    source = film(5)

    for told in ({"start": "5f"}, {"start": "3s"}, {"start": "4f", "end": "-3f"}, {"start": "5f", "per": "shot"}):
        with pytest.raises(ParameterError, match="layer 1 is never at work"):
            play(source, agents([layer(**told)]))


def test_a_picture_shows_a_whole_life_at_once():
    source = film(1)
    params = agents([layer(agents=30, repeat=False, start="-20f", size=[24, 18])])

    still = Clip.join(list(AgentsEffect(params)([source], Context(seed=1))))

    assert changed(source, still).sum() > 3 * changed(source, play(source, params, seed=1)).sum()


def test_a_seeded_film_moves_and_the_seed_decides():
    source = film(4)
    still = Clip(source.pixels_TCHW[:1].repeat(4, 1, 1, 1), source.pts_T, source.time_base)
    params = agents([layer(agents=20, manipulations="random")])

    done = play(still, params, seed=3).pixels_TCHW

    assert all((a != b).any() for a, b in itertools.pairwise(done))
    assert torch.equal(done, play(still, params, seed=3).pixels_TCHW)
    assert not torch.equal(done, play(still, params, seed=4).pixels_TCHW)


def test_threads_clips_and_pieces_change_no_byte():
    source, params = film(9), agents(ALIVE)
    side = look_at(source, params, (5,))
    whole = play(source, params, cuts=(5,)).pixels_TCHW

    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        parts = [source[i : i + 2] for i in range(0, 9, 2)]
        done = Clip.join(list(AgentsEffect(params)(parts, Context(side=side)))).pixels_TCHW
        assert torch.equal(done, whole)
    torch.set_num_threads(2)
    for at in range(1, 9):
        first, second = Carry(), Carry()
        pieces = list(AgentsEffect(params)([source[:at]], Context(side=side, carry=first)))
        second.before = first.after if at != 5 else {}
        pieces += AgentsEffect(params)([source[at:]], Context(side=side, carry=second))
        assert torch.equal(Clip.join(pieces).pixels_TCHW, whole)


def test_a_frame_that_needs_no_past_can_be_rendered_alone():
    source, params = film(9), agents([layer(agents=20, manipulations="pixelate, random")])
    side, whole = look_at(source, params), play(source, params)

    alone = next(iter(AgentsEffect(params)([source[7:8]], Context(side=side))))

    assert torch.equal(alone.pixels_TCHW[0], whole.pixels_TCHW[7])


def test_one_layer_more_on_top_changes_nothing_below():
    source = film(3)
    below = layer(agents=20)
    nothing = layer(agents=20, strength=0)

    one, two = (play(source, agents(layers)).pixels_TCHW for layers in ([below], [below, nothing]))

    assert torch.equal(one, two)


def test_a_preset_is_made_coarser_for_a_small_picture_and_ones_own_size_is_refused():
    source = film(3, 17, 23)

    assert changed(source, play(source, make_params(AgentsParams, {"preset": "drift"}))).any()
    with pytest.raises(ParameterError, match="finer than the picture"):
        play(source, agents([layer(size=[201, 100])]))
    with pytest.raises(ParameterError, match="no room to walk"):
        play(source, agents([layer(size=[1, 1])]))


@pytest.mark.parametrize("layers", [[ONCE], ALIVE, [layer()]], ids=["once", "alive", "memoryless"])
def test_the_contract_holds(layers):
    source, params = film(7, 17, 23), agents([{**one, "size": [8, 5]} for one in layers])

    check_effect(AgentsEffect, params, clip=source, context=Context(side=look_at(source, params, (4,))))


def test_an_empty_piece_hands_on_what_it_was_given():
    source, params = film(4), agents([ONCE])
    side, first, empty = look_at(source, params), Carry(), Carry()
    list(AgentsEffect(params)([source], Context(side=side, carry=first)))
    empty.before = first.after

    assert list(AgentsEffect(params)([], Context(side=side, carry=empty))) == []
    assert empty.after.keys() == first.after.keys() != set()
