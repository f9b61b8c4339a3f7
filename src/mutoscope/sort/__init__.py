"""Sort: which seconds of hours of footage are usable, and why.

The package can be called, so that `mutoscope.sort("footage/", out="report/")` and `mutoscope.sort.params` are the same
name.
"""

from mutoscope.core.callable_module import make_callable

__all__: list[str] = []

make_callable(__name__, "mutoscope.engine.sort:sort")
