"""The key of a piece depends on everything that decides about its pixels, and on nothing else."""

import os
from dataclasses import replace

import pytest

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.testing.media import make_clip, make_picture, patches, ramp

TRAIL = '[[step]]\neffect = "fake.trail"\n'
NOISE = '[[step]]\neffect = "fake.noise"\n'
STEPS = NOISE + TRAIL + 'name = "b"\nmask = "mask.png"\nfeather = 3\nparams = {share = 0.25, picture = "p.png"}\n'


@pytest.fixture(autouse=True)
def pictures(tmp_path):
    make_picture(tmp_path / "mask.png", pixels=ramp)
    make_picture(tmp_path / "p.png")


@pytest.fixture
def keys(planned):
    def find(steps=STEPS, lines="piece_frames = 5", **more):
        plan = planned(steps, lines, **more)
        return [plan.task(number, "before" if s.goes_on else None).key for number, s in enumerate(plan.stretches)]

    return find


def test_the_same_film_has_the_same_keys_and_each_piece_its_own(keys):
    first = keys()

    assert keys() == first
    assert len(set(first)) == len(first) == 6


@pytest.mark.parametrize(
    "change",
    [
        {"lines": "piece_frames = 5\nsize = 32"},
        {"lines": "piece_frames = 5\ncrf = 30"},
        {"lines": "piece_frames = 5\nbit_depth = 10"},
        {"lines": "piece_frames = 5\nseed = 1"},
        {"lines": "piece_frames = 5\nthreads = 2"},
        {"lines": 'piece_frames = 5\ncodec = "vp9"', "result": "out.mkv"},
        {"result": "out.mkv"},
        {"result": "f%04d.png"},
        {"device": "cuda"},
        {"steps": STEPS.replace("0.25", "0.26")},
        {"steps": STEPS.replace("0.25", '"0s:0.25, 1s:0.3"')},
        {"steps": STEPS.replace("feather = 3", "feather = 4")},
        {"steps": STEPS.replace("feather = 3", "feather = 3\ninvert_mask = true")},
        {"steps": STEPS.replace("feather = 3", 'feather = 3\nstart = "0.1s"')},
        {"steps": STEPS.replace("feather = 3", 'feather = 3\nend = "0.7s"')},
        {"steps": STEPS.replace("feather = 3", "feather = 3\nseed = 0")},
        {"steps": STEPS.replace("feather = 3", 'feather = 3\ninput = "source"\ninputs = {x = "step:fake.noise"}')},
        {"steps": STEPS.replace('mask = "mask.png"\nfeather = 3\n', "")},
        {"steps": STEPS.replace(', picture = "p.png"', "")},
        {"steps": NOISE + STEPS},
    ],
    ids=str,
)
def test_a_key_changes_with_all_that_decides_about_pixels(change, keys):
    assert not set(keys(**change)) & set(keys())


@pytest.mark.parametrize("name", ["mask.png", "p.png"])
def test_a_key_changes_with_the_bytes_of_every_file(name, keys, tmp_path):
    before = keys()
    make_picture(tmp_path / name, pixels=patches, index=3)

    assert not set(keys()) & set(before)


def test_a_key_changes_with_the_bytes_of_the_film(keys, film):
    before = keys()
    film.write_bytes(film.read_bytes() + b"\0")

    assert not set(keys()) & set(before)


def test_a_key_changes_with_the_code(keys, monkeypatch):
    before = keys()
    monkeypatch.setattr("mutoscope.engine.fingerprint.code_digest", lambda package="mutoscope": f"new {package}")

    assert not set(keys()) & set(before)


@pytest.mark.parametrize("library", ["torch", "ffmpeg", "python", "av"])
def test_a_key_changes_with_the_libraries(library, keys, monkeypatch):
    from mutoscope.engine.fingerprint import versions

    before, told = keys(), {**versions(), library: "0.0"}
    monkeypatch.setattr("mutoscope.engine.plan.versions", lambda: told)

    assert not set(keys()) & set(before)


