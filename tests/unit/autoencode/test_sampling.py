from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.sampling import (
    CONTRAST_BORDERS,
    Draws,
    contrast_band,
    draw,
    draw_pairs,
    pair_weights,
    weights_of,
)


@dataclass(frozen=True)
class Wish:
    balance: float = 1.0
    contrast: float = 0.0


def store_of(shots: list[list[int]], contrasts: list[float] | None = None) -> FrameStore:
    """Make a store without pictures: shots as lists of their frames' group numbers."""
    shot_N = np.array([number for number, shot in enumerate(shots) for _ in shot], np.int64)
    group_N = np.array([1000 * number + group for number, shot in enumerate(shots) for group in shot], np.int64)
    num = len(shot_N)
    return FrameStore(
        map_MHW3=np.zeros((num, 2, 2, 3), np.uint8),
        row_N=np.arange(num),
        pts_N=np.arange(num),
        film_N=np.zeros(num, np.int64),
        shot_N=shot_N,
        group_N=group_N,
        contrast_N=np.array(contrasts or [0.2] * num, np.float64),
        films=(),
    )


def shares(store: FrameStore, weights_N: np.ndarray) -> np.ndarray:
    return np.bincount(store.shot_N, weights_N)


stores = st.builds(
    store_of,
    st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=20), min_size=1, max_size=6),
)
wishes = st.builds(Wish, st.floats(0, 1), st.floats(0, 1))


@given(stores, wishes, st.floats(0, 0.5))
def test_each_frame_may_be_drawn_and_weights_sum_to_one(store: FrameStore, wish: Wish, contrast: float) -> None:
    store.contrast_N[::2] = contrast
    weights_N = weights_of(store, wish)
    assert weights_N.shape == (len(store),)
    assert weights_N.dtype == np.float64
    assert (weights_N > 0).all()
    assert weights_N.sum() == pytest.approx(1)


def test_a_scene_that_stands_still_ten_times_longer_is_not_drawn_ten_times_as_often() -> None:
    moving, still = list(range(40)), [0] * 400
    store = store_of([moving, still])
    assert shares(store, weights_of(store, Wish(balance=0))) == pytest.approx([1 / 11, 10 / 11])
    share_moving, share_still = shares(store, weights_of(store, Wish(balance=1)))
    assert share_still < share_moving
    longer = store_of([moving, [0] * 40]), store_of([moving, still])
    ratio = [np.divide(*shares(one, weights_of(one, Wish()))[::-1]) for one in longer]
    assert ratio[1] / ratio[0] == pytest.approx(10**0.25)


def test_a_group_is_drawn_as_often_as_the_root_of_its_size() -> None:
    store = store_of([[0] * 16 + [1, 2, 3]])
    weights_N = weights_of(store, Wish())
    assert weights_N[:16].sum() / weights_N[16] == pytest.approx(4)


def test_balance_blends_with_equal_weights() -> None:
    store = store_of([[0] * 9, [1, 2]])
    ends = [weights_of(store, Wish(balance)) for balance in (0, 0.25, 1)]
    assert ends[0] == pytest.approx(np.full(11, 1 / 11))
    assert ends[1] == pytest.approx(0.75 * ends[0] + 0.25 * ends[2])


def test_contrast_makes_all_bands_equally_frequent() -> None:
    low, high = CONTRAST_BORDERS[0] / 2, CONTRAST_BORDERS[1] + 0.1
    store = store_of([list(range(40))], [low] * 10 + [high] * 30)
    weights_N = weights_of(store, Wish(contrast=1))
    assert weights_N[:10].sum() == pytest.approx(0.5)
    assert weights_of(store, Wish(contrast=0))[:10].sum() == pytest.approx(0.25)
    assert 0.25 < weights_of(store, Wish(contrast=0.5))[:10].sum() < 0.5


def test_one_frame_of_a_rare_contrast_does_not_take_half_of_all_draws() -> None:
    store = store_of([list(range(1000))], [0.01] + [0.3] * 999)
    assert weights_of(store, Wish(contrast=1))[0] < 0.02


def test_contrast_bands_have_fixed_borders() -> None:
    low, high = CONTRAST_BORDERS
    assert contrast_band(np.array([0, low - 1e-6, low, high - 1e-6, high, 0.5])).tolist() == [0, 0, 1, 1, 2, 2]


def test_draws_depend_on_seed_and_step_only() -> None:
    weights_N = np.linspace(1, 2, 50)
    assert torch.equal(draw(weights_N, 3, 12, 7), Draws(weights_N)(3, 12, 7))
    assert not torch.equal(draw(weights_N, 3, 12, 7), draw(weights_N, 4, 12, 7))
    assert not torch.equal(draw(weights_N, 3, 12, 7), draw(weights_N, 3, 12, 8))
    assert draw(weights_N, 3, 12, 7).dtype == torch.int64


def test_frames_come_as_often_as_their_weights_say() -> None:
    weights_N = np.array([1, 0, 2, 5, 0, 8], np.float64)
    draws = Draws(weights_N)
    found = torch.cat([draws(step, 16, 1) for step in range(500)])
    counts = torch.bincount(found, minlength=6).double() / len(found)
    assert counts.numpy() == pytest.approx(weights_N / 16, abs=0.01)
    assert counts[1] == counts[4] == 0


def test_places_in_a_batch_are_shuffled() -> None:
    draws = Draws(np.ones(100))
    firsts = torch.stack([draws(step, 4, 0)[0] for step in range(200)])
    assert firsts.double().mean() == pytest.approx(49.5, abs=8)


def test_a_batch_is_larger_than_the_film_where_the_film_is_short() -> None:
    assert draw(np.ones(2), 0, 12, 0).bincount().tolist() == [6, 6]
    assert draw(np.ones(1), 0, 3, 0).tolist() == [0, 0, 0]
    assert draw(np.zeros(0), 0, 3, 0).tolist() == []


def test_pairs_do_not_cross_cuts() -> None:
    store = store_of([[0, 1, 2], [0], [0, 1]])
    weights_N = weights_of(store, Wish())
    found = draw_pairs(store, weights_N, 0, 400, 1)
    assert sorted(set(found.tolist())) == [0, 1, 4]
    assert pair_weights(store, weights_N).sum() == pytest.approx(1)


def test_a_film_of_single_frames_has_no_pairs() -> None:
    store = store_of([[0], [0]])
    assert draw_pairs(store, weights_of(store, Wish()), 0, 4, 1).tolist() == []


def test_part_of_a_store_has_weights_of_its_own() -> None:
    store = store_of([[0] * 10, list(range(10))])
    part = store.subset([0, 3, 12])
    assert weights_of(part, Wish()).sum() == pytest.approx(1)
    assert part.pairs.tolist() == []
