"""Old files go on loading: each version of a format has a function that makes the next one of it."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Upgrades", "upgrade"]

Upgrades = Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]
"""By version: what makes plain values of that version into those of the next one."""


def upgrade(plain: Mapping[str, Any], found: int, current: int, upgrades: Upgrades) -> dict[str, Any]:
    """Bring plain values to the current version of their format, one version at a time.

    Args:
        plain: values as they were read; they stay as they are.
        found: version that they are of, at most `current`.
        current: version that is wanted.
        upgrades: one function for every version before `current`.

    Raises:
        KeyError: the table has a gap, which is a mistake of ours.

    """
    made = copy.deepcopy(dict(plain))
    for version in range(found, current):
        made = upgrades[version](made)
    return made
