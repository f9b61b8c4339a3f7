"""`mutoscope.texture`: a texture of any size out of a style picture."""

import time
from fractions import Fraction
from pathlib import Path

import torch

from mutoscope.core.clip import Clip
from mutoscope.core.errors import OutputError, ParameterError
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.effects.params import make_params
from mutoscope.engine.device import torch_threads
from mutoscope.engine.train_filter import read_picture_to_learn
from mutoscope.filters.judge import STYLE_SIDE_PX, judge_painting
from mutoscope.filters.network import PROFILES, FilterNetwork, new_network
from mutoscope.filters.texture import TEXTURE_WEIGHTS, NoisePictures, weave
from mutoscope.filters.texture_params import TextureParams
from mutoscope.filters.train_params import TrainFilterParams
from mutoscope.filters.training import Settings, Training
from mutoscope.models.backbones import load_backbone
from mutoscope.models.fabric import make_fabric
from mutoscope.models.style_statistics import style_targets
from mutoscope.ops.resize import resize_to_area
from mutoscope.storage.atomic import atomic_path
from mutoscope.video.info import is_picture_name
from mutoscope.video.picture import save_picture

__all__ = ["texture"]


def texture(painting: str | Path, result: str | Path, *, report: Listener = ignore, **options: object) -> Path:
    """Synthesise a texture: train a small network on the picture's manner for a while, then weave.

    Args:
        painting: picture whose manner is taken, or "pattern:NAME".
        result: png, jpg, webp or tiff.
        report: takes progress.
        **options: any field of `TextureParams` (size, tileable, minutes, seed …).

    Returns:
        the path of the picture.

    Raises:
        MutoscopeError: one line that says what was wrong and what to do.

    """
    params = make_params(TextureParams, options)
    if params.tileable and params.size % 4:
        raise ParameterError(f"size={params.size} cannot be tiled; give a multiple of 4.")
    if not is_picture_name(Path(result)) or not Path(result).parent.is_dir():
        # Before minutes of learning.
        raise OutputError(f"{result} cannot be written; give a png, jpg, webp or tiff in a folder that exists.")
    picture = read_picture_to_learn(painting, TrainFilterParams())
    judge_painting(picture.pixels_1CHW)
    with torch_threads(params.threads or torch.get_num_threads()):
        network, style = _train(picture.pixels_1CHW, params, report)
        woven = weave(network, style, params.size, params.size, params.seed, tileable=params.tileable)
    clip = Clip(woven, (0,), Fraction(1))
    with atomic_path(Path(result)) as temp:
        save_picture(clip, temp)
    return Path(result)


def _train(
    a_1CHW: torch.Tensor, params: TextureParams, report: Listener
) -> tuple[FilterNetwork, dict[str, torch.Tensor]]:
    backbone = load_backbone(params.backbone)
    shown = resize_to_area(a_1CHW, (STYLE_SIDE_PX * params.brush) ** 2)
    targets = style_targets(backbone, shown, "mean_covariance", rim=1)
    chance = torch.Generator().manual_seed(params.seed)
    network = new_network(PROFILES[params.profile], chance)
    settings = Settings(size=256, batch=2, rate=3e-3, seed=params.seed, weights=TEXTURE_WEIGHTS)
    style = network.new_style(chance)
    training = Training(network, {"texture": style}, {"texture": targets}, NoisePictures(), backbone, settings)
    fabric, began = make_fabric("cpu"), time.monotonic()
    while (progress := _progress(training.step, time.monotonic() - began, params)) < 1:
        training.advance(progress, fabric.autocast())
        report(Progress("learn the texture", round(100 * progress), 100, "percent"))
    report(Progress("learn the texture", 100, 100, "percent"))
    network.eval()
    return network, {name: value.detach() for name, value in training.styles["texture"].items()}


def _progress(step: int, seconds: float, params: TextureParams) -> float:
    return step / params.steps if params.steps is not None else seconds / (60 * params.minutes)
