"""Keeping freed memory is a wish to the allocator, and never more."""

import pytest

from mutoscope.models.memory import give_back_freed_memory, keep_freed_memory


@pytest.fixture(autouse=True)
def forget():
    keep_freed_memory.cache_clear()
    yield
    keep_freed_memory.cache_clear()


def test_it_can_be_asked_anywhere_and_again():
    assert keep_freed_memory() == keep_freed_memory()


@pytest.mark.parametrize("name", ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"])
def test_a_persons_own_choice_stands(monkeypatch, name):
    monkeypatch.setenv(name, "1")
    assert not keep_freed_memory()


def test_other_systems_are_left_alone(monkeypatch):
    monkeypatch.setattr("mutoscope.models.memory.sys.platform", "darwin")
    assert not keep_freed_memory()
    assert not give_back_freed_memory()


def test_freed_memory_can_be_given_back_at_any_time():
    assert isinstance(give_back_freed_memory(), bool)
