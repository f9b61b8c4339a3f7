"""Parameters: bounded, named, animated, told in one line."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, model_validator

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import Params, make_params, takes_keyframes


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
        (
            {"name": "x", "amount": "0s:0, 4s:3"},
            "amount=3.0 is not allowed; expected less than or equal to 1.",
        ),
        ({"name": "x", "amount": "0s:0, 4q:1"}, "parameter 'amount': curve '0s:0, 4q:1': '4q' is no time"),
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


def test_an_optional_number_may_move_too():
    made = make_params(Sample, {"name": "x", "limit": "0s:1, 4s:5"})

    assert made.at(2).limit == 3
    with pytest.raises(ParameterError, match="limit=-1"):
        make_params(Sample, {"name": "x", "limit": "0s:1, 4s:-1"})


def test_a_curve_that_starts_at_the_default_is_not_left_out_as_default():
    made = make_params(Sample, {"name": "x", "amount": "0s:0.5, 4s:1"})

    assert Sample.model_validate(made.model_dump(exclude_defaults=True)) == made
    assert made.model_dump(exclude_defaults=True, include={"name"}) == {"name": "x"}


def test_a_copy_with_another_value_loses_that_curve_only():
    made = make_params(Sample, {"name": "x", "amount": "0s:0, 4s:1", "count": "0s:1, 4s:5"})

    copied = made.model_copy(update={"amount": 0.25})

    assert (copied.at(4).amount, copied.at(4).count) == (0.25, 5)
    assert made.at(4).amount == 1


def test_a_curve_is_seen_in_repr():
    assert "amount='0.0s:0.0, 4.0s:1.0'" in repr(make_params(Sample, {"name": "x", "amount": "0s:0, 4s:1"}))


def test_the_schema_allows_a_curve_where_one_may_stand():
    properties = Sample.model_json_schema()["properties"]

    curve = {"type": "string", "format": "keyframes"}
    assert properties["amount"]["type"] == ["number", "string"]
    assert (properties["amount"]["minimum"], properties["amount"]["format"]) == (0, "keyframes")
    assert properties["limit"]["anyOf"] == [{"type": "integer", "minimum": 0}, {"type": "null"}, curve]
    assert properties["rounds"]["type"] == "integer"
    assert "keyframes" not in properties["name"]


def test_a_mark_inside_an_optional_number_counts():
    class Fixed(Params):
        size: Annotated[int, Field(ge=1, json_schema_extra={"keyframes": False})] | None = None

    assert not takes_keyframes(Fixed.model_fields["size"])


def test_none_is_a_word_where_none_is_no_value():
    class Choice(Params):
        kind: Literal["none", "box"] = "box"

    assert make_params(Choice, {"kind": "none"}).kind == "none"


def test_a_docstring_of_two_lines_is_told_in_one():
    class Long(Params):
        need: int
        """One line
        and another."""

    with pytest.raises(ParameterError) as caught:
        make_params(Long, {})
    assert str(caught.value) == "parameter 'need' is missing: One line and another."


def test_parameters_that_do_not_fit_together_are_told_in_one_line():
    class Pair(Params):
        low: float = 0
        high: float = 1

        @model_validator(mode="after")
        def _in_order(self) -> "Pair":
            if self.low > self.high:
                raise ValueError("low must not be above high")
            return self

    with pytest.raises(ParameterError, match=r"^these parameters do not fit together: low must not be above high$"):
        make_params(Pair, {"low": 2})


def test_an_error_knows_the_field_that_is_at_fault():
    for values, field in (({"count": 0}, "count"), ({"cuont": 3}, "cuont"), ({"amount": "x"}, "amount")):
        with pytest.raises(ParameterError) as refused:
            make_params(Sample, {"name": "x", **values})
        assert refused.value.field == field
