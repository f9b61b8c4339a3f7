"""Parameters of stylization by optimisation. Torch-free: they feed command line, API, form and reference."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

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
        "occlusion": "hard",
        "hold": 0.0,
        "lookback": (1,),
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


def _numbers(value: Any) -> Any:
    """Read "1, 10, 20" as a person writes it."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


class OptimiseParams(Params):
    """Repaint each frame by gradient descent until its features match the style picture's."""

    style: Annotated[str, Field(min_length=1, json_schema_extra={"files": "styles"})]
    """Picture whose manner is taken, a mix of several, or one after the other: `wave.jpg`, `wave.jpg:0.5 + night.jpg`,
    `0s: wave.jpg, 3s: night.jpg`."""

    regions: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...], Field(json_schema_extra={"files": "styles"})
    ] = ()
    """A style for each region, instead of one for the whole frame; the step's inputs `region1`, `region2` … are their
    masks. Outside all regions the source stays."""

    preset: PresetName = "lite0"
    """Where values that you do not give come from: `lite0` (ours) or `ruder2016` (VGG19, Farnebäck's flow)."""

    strength: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the painted frame in the result: 0 gives the source back bit by bit."""

    alpha: Annotated[float, Field(ge=0)] = 1.0
    """Content weight."""

    beta: Annotated[float, Field(ge=0)] = 4.0
    """Style weight. With the preset lite0, 2 keeps the scene plain and 8 lets the painting take over."""

    gamma: Annotated[float, Field(ge=0)] = 200.0
    """Temporal weight: how strongly a frame keeps to earlier results carried along by the flow."""

    hold: Annotated[float, Field(ge=0, le=1)] = 0.35
    """Share of earlier results that is laid over a later frame where they are sure; what stands still is held four
    times as much. 0 lets the strokes live, 1 nails them down."""

    lookback: Annotated[tuple[Annotated[int, Field(ge=1, le=200)], ...], BeforeValidator(_numbers)] = (1, 10, 20, 40)
    """How many frames ago to look for what a place looked like, nearest first: what was hidden for a while comes back
    as it was (Ruder et al. 2016). Each px of each frame of the longest look takes 7 bytes of memory."""

    passes: Annotated[int, Field(ge=1, le=50, json_schema_extra=_Fixed)] = 1
    """Passes over each shot, forwards and backwards in turn; each costs as much as the first one, and a shot is then
    computed as a whole."""

    occlusion: Literal["soft", "hard"] = "soft"
    """Where the flow is trusted: softly, with the camera's motion tried where it fails, or by the hard tests of the
    papers."""

    colours: Literal["style", "source", "match"] = "style"
    """Whose colours: the style picture's; the source's, with the painting's light and dark; or the style picture's
    strokes in the source's colours from the start (`match`)."""

    region_feather: Annotated[float, Field(ge=0, le=500, json_schema_extra=_Fixed)] = 8.0
    """Softness of the edge of all regions together, in px."""

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

    statistics: Literal["mean_covariance", "gram", "sliced_wasserstein"] = "mean_covariance"
    """What is matched: mean and covariance, each in units of its own size; plain Gram matrices (Gatys et al. 2016); or
    whole distributions along random directions (sliced Wasserstein, Heitz et al. 2021)."""

    histogram: Annotated[float, Field(ge=0, json_schema_extra=_Fixed)] = 0.0
    """Weight, beside these statistics, of matching the histogram of each feature map (Risser et al. 2017)."""

    normalise: bool = False
    """Weigh each term by its own pull on the picture, so that alpha, beta, gamma and total_variation mean the same at
    every size, for every backbone and statistic."""

    optimiser: Literal["adam", "lbfgs"] = "adam"
    """How the loss is descended; `lbfgs` (Gatys et al. 2016) finds its own step and ignores the learning rates."""

    averaging: Annotated[float, Field(ge=0, le=0.999, json_schema_extra=_Fixed)] = 0.0
    """Share of the past in a running mean of Adam's pictures, which is the result: 0.9 smooths, 0 gives the last."""

    tile: Annotated[int, Field(ge=256, le=4096, multiple_of=32, json_schema_extra=_Fixed)] | None = 320
    """Side in px of the tiles in which pictures above a megapixel are painted, by statistics of the whole; memory
    grows with its square. None: never in tiles."""

    flow: Literal["dis", "farneback"] = "dis"
    """Optical flow between frames: dense inverse search or Farnebäck's."""

    backbone: Annotated[
        Literal["efficientnet_lite0", "vgg19", "resnet18", "resnext50_32x4d", "tiny"],
        Field(json_schema_extra={"weights": True}),
    ] = "efficientnet_lite0"
    """Network that judges: Lite0 is built in; vgg19, resnet18, resnext50_32x4d are fetched once; tiny is for tests."""

    weights: Annotated[str, Field(json_schema_extra={"file": True})] | None = None
    """File with the backbone's weights, for a machine that cannot fetch them."""

    pooling: Literal["max", "average"] = "max"
    """Pooling of vgg19: as it was trained, or `average`, which Gatys et al. (2016) found more appealing."""

    trim_border: bool = True
    """Cut plain black or white borders off the style picture, so that they are not painted."""

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, values: Any) -> Any:
        name = values.get("preset", "lite0") if isinstance(values, dict) else None
        preset = PRESETS.get(name) if isinstance(name, str) else None
        return {**preset, **values} if preset else values

    @model_validator(mode="after")
    def _look_farther(self) -> Self:
        if not self.lookback or list(self.lookback) != sorted(set(self.lookback)) or self.lookback[0] != 1:
            raise ValueError("lookback counts frames, rising from 1, like '1, 10, 20, 40'; write it so.")
        return self

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.alpha == self.beta == self.gamma == self.total_variation == 0:
            raise ValueError("nothing to aim at: alpha, beta, gamma and total_variation are all 0; raise one.")
        if self.pooling != "max" and self.backbone != "vgg19":
            raise ValueError(f"{self.backbone} has no choice of pooling; give backbone=vgg19 or pooling=max.")
        if self.averaging > 0 and self.optimiser != "adam":
            raise ValueError("averaging goes with optimiser=adam only; L-BFGS keeps the best picture it finds.")
        return self
