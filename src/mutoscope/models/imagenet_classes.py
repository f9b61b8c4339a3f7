"""Find classes of ImageNet by what a person calls them. Torch-free.

ImageNet knows 118 breeds of dogs and no dog, so common words stand for groups of classes (`imagenet_groups.txt`).
"""

import difflib
import functools
import re
from collections.abc import Iterator
from importlib.resources import files

from mutoscope.core.errors import ParameterError
from mutoscope.models.imagenet import labels

__all__ = ["find_classes", "parse_classes"]

_TOP = ("", "top")


def parse_classes(text: str) -> dict[str, tuple[int, ...]]:
    """Read what classes are wanted: "" or "top" (the likeliest), or names and numbers joined by "+" or ",".

    Returns:
        the classes of each name, in order; empty where the likeliest is wanted.

    Raises:
        ParameterError: there is no such class; the nearest names are told.

    """
    if text.strip().lower() in _TOP:
        return {}
    names = [" ".join(part.split()) for part in re.split("[+,]", text)]
    return {name: find_classes(name) for name in names}


def find_classes(name: str) -> tuple[int, ...]:
    """Find the classes that a name stands for.

    A number is that class; else a group of that name; else the classes that have it among their synonyms; else those
    that end in it, as "golden retriever" in "retriever".

    Raises:
        ParameterError: there is none; the nearest names are told.

    """
    number = re.fullmatch(r"\d{1,6}", name)
    if number and int(name) < len(labels()):
        return (int(name),)
    wanted = " ".join(name.lower().split())
    found = _groups().get(wanted) or _synonyms().get(wanted) or _ends().get(wanted)
    if found:
        return found
    near = [
        word for words in (_groups(), _synonyms(), _ends()) for word in difflib.get_close_matches(wanted, words, n=2)
    ]
    if not wanted:
        hint = "write names joined by '+', like dog + cat."
    elif number:
        hint = f"numbers go from 0 to {len(labels()) - 1}."
    elif near:
        hint = f"did you mean {' or '.join(map(repr, list(dict.fromkeys(near))[:3]))}?"
    else:
        hint = "give the name of one of the 1,000 classes of ImageNet, its number, or 'top'."
    raise ParameterError(f"there is no class {name!r}; {hint}")


@functools.cache
def _groups() -> dict[str, tuple[int, ...]]:
    found = {}
    for line in files(__package__).joinpath("imagenet_groups.txt").read_text(encoding="utf-8").splitlines():
        name, ranges = re.split(r" (?=\d)", line, maxsplit=1)
        found[name] = tuple(number for part in ranges.split() for number in _range(part))
    return found


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


@functools.cache
def _synonyms() -> dict[str, tuple[int, ...]]:
    return _gather((number, word) for number, word in _words())


@functools.cache
def _ends() -> dict[str, tuple[int, ...]]:
    return _gather((number, word.rpartition(" ")[2]) for number, word in _words())


def _words() -> Iterator[tuple[int, str]]:
    return ((number, word.strip().lower()) for number, label in enumerate(labels()) for word in label.split(","))


def _gather(pairs: Iterator[tuple[int, str]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for number, word in pairs:
        known = found.setdefault(word, [])
        if number not in known:
            known.append(number)
    return {word: tuple(numbers) for word, numbers in found.items()}