def test_a_key_changes_with_the_memory_that_is_taken_and_left(planned):
    plan = planned(STEPS, "piece_frames = 5")

    assert plan.task(1, "a").key != plan.task(1, "b").key
    alone = replace(plan, stretches=plan.stretches[:1])
    assert plan.is_followed(0)
    assert alone.task(0, None).key != plan.task(0, None).key


@pytest.mark.parametrize(
    "change",
    [
        {"steps": STEPS.replace('name = "b"', 'name = "something else"')},
        {"steps": STEPS.replace('"fake.noise"', '"fake.noise"\nname = "n"')},
        {"steps": STEPS.replace('"mask.png"', '"copy of mask.png"')},
        {"steps": STEPS.replace('"p.png"', '"copy of p.png"')},
        {"steps": STEPS.replace("0.25", "0.250")},
        {"steps": STEPS.replace("0.25", '"0.25"')},
        {"result": "another.mp4"},
        {"result": "out.MP4"},
        {"lines": "piece_frames = 5\ndevice = 'cpu'"},
    ],
    ids=str,
)
def test_a_key_does_not_change_with_names(change, keys, tmp_path):
    for name in ("mask.png", "p.png"):
        (tmp_path / f"copy of {name}").write_bytes((tmp_path / name).read_bytes())

    assert keys(**change) == keys()


def test_everything_may_move_to_another_folder(keys, film, tmp_path):
    before = keys()
    (tmp_path / "far").mkdir()
    moved = film.rename(tmp_path / "far" / "wéird name.mov.mp4")
    for name in ("mask.png", "p.png"):
        (tmp_path / name).rename(tmp_path / "far" / name)
    os.utime(moved, (1, 1))

    steps = STEPS.replace('"mask.png"', '"far/mask.png"').replace('"p.png"', '"far/p.png"')
    assert keys(steps=steps, source=moved) == before


def test_the_name_of_a_recipe_counts_for_nothing(keys, planned, recipe, monkeypatch):
    named = recipe(STEPS, "piece_frames = 5").model_copy(update={"name": "blue hour"})
    before = keys()
    monkeypatch.setattr("mutoscope.recipes.recipe._recipe", lambda *_: named)

    assert keys() == before


def test_pieces_are_cut_at_the_shots_and_long_ones_go_on(planned):
    plan = planned(TRAIL)

    assert [(s.first, s.end, s.goes_on) for s in plan.stretches] == [
        (0, 4, False),
        (4, 8, True),
        (8, 12, True),
        (12, 16, False),
        (16, 20, True),
        (20, 23, True),
    ]
    assert [plan.is_followed(n) for n in range(6)] == [True, True, False, True, True, False]
    assert plan.num_frames == 23
    assert plan.is_whole


def test_spans_meet_and_the_last_one_is_open(planned):
    plan = planned(NOISE, "piece_frames = 5")
    spans = [plan.span(number) for number in range(len(plan.stretches))]

    assert [a.end for a in spans[:-1]] == [b.start for b in spans[1:]]
    assert spans[-1].end is None
    assert all(span.key <= span.start for span in spans)


def test_no_film_of_nothing_is_planned(planned):
    with pytest.raises(InputError, match="nothing is left"):
        planned('[[step]]\neffect = "frame.keep"\nparams = {ranges = "70s..80s"}\n')


def test_what_drops_frames_stands_first(planned):
    with pytest.raises(ParameterError, match="first step"):
        planned(NOISE + '[[step]]\neffect = "frame.keep"\nparams = {ranges = "0s..1s"}\n')


def test_a_film_of_one_frame_is_one_piece(planned, tmp_path):
    source = make_clip(tmp_path / "one.mp4", width=46, height=34, num_frames=1)

    assert [(s.first, s.end) for s in planned(TRAIL, source=source).stretches] == [(0, 1)]
