from pathlib import Path

import numpy as np
import pytest
import torch

from mutoscope.autoencode.card import FilmSeen
from mutoscope.autoencode.frame_store import FRAMES, TEXT, FrameStore, is_store, open_store, write_index

NUM, HEIGHT, WIDTH = 7, 17, 23


def write_store(folder: Path, shots: list[int] | None = None) -> FrameStore:
    folder.mkdir()
    level_N = np.arange(NUM, dtype=np.uint8)[:, None, None, None]
    frames = np.broadcast_to(level_N * 10, (NUM, HEIGHT, WIDTH, 3)) + np.arange(3, dtype=np.uint8)
    (folder / FRAMES).write_bytes(frames.astype(np.uint8).tobytes())
    arrays = {
        "pts_N": np.arange(NUM) * 5,
        "film_N": np.array([0, 0, 0, 0, 1, 1, 1]),
        "shot_N": np.array(shots or [0, 0, 1, 1, 2, 2, 2]),
        "group_N": np.arange(NUM),
        "contrast_N": np.linspace(0, 0.3, NUM),
    }
    films = [FilmSeen(name="Überfilm 1.mp4", frames=4), FilmSeen(name="b.mp4", frames=3)]
    write_index(folder, arrays, films, ["a notice"], (WIDTH, HEIGHT))
    return open_store(folder)


def test_a_store_gives_back_what_was_written(tmp_path: Path) -> None:
    store = write_store(tmp_path / "s")
    assert (len(store), store.width, store.height) == (NUM, WIDTH, HEIGHT)
    assert store.films[0].name == "Überfilm 1.mp4"
    assert store.notices == ("a notice",)
    assert store.pts_N.tolist() == [0, 5, 10, 15, 20, 25, 30]
    assert store.contrast_N[-1] == pytest.approx(0.3)


def test_batches_are_frames_in_the_order_asked_for(tmp_path: Path) -> None:
    batch = write_store(tmp_path / "s").batch([5, 0, 5])
    assert batch.dtype == torch.uint8
    assert batch.shape == (3, 3, HEIGHT, WIDTH)
    assert batch.is_contiguous()
    assert batch[:, :, 3, 4].tolist() == [[50, 51, 52], [0, 1, 2], [50, 51, 52]]
    batch.zero_()  # a copy: the file is not touched
    assert write_store(tmp_path / "t").batch(torch.tensor([5]))[0, 2, 0, 0] == 52


def test_pairs_are_neighbours_of_a_shot(tmp_path: Path) -> None:
    store = write_store(tmp_path / "s")
    assert store.pairs.tolist() == [0, 2, 4, 5]
    assert store.run_N.tolist() == [0, 0, 1, 1, 2, 2, 2]


def test_pairs_do_not_cross_films_even_where_shots_have_one_number(tmp_path: Path) -> None:
    assert write_store(tmp_path / "s", shots=[0] * NUM).pairs.tolist() == [0, 1, 2, 4, 5]


def test_a_part_has_the_frames_and_pairs_that_are_left(tmp_path: Path) -> None:
    store = write_store(tmp_path / "s")
    part = store.subset([0, 1, 3, 4, 6])
    assert part.batch([2])[0, 0, 0, 0] == 30
    assert part.pairs.tolist() == [0]
    assert part.run_N.tolist() == [0, 0, 1, 2, 3]
    assert part.frames_NHW3[:, 0, 0, 0].tolist() == [0, 10, 30, 40, 60]
    again = part.subset(np.array([1, 2]))
    assert again.batch([1])[0, 0, 0, 0] == 30
    assert again.pts_N.tolist() == [5, 15]
    assert again.pairs.tolist() == []
    assert part.films == store.films


def test_frames_of_a_whole_store_are_the_file_and_no_copy(tmp_path: Path) -> None:
    store = write_store(tmp_path / "s")
    assert np.shares_memory(store.frames_NHW3, store.map_MHW3)
    assert np.shares_memory(store.subset([2, 3, 4]).frames_NHW3, store.map_MHW3)
    assert len(store.subset([]).frames_NHW3) == 0


@pytest.mark.parametrize("wrong", [[1, 1], [2, 1]])
def test_a_part_is_given_in_order(tmp_path: Path, wrong: list[int]) -> None:
    with pytest.raises(ValueError, match="increasing"):
        write_store(tmp_path / "s").subset(wrong)


@pytest.mark.parametrize("harm", ["short", "long", "no index", "no films", "other version", "garbage", "empty"])
def test_what_is_not_whole_is_no_store(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "s"
    write_store(folder)
    assert is_store(folder)
    frames, text = folder / FRAMES, folder / TEXT
    match harm:
        case "short":
            frames.write_bytes(frames.read_bytes()[:-1])
        case "long":
            frames.write_bytes(frames.read_bytes() + b"x")
        case "no index":
            (folder / "index.npz").unlink()
        case "no films":
            text.unlink()
        case "other version":
            text.write_text(text.read_text(encoding="utf-8").replace("frames/1", "frames/999"), encoding="utf-8")
        case "garbage":
            text.write_bytes(b"\xff\x00 not text")
        case "empty":
            (folder / "index.npz").write_bytes(b"")
    assert not is_store(folder)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    write_store(folder)
    with np.load(folder / "index.npz") as file:
        arrays = dict(file)
    arrays["pts_N"] = np.array([object()] * NUM)
    with (folder / "index.npz").open("wb") as file:
        np.savez(file, **arrays)
    assert not is_store(folder)
