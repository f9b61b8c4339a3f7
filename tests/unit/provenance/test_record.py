"""Records survive being written and read, whatever somebody has done to them in between."""

from hypothesis import given
from hypothesis import strategies as st

from mutoscope.provenance.record import FORMAT, History, canonical

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("steps", "materials", "sources", "recipe", "figures", "source_type", "version", "signed")


def test_a_record_comes_back(record):
    assert History.from_plain(record.as_plain()) == record


def test_a_record_knows_no_place(record):
    assert "path" not in canonical(record.as_plain())


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_no_forged_record_makes_reading_fail(plain):
    read = History.from_plain({"format": FORMAT, **plain})
    assert History.from_plain(read.as_plain()) == read


def test_what_is_no_record_is_none():
    assert History.from_plain(None) is None
    assert History.from_plain({"format": "mutoscope.history/99"}) is None
