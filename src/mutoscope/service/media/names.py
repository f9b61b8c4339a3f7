"""Names of files as strangers send them, made harmless: they are shown to people, and never become paths."""

import re
import unicodedata

__all__ = ["MAX_BYTES", "clean_name"]

MAX_BYTES = 255
"""Longest name, in UTF-8: what file systems hold, so that whoever downloads it can keep it."""

_NAMELESS = "unnamed"
_GONE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# Control characters, and format characters: those that turn the direction make "exe.4pm" look like "mp4.exe".
_SUFFIX = re.compile(r"\.[0-9A-Za-z]{1,15}$")


def clean_name(text: str, instead: str = _NAMELESS) -> str:
    """Make a name that can be shown, quoted in a header, and saved anywhere: its last part, without what is invisible.

    Args:
        text: as it was sent: "../../etc/passwd" becomes "passwd".
        instead: the name of what has none.

    """
    last = re.split(r"[/\\]", text)[-1]
    seen = "".join(char for char in last if unicodedata.category(char) not in _GONE)
    seen = re.sub(r"\s+", " ", unicodedata.normalize("NFC", seen)).strip(" ")
    # Windows drops dots at the end; a dot in front hides the file elsewhere.
    seen = re.sub(r'[<>:"|?*]', "_", seen).strip(" .")
    return _shortened(seen) or instead


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_BYTES:
        return name
    found = _SUFFIX.search(name)
    suffix = found[0] if found else ""
    kept = name[: len(name) - len(suffix)].encode()[: MAX_BYTES - len(suffix)].decode(errors="ignore")
    return f"{kept.rstrip()}{suffix}"
