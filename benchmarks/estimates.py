"""Is an estimate from eight frames within 20 % of what the run then takes? Three recipes, one film each way.

    python benchmarks/estimates.py [FILM]

CPU seconds of the segments, as the manifest keeps them; the networks are warm in neither.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from common import CLIP, PAINTING, keep, table

RECIPES = {
    "filter": {"effect": "filter.play", "params": {"name": "great-wave"}},
    "stylize": {
        "effect": "stylize.optimise",
        "params": {"style": str(PAINTING), "iterations": 20, "iterations_next": 6},
    },
    "corrupt": {"effect": "corrupt.agents", "params": {"preset": "srinivas-1"}},
}
SIZE = {"stylize": 192}
RUN = "from mutoscope.cli.main import main; main()"
GOAL = 0.2


def command(*arguments: object) -> str:
    done = subprocess.run([sys.executable, "-c", RUN, *map(str, arguments)], check=True, capture_output=True, text=True)
    return done.stdout


def main() -> None:
    film = Path(sys.argv[1]) if len(sys.argv) > 1 else CLIP
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as temp:
        for name, step in RECIPES.items():
            recipe = Path(temp) / f"{name}.json"
            recipe.write_text(json.dumps({"mutoscope": 1, "film": {"size": SIZE.get(name, 640)}, "step": [step]}))
            work = Path(temp) / f"work-{name}"
            told = json.loads(command("estimate", recipe, film, "--json", "-q", "--work", work))
            command("run", recipe, film, Path(temp) / f"{name}.mp4", "-q", "--work", work, "--no-sign")
            truth = json.loads((Path(temp) / f"{name}.mutoscope.json").read_text())["run"]
            ratio = told["cpu_seconds"] / truth["cpu_seconds"]
            rows.append(
                (name, told["frames"], told["cpu_seconds"], truth["cpu_seconds"], ratio, told["cost"], truth["cost"])
            )
    table(
        f"Estimate beside the truth, {film.name} (goal: within {GOAL:.0%})",
        ("recipe", "frames", "CPU s expected", "CPU s", "ratio", "cost expected", "cost"),
        rows,
    )
    keep("estimates", {str(row[0]): {"ratio": row[4]} for row in rows})


if __name__ == "__main__":
    main()
