"""Classes are found by what a person calls them."""

import pytest

from mutoscope.core.errors import ParameterError
from mutoscope.models.imagenet import labels
from mutoscope.models.imagenet_classes import find_classes, parse_classes


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("281", (281,)),
        ("tabby", (281,)),
        ("Tabby  Cat", (281,)),
        ("cat", (281, 282, 283, 284, 285)),
        ("crane", (134, 517)),  # the bird and the machine
        ("plane", (404, 895)),  # in the sky, rather than a carpenter's
        ("setter", (212, 213, 214)),
    ],
)
def test_a_name_is_found(name, classes):
    assert find_classes(name) == classes


def test_a_group_holds_what_its_name_says():
    first = [labels()[number].split(",")[0] for number in find_classes("dog")]

    assert (len(first), first[0], first[-1]) == (118, "Chihuahua", "Mexican hairless")


@pytest.mark.parametrize("text", ["", " ", "top", "Top"])
def test_the_likeliest_is_no_name(text):
    assert parse_classes(text) == {}


def test_several_names_are_joined_by_plus_or_comma():
    assert parse_classes("cat + 5,  golden retriever") == {
        "cat": (281, 282, 283, 284, 285),
        "5": (5,),
        "golden retriever": (207,),
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("dgo", "there is no class 'dgo'; did you mean 'dog'"),
        ("cat + goldn retriever", "'golden retriever'"),
        ("1000", "numbers go from 0 to 999"),
        ("-1", "there is no class '-1'"),
        ("dog+", "write names joined by"),
        ("xqzzyq", "give the name of one of the 1,000 classes"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(text, reason):
    with pytest.raises(ParameterError) as caught:
        parse_classes(text)

    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
