import contextlib
import multiprocessing
import os
from fractions import Fraction
from pathlib import Path

import pytest

from mutoscope.core.errors import InputError, OutputError
from mutoscope.storage import cache as cache_module
from mutoscope.storage.cache import Cache, hash_file
from mutoscope.storage.folders import cache_folder
from mutoscope.storage.hashing import hash_json


def write(data: bytes):
    return lambda path: path.write_bytes(data) and None


def files(root: Path) -> list[Path]:
    return [p for p in root.rglob("*") if p.is_file()]


def test_what_was_put_is_got_by_another_process_object(tmp_path):
    key = Cache.key("film", {"size": 17})
    path = Cache(tmp_path).put(key, write(b"cuts"), ".json")
    assert path.suffix == ".json"
    found = Cache(tmp_path).get(key)
    assert found == path
    assert found.read_bytes() == b"cuts"
    assert Cache(tmp_path).get(Cache.key("film", {"size": 23})) is None


def test_key_depends_on_values_and_not_on_the_order_of_names():
    assert Cache.key({"a": 1, "b": (2, 3)}) == Cache.key({"b": [2, 3], "a": 1})
    assert Cache.key("ab", "c") != Cache.key("a", "bc")
    # python -c 'import hashlib; print(hashlib.sha256(b"[1,{\"a\":\"\xc3\xa9\"}]").hexdigest())'
    assert Cache.key(1, {"a": "é"}) == "b1c49391b023dab63288a86faf9f376603da98f7317fc0c6568eb987e710c813"


@pytest.mark.parametrize(("value", "error"), [(float("nan"), ValueError), (Fraction(1, 3), TypeError)])
def test_values_without_a_canonical_form_are_refused(value, error):
    with pytest.raises(error):
        Cache.key(value)


def test_strange_file_names_have_a_key():
    assert len(hash_json(os.fsdecode(b"clip-\xff.mp4"))) == 64


def test_key_cannot_leave_the_folder(tmp_path):
    with pytest.raises(ValueError, match="64 hexadecimal"):
        Cache(tmp_path).get("../../etc/passwd")


@pytest.mark.parametrize("damage", [b"", b"cutz", b"cuts and more"])
def test_damaged_entry_is_found_and_made_anew(tmp_path, damage):
    cache, key = Cache(tmp_path), Cache.key("film")
    path = cache.put(key, write(b"cuts"))
    path.write_bytes(damage)
    assert cache.get(key) is None
    assert not path.exists()
    assert cache.get_or_put(key, write(b"cuts")).read_bytes() == b"cuts"
    assert cache.notices == []


def test_get_or_put_computes_once(tmp_path):
    calls = []

    def writer(path: Path) -> None:
        calls.append(path)
        path.write_bytes(b"cuts")

    for _ in range(3):
        Cache(tmp_path).get_or_put(Cache.key("film"), writer)
    assert len(calls) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, InputError])
def test_broken_writer_leaves_nothing(tmp_path, error):
    cache = Cache(tmp_path)

    def writer(path: Path) -> None:
        path.write_bytes(b"half")
        raise error("stop")

    with pytest.raises(error):
        cache.put(Cache.key("film"), writer)
    assert files(tmp_path) == []
    assert cache.notices == []


def test_least_recently_used_goes_first(tmp_path):
    cache = Cache(tmp_path, max_bytes=10_000)
    keys = [Cache.key(i) for i in range(4)]
    for age, key in enumerate(keys[:3]):
        path = cache.put(key, write(b"x" * 3000))
        os.utime(path, (1000 + age, 1000 + age))
    assert cache.get(keys[0]) is not None  # now the youngest
    cache.put(keys[3], write(b"x" * 3000))
    assert [cache.get(k) is not None for k in keys] == [True, False, True, True]
    assert sum(p.stat().st_size for p in files(tmp_path)) <= 10_000


def test_result_larger_than_the_cache_is_still_given(tmp_path):
    cache = Cache(tmp_path, max_bytes=10)
    path = cache.put(Cache.key("film"), write(b"x" * 100))
    assert path.read_bytes() == b"x" * 100


