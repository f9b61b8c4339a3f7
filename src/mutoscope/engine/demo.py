"""The demo: a real clip with sound and a painting, both in the package."""

from importlib.resources import as_file, files
from pathlib import Path

from mutoscope.core.progress import Listener, ignore
from mutoscope.engine.result import RunResult
from mutoscope.engine.stylize import stylize
from mutoscope.video.sheet import contact_sheet

__all__ = ["CLIP", "PAINTING", "run_demo"]

CLIP = "big-buck-bunny.mp4"
PAINTING = "van-gogh-starry-night.jpg"


def run_demo(folder: Path, report: Listener = ignore) -> tuple[RunResult, Path]:
    """Stylize the bundled clip into `folder` and draw a contact sheet, source above result.

    Returns:
        the run and the path of the sheet.

    """
    folder.mkdir(parents=True, exist_ok=True)
    data = files("mutoscope.data")
    with as_file(data / CLIP) as clip, as_file(data / PAINTING) as painting:
        done = stylize(clip, folder / "demo.mp4", style=painting, report=report)
        sheet = folder / "demo-sheet.png"
        contact_sheet(clip, done.path, sheet)
    return done, sheet
