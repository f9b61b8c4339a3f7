import numpy as np
import pytest

from mutoscope.autoencode.groups import MOST_MEAN, difference_hashes, group_frames
from mutoscope.core.random import generator

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32) / 255


def noise(seed: int, *shape: int, low: int = 0, high: int = 256) -> np.ndarray:
    import torch

    return torch.randint(low, high, shape, generator=generator(seed, 0, "test")).numpy()


def scene(seed: int, height: int = 37, width: int = 63) -> np.ndarray:
    """Blocks of chance: 5 x 9 flat areas."""
    cells = noise(seed, 5, 9, 3, low=20, high=230)
    tall, wide = -(-height // 5), -(-width // 9)
    return cells.repeat(tall, 0).repeat(wide, 1)[:height, :width].astype(np.uint8)


def grained(picture: np.ndarray, seed: int) -> np.ndarray:
    return (picture.astype(int) + noise(seed, *picture.shape, low=-2, high=3)).clip(0, 255).astype(np.uint8)


def groups_of(frames: list[np.ndarray], shots: list[int] | None = None) -> list[int]:
    film = np.stack(frames)
    return group_frames(film, np.array(shots or [0] * len(film)), difference_hashes(film @ LUMA)).tolist()


def test_frames_that_are_the_same_but_for_grain_are_one_group() -> None:
    still = scene(1)
    assert groups_of([grained(still, i) for i in range(12)]) == [0] * 12


def test_different_pictures_are_different_groups() -> None:
    assert groups_of([scene(i) for i in range(9)]) == list(range(9))


def test_a_picture_that_comes_back_in_its_shot_finds_its_group() -> None:
    a, b, c = scene(1), scene(2), scene(3)
    frames = [a, b, c, grained(a, 1), grained(c, 2), grained(b, 3), a]
    assert groups_of(frames) == [0, 1, 2, 0, 2, 1, 0]


def test_shots_share_no_group() -> None:
    a = scene(1)
    assert groups_of([a, a, a, a], [0, 0, 1, 1]) == [0, 0, 1, 1]


def test_a_slow_drift_does_not_become_one_group() -> None:
    still = scene(4).astype(float)
    frames = [(still + 0.5 * i).clip(0, 255).astype(np.uint8) for i in range(24)]
    found = groups_of(frames)
    assert len(set(found)) >= 24 * 0.5 / MOST_MEAN - 1
    for number in set(found):
        levels = [i * 0.5 for i, group in enumerate(found) if group == number]
        assert max(levels) - min(levels) < MOST_MEAN + 1


def test_a_small_movement_in_a_still_room_is_no_repetition() -> None:
    still = scene(5, 72, 128)
    mouth = still.copy()
    mouth[30:36, 60:66] = 255 - mouth[30:36, 60:66]
    assert np.abs(still.astype(int) - mouth).mean() < MOST_MEAN
    assert groups_of([still, mouth, still]) == [0, 1, 0]


@pytest.mark.parametrize("level", [0, 90, 255])
def test_flat_frames_are_one_group(level: int) -> None:
    assert groups_of([np.full((37, 63, 3), level, np.uint8)] * 5) == [0] * 5


@pytest.mark.parametrize("size", [(16, 16), (5, 7), (8, 9), (1, 1)])
def test_frames_of_any_size_have_a_hash(size: tuple[int, int]) -> None:
    grey_NHW = noise(3, 2, *size).astype(np.float32) / 255
    assert difference_hashes(grey_NHW).dtype == np.uint64
    assert group_frames(np.zeros((2, *size, 3), np.uint8), np.zeros(2, int), difference_hashes(grey_NHW)).shape == (2,)


def test_the_hash_tells_where_luma_rises() -> None:
    rising = np.broadcast_to(np.linspace(0, 1, 63, dtype=np.float32), (37, 63))
    found = difference_hashes(np.stack([rising, rising[:, ::-1], np.zeros_like(rising)]))
    assert found.tolist() == [2**64 - 1, 0, 0]


def test_numbers_go_on_from_those_given() -> None:
    film = np.stack([scene(1), scene(2)])
    assert group_frames(film, np.zeros(2, int), difference_hashes(film @ LUMA), first=7).tolist() == [7, 8]


def test_comparisons_grow_with_the_length_only() -> None:
    """Frames that all share a hash, and are all different: each is compared with a bounded number of others."""

    class Counted(np.ndarray):
        reads = 0

        def __getitem__(self, index):
            if isinstance(index, int):
                Counted.reads += 1
            return np.asarray(super().__getitem__(index))

    num = 200
    film = np.zeros((num, 16, 16, 3), np.uint8)
    film[:] = (np.arange(num) * 37 % 256).astype(np.uint8)[:, None, None, None]
    group_frames(film.view(Counted), np.zeros(num, int), np.zeros(num, np.uint64))
    assert Counted.reads <= 2 * 5 * num
