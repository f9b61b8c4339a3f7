"""Parameters: bounded, named, animated, told in one line."""

from typing import Annotated

import pytest
from pydantic import Field

from mutoscope.core.errors import ParameterError
from mutoscope.effects.describe import describe
from mutoscope.effects.params import Params, make_params


class Sample(Params):
    amount: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How much."""
    count: Annotated[int, Field(ge=1)] = 3
    """How many."""
    rounds: Annotated[int, Field(ge=1, json_schema_extra={"keyframes": False})] = 2
    """Fixed for a run."""
    name: str
    """Its name."""
    loud: bool = False
    """Whether it is loud."""
    limit: Annotated[int, Field(ge=0)] | None = None
    """Upper limit."""


def test_text_becomes_numbers():
    made = make_params(Sample, {"amount": "0.25", "count": "7", "name": "x", "loud": "true", "limit": "none"})

    assert (made.amount, made.count, made.loud, made.limit) == (0.25, 7, True, None)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"name": "x", "amuont": 1}, "there is no parameter 'amuont'; did you mean 'amount'?"),
        ({"name": "x", "zzz": 1}, "there is no parameter 'zzz'; there are: amount, count"),
        ({}, "parameter 'name' is missing: Its name."),
        ({"name": "x", "amount": "2"}, "amount='2' is not allowed; expected less than or equal to 1."),
        ({"name": "x", "count": "many"}, "count='many' is not allowed; expected a valid integer"),
        ({"name": "x", "amount": "0s:0, 4s:3"}, "amount=3.0 is not allowed; expected less than or equal to 1."),
        ({"name": "x", "amount": "0s:0, 4q:1"}, "'4q' is no time"),
        ({"name": "x", "rounds": "0s:1, 4s:2"}, "rounds='0s:1, 4s:2' is not allowed"),
        ({"name": "x", "amount": "nan"}, "amount"),
    ],
)
def test_a_bad_value_is_told_in_one_line(values, line):
    with pytest.raises(ParameterError) as caught:
        make_params(Sample, values)

    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_curve_gives_the_numbers_of_each_moment():
    made = make_params(Sample, {"name": "x", "amount": "0s:0, 4s:1", "count": "0s:1, 10s:11"})

    assert made.is_animated
    assert (made.at(1).amount, made.at(2.4).count) == (0.25, 3)
    assert not made.at(1).is_animated
    assert isinstance(made.at(1).count, int)


def test_plain_parameters_are_the_same_at_any_time():
    made = Sample(name="x")

    assert made.at(3) is made


def test_curves_survive_json_equality_and_hash():
    made = make_params(Sample, {"name": "x", "amount": "0s:0 ease, 4s:1"})
    again = Sample.model_validate_json(made.model_dump_json())

    assert again == made
    assert hash(again) == hash(made)
    assert again != Sample(name="x", amount=0)
    assert again.at(2) == made.at(2)


def test_names_with_colons_are_not_taken_for_curves():
    assert make_params(Sample, {"name": "C:/wave.jpg"}).name == "C:/wave.jpg"


def test_every_row_says_type_bounds_default_and_meaning():
    rows = {row.name: row for row in describe(Sample)}

    assert rows["amount"].bounds == "≥ 0, ≤ 1"
    assert rows["amount"].keyframes
    assert not rows["rounds"].keyframes
    assert rows["name"].default == "required"
    assert rows["loud"].type == "yes/no"
    assert rows["limit"].type == "whole number or none"
    assert rows["count"].meaning == "How many."
