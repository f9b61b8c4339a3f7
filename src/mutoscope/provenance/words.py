"""What a history means, in plain English: three lines for anybody."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mutoscope.provenance.certificate import NO_NAME
from mutoscope.provenance.generation import Generation
from mutoscope.provenance.record import Material, Step

__all__ = ["about_generation", "about_making", "about_materials", "about_state"]

_MOST_PARAMS, _MOST_STEPS, _MOST_MATERIALS, _MOST_GENERATIONS = 4, 6, 4, 2
_QUIET = (
    "backbone",
    "coarsest",
    "device",
    "digest",
    "iterations",
    "iterations_next",
    "precision",
    "runtime",
    "threads",
    "tile",
)
"""Parameters that tell a person nothing about what they see."""


def about_state(last: Generation) -> str:
    """Say whether a file is what was signed, by whom and when."""
    name, who = _printable(last.name), _signer(last)
    when = f" on {_day(last.signed)}" if last.signed else ""
    tool = f" with {_printable(last.tool)}" if last.tool else ""
    if last.state == "trusted":
        return f"{name}: unchanged since {who} signed it{when}{tool} (this signer is known here, on no public list)."
    if last.state == "unknown":
        return (
            f"{name}: unchanged since somebody called {who} signed it{when}{tool}; "
            "whether that is their name, nobody vouches for here."
        )
    if last.state == "expired":
        return (
            f"{name}: unchanged since it was signed by {who}, but that certificate has run out, so the signature can "
            "no longer be believed."
        )
    if last.state == "altered":
        signed = f"since {who} signed it{when}" if last.signer else "since it was signed"
        return f"{name}: ALTERED {signed}: {_plainly(last.reason)}."
    if last.state == "forged":
        return f"{name}: FORGED or damaged: its history is not what was signed ({_plainly(last.reason)})."
    return (
        f"{name}: has no signed history: it was never signed, or writing it anew (a remux, an upload, an editor) has "
        "stripped it."
    )


def about_making(last: Generation, before: Sequence[Generation] = ()) -> str:
    """Say what was done to a file, and to those that it was made from.

    Args:
        last: the file.
        before: what it was made from, the nearest first.

    """
    if last.state == "unsigned":
        return "What was done to it, nobody can tell from the file."
    if last.state == "forged":
        return "What it says about its making cannot be believed, so it is not repeated here."
    told = "What was signed was made" if last.state == "altered" else "Made"
    parts = [f"{told} {_making(last)}"] if _is_telling(last) else []
    earlier = [one for one in before if _is_telling(one)]
    parts += [f"{_printable(one.name) or 'its source'} was made {_making(one)}" for one in earlier[:_MOST_GENERATIONS]]
    if len(earlier) > _MOST_GENERATIONS:
        parts.append(f"{len(earlier) - _MOST_GENERATIONS} generations before that")
    if not parts:
        return "How it was made was not recorded."
    words = "; ".join(parts)
    return f"{words}." if _is_telling(last) else f"It was only signed once more; before that, {words}."


def _is_telling(one: Generation) -> bool:
    """Tell whether anything was done, or only signed; what is forged tells nothing."""
    if one.state in ("forged", "unsigned"):
        return False
    return bool(one.record.steps or one.record.sources) if one.record is not None else bool(one.actions)


def _making(one: Generation) -> str:
    record = one.record
    if record is None:
        done = ", ".join(dict.fromkeys(action.partition(".")[2] for action in one.actions))
        return f"by {_printable(one.tool) or 'another program'}, which says: {_printable(done)}"
    made_from = _joined([source.name for source in record.sources])
    steps = [_step(step) for step in record.steps[:_MOST_STEPS]]
    if len(record.steps) > _MOST_STEPS:
        steps.append(f"{len(record.steps) - _MOST_STEPS} more steps")
    if not steps:
        return f"from {made_from}, nobody wrote down how"
    return f"{f'from {made_from} ' if made_from else ''}by {', then '.join(steps)}"


def about_materials(last: Generation, before: Sequence[Generation] = ()) -> str:
    """Say what took part that others have made: whose painting a filter was trained from.

    Args:
        last: the file.
        before: what it was made from, the nearest first.

    """
    if last.state == "unsigned":
        return "Which filters took part, and whose paintings they were trained from, nobody can tell either."
    if last.state == "forged":
        return "The same holds for filters and paintings; ask whoever gave you the file for the one that was signed."
    records = [one.record for one in (last, *before) if one.record is not None and one.state != "forged"]
    if not records:
        return "It was not made by Mutoscope; of filters and paintings it says nothing."
    materials = _shown([one for record in records for one in record.materials])
    if not materials:
        return "No filter, network or painting that somebody else has made is recorded."
    lines = [_material(one) for one in materials[:_MOST_MATERIALS]]
    if len(materials) > _MOST_MATERIALS:
        lines.append(f"And {len(materials) - _MOST_MATERIALS} more.")
    return " ".join(lines)


def about_generation(generation: Generation) -> list[str]:
    """Tell one generation of a history: what it is, how it was made, of what."""
    words = {
        "trusted": "signer known here",
        "unknown": "signer not known here",
        "expired": "certificate has run out",
        "altered": "ALTERED after it was signed",
        "forged": "FORGED or damaged",
        "unsigned": "no signed history",
    }[generation.state]
    who = f", signed by {_signer(generation)}" if generation.signer else ""
    when = f" on {_day(generation.signed)}" if generation.signed else ""
    tool = f" with {_printable(generation.tool)}" if generation.tool else ""
    lines = [f"{_printable(generation.name) or 'a file without a name'}{who}{when}{tool} ({words})"]
    if generation.state not in ("unsigned", "forged"):
        lines.append(about_making(generation))
        if generation.actions:
            lines.append(f"Actions: {_printable(', '.join(generation.actions))}.")
        if generation.record is not None and generation.record.materials:
            lines.append(about_materials(generation))
    return lines


def _signer(generation: Generation) -> str:
    return f"an {NO_NAME}" if generation.signer == NO_NAME else _printable(generation.signer) or "somebody"


def _day(iso: str) -> str:
    try:
        when = datetime.datetime.fromisoformat(iso)
    except ValueError:
        return "an unknown day"
    return f"{when.day} {when:%B %Y}"


def _plainly(reason: str) -> str:
    if reason.startswith(("assertion.dataHash", "assertion.bmffHash", "assertion.boxesHash")):
        return "its bytes are not those that were signed"
    known = {
        "claimSignature.mismatch": "the signature does not fit",
        "assertion.hashedURI.mismatch": "what it says was changed after it was signed",
        "": "it does not fit its signature",
    }
    return known.get(reason, _printable(reason))


def _step(step: Step) -> str:
    told = [f"{_printable(name)} {_value(value)}" for name, value in _telling(step.params)]
    return _printable(step.effect) + (f" ({', '.join(told)})" if told else "")


def _telling(params: Mapping[str, Any]) -> list[tuple[str, Any]]:
    kept = [(name, value) for name, value in params.items() if name not in _QUIET and value not in (None, "", [], {})]
    first = [pair for pair in kept if pair[0] in ("name", "style", "model", "file")]
    rest = [pair for pair in kept if pair not in first]
    return [(name.replace("_", " "), value) for name, value in (first + rest)[:_MOST_PARAMS]]


def _value(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return _printable(text if len(text) <= 60 else text[:57] + "…")


def _shown(materials: Sequence[Material]) -> list[Material]:
    """Give each material once, the telling ones first; networks that only measure where there is nothing else."""
    order = ("filter", "model", "style picture", "file", "weights")
    once = list({(one.kind, one.name, one.sha256): one for one in materials}.values())
    ranked = sorted(once, key=lambda one: order.index(one.kind) if one.kind in order else len(order))
    telling = [one for one in ranked if one.kind != "weights"]
    return telling or ranked


def _material(one: Material) -> str:
    licence = f" ({_printable(one.licence)})" if one.licence and one.licence != "unknown" else ""
    name = _printable(one.name)
    if one.kind == "weights":
        return f"The network {name} looked on{licence}."
    if one.kind == "model":
        seen = f" has seen only {_printable(one.title)}" if one.title else "'s training is not recorded"
        return f"The model {name}{seen}{licence}."
    what = {"filter": "The filter", "style picture": "The style picture"}.get(one.kind, "The file")
    if one.artist in ("code", "made by code"):
        return f"{what} {name} was trained from a pattern made by code{licence}."
    if one.title or one.artist:
        painting = f"'{_printable(one.title)}'" if one.title else "a work"
        by = f" by {_printable(one.artist)}" if one.artist else ""
        year = f", {_printable(one.year)}" if one.year else ""
        verb = "was trained from" if one.kind == "filter" else "shows"
        return f"{what} {name} {verb} {painting}{by}{year}{licence}."
    if one.kind == "filter":
        return f"From whose painting the filter {name} was trained is not recorded{licence}."
    digest = f", sha256 {one.sha256[:12]}…" if one.sha256 else ""
    return f"{what} {name} took part; whose it is was not recorded{licence}{digest}."


def _joined(names: Iterable[str]) -> str:
    texts = [_printable(name) for name in names]
    if len(texts) > 3:
        texts = [*texts[:3], f"{len(texts) - 3} more files"]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _printable(text: str) -> str:
    """Keep what strangers wrote from moving the cursor of a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:200]
