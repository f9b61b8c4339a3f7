"""What a kind of job is: what it takes, what may be said of it, what comes out. Torch-free."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mutoscope.effects.params import Params

__all__ = ["FILM_SUFFIXES", "MODEL", "MOVING", "PICTURE", "PICTURE_SUFFIXES", "SEEN", "Input", "JobKind", "Lane"]

Lane = Literal["batch", "preview"]
"""Previews have a place of their own, so that they need not wait behind films."""

PICTURE = ("picture",)
MOVING = ("video", "frameset")
SEEN = ("video", "picture", "frameset")
MODEL = ("model",)

FILM_SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".gif")
PICTURE_SUFFIXES = (".png", ".jpg", ".webp", ".tiff")


@dataclass(frozen=True)
class Input:
    """A role that media take.

    Attributes:
        name: field of `inputs`.
        summary: what it is, for people.
        takes: kinds of media; "frameset" stands for a film that was separated into pictures.
        is_required: whether the job needs it.
        is_many: whether it is a list.

    """

    name: str
    summary: str
    takes: tuple[str, ...]
    is_required: bool = True
    is_many: bool = False


@dataclass(frozen=True)
class JobKind:
    """One kind of job.

    Attributes:
        name: what `kind` says.
        summary: what it does, in one line.
        run: "module:function"; imported where the job runs, never in the server.
        verb: of the command line, that does the same.
        function: "module:function" of the engine, whose parameters it offers.
        inputs: media that it works on.
        params: classes whose fields `parameters` may hold, with their bounds and meanings.
        apart: fields of these that are not said in `parameters`: an input says them, or the server does.
        required: fields that must be said although their class has a default; likewise `optional`.
        optional: fields that need not be said although their class has no default.
        suffixes: what the result's name may end with, the usual one first; none: it has no result of that sort.
        lane: "batch" or "preview".
        effect: name of the effect that it plays, where it makes a recipe of one effect.
        can_preview: whether a frame or some seconds can be asked for instead of the whole.
        takes_recipe: whether a recipe belongs to it.
        needs_network: whether it reaches out; such a job decodes nothing.
        example: of `inputs`, `parameters` and what else the body has; ids are put in.

    """

    name: str
    summary: str
    run: str
    verb: str
    function: str
    inputs: tuple[Input, ...] = ()
    params: tuple[type[Params], ...] = ()
    apart: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    lane: Lane = "batch"
    effect: str = ""
    can_preview: bool = False
    takes_recipe: bool = False
    needs_network: bool = False
    example: Mapping[str, Any] = field(default_factory=dict)

    def fields(self) -> dict[str, type[Params]]:
        """Give the fields of `parameters`, each with the class that checks it: the first one that has it."""
        found: dict[str, type[Params]] = {}
        for cls in self.params:
            for name in cls.model_fields:
                if name not in self.apart:
                    found.setdefault(name, cls)
        return found

    def input_of(self, name: str) -> Input | None:
        """Give a role by its name."""
        return next((one for one in self.inputs if one.name == name), None)
