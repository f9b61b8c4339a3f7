"""Style lists: which pictures' manners are taken, in which shares, at which time of the film. Torch-free.

    "wave.jpg"                                      one picture
    "wave.jpg:0.5 + night.jpg:0.5"                  a mix; shares are relative, together they make the whole
    "0s: wave.jpg, 3s: wave.jpg:0.5 + night.jpg"    from one to the other; times and easings as in `effects.curves`

A file whose name has signs of this grammar is taken for what it is where it exists. Quotes do the same, with or without
the file, as a text of JSON: `"wave, 3s: night.jpg":0.5 + day.jpg`.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NoReturn

from mutoscope.core.errors import ParameterError
from mutoscope.effects.curves import EASINGS, Curve, Key, parse_time

__all__ = ["StyleKey", "StyleList"]

_TIME = r"(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?:ms|s|m)|(?:\d+:)?\d+:\d+(?:\.\d+)?)"
_START = re.compile(rf"\s*({_TIME})\s*:\s*")
_NEXT_KEY = re.compile(rf",(?=\s*{_TIME}\s*:)")
_WEIGHT = re.compile(
    r"^(?P<file>.*\S)\s*:\s*(?P<weight>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$", re.IGNORECASE | re.DOTALL
)
_BEFORE_PLUS = re.compile(
    r"(?:^|\s|:\s*(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|\.(?:jpe?g|png|webp|tiff?|bmp|gif)|\0)$", re.IGNORECASE
)
"""What a plus without blanks around it parts: something that is surely a whole part already."""
_EASING = re.compile(rf"^(?P<styles>.*\S)\s+(?P<easing>{'|'.join(EASINGS)})$", re.DOTALL)
_QUOTED = re.compile(r'(?<![^\s,+:])"(?:[^"\\]|\\.)*"(?![^\s,+:])')
_HIDDEN = re.compile(r"\0(\d+)\0")


@dataclass(frozen=True)
class StyleKey:
    """The styles of one moment: a time in seconds, files with their weights, and how the list leaves this key."""

    seconds: float
    weights: tuple[tuple[str, float], ...]
    easing: str = "linear"

    @property
    def shares(self) -> dict[str, float]:
        """Weights by file, together 1."""
        total = sum(weight for _, weight in self.weights)
        return {file: weight / total for file, weight in self.weights}


@dataclass(frozen=True)
class StyleList:
    """Keys in order of time, at least one."""

    keys: tuple[StyleKey, ...]

    @classmethod
    def parse(cls, text: str, exists: Callable[[str], bool] = os.path.isfile) -> "StyleList":
        """Read the grammar of this module.

        Args:
            text: what a person wrote.
            exists: tells whether a file lies at a path; such a path is never taken apart.

        Raises:
            ParameterError: names the part that was not understood; weights are negative or all zero, a file comes
                twice in one key, or times do not rise.

        """
        return cls(_Reader(text, exists).keys())

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Paths of all pictures, each once, in the order in which they are named."""
        return tuple(dict.fromkeys(file for key in self.keys for file, _ in key.weights))

    @property
    def times(self) -> tuple[float, ...]:
        """Seconds of the keys."""
        return tuple(key.seconds for key in self.keys)

    @cached_property
    def _curves(self) -> dict[str, Curve]:
        return {
            file: Curve(tuple(Key(key.seconds, key.shares.get(file, 0.0), key.easing) for key in self.keys))
            for file in self.files
        }

    def at(self, seconds: float) -> dict[str, float]:
        """Give the share of every file of the list at a time, in the order of `files`; some are 0, together 1."""
        shares = {file: curve.at(seconds) for file, curve in self._curves.items()}
        total = sum(shares.values())
        return {file: share / total for file, share in shares.items()}

    def check_times(self, duration_s: float) -> None:
        """See that every key lies within a film.

        Raises:
            ParameterError: a key comes after the film's end.

        """
        late = next((seconds for seconds in self.times if seconds > duration_s), None)
        if late is not None:
            raise ParameterError(
                f"styles {str(self)!r}: the time {_number(late)}s lies outside the film, "
                f"which lasts {duration_s:.3g} s; give times within it."
            )

    def moved(self, change: Callable[[str], str]) -> "StyleList":
        """Give the same list with every path changed."""
        return StyleList(
            tuple(replace(key, weights=tuple((change(file), w) for file, w in key.weights)) for key in self.keys)
        )

    def fingerprint(self, digest: Callable[[str], str]) -> Any:
        """Give all that pictures depend on, as JSON values: bytes, shares and times, not places of files."""
        digests = [digest(file) for file in self.files]
        if len(self.keys) == len(digests) == 1:
            return digests[0]
        keys = [[key.seconds, key.easing, [key.shares.get(file, 0.0) for file in self.files]] for key in self.keys]
        # Times mean nothing, and no easing does, where nothing moves.
        return [digests, keys if len(keys) > 1 else [[0.0, "linear", keys[0][2]]]]

    def __str__(self) -> str:
        if len(self.keys) == 1 and self.keys[0].seconds == 0:
            (key,) = self.keys
            return _alone(key.weights[0][0]) if len(key.weights) == 1 else _mix(key)
        words = ("" if key.easing == "linear" else f" {key.easing}" for key in self.keys)
        return ", ".join(f"{_number(k.seconds)}s: {_mix(k)}{w}" for k, w in zip(self.keys, words, strict=True))


