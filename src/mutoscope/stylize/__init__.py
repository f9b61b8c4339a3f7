"""Stylize: films and pictures repainted in the manner of a style picture.

The package can be called, so that `mutoscope.stylize("clip.mp4", "out.mp4", style="wave.jpg")` and
`mutoscope.stylize.params` are the same name.
"""

from mutoscope.core.callable_module import make_callable

__all__: list[str] = []

make_callable(__name__, "mutoscope.engine.stylize:stylize")
