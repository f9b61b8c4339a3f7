"""Take film apart into frames, let machine vision remake each frame, put it back together in sync.

    import mutoscope
    mutoscope.stylize("clip.mp4", "out.mp4", style="wave.jpg")

Names are loaded when they are first used (PEP 562), so that importing the package costs no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mutoscope import effects
    from mutoscope.core.clip import Clip
    from mutoscope.core.errors import MutoscopeError
    from mutoscope.engine.autoencode import autoencode
    from mutoscope.engine.corrupt import corrupt
    from mutoscope.engine.cross import cross
    from mutoscope.engine.datamosh import datamosh
    from mutoscope.engine.dream import dream
    from mutoscope.engine.estimate import estimate
    from mutoscope.engine.explore import explore
    from mutoscope.engine.filter import filter_film as filter  # noqa: A004 # the verb of the command line
    from mutoscope.engine.latents import latents
    from mutoscope.engine.measure import measure
    from mutoscope.engine.preview import preview
    from mutoscope.engine.run import run_effect
    from mutoscope.engine.run_recipe import run_recipe
    from mutoscope.engine.sort import sort
    from mutoscope.engine.stylize import stylize
    from mutoscope.engine.texture import texture
    from mutoscope.engine.train_autoencoder import train_autoencoder
    from mutoscope.engine.train_filter import train_filter
    from mutoscope.engine.train_sorter import train_sorter
    from mutoscope.engine.try_filters import try_filters
    from mutoscope.engine.walk import walk
    from mutoscope.video.info import VideoInfo, probe
    from mutoscope.video.read import open_video
    from mutoscope.video.write import create_video

__version__ = "0.1.0"

__all__ = [
    "Clip",
    "MutoscopeError",
    "VideoInfo",
    "autoencode",
    "corrupt",
    "create_video",
    "cross",
    "datamosh",
    "dream",
    "effects",
    "estimate",
    "explore",
    "filter",
    "latents",
    "measure",
    "open_video",
    "preview",
    "probe",
    "run_effect",
    "run_recipe",
    "sort",
    "stylize",
    "texture",
    "train_autoencoder",
    "train_filter",
    "train_sorter",
    "try_filters",
    "walk",
]

_PACKAGES = ("autoencode", "corrupt", "effects", "measure", "sort", "stylize")
_HOMES = {
    "Clip": "mutoscope.core.clip",
    "MutoscopeError": "mutoscope.core.errors",
    "VideoInfo": "mutoscope.video.info",
    "create_video": "mutoscope.video.write",
    "cross": "mutoscope.engine.cross",
    "datamosh": "mutoscope.engine.datamosh",
    "dream": "mutoscope.engine.dream",
    "estimate": "mutoscope.engine.estimate",
    "explore": "mutoscope.engine.explore",
    "latents": "mutoscope.engine.latents",
    "open_video": "mutoscope.video.read",
    "preview": "mutoscope.engine.preview",
    "probe": "mutoscope.video.info",
    "run_effect": "mutoscope.engine.run",
    "run_recipe": "mutoscope.engine.run_recipe",
    "texture": "mutoscope.engine.texture",
    "train_autoencoder": "mutoscope.engine.train_autoencoder",
    "train_filter": "mutoscope.engine.train_filter",
    "train_sorter": "mutoscope.engine.train_sorter",
    "try_filters": "mutoscope.engine.try_filters",
    "walk": "mutoscope.engine.walk",
}


def __getattr__(name: str) -> object:
    if name in _PACKAGES:
        return import_module(f"mutoscope.{name}")
    if name == "filter":
        return import_module("mutoscope.engine.filter").filter_film
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'mutoscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
