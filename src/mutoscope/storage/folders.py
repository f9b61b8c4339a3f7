"""Where this tool may keep things between runs."""

import os
import sys
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """Name the folder for cached results and fetched weights; it need not exist.

    `MUTOSCOPE_CACHE` where it is set, else the platform's place for caches of a user.

    Raises:
        RuntimeError: where the user has no home.
    """
    own = os.environ.get("MUTOSCOPE_CACHE")
    if own:
        return Path(own).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "mutoscope"
    if os.name == "nt":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local or Path.home() / "AppData" / "Local") / "mutoscope" / "Cache"
    # The XDG specification asks to ignore relative paths.
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (xdg if xdg.is_absolute() else Path.home() / ".cache") / "mutoscope"
