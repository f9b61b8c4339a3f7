"""Curves in fewer points lose no peak."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mutoscope.service.thinning import thinned, thinned_times

VALUES = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=300)


@settings(deadline=None)
@given(VALUES, st.integers(2, 60))
def test_least_and_greatest_stay(values, most):
    kept = thinned(values, most)
    assert len(kept) <= max(most, min(len(values), most))
    known = [value for value in values if value is not None]
    if known:
        left = [value for value in kept if value is not None]
        assert (min(left), max(left)) == (min(known), max(known))


@settings(deadline=None)
@given(st.integers(1, 300), st.integers(2, 60))
def test_each_value_has_its_time(num, most):
    seconds = [place / 25 for place in range(num)]
    times = thinned_times(seconds, most)
    assert len(times) == len(thinned([0.0] * num, most))
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= seconds[-1] + 1e-4
