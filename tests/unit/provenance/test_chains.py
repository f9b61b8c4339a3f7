"""Generations: each file takes the histories of its parents along, whatever their formats."""

import json

import pytest

from mutoscope.provenance.history import history_of
from mutoscope.provenance.sidecar import sidecar_path
from mutoscope.provenance.sign import sign_file
from mutoscope.provenance.verify import verify_file
from mutoscope.provenance.words import about_generation


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        ("film.mov", "film.mp4", "still.png"),
        ("film.webm", "film.mp4", "film.webm"),
        ("film.mp4", "film.webm", "film.mov"),
        ("film.webm", "film.webm", "still.gif"),
    ],
)
def test_three_generations_in_any_formats(first, second, third, ada, media, record):
    paths = [media(name, f"{n}{name}") for n, name in enumerate((first, second, third))]
    sign_file(paths[0], record, [media("still.jpg")])
    sign_file(paths[1], record, [paths[0]])
    sign_file(paths[2], record, [paths[1]])
    told = history_of(paths[2])
    assert [one.name for one in told] == [one.name for one in paths]
    assert [one.state for one in told] == ["trusted"] * 3
    assert [one.relation for one in told] == ["parent", "parent", "self"]
    assert all(one.record.recipe == record.recipe for one in told)


def test_further_films_are_materials(ada, media, record):
    main, side, path = media("film.mov"), media("still.png"), media("film.mp4")
    sign_file(main, record, [main])
    sign_file(side, record, [side])
    sign_file(path, record, [main, side])
    told = history_of(path)
    assert {one.name: one.relation for one in told} == {
        "film.mov": "parent",
        "still.png": "material",
        "film.mp4": "self",
    }
    assert "c2pa.placed" in told[-1].actions


def test_an_altered_parent_stays_altered_in_its_child(ada, media, record):
    parent, path = media("still.png"), media("film.mp4")
    sign_file(parent, record)
    parent.write_bytes(parent.read_bytes()[:-30] + b"x" + parent.read_bytes()[-29:])
    sign_file(path, record, [parent])
    before, last = history_of(path)
    assert (before.state, last.state) == ("altered", "trusted")
    assert "ALTERED" in about_generation(before)[0]


def test_a_forged_sidecar_stays_forged_in_its_child(ada, media, record):
    parent, path = media("film.webm"), media("film.mp4")
    sign_file(parent, record, [media("still.png")])
    plain = json.loads(sidecar_path(parent).read_text())
    plain["statement"]["record"]["version"] = "9"
    sidecar_path(parent).write_text(json.dumps(plain))
    sign_file(path, record, [parent])
    assert [one.state for one in history_of(path)] == ["forged", "trusted"]


def test_a_parent_without_history_is_told_by_name_and_digest(ada, media, record):
    path = media("film.mp4")
    sign_file(path, record, [media("film.webm", "mine.webm")])
    (only,) = history_of(path)
    assert [(one.name, len(one.sha256)) for one in only.record.sources] == [("mine.webm", 64)]


def test_the_three_lines_name_paintings_of_earlier_generations(ada, media, record):
    painted, path = media("film.webm"), media("film.mp4")
    sign_file(painted, record, [media("still.png", "clip.png")])
    glitch = type(record)(steps=(type(record.steps[0])("corrupt.datamosh"),), version="0.1.0")
    sign_file(path, glitch, [painted])
    _, making, materials = verify_file(path).lines()
    assert making == (
        "Made from film.webm by corrupt.datamosh; film.webm was made from clip.png by filter.play "
        "(name great-wave, strength 0.8)."
    )
    assert "'The Great Wave' by Katsushika Hokusai, 1829" in materials
