"""Effects by name: `mutoscope.effects.entries()`, `mutoscope.effects.get("stylize.optimise")`."""

from mutoscope.effects.registry import Entry, entries, get

__all__ = ["Entry", "entries", "get"]
