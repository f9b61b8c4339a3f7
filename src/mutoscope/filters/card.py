"""What a filter says about itself. Torch-free."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mutoscope.core.errors import WeightsError

__all__ = ["FORMAT", "Card", "StyleSource", "TrainingRecord", "parse_card", "printable"]

FORMAT = "mutoscope.filter/1"
"""Written into every file; its number grows when older programs could not read a newer file."""

_Text = Annotated[str, Field(max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class StyleSource(_Part):
    """The picture that a filter was trained from."""

    title: _Text = ""
    """What it is called."""

    artist: _Text = ""
    """Who made it; "made by code" for the patterns of this package."""

    year: _Text = ""
    """When."""

    licence: _Text = "unknown"
    """Under which terms it may be used."""

    source: _Text = ""
    """Where the reproduction came from."""

    sha256: _Text = ""
    """Digest of its bytes."""


class TrainingRecord(_Part):
    """How it was trained; enough to do it again."""

    version: _Text = ""
    """Of this program."""

    steps: int = 0
    """Steps in all."""

    minutes: float = 0.0
    """Time that it took."""

    seed: int = 0
    """Of crops, shifts and noise."""

    size: int = 0
    """Side of the crops in px."""

    batch: int = 0
    """Crops per step."""

    style_size: int = 0
    """The style picture was shown with the area of a square of this side, in px."""

    weights: dict[str, float] = {}
    """Weights of the terms of the loss."""

    losses: dict[str, float] = {}
    """Terms of the loss at the end, weighed."""

    content: _Text = ""
    """What it learned to paint."""

    based_on: _Text = ""
    """Digest of the network that it started from; empty from scratch."""

    machine: _Text = ""
    """Processor and threads."""


class Card(_Part):
    """Everything that is known about a filter."""

    format: _Text = FORMAT
    """Version of the file's format."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    """What one calls it."""

    kind: Literal["style", "network", "onnx"] = "style"
    """`style`: numbers for a shared network; `network`: with a network of its own; `onnx`: a foreign model."""

    network: _Text = ""
    """Digest of the shared network that a style belongs to."""

    profile: Literal["cpu", "gpu", "tiny"] = "cpu"
    """Sizes of the network."""

    touch: Literal["", "light", "medium", "heavy"] = ""
    """How much it leaves of the footage, measured on photographs."""

    palette: tuple[Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")], ...] = ()
    """Colours of the style picture, the most frequent first."""

    pixel_range: Literal["0..1", "0..255"] = "0..1"
    """What a foreign model takes and gives."""

    style: StyleSource = StyleSource()
    training: TrainingRecord = TrainingRecord()


def printable(name: str) -> str:
    """Give a file's name as text that any file can hold."""
    return name.encode("utf-8", "replace").decode("utf-8")[:200]


def parse_card(text: str, where: str) -> Card:
    """Read a card out of a file's header.

    Raises:
        WeightsError: it is not a card of ours, or of a newer version.

    """
    try:
        card = Card.model_validate_json(text)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"])) or "JSON"
        raise WeightsError(f"{where} is not a filter: its card is broken at {field}; get the file again.") from None
    if card.format != FORMAT:
        raise WeightsError(
            f"{where} is a filter of format {card.format!r}, this version reads {FORMAT!r}; "
            "update Mutoscope, or train the filter again."
        )
    return card
