"""Opaque names of what the service keeps. A letter says what it is; nothing of a path or an owner is in it."""

import re
import secrets
import string

__all__ = ["ID_PATTERN", "new_id"]

ID_PATTERN = r"^[a-z]_[0-9A-Za-z]{22}$"
"""What an id looks like; whatever else stands in an address is answered with 404 before anything is looked up."""

_ALPHABET = string.digits + string.ascii_letters
_LENGTH = 22  # of 62 letters: 131 bits
_LETTER = re.compile(r"[a-z]")


def new_id(letter: str) -> str:
    """Draw an id: m media, u upload, j job, t token, r recipe, f frames, w webhook delivery."""
    assert _LETTER.fullmatch(letter)
    return f"{letter}_{''.join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))}"
