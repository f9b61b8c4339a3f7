"""Where parts of a film are kept, its cuts are looked for there and not in the rest."""

from mutoscope.engine.analysed import analysed_span
from mutoscope.video.info import probe

TRAIL = '[[step]]\neffect = "fake.trail"\n'


def keep(ranges):
    return f'[[step]]\neffect = "frame.keep"\nparams = {{ranges = "{ranges}"}}\n'


def span_of(plan):
    source = probe(plan.source)
    span = analysed_span(plan.chain, source)
    return [None if pts is None else round(float(pts * source.time_base), 3) for pts in (span.start, span.end)]


def test_without_parts_all_of_the_film_is_looked_at(planned):
    assert span_of(planned(TRAIL))[1] is None


def test_only_what_is_kept_and_a_second_around_is_looked_at(planned):
    start, end = span_of(planned(keep("0.2s..0.6s") + TRAIL))

    assert abs(start + 0.8) < 0.1
    assert abs(end - 1.6) < 0.1


def test_for_one_frame_nothing_else_is_looked_at(planned):
    start, end = span_of(planned(keep("0.4s..0.44s") + TRAIL))

    assert abs(start - 0.4) < 0.1
    assert abs(end - 0.44) < 0.1
