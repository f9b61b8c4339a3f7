"""What a model says about itself. Torch-free."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mutoscope.autoencode.profiles import Fit, Profile
from mutoscope.core.errors import WeightsError

__all__ = ["FORMAT", "Card", "FilmSeen", "TrainingRecord", "parse_card"]

FORMAT = "mutoscope.autoencoder/1"
"""Written into every file; its number grows when older programs could not read a newer file."""

_Text = Annotated[str, Field(max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class FilmSeen(_Part):
    """A film that the network has seen."""

    name: _Text
    """Name of its file."""

    sha256: _Text = ""
    """Digest of its bytes."""

    frames: int = 0
    """Frames that were read."""

    seconds: float = 0.0
    """How long it is."""

    time_base: _Text = "1/1"
    """Seconds per unit of its time stamps."""

    first_pts: int = 0
    """Time stamp of its first frame."""

    frame_rate: _Text = ""
    """Frames per second, as a fraction; empty where unknown."""


class TrainingRecord(_Part):
    """How it was trained; enough to do it again."""

    version: _Text = ""
    """Of this program."""

    steps: int = 0
    """Steps in all."""

    visits: int = 0
    """Frames seen in all, each as often as it was drawn."""

    minutes: float = 0.0
    """Time that it took."""

    seed: int = 0
    """Of all chance."""

    phases: dict[str, int] = {}
    """Steps of each phase."""

    rolled_back: _Text = ""
    """Why the last phase was given up, where it was."""

    options: dict[str, float | int | str | bool | None] = {}
    """Parameters of the training."""

    machine: _Text = ""
    """Processor and threads."""


class Card(_Part):
    """Everything that is known about a model."""

    format: _Text = FORMAT
    """Version of the file's format."""

    profile: Profile
    """Shape of the networks."""

    fit: Fit = "crop"
    """How frames of another shape were fitted: `crop` cuts off what sticks out, `letterbox` adds black bars."""

    films: tuple[FilmSeen, ...] = ()
    """What it has seen."""

    training: TrainingRecord = TrainingRecord()

    quality: dict[str, float] = {}
    """What was measured after training: psnr, ssim, motion_slow …"""


def parse_card(text: str, where: str) -> Card:
    """Read a card out of a file's header.

    Raises:
        WeightsError: it is not a card of ours, or of a newer version.

    """
    try:
        card = Card.model_validate_json(text)
    except ValidationError as error:
        field = ".".join(map(str, error.errors()[0]["loc"])) or "JSON"
        raise WeightsError(
            f"{where} is not a model of a film: its card is broken at {field}; train it again, or get it again."
        ) from None
    if card.format != FORMAT:
        raise WeightsError(
            f"{where} is a model of format {card.format!r}, this version reads {FORMAT!r}; "
            "update Mutoscope, or train the model again."
        )
    return card
