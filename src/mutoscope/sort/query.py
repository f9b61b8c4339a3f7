"""The language of `find`: words, lengths, comparisons and names, joined by commas and `or`."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mutoscope.core.errors import ParameterError
from mutoscope.sort.query_words import NUMBERS, WORDS, Asked, Fact, compare, named

__all__ = ["Query", "parse"]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>name\s*:\s*(?:"[^"]*"|'[^']*'|[^,()\s]+))
      | (?P<number>[-+−]?(?:\d+(?:\.(?!\.)\d*)?|\.\d+))
      | (?P<range>\.\.)
      | (?P<sign><=|>=|==|=|<|>|≤|≥)
      | (?P<mark>[,()])
      | (?P<unit>%)
      | (?P<word>[A-Za-z_][A-Za-z_]*)
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_SECONDS = {"s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0, "minute": 60.0, "minutes": 60.0}
_SIGNS = {"≤": "<=", "≥": ">=", "==": "="}
_JOINING = ("and", "or", "not")
_MOST_DEPTH = 40

Test = Callable[[Asked], Fact]
"""Tells of a segment whether it is as asked, and why."""


@dataclass(frozen=True)
class Query:
    """A query that was understood.

    Attributes:
        test: tells of a segment whether it is as asked.
        text: as it was written.

    """

    test: Test
    text: str


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def parse(text: str) -> Query:
    """Understand a query.

    Raises:
        ParameterError: a word is not known (names the nearest), or something is missing or left over.

    """
    tokens = list(_tokens(text))
    if not tokens:
        raise ParameterError('the query is empty; ask for something like "sharp, not shaky, 2..8 s".')
    return Query(_Parser(tokens, text).whole(), text)


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            raise ParameterError(f"{text[place:].strip()[:20]!r} in the query is not understood; see `find --help`.")
        yield _Token(found.lastgroup, found[found.lastgroup])
        place = found.end()


class _Parser:
    """Recursive descent: any (`or`) of all (`,`) of terms."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self._tokens, self._at, self._text, self._depth = tokens, 0, text, 0

    def whole(self) -> Test:
        test = self._any()
        if self._at < len(self._tokens):
            raise self._wrong(f"{self._peek().text!r} is one too many")
        return test

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "")

    def _take(self, *texts: str) -> bool:
        if self._peek().text.lower() in texts:
            self._at += 1
            return True
        return False

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _any(self) -> Test:
        tests = [self._all()]
        while self._take("or"):
            tests.append(self._all())
        if len(tests) == 1:
            return tests[0]
        return lambda asked: _first([test(asked) for test in tests])

    def _all(self) -> Test:
        tests = [self._term()]
        while self._peek().kind != "end" and self._peek().text.lower() not in ("or", ")"):
            self._take(",")
            self._take("and")
            tests.append(self._term())
        return lambda asked: _together([test(asked) for test in tests])

    def _term(self) -> Test:
        token = self._peek()
        if self._take("not"):
            inner = self._deeper(self._term)
            return lambda asked: _turned(inner(asked))
        if self._take("("):
            inner = self._deeper(self._any)
            if not self._take(")"):
                raise self._wrong("a closing ) is missing")
            return inner
        if token.kind == "name":
            self._at += 1
            return named(token.text.split(":", 1)[1].strip().strip("\"'"))
        if token.kind in ("number", "range", "sign"):
            return self._span("length")
        if token.kind == "word":
            return self._word()
        raise self._wrong("something is missing at the end" if token.kind == "end" else f"{token.text!r} stands alone")

    def _deeper(self, part: Callable[[], Test]) -> Test:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise self._wrong("it is nested too deeply")
        test = part()
        self._depth -= 1
        return test

    def _word(self) -> Test:
        """Read the longest run of words that means something."""
        run: list[str] = []
        for token in self._tokens[self._at :]:
            if token.kind != "word" or token.text.lower() in _JOINING or len(run) == 4:
                break
            run.append(token.text.lower())
        for length in range(len(run), 0, -1):
            phrase = " ".join(run[:length])
            following = self._tokens[self._at + length] if self._at + length < len(self._tokens) else None
            is_compared = following is not None and following.kind in ("sign", "number", "range")
            if is_compared and phrase in NUMBERS:
                self._at += length
                return self._span(NUMBERS[phrase].name)
            if phrase in WORDS:
                self._at += length
                return WORDS[phrase].test
        raise self._unknown(run)

    def _span(self, name: str) -> Test:
        """Read `2..8 s`, `> 5 s`, `< 0.2`, `-1..1`."""
        if self._peek().kind == "sign":
            sign = self._next().text
            number = self._number()
            return compare(name, _SIGNS.get(sign, sign), number * (self._unit(name) or 1.0))
        low = self._number() if self._peek().kind == "number" else None
        low_factor = self._unit(name, may_lack=True)
        if not self._take(".."):
            raise self._wrong(f"a single number is not enough: say > {low:g} or {low:g}..{(low or 0) + 1:g}")
        high = self._number() if self._peek().kind == "number" else None
        factor = self._unit(name, may_lack=low_factor is not None)
        # "2..8 s" are two seconds and eight; "30 s..2 min" says both.
        least = None if low is None else low * (low_factor or factor or 1.0)
        most = None if high is None else high * (factor or low_factor or 1.0)
        if least is None and most is None:
            raise self._wrong("a range needs a number at one end at the least")
        if least is not None and most is not None and least > most:
            raise self._wrong(f"the range {least:g}..{most:g} runs backwards")
        tests = [compare(name, ">=", least)] if least is not None else []
        tests += [compare(name, "<=", most)] if most is not None else []
        return lambda asked: _together([test(asked) for test in tests])

    def _number(self) -> float:
        token = self._next()
        if token.kind != "number":
            raise self._wrong("a number is missing")
        return float(token.text.replace("−", "-"))

    def _unit(self, name: str, *, may_lack: bool = False) -> float | None:
        """Read a unit as a factor, None where there is none: lengths need one; of a meter only its own is right."""
        token, units = self._peek(), _SECONDS if name == "length" else NUMBERS[name].units
        if token.kind not in ("word", "unit") or token.text.lower() not in units:
            if name == "length" and not may_lack:
                raise self._wrong("a length needs its unit, s or min; a meter its name before it, like shake < 0.2")
            return None
        self._at += 1
        while token.kind == "unit" and self._take("of", "width"):
            pass
        return _SECONDS[token.text.lower()] if name == "length" else 1.0

    def _wrong(self, text: str) -> ParameterError:
        return ParameterError(f"the query {self._text!r} is not understood: {text}; see `find --help`.")

    def _unknown(self, run: list[str]) -> ParameterError:
        known: Mapping[str, Any] = {**WORDS, **NUMBERS}
        phrase = run[0] if run else self._peek().text
        if phrase in NUMBERS:
            return ParameterError(f"{phrase!r} is a number; compare it with one, like {phrase} < 0.2.")
        near: list[str] = []
        for length in range(min(2, len(run)), 0, -1):
            near += difflib.get_close_matches(" ".join(run[:length]), known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else f"known words: {', '.join(WORDS)}."
        return ParameterError(f"{phrase!r} is no word of a query; {hint}")


def _together(facts: list[Fact]) -> Fact:
    return all(is_so for is_so, _ in facts), ", ".join(dict.fromkeys(why for _, why in facts if why))


def _first(facts: list[Fact]) -> Fact:
    return next((fact for fact in facts if fact[0]), (False, ""))


def _turned(fact: Fact) -> Fact:
    is_so, why = fact
    return not is_so, "" if is_so else why
