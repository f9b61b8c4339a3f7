"""Whatever was lost of a run, the next one gives the same bytes and makes only what is missing."""

import json
import random

import pytest

from conftest import NOISE, TRAIL
from mutoscope.core.errors import InputError, MutoscopeError, OutputError
from mutoscope.core.progress import ignore
from mutoscope.engine.pool import Done, InlinePool, PoisonError
from mutoscope.engine.run_recipe import Failure, run_films, run_recipe
from mutoscope.engine.store import Store
from mutoscope.testing.media import make_clip, patches, ramp
from mutoscope.video.read import open_video

CHAIN = TRAIL + NOISE + TRAIL + 'name = "last"\nparams = {share = 0.9}\n'


@pytest.fixture
def go(film, recipe, tmp_path):
    """Run a recipe over the film; six pieces of four frames, three in each shot."""

    def run(steps=CHAIN, lines="seed = 3", *, result="out.mp4", work="work", **more):
        return run_recipe(recipe(steps, lines), film, tmp_path / result, work=tmp_path / work, **more)

    return run


@pytest.fixture
def left(tmp_path):
    """What lies in the work folder, oldest first."""

    def find(suffix):
        return sorted((tmp_path / "work" / "results").rglob(f"*{suffix}"), key=lambda path: path.stat().st_mtime_ns)

    return find


def of_shot(done, shot):
    """Give the keys of the pieces of a shot, in order, from the manifest."""
    return [row["key"] for row in json.loads(done.manifest.read_text())["shots"] if row["shot"] == shot]


def lose(left, key):
    for path in left(""):
        if path.is_file() and path.name.startswith(key):
            path.unlink()


@pytest.fixture
def _large_memories(monkeypatch):
    """Take all memories for such as are megabytes."""
    monkeypatch.setattr("mutoscope.engine.schedule._SMALL_BYTES", -1)


@pytest.mark.usefixtures("_large_memories")
def test_a_large_memory_is_forgotten_when_nobody_takes_it_any_more(go, left):
    done = go()

    assert (done.computed, done.reused, done.frames) == (6, 0, 23)
    assert left(".safetensors") == []
    assert len(left(".piece")) == 6


def test_a_small_memory_stays_for_a_single_frame_or_a_lost_piece(go, left):
    done = go()
    assert left(".safetensors") != []
    first = done.path.read_bytes()
    lose(left, of_shot(done, 0)[2])

    again = go()

    assert again.path.read_bytes() == first
    assert (again.computed, again.reused) == (1, 5)


def test_run_again_it_computes_nothing_and_gives_the_same_bytes(go, tmp_path):
    first = go().path.read_bytes()
    again = go(result="again.mp4")

    assert (again.computed, again.reused) == (0, 6)
    assert again.path.read_bytes() == first


