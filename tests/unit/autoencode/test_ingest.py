import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mutoscope.autoencode import ingest as module
from mutoscope.autoencode.frame_store import FRAMES, FrameStore, is_store
from mutoscope.autoencode.ingest import ingest
from mutoscope.autoencode.quality import luma
from mutoscope.core.errors import InputError, OutputError
from mutoscope.core.progress import Progress
from mutoscope.testing.media import make_clip, make_picture, patches, ramp, solid

Pixels = np.ndarray


def two_shots(index: int, height: int, width: int) -> Pixels:
    """A dark ramp that moves, and from frame 8 on quarters that stand still."""
    return ramp(index, height, width) // 2 if index < 8 else patches(3, height, width)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "two.mp4", width=96, height=64, num_frames=20, pixels=two_shots)


@pytest.fixture
def stores(tmp_path: Path) -> Path:
    return tmp_path / "stores"


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_film_becomes_frames_shots_and_groups(film: Path, stores: Path) -> None:
    store = ingest([film], stores, 32, 24)
    assert len(store) == 20
    assert store.frames_NHW3.shape == (20, 24, 32, 3)
    assert store.shot_N.tolist() == [0] * 8 + [1] * 12
    assert len(set(store.group_N[8:].tolist())) == 1
    assert len(set(store.group_N[:8].tolist())) > 4
    (seen,) = store.films
    assert (seen.name, seen.frames, seen.first_pts) == ("two.mp4", 20, 0)
    assert seen.seconds == pytest.approx(0.8)
    assert len(seen.sha256) == 64
    assert seen.frame_rate == "25"
    assert left_in(stores) == [store.folder.name] if store.folder else False


def test_contrast_is_that_of_quality(film: Path, stores: Path) -> None:
    store = ingest([film], stores, 32, 24)
    grey_NHW = luma(store.batch(range(20)).float() / 255)
    assert store.contrast_N == pytest.approx(grey_NHW.flatten(1).std(1, correction=0).numpy(), abs=2e-3)


def test_films_lie_one_behind_the_other_and_share_no_shot_and_no_group(film: Path, stores: Path) -> None:
    other = make_clip(film.with_name("other.mp4"), num_frames=3)
    store = ingest([film, other, film], stores, 32, 24)
    assert store.film_N.tolist() == [0] * 20 + [1] * 3 + [2] * 20
    assert store.shot_N.tolist() == [0] * 8 + [1] * 12 + [2] * 3 + [3] * 8 + [4] * 12
    assert not set(store.group_N[:20]) & set(store.group_N[23:])
    assert (np.diff(store.shot_N) >= 0).all()
    assert np.array_equal(store.frames_NHW3[:20], store.frames_NHW3[23:])
    assert [film.name for film in store.films] == ["two.mp4", "other.mp4", "two.mp4"]


def test_a_second_run_decodes_nothing(film: Path, stores: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ingest([film], stores, 32, 24)
    monkeypatch.setattr(module, "read_film", None)
    renamed = film.rename(film.with_name("renamed.mp4"))
    second = ingest([renamed], stores, 32, 24)
    assert second.folder == first.folder
    assert second.films[0].name == "renamed.mp4"
    assert np.array_equal(first.frames_NHW3, second.frames_NHW3)


def test_size_fit_films_and_their_order_decide_about_a_store(film: Path, stores: Path) -> None:
    other = make_clip(film.with_name("other.mp4"), num_frames=3)
    wishes = [([film], 32, 24, "crop"), ([film], 24, 32, "crop"), ([film], 32, 24, "letterbox")]
    wishes += [([film, other], 32, 24, "crop"), ([other, film], 32, 24, "crop")]
    assert len({ingest(*wish[:1], stores, *wish[1:]).folder for wish in wishes}) == 5


def test_the_same_film_gives_the_same_bytes(film: Path, tmp_path: Path) -> None:
    folders = [ingest([film], tmp_path / name, 32, 24).folder for name in "ab"]
    for name in (FRAMES, "index.npz", "films.json"):
        assert len({(folder / name).read_bytes() for folder in folders if folder}) == 1


def test_bars_hide_no_cut(film: Path, stores: Path) -> None:
    store = ingest([film], stores, 128, 16, "letterbox")
    assert store.shot_N.tolist() == [0] * 8 + [1] * 12


@pytest.mark.parametrize("num", [1, 2])
def test_the_shortest_films_work(tmp_path: Path, stores: Path, num: int) -> None:
    store = ingest([make_clip(tmp_path / "a.mp4", num_frames=num)], stores, 32, 24)
    assert (len(store), len(store.pairs)) == (num, num - 1)


def test_a_black_film_is_one_group(tmp_path: Path, stores: Path) -> None:
    store = ingest([make_clip(tmp_path / "a.mp4", num_frames=9, pixels=solid(0, 0, 0))], stores, 32, 24)
    assert set(store.group_N) == {0}
    assert set(store.shot_N) == {0}


def test_pictures_and_numbered_pictures_are_films(tmp_path: Path, stores: Path) -> None:
    for number in range(3):
        make_picture(tmp_path / f"f{number:02d}.png", width=46, height=34)
    store = ingest([tmp_path / "f%02d.png", tmp_path / "f01.png"], stores, 32, 24)
    assert store.film_N.tolist() == [0, 0, 0, 1]


def test_a_film_that_breaks_off_is_used_as_far_as_it_goes(tmp_path: Path, stores: Path) -> None:
    film = make_clip(tmp_path / "a.mkv", num_frames=40, pixels=ramp, width=64)
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    store = ingest([film], stores, 32, 24)
    assert 0 < len(store) < 40
    assert store.films[0].frames == len(store)
    assert any("breaks off" in notice for notice in store.notices)
    assert ingest([film], stores, 32, 24).notices == store.notices


@pytest.mark.parametrize("wrong", ["missing.mp4", "text.mp4"])
def test_what_is_no_film_is_one_line_and_leaves_nothing(film: Path, stores: Path, wrong: str) -> None:
    film.with_name("text.mp4").write_text("no film")
    with pytest.raises(InputError) as told:
        ingest([film, film.with_name(wrong)], stores, 32, 24)
    assert "\n" not in str(told.value)
    assert not stores.exists() or left_in(stores) == []
    with pytest.raises(InputError):
        ingest([], stores, 32, 24)


def test_a_disk_without_room_is_told_before_anything_is_decoded(
    film: Path, stores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 1000, 1000))
    monkeypatch.setattr(module, "read_film", None)
    with pytest.raises(OutputError) as told:
        ingest([film], stores, 160, 120)
    message = str(told.value)
    assert "1.2 MB" in message  # 20 frames of 160 x 120 x 3
    assert str(stores) in message
    assert "\n" not in message
    assert left_in(stores) == []


