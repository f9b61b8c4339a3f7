"""What differs between two results, in lines that a person reads. Paths and what may differ anyway are left out."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

from mutoscope.recipes.graph import names
from mutoscope.recipes.manifest import Manifest, Picture, Result, Shot, UsedFile
from mutoscope.recipes.paths import move_paths

__all__ = ["diff"]

_NOTHING = object()
_Piece = tuple[Fraction, Fraction, int, str]
"""First second, end, number of the shot, and how it differs."""


def diff(a: Manifest, b: Manifest) -> list[str]:
    """Tell what differs from `a` to `b`, one line each; an empty list means that only `run` and places differ.

    Where a file lies does not count, its bytes do.
    """
    if a.kind != b.kind:
        return [f"one is a manifest of a {a.kind}, the other of a {b.kind}".replace("a frames", "frames")]
    labels = {one.sha256: f"{Path(one.path).name} ({_short(one.sha256)})" for one in (*b.inputs, *a.inputs)}
    return [
        *_inputs(a.inputs, b.inputs),
        *_recipes(_by_bytes(a, labels), _by_bytes(b, labels)),
        *_table("weights", {one.name: _short(one.sha256) for one in a.weights}, _weights(b)),
        *_table("version of", a.versions, b.versions),
        *_table("source's", _flat(_without_path(a.film)), _flat(_without_path(b.film))),
        *_table("", {"time base": a.time_base}, {"time base": b.time_base}),
        *_shots(a, b),
        *_set_aside(a, b),
        *_pictures(a.pictures, b.pictures),
        *_table("", {"sound": _name(a.sound)}, {"sound": _name(b.sound)}),
        *(f"notice gone: {one}" for one in a.notices if one not in b.notices),
        *(f"notice new: {one}" for one in b.notices if one not in a.notices),
        *_results(a.result, b.result),
    ]


def _inputs(a: Sequence[UsedFile], b: Sequence[UsedFile]) -> Iterator[str]:
    before, after = _by_role(a), _by_role(b)
    for role in dict.fromkeys([*before, *after]):
        old, new = before.get(role), after.get(role)
        if old and new and old.sha256 != new.sha256:
            yield f"input {role} differs: {_shown(old)} -> {_shown(new)}"
        elif old and not new:
            yield f"input {role} is gone: {_shown(old)}"
        elif new and not old:
            yield f"input {role} is new: {_shown(new)}"


def _by_role(files: Sequence[UsedFile]) -> dict[str, UsedFile]:
    """Key files by role; a second file of a role is "role #2"."""
    made: dict[str, UsedFile] = {}
    for name, one in zip(names([("", one.role) for one in files]), files, strict=True):
        made[name.replace("#", " #")] = one
    return made


def _shown(file: UsedFile) -> str:
    return f"{Path(file.path).name} (sha256 {_short(file.sha256)})"


def _by_bytes(manifest: Manifest, labels: Mapping[str, str]) -> dict[str, Any] | None:
    """Give the recipe with labels of bytes in place of paths: a file that was moved is the same file."""
    if manifest.recipe is None:
        return None
    digests = {one.path: one.sha256 for one in manifest.inputs}
    return move_paths(manifest.recipe, lambda path: labels[digests[path]] if path in digests else path)


def _recipes(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> Iterator[str]:
    if a is None or b is None:
        if a is not b:
            yield "the recipe is new" if a is None else "the recipe is gone"
        return
    yield from _table("recipe", _top(a), _top(b))
    yield from _table("film.", _flat(a.get("film")), _flat(b.get("film")))
    before, after = _steps(a), _steps(b)
    for name, (label, _) in before.items():
        if name not in after:
            yield f"{label} is gone"
    for name, (label, step) in after.items():
        if name not in before:
            yield f"{label} is new"
        else:
            yield from _table(label, _flat(before[name][1]), _flat(step))
    stayed = [name for name in before if name in after]
    order = [name for name in after if name in before]
    if stayed != order:
        yield f"steps stand in another order: {', '.join(stayed)} -> {', '.join(order)}"


def _top(recipe: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in recipe.items() if key not in ("film", "step")}


def _steps(recipe: Mapping[str, Any]) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Give for each step's name how it is called in a line, and its fields."""
    steps = [step for step in recipe.get("step", ()) if isinstance(step, dict)]
    called = names([(str(step.get("name", "")), str(step.get("effect", ""))) for step in steps])
    return {
        name: (f"step {number} ({step.get('effect')})", {key: one for key, one in step.items() if key != "name"})
        for number, (name, step) in enumerate(zip(called, steps, strict=True), 1)
    }


