"""Autoencode: a network that has seen only one film dreams it back, or another film through its eyes.

The package can be called, so that `mutoscope.autoencode("film.mp4", "out.mp4", model=…)` and
`mutoscope.autoencode.params` are the same name.
"""

from mutoscope.core.callable_module import make_callable

__all__: list[str] = []

make_callable(__name__, "mutoscope.engine.autoencode:autoencode")