class _FullFile:
    """A file on a disk that has room for so many writes."""

    def __init__(self, file: object, left: int) -> None:
        self._file, self._left = file, left

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)

    def write(self, data: object) -> int:
        self._left -= 1
        if self._left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._file.write(data)  # type: ignore[attr-defined,no-any-return]


def test_stores_that_were_not_used_for_long_make_room(
    film: Path, stores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_clip(film.with_name("other.mp4"), num_frames=3)
    old, newer = (ingest([one], stores, 32, 24).folder for one in (film, other))
    assert old is not None
    assert newer is not None
    os.utime(old, (1, 1))
    size = 20 * 32 * 16 * 3
    monkeypatch.setattr("mutoscope.autoencode.store_folder._MOST_BYTES", size + 16_000)
    newest = ingest([film], stores, 32, 16).folder
    assert newest is not None
    assert left_in(stores) == sorted([newer.name, newest.name])


def test_a_disk_that_fills_on_the_way_is_one_line_and_leaves_nothing(
    film: Path, stores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = module.read_film

    def full(*arguments: object) -> object:
        given = list(arguments)
        given[4] = _FullFile(given[4], 7)
        return read(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "read_film", full)
    with pytest.raises(OutputError, match="disk is full") as told:
        ingest([film], stores, 32, 24)
    assert "\n" not in str(told.value)
    assert left_in(stores) == []
    monkeypatch.undo()
    assert len(ingest([film], stores, 32, 24)) == 20


def test_a_real_full_disk_is_one_line(film: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    from mutoscope.autoencode.reading import read_film
    from mutoscope.video.info import probe

    with full.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        read_film(probe(film), "", (32, 24), "crop", file, lambda: None)


def test_a_folder_that_cannot_be_made_is_one_line(film: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as told:
        ingest([film], tmp_path / "file" / "stores", 32, 24)
    assert "\n" not in str(told.value)


def test_a_store_that_is_damaged_is_made_anew(film: Path, stores: Path) -> None:
    store = ingest([film], stores, 32, 24)
    assert store.folder is not None
    expected = store.frames_NHW3.copy()
    with (store.folder / FRAMES).open("r+b") as file:
        file.truncate(100)
    assert np.array_equal(ingest([film], stores, 32, 24).frames_NHW3, expected)
    assert left_in(stores) == [store.folder.name]


def test_an_interrupted_run_leaves_nothing(film: Path, stores: Path) -> None:
    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest([film], stores, 32, 24, report=stop)
    assert left_in(stores) == []


_WHERE = ("reading", "index", "before the rename")
_KILLED = """
import os, signal, sys
from pathlib import Path
from mutoscope.autoencode import ingest as module
film, folder, *places = sys.argv[1:]
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
for where in places:  # one start of Python for all of them
    child = os.fork()
    if child == 0:
        if where == "index":
            module.write_index = die
        if where == "before the rename":
            Path.rename = die
        ask = {"report": die} if where == "reading" else {}
        module.ingest([Path(film)], Path(folder) / where, 32, 24, **ask)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_killed_run_left_is_not_taken_for_whole_and_is_removed(film: Path, stores: Path) -> None:
    command = [sys.executable, "-c", _KILLED, str(film), str(stores), *_WHERE]
    (stores / _WHERE[0]).mkdir(parents=True)
    done = subprocess.run(command, check=True, timeout=120, capture_output=True, text=True)
    assert done.stdout.split() == [str(-signal.SIGKILL)] * 3
    other = make_clip(film.with_name("other.mp4"), num_frames=3)
    for folder in (stores / where for where in _WHERE):
        assert left_in(folder)  # the killed run could not clean up
        assert not any(is_store(path) for path in folder.iterdir() if not path.name.startswith("."))
        store = ingest([other], folder, 32, 24)  # another film's run removes it
        assert store.folder is not None
        assert left_in(folder) == [store.folder.name]
        assert len(ingest([film], folder, 32, 24)) == 20


def test_two_runs_at_a_time_make_a_store_once(film: Path, stores: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, calls = module.read_film, []

    def counted(*arguments: object) -> object:
        calls.append(1)
        return read(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "read_film", counted)
    found: list[FrameStore] = []
    runs = [threading.Thread(target=lambda: found.append(ingest([film], stores, 32, 24))) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(calls) == 1
    assert len({store.folder for store in found}) == 1


def test_progress_is_told_with_the_number_of_frames(film: Path, stores: Path) -> None:
    told: list[Progress] = []
    keep: Callable[[Progress], None] = told.append
    ingest([film], stores, 32, 24, report=keep)
    assert told
    assert all(one.total == 20 and one.done <= 20 for one in told)
