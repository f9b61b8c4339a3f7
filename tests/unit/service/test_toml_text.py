"""TOML that is written is read back as it was."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from mutoscope.service.toml_text import toml_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(TEXTS, PLAIN, max_size=5))
def test_reading_gives_back_what_was_written(plain):
    assert tomllib.loads(toml_of(plain)) == plain


def test_steps_are_written_as_people_write_them():
    plain = {"mutoscope": 1, "step": [{"effect": "a.b", "params": {"layers": [{"size": [4, 2]}]}}], "none": None}
    assert toml_of(plain) == (
        'mutoscope = 1\n\n[[step]]\neffect = "a.b"\n\n[step.params]\n\n[[step.params.layers]]\nsize = [4, 2]\n'
    )
