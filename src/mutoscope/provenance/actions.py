"""What an effect is called in C2PA's and IPTC's words. A table, no state.

Source: C2PA technical specification 2.2, section "Actions"; IPTC NewsCodes "Digital Source Type".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mutoscope.provenance.record import History, Step

__all__ = [
    "COMPOSITE",
    "ENHANCED",
    "GENERATED",
    "GLITCH",
    "IPTC",
    "Deed",
    "actions_of",
    "deed_of",
    "is_mask",
    "source_type_of",
]

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""What stands before each digital source type."""

COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
"""Footage that a trained network has remade."""

GENERATED = "trainedAlgorithmicMedia"
"""Pictures that a trained network made without footage."""

GLITCH = "algorithmicMedia"
"""Pictures that an algorithm made without anything trained."""

ENHANCED = "algorithmicallyEnhanced"
"""Footage that was processed and is still what it was."""

_RANK = (GENERATED, COMPOSITE, GLITCH, ENHANCED)
"""What says more about a file comes first: a glitched and then painted film is painted."""


class Deed(NamedTuple):
    """What was done, in C2PA's word and IPTC's."""

    action: str
    source_type: str


_DEEDS = {
    "filter.play": Deed("c2pa.filtered", COMPOSITE),
    "stylize.optimise": Deed("c2pa.filtered", COMPOSITE),
    "keyframes.play": Deed("c2pa.filtered", COMPOSITE),
    "autoencode.play": Deed("c2pa.filtered", COMPOSITE),
    "autoencode.cross": Deed("c2pa.filtered", COMPOSITE),
    "autoencode.walk": Deed("c2pa.created", GENERATED),
    "autoencode.dream": Deed("c2pa.created", GENERATED),
    "filter.texture": Deed("c2pa.created", GENERATED),
    # Agents are learning, and a classifier trained on photographs says where they go.
    "corrupt.agents": Deed("c2pa.edited", COMPOSITE),
    "frame.keep": Deed("c2pa.edited", ENHANCED),
    "frame.identity": Deed("c2pa.edited", ENHANCED),
}


def deed_of(effect: str, *, has_weights: bool = False) -> Deed:
    """Say what an effect does.

    Args:
        effect: its name; one of a plugin is known by its weights only.
        has_weights: whether it used anything trained.

    """
    if effect in _DEEDS:
        return _DEEDS[effect]
    if effect.startswith("corrupt."):
        return Deed("c2pa.edited", COMPOSITE if has_weights else GLITCH)
    return Deed("c2pa.edited", COMPOSITE if has_weights else ENHANCED)


def is_mask(effect: str) -> bool:
    """Tell whether an effect only makes masks, whose pixels nobody sees."""
    return effect.startswith("mask.")


def source_type_of(types: Iterable[str]) -> str:
    """Give the type of a whole file from those of its steps: the one that says most; "" where there is none."""
    found = set(types)
    return next((one for one in _RANK if one in found), "")


def actions_of(
    record: History,
    *,
    parent: str | None,
    others: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Write the list of actions of a manifest.

    Args:
        record: what was done.
        parent: label of the ingredient that was opened; None where nothing was.
        others: labels of further films that went in.
        labels: labels of ingredients by names of materials.

    Returns:
        actions as C2PA's assertion c2pa.actions.v2 has them; the first one is c2pa.opened or c2pa.created, as the
        specification asks.

    """
    labels = labels or {}
    done = [_action(step, record, labels) for step in record.steps if not is_mask(step.effect)]
    if parent is not None:
        made = [{"action": "c2pa.opened", "parameters": {"ingredientIds": [parent]}}]
        # What a generator made on its own was not made of the parent; C2PA knows one c2pa.created, at the beginning.
        done = [{**one, "action": "c2pa.edited"} if one["action"] == "c2pa.created" else one for one in done]
    elif done and done[0]["action"] == "c2pa.created":
        made = []
    else:
        made = [{"action": "c2pa.created", "digitalSourceType": IPTC + (record.source_type or GLITCH)}]
    made += [{"action": "c2pa.placed", "parameters": {"ingredientIds": [label]}} for label in others]
    made += done
    if record.figures.get("resized"):
        made.append({"action": "c2pa.resized", "softwareAgent": _agent(record)})
    if done:
        made.append({"action": "c2pa.transcoded", "softwareAgent": _agent(record)})
    return made


def _action(step: Step, record: History, labels: Mapping[str, str]) -> dict[str, Any]:
    trained = any(one.name in step.materials and one.kind in ("filter", "model", "weights") for one in record.materials)
    deed = deed_of(step.effect, has_weights=trained)
    used = [labels[name] for name in step.materials if name in labels]
    parameters: dict[str, Any] = {"org.mutoscope.effect": step.effect, "org.mutoscope.params": dict(step.params)}
    if used:
        parameters["ingredientIds"] = used
    return {
        "action": deed.action,
        "digitalSourceType": IPTC + deed.source_type,
        "softwareAgent": _agent(record),
        "description": step.effect,
        "parameters": parameters,
    }


def _agent(record: History) -> dict[str, str]:
    return {"name": "Mutoscope", "version": record.version or "unknown"}
