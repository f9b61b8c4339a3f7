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
    mac, windows = ("Library", "Caches", "mutoscope"), ("LOCALAPPDATA", "Local", "mutoscope/Cache")
    return _folder("MUTOSCOPE_CACHE", mac, windows, ("XDG_CACHE_HOME", ".cache"))


def data_folder() -> Path:
    """Name the folder for what a person has made and means to keep, such as filters; it need not exist.

    `MUTOSCOPE_DATA` where it is set, else the platform's place for data of a user.
    """
    mac, windows = ("Library", "Application Support", "mutoscope"), ("APPDATA", "Roaming", "mutoscope")
    return _folder("MUTOSCOPE_DATA", mac, windows, ("XDG_DATA_HOME", ".local/share"))


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


def _folder(own: str, mac: tuple[str, ...], windows: tuple[str, str, str], xdg: tuple[str, str]) -> Path:
    if chosen := os.environ.get(own):
        return Path(os.path.expanduser(chosen)).absolute()  # noqa: PTH111 - Path.expanduser raises without a home
    if sys.platform == "darwin":
        return _home().joinpath(*mac)
    if os.name == "nt":
        variable, usual, name = windows
        return Path(os.environ.get(variable) or _home() / "AppData" / usual) / name
    variable, usual = xdg
    # The XDG specification asks to ignore relative paths.
    place = Path(os.environ.get(variable, ""))
    return (place if place.is_absolute() else _home() / usual) / "mutoscope"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:  # a container's user without a name: "/" is what HOME says there
        return Path("/")
