"""Style lists: what a person types for --style, read whole and written back; files that look like lists stay files."""

import pytest
from pydantic import Field

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import Params, make_params
from mutoscope.effects.style_list import StyleList


def parse(text: str, *existing: str) -> StyleList:
    return StyleList.parse(text, existing.__contains__)


@pytest.mark.parametrize(
    ("text", "canonical", "files"),
    [
        ("wave.jpg", "wave.jpg", ("wave.jpg",)),
        ("wave.jpg:0.5 + night.jpg:0.5", "wave.jpg:0.5 + night.jpg:0.5", ("wave.jpg", "night.jpg")),
        ("wave.jpg:.5+night.jpg", "wave.jpg:0.5 + night.jpg", ("wave.jpg", "night.jpg")),
        ("wave.jpg+night.png", "wave.jpg + night.png", ("wave.jpg", "night.png")),
        (
            "0s:wave.jpg,00:03: night.jpg:2 + wave.jpg",
            "0s: wave.jpg, 3s: night.jpg:2 + wave.jpg",
            ("wave.jpg", "night.jpg"),
        ),
        (
            "0s: a.jpg ease, 1.5s: b.jpg hold, 2m: a.jpg",
            "0s: a.jpg ease, 1.5s: b.jpg hold, 120s: a.jpg",
            ("a.jpg", "b.jpg"),
        ),
        ("0s: a.jpg", "a.jpg", ("a.jpg",)),
        ('"a, 3s: b.jpg":0.5 + c', '"a, 3s: b.jpg":0.5 + c', ("a, 3s: b.jpg", "c")),
        ("paintings, old/wave.jpg", "paintings, old/wave.jpg", ("paintings, old/wave.jpg",)),
        ("C:/wave 1+2.jpg", "C:/wave 1+2.jpg", ("C:/wave 1+2.jpg",)),
        ('the "big" wave.jpg', 'the "big" wave.jpg', ('the "big" wave.jpg',)),
        ("wave at ease", "wave at ease", ("wave at ease",)),
    ],
)
def test_every_form_is_read_and_written_back(text, canonical, files):
    styles = parse(text)

    assert (str(styles), styles.files) == (canonical, files)
    assert parse(canonical) == styles


@pytest.mark.parametrize("name", ["a:0.5", "a + b.jpg", "0s: a, 3s: b", " a ", '"a"', "3s: x ease", "a,b:1+c.jpg"])
def test_a_file_that_exists_is_never_taken_apart(name):
    styles = parse(name, name)

    assert styles.files == (name,)
    # Written down, it is understood on a machine where it does not lie.
    assert parse(str(styles)) == styles


@pytest.mark.parametrize("name", ["a:0.5", "a + b.jpg", "at ease", "a,b:1+c.jpg"])
def test_a_file_that_exists_is_not_taken_apart_within_a_list_either(name):
    assert parse(f"0s: {name}, 9s: z.jpg", name).files == (name, "z.jpg")


def test_shares_are_whole_at_any_time_and_move_like_a_curve():
    styles = parse("1s: a:3 + b:1, 3s: b ease, 5s: c")

    assert styles.at(0) == styles.at(1) == {"a": 0.75, "b": 0.25, "c": 0}
    assert styles.at(2) == {"a": 0.375, "b": 0.625, "c": 0}
    assert styles.at(4) == {"a": 0, "b": 0.5, "c": 0.5}
    assert styles.at(3.5) == {"a": 0, "b": 0.84375, "c": 0.15625}
    assert styles.at(9) == {"a": 0, "b": 0, "c": 1}
    assert parse("0s: a hold, 3s: b").at(2.9) == {"a": 1, "b": 0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a:0 + b:0", "all weights are zero"),
        ("a:0", "all weights are zero"),
        ("a:-1 + b", "the weight -1 of a is not allowed"),
        ("a:1e999", "the weight inf of a is not allowed"),
        ("a + b + ./a", "./a comes twice"),
        ("0s: a, 0s: b", "0s does not come after 0s"),
        ("3s: a, 1s: b", "1s does not come after 3s"),
        ("a, 3s: b", "'a' has no time"),
        ("a + ", "a part is empty"),
        ("0s:, 3s: b", "a part is empty"),
        ("0s: a,", "a comma at the end"),
        ("", "a part is empty"),
        ("1e999s: a, 2s: b", "is no time"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(text, reason):
    with pytest.raises(ParameterError) as caught:
        parse(text)

    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_time_outside_the_film_is_refused():
    parse("0s: a, 4s: b").check_times(4)
    parse("a").check_times(0.1)

    with pytest.raises(ParameterError, match=r"4s lies outside the film, which lasts 3\.5 s"):
        parse("0s: a, 4s: b").check_times(3.5)


def test_paths_are_changed_and_nothing_else():
    moved = parse("0s: a b:2 + c hold, 3s: c").moved(lambda path: f"/x + y/{path}")

    assert str(moved) == '0s: "/x + y/a b":2 + "/x + y/c" hold, 3s: "/x + y/c"'
    assert parse(str(moved)) == moved


def test_a_fingerprint_depends_on_bytes_shares_and_times_and_not_on_places():
    def told(text, digest=lambda path: path.rpartition("/")[2]):
        return parse(text).fingerprint(digest)

    assert told("a") == told("far/a") == told("a:3") == "a"
    assert told("a:1 + b:1") == told("x/a:2 + x/b:2") != told("a:1 + b:2")
    assert told("0s: a, 3s: b") == told("0s: x/a, 3s: x/b") != told("0s: a, 4s: b")
    assert told("0s: a ease, 3s: b") != told("0s: a, 3s: b")


class Painted(Params):
    """Parameters that name pictures as stylize does."""

    style: str = Field(json_schema_extra={"files": "styles"})
    regions: tuple[str, ...] = Field(default=(), json_schema_extra={"files": "styles"})
    weights: str | None = Field(default=None, json_schema_extra={"file": True})


def test_every_picture_of_a_list_is_a_file_with_a_role():
    params = Painted(style="0s: a, 3s: a + b", regions=("c", "d:1 + a:2"), weights="w")

    assert {role: str(path) for role, path in params.used_files().items()} == {
        "weights": "w",
        "style": "a",
        "style 2": "b",
        "region 1 style": "c",
        "region 2 style": "d",
        "region 2 style 2": "a",
    }


@pytest.mark.parametrize("values", [{"style": "a:0"}, {"style": "a", "regions": ("b", "c + c")}])
def test_parameters_refuse_a_list_that_cannot_be_read(values):
    with pytest.raises(ParameterError, match="styles"):
        make_params(Painted, values)
