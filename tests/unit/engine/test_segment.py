"""A segment is computed from the bytes that were meant, leaves its memory first, and all of it or nothing."""

import random
from dataclasses import replace
from fractions import Fraction

import pytest

from mutoscope.core.errors import InputError, MutoscopeError
from mutoscope.engine.segment import compute, state_key
from mutoscope.engine.store import Store
from mutoscope.engine.tasks import Desk, StoppedError
from mutoscope.models.tensors import load_tensors
from mutoscope.testing.media import make_clip, make_picture
from mutoscope.video.pieces import read_records, read_summary

TRAIL = '[[step]]\neffect = "fake.trail"\n'
NOISE = '[[step]]\neffect = "fake.noise"\n'


def digest(store, key):
    return store.find(key).name.split(".")[1]


def test_memory_is_there_before_the_piece(planned, store, monkeypatch):
    task, kept = planned(TRAIL).task(0, None), []
    keep = Store.keep

    def noted(self, key, writer, suffix):
        path = keep(self, key, writer, suffix)
        kept.append(suffix)
        return path

    monkeypatch.setattr(Store, "keep", noted)
    compute(task, Desk(store))

    assert kept == [".safetensors", ".piece"]
    assert list(load_tensors(store.find(state_key(task.key)))) == ["fake.trail/last"]


def test_the_last_piece_of_a_shot_leaves_no_memory(planned, store):
    plan = planned(TRAIL, "piece_frames = 240")
    compute(plan.task(0, None), Desk(store))

    assert store.find(state_key(plan.task(0, None).key)) is None


def test_a_piece_holds_its_frames_at_their_times(planned, store):
    plan = planned(TRAIL)
    first = plan.task(0, None)
    second = plan.task(1, first.key)
    compute(first, Desk(store))
    compute(second, Desk(store))

    path = store.find(second.key)
    assert read_summary(path).frames == second.size == 4
    base = Fraction(read_summary(path).time_base)
    shown = sorted(record.pts * base for record in read_records(path))
    assert shown == [pts * plan.info.time_base for pts in plan.index.pts[4:8]]


def test_without_the_memory_before_it_nothing_is_made(planned, store):
    plan = planned(TRAIL)
    task = plan.task(1, plan.task(0, None).key)

    with pytest.raises(MutoscopeError, match="run again") as told:
        compute(task, Desk(store))
    assert "\n" not in str(told.value)
    assert store.find(task.key) is None


def test_a_film_that_has_changed_since_is_refused(planned, store, film):
    task = planned(TRAIL).task(0, None)
    make_clip(film, width=46, height=34, num_frames=9)

    with pytest.raises(InputError, match="changed"):
        compute(task, Desk(store))
    assert store.find(task.key) is None


def test_a_film_that_changes_meanwhile_is_refused(planned, store, film):
    task = planned(TRAIL).task(0, None)

    def tick(done):
        if done == 2:
            make_clip(film.with_name("new.mp4"), width=46, height=34, num_frames=9).replace(film)

    with pytest.raises(InputError, match="changed"):
        compute(task, Desk(store, tick))
    assert store.find(task.key) is None
    assert store.find(state_key(task.key)) is None


def test_a_film_that_was_only_touched_is_taken(planned, store, film):
    task = planned(TRAIL).task(0, None)
    film.touch()
    compute(task, Desk(store))

    assert store.find(task.key) is not None


def test_a_film_that_has_gone_is_told(planned, store, film):
    task = planned(TRAIL).task(0, None)
    film.unlink()

    with pytest.raises(InputError, match="where all see it"):
        compute(task, Desk(store))


@pytest.mark.parametrize("name", ["mask.png", "p.png"])
def test_a_file_of_the_recipe_that_has_changed_since_is_refused(name, planned, store, tmp_path):
    for one in ("mask.png", "p.png"):
        make_picture(tmp_path / one)
    task = planned(TRAIL + 'mask = "mask.png"\nparams = {picture = "p.png"}\n').task(0, None)
    make_picture(tmp_path / name, index=3)

    with pytest.raises(InputError, match=name):
        compute(task, Desk(store))
    assert store.find(task.key) is None


def test_other_code_is_refused(planned, store):
    task = planned(TRAIL).task(0, None)

    with pytest.raises(MutoscopeError, match="same one on all machines"):
        compute(replace(task, spec={**task.spec, "code": "0" * 64}), Desk(store))


def test_a_piece_that_is_stopped_leaves_nothing(planned, store):
    task = planned(TRAIL).task(0, None)

    def tick(done):
        if done == 3:
            raise StoppedError("enough")

    with pytest.raises(StoppedError):
        compute(task, Desk(store, tick))

    assert [path for path in (store.root / "results").rglob("*.*") if task.key in path.name] == []
    assert store.find(state_key(task.key)) is None


def test_progress_counts_each_frame(planned, store):
    told = []
    compute(planned(TRAIL).task(0, None), Desk(store, told.append))

    assert told == [1, 2, 3, 4]


@pytest.mark.parametrize("seed", range(6))
def test_pieces_are_the_same_in_any_order_and_after_stops(seed, planned, store, tmp_path):
    """One worker goes on from piece to piece in one pass; another jumps about. Nobody can tell."""
    plan = planned(NOISE, "piece_frames = 3")
    tasks = [plan.task(number, None) for number in range(len(plan.stretches))]
    for task in tasks:
        compute(task, Desk(store))
    other, chance = Store(tmp_path / "other"), random.Random(seed)
    other.begin()

    for task in chance.sample(tasks, len(tasks)):
        stop_at = chance.choice([None, 1, 2])

        def tick(done, stop_at=stop_at):
            if done == stop_at:
                raise StoppedError("enough")

        if stop_at is not None and task.size >= stop_at:
            with pytest.raises(StoppedError):
                compute(task, Desk(other, tick))
        compute(task, Desk(other))

    assert [digest(other, task.key) for task in tasks] == [digest(store, task.key) for task in tasks]


@pytest.mark.parametrize("result", ["out.mp4", "out.mkv", "f%03d.png", "out.gif", "out.webm"])
def test_a_piece_is_the_same_made_twice(result, planned, store, tmp_path):
    task = planned(NOISE, "piece_frames = 5", result=result).task(1, None)
    other = Store(tmp_path / "other")
    other.begin()
    compute(task, Desk(store))
    compute(task, Desk(other))

    assert digest(store, task.key) == digest(other, task.key)
