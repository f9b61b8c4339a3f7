"""Measure: numbers about a film, for people and benchmarks.

The package can be called, so that `mutoscope.measure("out.mp4", source="clip.mp4")` and `mutoscope.measure.params`
are the same name.
"""

from mutoscope.core.callable_module import make_callable

__all__: list[str] = []

make_callable(__name__, "mutoscope.engine.measure:measure")
