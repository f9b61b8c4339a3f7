"""mutoscope run: a recipe over a film, or over a folder of films."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result
from mutoscope.core.errors import IncompleteError, MutoscopeError

__all__ = ["run"]


def run(
    recipe: Annotated[Path, typer.Argument(help="Recipe: .toml or .json.")],
    sources: Annotated[list[Path], typer.Argument(help="Films, pictures or sequences (frame_%05d.png).")],
    result: Annotated[Path, typer.Argument(help="Folder for the results; the name of a film where there is one.")],
    workers: o.Workers = 0,
    cluster: o.Cluster = None,
    work: o.Work = None,
    max_cost: o.MaxCost = None,
    prices: o.Prices = None,
    quiet: o.Quiet = False,
) -> None:
    """Run a recipe. A run that was stopped or killed goes on with what is missing when it is started again.

    mutoscope run recipe.toml rushes/*.mp4 out/ --workers 2
    """
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.places import places
        from mutoscope.engine.run_recipe import Failure, open_budget, open_pool, run_films
        from mutoscope.engine.store import Store, work_folder
        from mutoscope.recipes.recipe import load_recipe

        made = load_recipe(recipe)
        pairs = places(sources, result)
        store = Store(work or work_folder())
        with store.in_use(), open_pool(store, workers, cluster) as pool:
            budget = open_budget(prices, max_cost, pool.device(made.film.device))
            outcomes = list(run_films(made, pairs, pool, store, budget=budget, report=report))
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    if len(pairs) == 1 and failures:
        raise failures[0].error
    partial: list[MutoscopeError] = []
    for outcome in outcomes:
        try:
            if isinstance(outcome, Failure):
                print(f"{outcome.source}: {outcome.error}", file=sys.stderr)  # noqa: T201 # this is the command line
            else:
                print_result(outcome)
        except MutoscopeError as error:
            if len(pairs) == 1:
                raise
            partial.append(error)
            print(f"{error}", file=sys.stderr)  # noqa: T201 # as above
    if failures and len(failures) == len(pairs):
        raise MutoscopeError(f"none of {len(pairs)} films could be made; the lines above say why.")
    if failures or partial:
        raise IncompleteError(
            f"{len(failures)} of {len(pairs)} films could not be made and {len(partial)} are not whole; "
            "the lines above say why."
        )