def _table(label: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[str]:
    for key in [*a, *(key for key in b if key not in a)]:
        old, new = a.get(key, _NOTHING), b.get(key, _NOTHING)
        if old != new or isinstance(old, bool) is not isinstance(new, bool):  # True == 1
            space = " " if label and not label.endswith(".") else ""
            yield f"{label}{space}{key}: {_word(old)} -> {_word(new)}"


def _word(value: Any) -> str:
    if value is _NOTHING:
        return "not given"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _flat(plain: Mapping[str, Any] | None, head: str = "") -> dict[str, Any]:
    """Give nested tables as one, with names like params.strength."""
    made: dict[str, Any] = {}
    for key, value in (plain or {}).items():
        made |= _flat(value, f"{head}{key}.") if isinstance(value, Mapping) and value else {f"{head}{key}": value}
    return made


def _without_path(film: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (film or {}).items() if key != "path"}


def _weights(manifest: Manifest) -> dict[str, str]:
    return {one.name: _short(one.sha256) for one in manifest.weights}


def _shots(a: Manifest, b: Manifest) -> Iterator[str]:
    before = {_span(one, a): one for one in a.shots}
    after = {_span(one, b): one for one in b.shots}
    found = [(*span, one.shot, _fate(before.get(span), one)) for span, one in after.items()]
    spans = sorted(after)
    found += [(*span, one.shot, "gone") for span, one in before.items() if not _overlaps(span, spans)]
    for fate, group in groupby(sorted(found), key=lambda piece: piece[3]):
        if fate:
            yield _joined(list(group), fate)


def _fate(old: Shot | None, new: Shot) -> str:
    if old is None or old.sha256 != new.sha256:
        return "differ"
    return "" if old.key == new.key else "were computed otherwise, to the same bytes"


def _joined(pieces: Sequence[_Piece], fate: str) -> str:
    number = len({shot for _, _, shot, _ in pieces})
    count = "1 shot" if number == 1 else f"{number} shots"
    verb = {"differ": "differs", "gone": "is gone"}.get(fate, fate.replace("were", "was"))
    if number > 1:
        verb = "are gone" if fate == "gone" else fate
    return f"{_clock(pieces[0][0])} to {_clock(max(end for _, end, _, _ in pieces))} ({count}) {verb}"


def _span(shot: Shot, manifest: Manifest) -> tuple[Fraction, Fraction]:
    base = Fraction(manifest.time_base)
    return shot.first_pts * base, shot.end_pts * base


def _overlaps(span: tuple[Fraction, Fraction], others: Sequence[tuple[Fraction, Fraction]]) -> bool:
    """Tell whether a span shares time with one of the others, which are sorted and share none with each other."""
    index = bisect_left(others, (span[1], span[1])) - 1
    return index >= 0 and others[index][1] > span[0]


def _clock(seconds: Fraction) -> str:
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def _set_aside(a: Manifest, b: Manifest) -> Iterator[str]:
    before = {_told(one.first_pts, one.end_pts, a): one.reason for one in a.set_aside}
    after = {_told(one.first_pts, one.end_pts, b): one.reason for one in b.set_aside}
    yield from (f"{span} is no longer set aside" for span in before if span not in after)
    for span, reason in after.items():
        if before.get(span) != reason:
            yield f"{span} is set aside: {reason}"


def _told(first_pts: int, end_pts: int, manifest: Manifest) -> str:
    base = Fraction(manifest.time_base)
    return f"{_clock(first_pts * base)} to {_clock(end_pts * base)}"


def _pictures(a: Sequence[Picture], b: Sequence[Picture]) -> Iterator[str]:
    before = {_name(one.file): (one.pts, one.sha256) for one in a}
    after = {_name(one.file): (one.pts, one.sha256) for one in b}
    both = [name for name in before if name in after]
    yield from _listed("show something else", [name for name in both if before[name][1] != after[name][1]])
    yield from _listed("have other times", [name for name in both if before[name][0] != after[name][0]])
    yield from _listed("are gone", [name for name in before if name not in after])
    yield from _listed("are new", [name for name in after if name not in before])


def _listed(verb: str, files: Sequence[str]) -> Iterator[str]:
    if files:
        more = f" and {len(files) - 3} more" if len(files) > 3 else ""
        yield f"pictures {verb}: {', '.join(files[:3])}{more}"


def _results(a: Result | None, b: Result | None) -> Iterator[str]:
    before, after = ({"frames": one.frames, "sha256": _short(one.sha256)} if one is not None else {} for one in (a, b))
    yield from _table("result", before, after)


def _name(path: str | None) -> str:
    return "none" if path is None else Path(path).name


def _short(sha256: str) -> str:
    return f"{sha256[:8]}…"
