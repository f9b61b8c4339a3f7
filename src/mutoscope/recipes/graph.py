"""How the steps of a recipe hang together: their names, what each needs, in which order they run."""

import difflib
import graphlib
from collections.abc import Iterator, Sequence

from mutoscope.recipes.paths import STEP_PREFIX
from mutoscope.recipes.step import Step

__all__ = ["SOURCE", "Problem", "filled", "names", "needs", "ordered", "problem_of"]

SOURCE = "source"
"""What the first step gets: the film itself."""

_RESERVED = (SOURCE, "none")  # "none" is how a person writes that a field has no value

Problem = tuple[tuple[str | int, ...], str]
"""Path of the field in the recipe, and what is wrong with it."""


def names(said: Sequence[tuple[str, str]]) -> list[str]:
    """Name steps of which name (or "") and effect are given: by their effect where they have no name of their own."""
    taken = {name for name, _ in said}
    last: dict[str, int] = {}
    return [name or _new_name(effect, taken, last) for name, effect in said]


def _new_name(effect: str, taken: set[str], last: dict[str, int]) -> str:
    while True:
        number = last[effect] = last.get(effect, 0) + 1
        name = effect if number == 1 else f"{effect}#{number}"
        if name not in taken:
            taken.add(name)
            return name


def filled(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Give steps with the names and inputs that were left out."""
    called = names([(step.name, step.effect) for step in steps])
    befores = [SOURCE, *called]
    return tuple(
        step.model_copy(update={"name": name, "input": step.input or before})
        for step, name, before in zip(steps, called, befores, strict=False)
    )


def needs(step: Step) -> tuple[str, ...]:
    """Give the names of the steps whose results a filled step takes, its input first; "source" is the film."""
    side = [step.mask or "", *step.inputs.values()]
    asked = [step.input or SOURCE, *(name.removeprefix(STEP_PREFIX) for name in side if name.startswith(STEP_PREFIX))]
    return tuple(dict.fromkeys(asked))


def ordered(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Sort filled steps so that each stands after all that it needs.

    Raises:
        graphlib.CycleError: they need each other in a circle.

    """
    table = {step.name: step for step in steps}
    order = graphlib.TopologicalSorter({name: [n for n in needs(step) if n != SOURCE] for name, step in table.items()})
    return tuple(table[name] for name in order.static_order())


def problem_of(steps: Sequence[Step]) -> Problem | None:
    """Find the first thing that is wrong with how filled steps hang together."""
    found = next(_wrong_names(steps), None) or next(_wrong_references(steps), None)
    return found or _circle(steps) or next(_dead_ends(steps), None)


def _wrong_names(steps: Sequence[Step]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, step in enumerate(steps):
        if step.name in _RESERVED:
            yield ("step", index, "name"), f"a step may not be named {step.name!r}; give it another name."
        if step.name in seen:
            message = f"step {seen[step.name] + 1} is named {step.name!r} too; give each step a name of its own."
            yield ("step", index, "name"), message
        seen[step.name] = index


def _wrong_references(steps: Sequence[Step]) -> Iterator[Problem]:
    known = [step.name for step in steps]
    for index, step in enumerate(steps):
        if step.input not in (SOURCE, *known):
            yield ("step", index, "input"), _unknown(step.input or "", [*known, SOURCE])
        if "mask" in step.inputs:
            yield ("step", index, "inputs", "mask"), "a mask is no side input; write mask = … in the step itself."
        for path, value in ((("mask",), step.mask or ""), *((("inputs", n), v) for n, v in step.inputs.items())):
            name = value.removeprefix(STEP_PREFIX)
            if value.startswith(STEP_PREFIX) and name not in known:
                yield ("step", index, *path), _unknown(name, known)


def _unknown(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known[:20])}."
    return f"there is no step {name!r}; {hint}"


def _circle(steps: Sequence[Step]) -> Problem | None:
    try:
        ordered(steps)
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1]
        index = next(i for i, step in enumerate(steps) if step.name in circle)
        shown = circle if len(circle) <= 12 else [*circle[:6], "…", *circle[-5:]]
        message = f"steps form a circle: {' -> '.join(shown)}; let one of them take another input."
        return ("step", index, "input"), message
    return None


def _dead_ends(steps: Sequence[Step]) -> Iterator[Problem]:
    table = {step.name: step for step in steps}
    reached: set[str] = set()
    waiting = [steps[-1].name]
    while waiting:
        name = waiting.pop()
        if name not in reached and name != SOURCE:
            reached.add(name)
            waiting.extend(needs(table[name]))
    for index, step in enumerate(steps):
        if step.name not in reached:
            message = f"the result of {step.name!r} is used by no step; let a later one take it, or remove it."
            yield ("step", index), message
