"""The demo: a real clip with sound, a filter over all of it, and one second stylized; all from the package."""

from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from mutoscope.core.progress import Listener, ignore
from mutoscope.engine.filter import filter_film
from mutoscope.engine.result import RunResult
from mutoscope.engine.run_recipe import run_recipe
from mutoscope.recipes.recipe import Recipe
from mutoscope.video.sheet import sample_film, write_sheet

__all__ = ["CLIP", "FILTER", "PAINTING", "Demo", "run_demo"]

CLIP = "big-buck-bunny.mp4"
PAINTING = "van-gogh-starry-night.jpg"
FILTER = "pere-tanguy"
_COLUMNS = 6


@dataclass(frozen=True)
class Demo:
    """What the demo has made.

    Attributes:
        filtered: the whole clip, painted by a filter.
        stylized: its first second, painted by optimisation.
        sheet: source above filter above stylized.

    """

    filtered: RunResult
    stylized: RunResult
    sheet: Path


def run_demo(folder: Path, report: Listener = ignore) -> Demo:
    """Filter the bundled clip, stylize its first second, and draw a contact sheet.

    Raises:
        OutputError: the folder cannot be written.

    """
    folder.mkdir(parents=True, exist_ok=True)
    data = files("mutoscope.data")
    with as_file(data / CLIP) as clip, as_file(data / PAINTING) as painting:
        filtered = filter_film(clip, folder / "filtered.mp4", name=FILTER, report=report)
        steps = [
            {"effect": "frame.keep", "params": {"ranges": "0s..1s"}},
            {"effect": "stylize.optimise", "params": {"style": str(painting)}},
        ]
        recipe = Recipe.from_plain({"mutoscope": 1, "step": steps}, folder)
        stylized = run_recipe(recipe, clip, folder / "stylized.mp4", manifest=False, report=report)
        rows = [sample_film(path, _COLUMNS) for path in (clip, filtered.path, stylized.path)]
        sheet = write_sheet(rows, folder / "demo-sheet.png")
    return Demo(filtered, stylized, sheet)