@pytest.mark.parametrize("seed", range(8))
def test_any_half_of_the_work_may_be_lost(seed, go, tmp_path):
    first = go().path.read_bytes()
    chance = random.Random(seed)
    for _ in range(3):
        files = sorted(path for path in (tmp_path / "work").rglob("*") if path.is_file())
        for path in chance.sample(files, len(files) // 2):
            if chance.random() < 0.5:
                path.unlink()
            else:
                path.write_bytes(path.read_bytes()[: chance.randrange(1 + path.stat().st_size)])

        assert go(result=f"again{seed}.mp4").path.read_bytes() == first


@pytest.mark.parametrize("stop_after", range(1, 23, 3))
def test_a_run_that_was_stopped_goes_on(stop_after, go, tmp_path):
    first = go(work="other").path.read_bytes()

    def stop(progress):
        if progress.stage == "frames" and progress.done >= stop_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(result="again.mp4", report=stop)
    assert not (tmp_path / "again.mp4").exists()

    done = go(result="again.mp4")
    assert done.path.read_bytes() == first
    whole = (stop_after - 1) // 4
    assert (done.computed, done.reused) == (6 - whole, whole)


@pytest.mark.parametrize("harm", [b"", b"something else"])
def test_a_piece_that_is_damaged_is_made_anew(harm, go, left):
    done = go()
    first, key = done.path.read_bytes(), of_shot(done, 1)[0]
    next(path for path in left(".piece") if path.name.startswith(key)).write_bytes(harm)

    again = go()

    assert again.path.read_bytes() == first
    assert (again.computed, again.reused) == (1, 5)


@pytest.mark.usefixtures("_large_memories")
@pytest.mark.parametrize(("lost", "computed"), [(0, 1), (1, 2), (2, 3)])
def test_a_piece_is_made_anew_from_the_last_memory_that_is_there(lost, computed, go, left):
    done = go()
    first = done.path.read_bytes()
    lose(left, of_shot(done, 0)[lost])

    again = go()

    assert again.path.read_bytes() == first
    assert (again.computed, again.reused) == (computed, 6 - computed)


def test_a_piece_whose_memory_has_gone_is_made_anew_when_the_next_one_wants_it(go, left):
    done = go(work="other")
    with pytest.raises(KeyboardInterrupt):
        go(result="again.mp4", report=stop_at(5))
    assert len(left(".piece")) == len(left(".safetensors")) == 1
    left(".safetensors")[0].unlink()

    again = go(result="again.mp4")

    assert again.path.read_bytes() == done.path.read_bytes()
    assert (again.computed, again.reused) == (6, 0)


def stop_at(frames):
    def stop(progress):
        if progress.stage == "frames" and progress.done >= frames:
            raise KeyboardInterrupt

    return stop


def test_a_changed_frame_of_the_film_changes_all(go, film):
    go()
    film.write_bytes(film.read_bytes() + b"\0")

    assert go().reused == 0


def test_steps_that_are_named_otherwise_are_not_computed_again(go):
    go()

    assert go(CHAIN.replace('"last"', '"first/last"')).computed == 0


def test_films_of_the_same_bytes_are_computed_once(film, recipe, store, tmp_path):
    twin = tmp_path / "twin.mp4"
    twin.write_bytes(film.read_bytes())
    pairs = [(film, tmp_path / "a.mp4"), (twin, tmp_path / "b.mp4")]

    with InlinePool(store) as pool:
        a, b = run_films(recipe(CHAIN), pairs, pool, store)

    assert a.path.read_bytes() == b.path.read_bytes()
    assert (a.computed, b.computed) == (6, 0)


def test_progress_never_falls(go):
    told = []
    go(report=lambda p: told.append((p.stage, p.done, p.total)))

    for stage in ("frames", "join"):
        done = [row[1] for row in told if row[0] == stage]
        assert done == sorted(done)
        assert done[-1] == 23


class DeadlyPool(InlinePool):
    """Some of its tasks kill everybody who tries them."""

    def __init__(self, store, deadly):
        super().__init__(store)
        self.deadly, self.number = deadly, -1

    def wait(self, partial):
        self.number += 1
        if self.number in self.deadly:
            task = self._tasks.popleft()
            return Done(task, error=PoisonError(f"{task.title} killed 3 workers and was set aside."))
        return super().wait(partial)


@pytest.mark.parametrize("deadly", [{0}, {1}, {2}, {5}, {0, 1, 2}, {1, 3, 4}])
def test_the_rest_of_a_film_is_delivered_when_pieces_are_set_aside(deadly, film, recipe, store, tmp_path):
    (done,) = run_films(recipe(CHAIN), [(film, tmp_path / "out.mp4")], DeadlyPool(store, deadly), store)

    assert len(done.set_aside) == len(deadly)
    assert all("killed 3 workers" in line for line in done.set_aside)
    assert done.computed == 6 - len(deadly)
    with open_video(done.path) as opened:
        assert sum(len(clip) for clip in opened) == done.frames == 23 - sum((4, 4, 4, 4, 4, 3)[i] for i in deadly)
    told = json.loads(done.manifest.read_text())
    assert len(told["set_aside"]) == len(deadly)
    assert len(told["shots"]) == 6 - len(deadly)


def test_after_a_set_aside_piece_a_later_run_gives_the_whole_film(go, film, recipe, store, tmp_path):
    list(run_films(recipe(CHAIN, "seed = 3"), [(film, tmp_path / "out.mp4")], DeadlyPool(store, {1}), store))

    done = go()
    assert done.path.read_bytes() == go(work="other", result="other.mp4").path.read_bytes()
    assert done.set_aside == ()


def test_a_film_of_which_nothing_is_left_is_an_error(film, recipe, store, tmp_path):
    pool = DeadlyPool(store, set(range(6)))

    (done,) = run_films(recipe(CHAIN), [(film, tmp_path / "out.mp4")], pool, store)

    assert isinstance(done, Failure)
    assert "killed 3 workers" in str(done.error)
    assert not (tmp_path / "out.mp4").exists()


def test_an_older_result_stays_when_a_run_fails(go, film, tmp_path):
    before = go().path.read_bytes()
    film.write_bytes(b"no film any more")

    with pytest.raises(InputError):
        go()
    assert (tmp_path / "out.mp4").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.mp4", "out.mp4", "out.mutoscope.json", "work"]


def test_places_are_free_again_after_every_end(film, recipe, store, tmp_path):
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"no film at all, only words")
    pairs = [(bad, tmp_path / "a.mp4"), (film, tmp_path / "b.mp4"), (tmp_path / "none.mp4", tmp_path / "c.mp4")]

    found = list(run_films(recipe(NOISE), pairs, InlinePool(store), store))

    assert [isinstance(done, Failure) for done in found] == [False, True, True]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_one_place_for_two_films_is_refused(film, recipe, store, tmp_path):
    (tmp_path / "link.mp4").symlink_to(tmp_path / "a.mp4")
    pairs = [(film, tmp_path / "a.mp4"), (film, tmp_path / "link.mp4")]

    found = list(run_films(recipe(TRAIL), pairs, WideInlinePool(store), store))

    assert [type(done).__name__ for done in found] == ["RunResult", "Failure"]
    assert isinstance(found[1].error, OutputError)


class WideInlinePool(InlinePool):
    """Takes more tasks than one film has, so that films are under way together."""

    @property
    def room(self):
        return 20 - len(self._tasks)


def test_results_do_not_depend_on_films_under_way_together(film, recipe, tmp_path):
    others = [
        make_clip(tmp_path / f"{name}.mp4", width=46, height=34, num_frames=9, pixels=pixels)
        for name, pixels in (("p", patches), ("q", ramp))
    ]
    made = []
    for name, kind in (("narrow", InlinePool), ("wide", WideInlinePool)):
        (tmp_path / name).mkdir()
        store = Store(tmp_path / name / "work")
        store.begin()
        pairs = [(source, tmp_path / name / source.name) for source in (film, *others)]
        list(run_films(recipe(CHAIN), pairs, kind(store), store, report=ignore))
        made.append([place.read_bytes() for _, place in pairs])

    assert made[0] == made[1]


def test_an_error_names_one_line(go, recipe, film, tmp_path):
    with pytest.raises(MutoscopeError) as told:
        run_recipe(recipe(NOISE), film, tmp_path / "missing" / "out.mp4", work=tmp_path / "work")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "missing").exists()
