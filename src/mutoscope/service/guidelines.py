"""The rules of use: a text of the package, with a version that changes when the text does. Torch-free."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Guidelines", "Section", "guidelines"]

_DATE = re.compile(r"^Valid from (\d{4}-\d\d-\d\d)\.$", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """One part of the rules.

    Attributes:
        title: heading.
        rules: sentences, each a point of its own.

    """

    title: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Guidelines:
    """The rules of use.

    Attributes:
        version: the day from which they hold, and a digest of the text.
        valid_from: that day.
        title: heading of all.
        preface: what stands before the first section.
        sections: the rules.
        markdown: the same as a text.

    """

    version: str
    valid_from: str
    title: str
    preface: str
    sections: tuple[Section, ...]
    markdown: str


@cache
def guidelines() -> Guidelines:
    """Read the rules of use."""
    text = (files("mutoscope.data") / "guidelines.md").read_text(encoding="utf-8")
    found = _DATE.search(text)
    assert found is not None
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    title, _, rest = head.removeprefix("# ").partition("\n")
    return Guidelines(
        version=f"{found[1]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}",
        valid_from=found[1],
        title=title.strip(),
        preface=" ".join(_DATE.sub("", rest).split()),
        sections=tuple(map(_section, parts)),
        markdown=text,
    )


def _section(part: str) -> Section:
    title, _, rest = part.partition("\n")
    rules = re.split(r"^- ", rest, flags=re.MULTILINE)[1:]
    return Section(title.strip(), tuple(" ".join(rule.split()) for rule in rules))
