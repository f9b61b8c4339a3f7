"""Parameters of sorting: what counts as a fault, and for how long. Torch-free."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from mutoscope.effects.params import Params

__all__ = ["PRESETS", "FaultGroup", "PresetName", "SortParams"]

PresetName = Literal["general", "interview", "action", "night", "drone"]
FaultGroup = Literal[
    "blurred", "underexposed", "overexposed", "pumping", "shaky", "black", "frozen", "dropped", "noisy"
]

PRESETS: dict[str, dict[str, Any]] = {
    "general": {},
    # A tripod and a face: little may move, and the face must be right.
    "interview": {"shake_percent": 0.12, "relative_percent": 55.0, "under_stops": 1.2, "pumping_stops": 0.4},
    # Running, riding, dancing: a shaken or smeared frame belongs to it.
    "action": {"shake_percent": 0.9, "relative_percent": 35.0, "blur_probability": 0.9, "pumping_stops": 0.9},
    # Dark on purpose and grainy by need.
    "night": {"under_stops": 3.5, "under_probability": 0.9, "noise_levels": 25.0, "pumping_stops": 0.9},
    # A gimbal holds still; the light turns with the flight.
    "drone": {"shake_percent": 0.15, "over_stops": 1.0, "pumping_stops": 0.8},
}
_Fixed = {"keyframes": False}
_Share = Annotated[float, Field(gt=0, lt=1, json_schema_extra=_Fixed)]
_Measure = Annotated[float, Field(gt=0, json_schema_extra=_Fixed)]


def _names(value: Any) -> Any:
    """Read "noisy, dropped" as a person writes it."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class SortParams(Params):
    """Say which seconds are unusable: a threshold for each fault, and how long it must last."""

    preset: PresetName = "general"
    """Where values that you do not give come from: `general`, `interview` (still and exact), `action` (shake and smear
    belong to it), `night` (dark on purpose) or `drone` (steady, changing light)."""

    method: Literal["both", "meters", "recurrent"] = "both"
    """What decides about each moment: `meters`, thresholds only; `recurrent`, a small network that reads the same
    evidence, seconds before and after included; `both`, their mean, so that each must persuade the other. Only with
    `meters` is it certain that a stricter threshold never lets a frame pass that was rejected before."""

    sharpness: _Measure = 0.17
    """Blurred: the sharpest tenth of the picture is less sharp than this: a crisp photograph has 0.6, one
    defocused by 5 of 640 px 0.2. A sharp ground behind a moving subject passes."""

    relative_percent: Annotated[float, Field(gt=0, le=100, json_schema_extra=_Fixed)] = 45.0
    """Blurred: that sharpest tenth falls below this share of the shot's own best, %. It needs no absolute scale, so
    that soft lenses and plain scenes pass. Two of three signs of blur must agree: these two and the learned one."""

    blur_probability: _Share = 0.75
    """Blurred: learned probability. At 0.5 footage with a shallow depth of field is flagged."""

    under_stops: _Measure = 1.5
    """Underexposed: this much too dark, stops."""

    under_probability: _Share = 0.5
    """Underexposed: learned probability. Two of three must agree: it, the stops, and how far these leave what is
    usual in the shot."""

    over_stops: _Measure = 1.3
    """Overexposed: this much too bright, stops."""

    over_probability: _Share = 0.65
    """Overexposed: learned probability. Two of three must agree, likewise."""

    pumping_stops: _Measure = 0.6
    """Exposure pumping: the brightness swings by this within a second, stops; a third is what people begin to see."""

    shake_percent: _Measure = 0.3
    """Shaky: root mean square of the camera's unwanted path within a second, % of the width. A tripod has 0.02, a calm
    hand 0.15, a walk 0.5, a run more than 1. Pans are taken off before."""

    noise_levels: _Measure = 14.0
    """Noisy: standard deviation of grain, levels of 255."""

    dropped_percent: Annotated[float, Field(gt=0, le=100, json_schema_extra=_Fixed)] = 15.0
    """Dropped: share of frames within a second that are missing or repeated, %."""

    ignore: Annotated[tuple[FaultGroup, ...], BeforeValidator(_names)] = ()
    """Faults that do not count, like `noisy, frozen`."""

    leave: Annotated[float, Field(gt=0, le=1, json_schema_extra=_Fixed)] = 0.8
    """Hysteresis: a fault that has begun ends when its measure falls below this share of the threshold, so that it does
    not flicker."""

    unsure: Annotated[float, Field(ge=0, lt=1, json_schema_extra=_Fixed)] = 0.5
    """Width of the band in which you are asked: from this share below a threshold a moment is unsure, not kept. At 0.5
    about 2 % of what lies outside is judged wrongly, and 4 % lies in it; with `meters` alone 0.2 does as much."""

    shortest_seconds: Annotated[float, Field(ge=0.04, le=60, json_schema_extra=_Fixed)] = 0.5
    """Shortest segment; only a shot that is shorter by itself makes a shorter one. Shorter faults do not count, and
    shorter pauses between faults are no use to an editor."""

    calibration: Annotated[str, Field(json_schema_extra={"file": True})] | None = None
    """File that `mutoscope train sorter --decisions` made of your own keeps and rejects."""

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, values: Any) -> Any:
        name = values.get("preset", "general") if isinstance(values, dict) else None
        preset = PRESETS.get(name) if isinstance(name, str) else None
        return {**preset, **values} if preset else values
