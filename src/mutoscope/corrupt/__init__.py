"""Corrupt: glitch art that looks at the picture, by learning agents, by codecs that lose their way, and by plain means.

The package can be called, so that `mutoscope.corrupt("in.mp4", "out.mp4")` and `mutoscope.corrupt.params` are the same
name.
"""

from mutoscope.core.callable_module import make_callable

__all__: list[str] = []

make_callable(__name__, "mutoscope.engine.corrupt:corrupt")
