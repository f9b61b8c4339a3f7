"""Parameters of stylization by optimisation. Torch-free: they feed command line, API, form and reference."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from mutoscope.effects.params import Params

__all__ = ["PRESETS", "OptimiseParams", "PresetName"]

PresetName = Literal["lite0", "ruder2016"]

PRESETS: dict[str, dict[str, Any]] = {
    "lite0": {},
    # Seed: alpha 1, beta 1e4, gamma 4e2, VGG19, Farnebäck's flow, one scale, Gram matrices, start from the
    # content, then from the warped previous result.
    "ruder2016": {
        "backbone": "vgg19",
        "statistics": "gram",
        "flow": "farneback",
        "alpha": 1.0,
        "beta": 1e4,
        "gamma": 4e2,
        "total_variation": 0.0,
        "coarsest": None,
        "iterations": 500,
        "iterations_next": 200,
        "jitter": 0,
        "learning_rate": 0.02,
        "learning_rate_next": 0.02,
        "trim_border": False,
    },
}
_Fixed = {"keyframes": False}


class OptimiseParams(Params):
    """Repaint each frame by gradient descent until its features match the style picture's."""

    style: Annotated[str, Field(min_length=1, json_schema_extra={"file": True})]
    """Picture whose manner is taken: a path to a png, jpg, webp or tiff."""

    preset: PresetName = "lite0"
    """Where values that you do not give come from: `lite0` (ours) or `ruder2016` (VGG19, Farnebäck's flow)."""

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the painted frame in the result: 0 gives the source back bit by bit."""

    alpha: Annotated[float, Field(ge=0)] = 1.0
    """Content weight."""

    beta: Annotated[float, Field(ge=0)] = 4.0
    """Style weight. With the preset lite0, 2 keeps the scene plain and 8 lets the painting take over."""

    gamma: Annotated[float, Field(ge=0)] = 200.0
    """Temporal weight: how strongly a frame keeps to the previous result carried along by the flow."""

    total_variation: Annotated[float, Field(ge=0)] = 1.0
    """Weight of the roughness penalty."""

    iterations: Annotated[int, Field(ge=1, le=10_000, json_schema_extra=_Fixed)] = 90
    """Steps per scale for a picture and for the first frame of a shot."""

    iterations_next: Annotated[int, Field(ge=1, le=10_000, json_schema_extra=_Fixed)] = 30
    """Steps, all at full size, for every later frame of a shot."""

    coarsest: Annotated[int, Field(ge=16, json_schema_extra=_Fixed)] | None = 128
    """Long side in px of the first and coarsest scale; each next one is twice as large. None: full size only."""

    style_scale: Annotated[float, Field(ge=0.1, le=4, json_schema_extra=_Fixed)] = 1.0
    """Size of the brush: scale of the style picture in relation to the frame."""

    learning_rate: Annotated[float, Field(gt=0, le=1, json_schema_extra=_Fixed)] = 0.03
    """Adam's step for the first frame of a shot."""

    learning_rate_next: Annotated[float, Field(gt=0, le=1, json_schema_extra=_Fixed)] = 0.03
    """Adam's step for later frames; it falls to a tenth over the iterations."""

    jitter: Annotated[int, Field(ge=0, le=32, json_schema_extra=_Fixed)] = 16
    """Largest random shift in px before the network, which keeps its grid out of the picture. 0: none."""

    statistics: Literal["mean_covariance", "gram"] = "mean_covariance"
    """What is matched: mean and covariance, each in units of its own size, or plain Gram matrices (Gatys)."""

    flow: Literal["dis", "farneback"] = "dis"
    """Optical flow between frames: dense inverse search or Farnebäck's."""

    backbone: Annotated[
        Literal["efficientnet_lite0", "vgg19", "resnet18", "resnext50_32x4d", "tiny"],
        Field(json_schema_extra={"weights": True}),
    ] = "efficientnet_lite0"
    """Network that judges: Lite0 is built in; vgg19, resnet18, resnext50_32x4d are fetched once; tiny is for tests."""

    weights: Annotated[str, Field(json_schema_extra={"file": True})] | None = None
    """File with the backbone's weights, for a machine that cannot fetch them."""

    trim_border: bool = True
    """Cut plain black or white borders off the style picture, so that they are not painted."""

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, values: Any) -> Any:
        preset = PRESETS.get(values.get("preset", "lite0")) if isinstance(values, dict) else None
        return {**preset, **values} if preset else values
