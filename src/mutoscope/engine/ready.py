"""What is seen before minutes of work: whether styles are pictures, and weights at hand."""

from pathlib import Path

from mutoscope.core.progress import Listener
from mutoscope.effects.params import make_params
from mutoscope.effects.style_picture import read_style
from mutoscope.models.weights import WEIGHTS, locate
from mutoscope.recipes.recipe import Recipe
from mutoscope.stylize.params import OptimiseParams

__all__ = ["ready_to_paint"]


def ready_to_paint(recipe: Recipe, report: Listener) -> OptimiseParams:
    """Give the parameters of a recipe whose last step is `stylize.optimise` whose files can be used.

    Raises:
        InputError: a style cannot be read as a picture.
        ParameterError: a parameter is not allowed.
        WeightsError: the backbone's weights are not to be had.

    """
    params = make_params(OptimiseParams, recipe.step[-1].params)
    for role, path in params.used_files().items():
        if "style" in role:
            read_style(path)
    if params.backbone in WEIGHTS:
        locate(params.backbone, Path(params.weights) if params.weights else None, report)
    return params
