"""Doors start without torch: asking for help or a list must not cost seconds."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "mutoscope"
PARAMS = [
    "mutoscope." + ".".join(p.relative_to(PACKAGE).with_suffix("").parts) for p in sorted(PACKAGE.glob("*/*params.py"))
]
DOORS = [
    "mutoscope",
    "mutoscope.cli.main",
    "mutoscope.effects.registry",
    "mutoscope.effects.describe",
    "mutoscope.effects.curves",
    "mutoscope.video.info",
    "mutoscope.models.weights",
    "mutoscope.recipes.recipe",
    "mutoscope.recipes.manifest",
    "mutoscope.recipes.diff",
    "mutoscope.service.app",
    "mutoscope.service.client",
    *PARAMS,
]
HEAVY = "{'torch', 'av', 'distributed', 'dask', 'cv2', 'PIL', 'numpy', 'scenedetect'}"


@pytest.mark.parametrize("door", DOORS)
def test_door_loads_nothing_heavy(door):
    code = f"import sys, {door}; print(sorted({HEAVY} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom mutoscope.cli.main import app\n"
        "try:\n    app(['stylize', '--help'], standalone_mode=False)\nexcept SystemExit: pass\n"
        f"print(sorted({HEAVY} & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"
