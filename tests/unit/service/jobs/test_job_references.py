"""References to media: where they are found, and what takes their place."""

from mutoscope.service.jobs.references import references, replaced, staged_name

A, B = "m_" + "a" * 22, "m_" + "b" * 22


def test_references_are_found_anywhere_in_texts_with_their_pointers():
    value = {"style": f"0s: media:{A}, 3s: media:{B}:0.5 + media:{A}", "list": [{"x/y": f"media:{B}@2s"}], "n": 3}
    assert list(references(value, "/parameters")) == [
        ("/parameters/style", A),
        ("/parameters/style", B),
        ("/parameters/style", A),
        ("/parameters/list/0/x~1y", B),
    ]


def test_a_longer_word_is_no_reference():
    assert list(references(f"media:{A}x")) == []


def test_only_known_references_are_replaced():
    names = {A: staged_name(A, ".png")}
    assert replaced([f"media:{A}:0.5 + media:{B}", 7, None], names) == [f"in/{A}.png:0.5 + media:{B}", 7, None]