def test_bound_holds_over_many_puts(tmp_path):
    cache = Cache(tmp_path, max_bytes=2000)
    for i in range(150):
        cache.put(Cache.key(i), write(b"x" * 100))
        assert sum(p.stat().st_size for p in files(tmp_path)) <= 2000


def test_files_of_others_in_the_root_are_left_alone(tmp_path):
    weights = tmp_path / "weights" / "vgg19.pth"
    weights.parent.mkdir()
    weights.write_bytes(b"x" * 1000)
    cache = Cache(tmp_path, max_bytes=10)
    for i in range(3):
        cache.put(Cache.key(i), write(b"x" * 100))
    assert weights.exists()


def test_leftovers_of_killed_processes_go(tmp_path):
    cache = Cache(tmp_path)
    old = cache.put(Cache.key(0), write(b"x")).with_name(".old.1-0.part")
    old.write_bytes(b"half")
    os.utime(old, (1000, 1000))
    young = old.with_name(".young.1-0.part")
    young.write_bytes(b"half")
    Cache(tmp_path).put(Cache.key(1), write(b"x"))
    assert not old.exists()
    assert young.exists()


def test_folder_that_cannot_be_made_means_no_cache_and_one_notice(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    cache, key = Cache(tmp_path / "file" / "cache"), Cache.key("film")
    assert cache.get(key) is None
    path = cache.put(key, write(b"cuts"), ".json")
    assert path.read_bytes() == b"cuts"
    assert path.suffix == ".json"
    assert cache.get(key) == path
    cache.put(Cache.key("film 2"), write(b"cuts"))
    assert len(cache.notices) == 1
    assert "MUTOSCOPE_CACHE" in cache.notices[0]
    assert "\n" not in cache.notices[0]
    del cache
    assert not path.exists()


def test_full_disk_means_no_cache(tmp_path, monkeypatch):
    real = cache_module.publish

    def publish(temp: Path, final: Path) -> None:
        if final.is_relative_to(tmp_path):
            raise OutputError("disk is full")
        real(temp, final)

    monkeypatch.setattr(cache_module, "publish", publish)
    cache = Cache(tmp_path)
    assert cache.put(Cache.key("film"), write(b"cuts")).read_bytes() == b"cuts"
    assert "disk is full" in cache.notices[0]
    assert files(tmp_path) == []


def _fill(root: str, start) -> None:
    start.wait()
    cache = Cache(Path(root), max_bytes=3000)
    for i in range(40):
        data = f"{i % 20}".encode() * 100
        path = cache.get_or_put(Cache.key(i % 20), write(data))
        with contextlib.suppress(FileNotFoundError):  # another process has made room
            assert path.read_bytes() == data
    assert cache.notices == []


def test_processes_share_one_folder(tmp_path):
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    workers = [context.Process(target=_fill, args=(str(tmp_path), start)) for _ in range(3)]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join(60)
    assert [w.exitcode for w in workers] == [0, 0, 0]
    cache = Cache(tmp_path)
    for i in range(20):
        found = cache.get(Cache.key(i))
        assert found is None or found.read_bytes() == f"{i}".encode() * 100
    assert not [p for p in files(tmp_path) if p.name.startswith(".")]


def test_file_hash_is_of_the_bytes(tmp_path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert hash_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    path.write_bytes(b"abcd")
    assert hash_file(path) == "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589"


def test_file_hash_of_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(InputError, match=r"no\.mp4 could not be read"):
        hash_file(tmp_path / "no.mp4")
    with pytest.raises(InputError, match="could not be read"):
        hash_file(tmp_path)


def test_cache_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    assert Cache().root == tmp_path / "own"
    monkeypatch.delenv("MUTOSCOPE_CACHE")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "mutoscope"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "mutoscope"


def test_user_without_a_home_still_has_a_name_for_the_folder(monkeypatch):
    def nobody(_cls: type[Path]) -> Path:
        raise RuntimeError("no home")

    for name in ("MUTOSCOPE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(Path, "home", classmethod(nobody))
    assert cache_folder() == Path("/.cache/mutoscope")
