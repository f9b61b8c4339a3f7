import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mutoscope.core.errors import OutputError
from mutoscope.storage import atomic
from mutoscope.storage.atomic import atomic_path


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def stale_name(pid: int, final: str = "film.mp4", host: str | None = None) -> str:
    return f".{final}.{pid}-{host or atomic._host()}0123abcd.part{Path(final).suffix}"


def test_file_appears_only_at_the_end(tmp_path):
    final = tmp_path / "film.mp4"
    with atomic_path(final) as temp:
        temp.write_bytes(b"new")
        assert temp.parent == tmp_path
        assert temp.suffix == ".mp4"
        assert temp.name.startswith(".film.mp4.")
        assert not final.exists()
    assert final.read_bytes() == b"new"
    assert names(tmp_path) == ["film.mp4"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, GeneratorExit])
def test_exception_leaves_old_file_and_no_temp(tmp_path, error):
    final = tmp_path / "film.mp4"
    final.write_bytes(b"old")
    with pytest.raises(error), atomic_path(final) as temp:
        temp.write_bytes(b"half")
        raise error
    assert final.read_bytes() == b"old"
    assert names(tmp_path) == ["film.mp4"]


def test_full_disk_is_told_in_one_line(tmp_path):
    final = tmp_path / "film.mp4"
    with pytest.raises(OutputError, match=r"^disk is full: film\.mp4 [^\n]*$"), atomic_path(final) as temp:
        temp.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert names(tmp_path) == []


def test_full_disk_at_the_last_flush_is_told(tmp_path, monkeypatch):
    def full(_handle: int) -> None:
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OutputError, match="disk is full"), atomic_path(tmp_path / "film.mp4") as temp:
        temp.write_bytes(b"all")
    assert names(tmp_path) == []


def test_missing_folder_is_told_before_any_work(tmp_path):
    with pytest.raises(OutputError, match="does not exist"), atomic_path(tmp_path / "no" / "film.mp4"):
        pytest.fail("the block ran")


def test_folder_under_the_final_name_is_refused(tmp_path):
    (tmp_path / "film.mp4").mkdir()
    with pytest.raises(OutputError, match="not a file"), atomic_path(tmp_path / "film.mp4"):
        pytest.fail("the block ran")


def test_device_is_never_replaced():
    with pytest.raises(OutputError, match="not a file"), atomic_path(Path(os.devnull)):
        pytest.fail("the block ran")


def test_folder_without_rights_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic.os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="cannot be written"), atomic_path(tmp_path / "film.mp4"):
        pytest.fail("the block ran")


def test_block_that_wrote_nothing_is_an_error(tmp_path):
    with pytest.raises(OutputError, match="nothing was written"), atomic_path(tmp_path / "film.mp4"):
        pass


def test_link_keeps_being_a_link(tmp_path):
    (tmp_path / "big").mkdir()
    target = tmp_path / "big" / "film.mp4"
    target.write_bytes(b"old")
    link = tmp_path / "film.mp4"
    link.symlink_to(target)
    with atomic_path(link) as temp:
        temp.write_bytes(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_long_name_finds_room(tmp_path):
    final = tmp_path / ("é" * 120 + ".mp4")
    with atomic_path(final) as temp:
        temp.write_bytes(b"new")
    assert final.read_bytes() == b"new"


def test_temps_of_dead_processes_are_swept(tmp_path):
    dead = dead_pid()
    gone = [stale_name(dead), stale_name(os.getpid())]  # our own pid: an earlier run in a container
    kept = [
        stale_name(os.getppid()),  # still running
        stale_name(dead, final="film2.mp4"),  # another film's
        stale_name(dead, host="ffffff"),  # another machine's
        f".film.mp4.{dead}.part.mp4",  # not ours
    ]
    for name in gone + kept:
        (tmp_path / name).touch()
    with atomic_path(tmp_path / "film.mp4") as temp:
        temp.touch()
    assert names(tmp_path) == sorted([*kept, "film.mp4"])


def test_second_writer_of_the_same_name_does_not_sweep_the_first(tmp_path):
    final = tmp_path / "film.mp4"
    with atomic_path(final) as first:
        first.write_bytes(b"first")
        with atomic_path(final) as second:
            second.write_bytes(b"second")
        assert first.exists()
    assert final.read_bytes() == b"first"


def test_killed_process_leaves_nothing_for_good(tmp_path):
    final = tmp_path / "film.mp4"
    code = (
        "import os, sys; from pathlib import Path; from mutoscope.storage.atomic import atomic_path\n"
        "with atomic_path(Path(sys.argv[1])) as t: t.write_bytes(b'half'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(final)], check=False)
    assert not final.exists()
    assert len(names(tmp_path)) == 1
    with atomic_path(final) as temp:
        temp.write_bytes(b"new")
    assert names(tmp_path) == ["film.mp4"]


def test_relative_path_in_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with atomic_path(Path("film.mp4")) as temp:
        temp.write_bytes(b"new")
    assert names(tmp_path) == ["film.mp4"]