class _Reader:
    """One reading of a text. Quoted paths are hidden as numbers between zeros, so that no sign in them counts."""

    def __init__(self, text: str, exists: Callable[[str], bool]) -> None:
        self.text, self.exists = text, exists
        self.hidden: list[str] = []

    def keys(self) -> tuple[StyleKey, ...]:
        if self.exists(self.text) or "\0" in self.text:
            return (StyleKey(0.0, ((self.text, 1.0),)),)
        parts = _NEXT_KEY.split(_QUOTED.sub(self._hide, self.text))
        if len(parts) == 1 and not _START.match(parts[0]):
            weights = self._weights(parts[0])
            # Without any sign of the grammar it is a path as it stands, blanks at its ends too.
            return (StyleKey(0.0, weights),)
        keys = tuple(self._key(part) for part in parts)
        for before, after in pairwise(keys):
            if after.seconds <= before.seconds:
                self.refuse(
                    f"the time {_number(after.seconds)}s does not come after {_number(before.seconds)}s; "
                    "write them in order of time."
                )
        return keys

    def refuse(self, reason: str) -> NoReturn:
        raise ParameterError(" ".join(f"styles {self.text!r}: {reason}".split()))

    def _key(self, part: str) -> StyleKey:
        start = _START.match(part)
        if start is None:
            self.refuse(f"{self._shown(part)!r} has no time; write it before, like '0s: {self._shown(part).strip()}'.")
        try:
            seconds = parse_time(start[1])
        except ParameterError as error:
            self.refuse(str(error))
        body = part[start.end() :].strip()
        easing = None if self.exists(self._shown(body)) else _EASING.match(body)
        if easing:
            return StyleKey(seconds, self._weights(easing["styles"]), easing["easing"])
        return StyleKey(seconds, self._weights(body))

    def _weights(self, body: str) -> tuple[tuple[str, float], ...]:
        pairs = [self._file(part) for part in self._parts(body)]
        seen: set[str] = set()
        for file, weight in pairs:
            place = os.path.normpath(file)
            if place in seen:
                self.refuse(f"{file} comes twice; give it one weight.")
            if weight < 0 or weight == float("inf"):
                self.refuse(f"the weight {weight:g} of {file} is not allowed; expected 0 or more.")
            seen.add(place)
        if not any(weight for _, weight in pairs):
            self.refuse("all weights are zero; give one of the pictures a weight above 0.")
        return tuple(pairs)

    def _parts(self, body: str) -> Iterator[str]:
        if self.exists(self._shown(body)):
            yield body
            return
        begin = 0
        for plus in (match.start() for match in re.finditer(r"\+", body)):
            before, after = body[begin:plus], body[plus + 1 :]
            blank = (not before or before[-1].isspace()) and (not after or after[0].isspace())
            if blank or (before.strip() and not before[-1].isspace() and _BEFORE_PLUS.search(before)):
                yield before
                begin = plus + 1
        yield body[begin:]

    def _file(self, part: str) -> tuple[str, float]:
        if not part.strip(" \t\r\n,"):
            self.refuse("a part is empty; write PICTURE:WEIGHT + PICTURE:WEIGHT, or one picture.")
        if part.rstrip().endswith(",") and not self.exists(self._shown(part)):
            self.refuse(f"a comma at the end of {self._shown(part).strip()!r} is followed by nothing; remove it.")
        bare = part.strip()
        match = None if self.exists(self._shown(bare)) else _WEIGHT.match(bare)
        if match:
            return self._shown(match["file"]), float(match["weight"])
        return self._shown(part if part == self.text else bare), 1.0

    def _hide(self, match: re.Match[str]) -> str:
        self.hidden.append(match[0])
        return f"\0{len(self.hidden) - 1}\0"

    def _shown(self, part: str) -> str:
        if whole := _HIDDEN.fullmatch(part):
            quoted = self.hidden[int(whole[1])]
            try:
                return str(json.loads(quoted))
            except ValueError:  # no escape of JSON: taken as it stands
                return quoted[1:-1]
        return _HIDDEN.sub(lambda match: self.hidden[int(match[1])], part)


def _mix(key: StyleKey) -> str:
    alone = len(key.weights) == 1
    return " + ".join(
        _quoted(file) + ("" if alone or weight == 1 else f":{_number(weight)}") for file, weight in key.weights
    )


def _quoted(file: str) -> str:
    is_plain = not re.search(r'[,+:"\0]', file) and file == file.strip() and not _EASING.match(file)
    return file if is_plain else json.dumps(file, ensure_ascii=False)


def _alone(file: str) -> str:
    try:
        is_plain = StyleList.parse(file, lambda _: False).keys == (StyleKey(0.0, ((file, 1.0),)),)
    except ParameterError:
        is_plain = False
    return file if is_plain else json.dumps(file, ensure_ascii=False)


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
