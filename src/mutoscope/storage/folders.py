"""Where this tool may keep things between runs."""

import os
import sys
from pathlib import Path

from mutoscope.core.errors import OutputError

__all__ = ["cache_folder", "data_folder", "make_folder"]


def cache_folder() -> Path:
    """Name the folder for cached results and fetched weights; it need not exist.

    `MUTOSCOPE_CACHE` where it is set, else the platform's place for caches of a user.
    """
    own = os.environ.get("MUTOSCOPE_CACHE")
    if own:
        return Path(os.path.expanduser(own)).absolute()  # noqa: PTH111 - Path.expanduser raises without a home
    if sys.platform == "darwin":
        return _home() / "Library" / "Caches" / "mutoscope"
    if os.name == "nt":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local or _home() / "AppData" / "Local") / "mutoscope" / "Cache"
    # The XDG specification asks to ignore relative paths.
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (xdg if xdg.is_absolute() else _home() / ".cache") / "mutoscope"


def data_folder() -> Path:
    """Name the folder for what a person has made and means to keep, such as filters; it need not exist.

    `MUTOSCOPE_DATA` where it is set, else the platform's place for data of a user.
    """
    own = os.environ.get("MUTOSCOPE_DATA")
    if own:
        return Path(os.path.expanduser(own)).absolute()  # noqa: PTH111 - Path.expanduser raises without a home
    if sys.platform == "darwin":
        return _home() / "Library" / "Application Support" / "mutoscope"
    if os.name == "nt":
        roaming = os.environ.get("APPDATA")
        return Path(roaming or _home() / "AppData" / "Roaming") / "mutoscope"
    xdg = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (xdg if xdg.is_absolute() else _home() / ".local" / "share") / "mutoscope"


def make_folder(path: Path) -> Path:
    """Make a folder and those around it, where they are missing.

    Raises:
        OutputError: that is not possible.

    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {path} cannot be made ({error.strerror}); choose another place.") from None
    return path


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a container's user without a name: "/" is what HOME says there
        return Path("/")
