"""Which effects there are. A table of text: listing it loads no torch; an effect is loaded when it is used.

A plugin adds its own by an entry point in the group "mutoscope.effects" whose value is an `Entry`.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import Params

if TYPE_CHECKING:
    from mutoscope.effects.protocol import Effect

__all__ = ["BUILT_IN", "GROUP", "Entry", "entries", "get", "notices"]

GROUP = "mutoscope.effects"


@dataclass(frozen=True)
class Entry:
    """One effect, as text.

    Attributes:
        name: "family.name".
        params: "module:Class" of its parameters; must load without torch.
        effect: "module:Class" of the effect.
        summary: one line for lists.

    """

    name: str
    params: str
    effect: str
    summary: str

    def load_params(self) -> type[Params]:
        """Import the class of the parameters.

        Raises:
            ParameterError: the plugin that it comes from is broken.

        """
        loaded: type[Params] = self._load(self.params)
        return loaded

    def load_effect(self) -> "Callable[[Any], Effect[Any]]":
        """Import the effect; call what comes back with parameters.

        Raises:
            ParameterError: the plugin that it comes from is broken.

        """
        loaded: Callable[[Any], Effect[Any]] = self._load(self.effect)
        return loaded

    def _load(self, place: str) -> Any:
        module, _, attribute = place.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except Exception as error:
            if self in BUILT_IN:
                raise  # our own mistake; nothing a person could do about it
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            message = f"effect {self.name!r} could not be loaded ({reason}); update its plugin or remove it."
            raise ParameterError(message) from error


BUILT_IN = (
    Entry(
        "autoencode.play",
        "mutoscope.autoencode.params:AutoencodeParams",
        "mutoscope.autoencode.play:Play",
        "See a film through a network that has seen only one film: this one, or another.",
    ),
    Entry(
        "corrupt.agents",
        "mutoscope.corrupt.params:AgentsParams",
        "mutoscope.corrupt.play:AgentsEffect",
        "Let learning agents glitch a film where a network looks, or where it does not.",
    ),
    Entry(
        "corrupt.block_shuffle",
        "mutoscope.corrupt.block_shuffle_params:BlockShuffleParams",
        "mutoscope.corrupt.block_shuffle:BlockShuffle",
        "Move blocks of the picture to other places.",
    ),
    Entry(
        "corrupt.channel_shift",
        "mutoscope.corrupt.channel_shift_params:ChannelShiftParams",
        "mutoscope.corrupt.channel_shift:ChannelShift",
        "Move red, green and blue apart.",
    ),
    Entry(
        "corrupt.datamosh",
        "mutoscope.corrupt.datamosh_params:DatamoshParams",
        "mutoscope.corrupt.datamosh:Datamosh",
        "Break a film between encoder and decoder: lost keyframes, repeated and transplanted motion, noise.",
    ),
    Entry(
        "corrupt.feedback",
        "mutoscope.corrupt.feedback_params:FeedbackParams",
        "mutoscope.corrupt.feedback:Feedback",
        "Mix the last result in again, larger and turned, as a camera does that films its own screen.",
    ),
    Entry(
        "corrupt.pixel_sort",
        "mutoscope.corrupt.pixel_sort_params:PixelSortParams",
        "mutoscope.corrupt.pixel_sort:PixelSort",
        "Sort runs of pixels by brightness, hue or colour.",
    ),
    Entry(
        "corrupt.scan_lines",
        "mutoscope.corrupt.scan_lines_params:ScanLinesParams",
        "mutoscope.corrupt.scan_lines:ScanLines",
        "Shift bands of lines sideways, as a tape that loses its track.",
    ),
    Entry(
        "corrupt.vectors",
        "mutoscope.corrupt.vectors_params:VectorsParams",
        "mutoscope.corrupt.vectors:Vectors",
        "Scale, turn, drift or freeze the motion vectors that a decoder follows.",
    ),
    Entry(
        "filter.play",
        "mutoscope.filters.params:FilterParams",
        "mutoscope.filters.play:Play",
        "Paint each frame with a trained filter, many frames a second, steadily.",
    ),
    Entry(
        "frame.identity",
        "mutoscope.effects.identity_params:IdentityParams",
        "mutoscope.effects.identity:Identity",
        "Give every frame back as it came; for measuring and for masks.",
    ),
    Entry(
        "frame.keep",
        "mutoscope.effects.keep_params:KeepParams",
        "mutoscope.effects.keep:Keep",
        "Keep parts of a film; as the first step, only these are computed.",
    ),
    Entry(
        "keyframes.play",
        "mutoscope.keyframes.params:KeyframeParams",
        "mutoscope.keyframes.play:KeyframePlay",
        "Carry painted keyframes through a film: their own strokes where they fit, a small network's elsewhere.",
    ),
    Entry(
        "mask.attention",
        "mutoscope.effects.mask_attention_params:MaskAttentionParams",
        "mutoscope.effects.mask_attention:MaskAttention",
        "Make a mask of what a classifier looks at, steadily; of one class or several, where wished.",
    ),
    Entry(
        "mask.box",
        "mutoscope.effects.mask_box_params:BoxParams",
        "mutoscope.effects.mask_box:Box",
        "Make a mask of a box or an ellipse, which may move.",
    ),
    Entry(
        "mask.levels",
        "mutoscope.effects.mask_levels_params:LevelsParams",
        "mutoscope.effects.mask_levels:Levels",
        "Make a mask of the brightness of a guide film: depth, segmentation, one's own drawing.",
    ),
    Entry(
        "mask.subject",
        "mutoscope.effects.subject_params:SubjectParams",
        "mutoscope.effects.subject:Subject",
        "Make a mask of what the film shows in front, found by itself, steadily.",
    ),
    Entry(
        "mask.track",
        "mutoscope.effects.mask_track_params:TrackParams",
        "mutoscope.effects.mask_track:Track",
        "Make a mask that was drawn on one frame follow what it covers, within that shot.",
    ),
    Entry(
        "stylize.optimise",
        "mutoscope.stylize.params:OptimiseParams",
        "mutoscope.stylize.optimise:Optimise",
        "Repaint each frame like a style picture by gradient descent, steadily from frame to frame.",
    ),
)


def entries() -> tuple[Entry, ...]:
    """All effects, built-in ones first, then plugins by name."""
    return BUILT_IN + _plugins()[0]


def notices() -> tuple[str, ...]:
    """What is wrong with installed plugins, one line each."""
    return _plugins()[1]


def get(name: str) -> Entry:
    """Find an effect.

    Raises:
        ParameterError: there is none of that name; the nearest is told.

    """
    table = {entry.name: entry for entry in entries()}
    if name in table:
        return table[name]
    near = difflib.get_close_matches(name, table, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(table)}."
    raise ParameterError(f"there is no effect {name!r}; {hint}")


@cache
def _plugins() -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    found: list[Entry] = []
    problems: list[str] = []
    taken = {entry.name for entry in BUILT_IN}
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        entry, problem = _load_plugin(point)
        if entry is not None and entry.name in taken:
            problem = f"plugin {point.name!r} was left out: an effect {entry.name!r} exists already."
        elif entry is not None:
            taken.add(entry.name)
            found.append(entry)
        if problem:
            problems.append(problem)
    return tuple(found), tuple(problems)


def _load_plugin(point: EntryPoint) -> tuple[Entry | None, str | None]:
    try:
        entry = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 # a stranger's module may raise anything; we must still start
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return None, f"plugin {point.name!r} was left out: {reason}"
    if not isinstance(entry, Entry):
        return None, f"plugin {point.name!r} was left out: its entry point must be a registry.Entry."
    return entry, None
