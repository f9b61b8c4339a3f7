"""Write docs/reference/effects.md from the parameters themselves; a test compares it."""

from pathlib import Path

from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.effects import registry
from mutoscope.effects.describe import describe
from mutoscope.effects.params import Params
from mutoscope.filters.train_params import TrainFilterParams
from mutoscope.recipes.film_params import FilmParams
from mutoscope.recipes.step import Step
from mutoscope.sort.params import SortParams
from mutoscope.sort.train_params import TrainSorterParams

PAGE = Path(__file__).parent / "reference" / "effects.md"

HEAD = """# Reference: effects and their parameters

Written by `make docs` from the parameters themselves. Set them with `-o name=value`, as keywords in Python, or as
fields of a recipe. A parameter marked *keyframes* also takes a curve: `"0s:0, 4s:1 ease"` (easings: linear, hold,
ease, ease-in, ease-out; times like 1.5s, 250ms, 2m, 00:04).
"""

FILM = "The table `[film]` of a recipe, options of `mutoscope stylize`.\n"
STEP = "The fields of a `[[step]]`; what the effect itself takes stands in `params`.\n"

VERBS = (
    ("sort", SortParams),
    ("train filter", TrainFilterParams),
    ("train sorter", TrainSorterParams),
    ("train autoencoder", TrainAutoencoderParams),
)
"""Verbs that are no effects."""


def table(params: type[Params]) -> str:
    rows = [
        f"| `{r.name}` | {r.type}{', ' + r.bounds if r.bounds else ''}{', *keyframes*' if r.keyframes else ''} "
        f"| {r.default} | {r.meaning} |".replace("|", "\\|")
        .replace("\\| ", "| ")
        .replace(" \\|", " |")
        for r in describe(params)
    ]
    if not rows:
        return "No parameters.\n"
    return "\n".join(["| name | type | default | meaning |", "|---|---|---|---|", *rows]) + "\n"


def page() -> str:
    parts = [HEAD, "## Every film\n", FILM, table(FilmParams), "## Every step of a recipe\n", STEP, table(Step)]
    for entry in registry.BUILT_IN:
        parts += [f"## {entry.name}\n", entry.summary + "\n", table(entry.load_params())]
    for verb, params in VERBS:
        parts += [f"## mutoscope {verb}\n", (params.__doc__ or "").splitlines()[0] + "\n", table(params)]
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE}")
