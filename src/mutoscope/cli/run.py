"""mutoscope run: a recipe over a film, or over a folder of films."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.cli.report import print_result
from mutoscope.core.errors import IncompleteError, MutoscopeError, ParameterError

if TYPE_CHECKING:
    from mutoscope.engine.result import RunResult

__all__ = ["run"]


def run(
    places: Annotated[
        list[str],
        typer.Argument(
            metavar="RECIPE SOURCE… RESULT",
            help="Recipe, .toml or .json; films, pictures or sequences (frame_%05d.png); and a folder for the results, "
            "or the name of a film where there is one. Films and results may lie in stores: s3://…, dropbox://…, "
            "data://…, store://NAME/….",
        ),
    ],
    from_film: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILM", help="Take the recipe out of a film's signed history, instead of a file."
        ),
    ] = None,
    given: Annotated[
        list[Path] | None,
        typer.Option(
            "--with", metavar="FILE", help="With --from: a file that the recipe wants and that lies elsewhere."
        ),
    ] = None,
    sign: Annotated[
        bool | None,
        typer.Option("--sign/--no-sign", help="Sign results; by default where 'mutoscope sign init' was said."),
    ] = None,
    review: Annotated[
        str | None,
        typer.Option("--publish", metavar="PLACE", help="Put a page for people of each result into a folder there."),
    ] = None,
    workers: o.Workers = 0,
    cluster: o.Cluster = None,
    work: o.Work = None,
    max_cost: o.MaxCost = None,
    prices: o.Prices = None,
    quiet: o.Quiet = False,
) -> None:
    """Run a recipe. A run that was stopped or killed goes on with what is missing when it is started again.

    mutoscope run recipe.toml rushes/*.mp4 out/ --workers 2
    mutoscope run recipe.toml "s3://rushes/*.mp4" data://out/ --max-cost 5.00
    mutoscope run --from painted.mp4 other.mp4 out/
    """
    recipe, sources, result = _taken_apart(places, from_film)
    pages: list[str] = []
    with show_progress(quiet=quiet) as report:
        from mutoscope.engine.histories import recipe_from_film
        from mutoscope.engine.places import places as places_of
        from mutoscope.engine.publish import publish
        from mutoscope.engine.remote import explained, result_place, sources_of
        from mutoscope.engine.run_recipe import Failure, open_budget, open_pool, run_films
        from mutoscope.engine.store import Store, work_folder
        from mutoscope.recipes.recipe import load_recipe

        made = load_recipe(Path(recipe)) if from_film is None else recipe_from_film(from_film, given or [])
        store = Store(work or work_folder())
        found = sources_of(sources)
        with result_place(result, found) as place, explained(place):
            pairs = places_of([one.path for one in found], place.path)
            place.reserve([target for _, target in pairs])
            source_of = {target: source for source, target in pairs}
            outcomes: list[RunResult | Failure] = []
            with store.in_use(), open_pool(store, workers, cluster) as pool:
                budget = open_budget(prices, max_cost, pool.device(made.film.device))
                for local in run_films(made, pairs, pool, store, budget=budget, sign=sign, report=report):
                    outcomes.append(place.outcome(local))
                    if review is not None and not isinstance(local, Failure):
                        page = f"{review.removesuffix('/')}/{local.path.stem}"
                        pages.append(publish(local.path, page, source_of.get(local.path)))
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
    for told in pages:
        typer.echo(told)
    if failures or partial:
        raise IncompleteError(
            f"{len(failures)} of {len(pairs)} films could not be made and {len(partial)} are not whole; "
            "the lines above say why."
        )


def _taken_apart(places: list[str], from_film: Path | None) -> tuple[str, list[str], str]:
    """Tell recipe, sources and result apart; the recipe is empty where it comes out of a film."""
    needed = 3 if from_film is None else 2
    if len(places) < needed:
        what = "a recipe, a film and a place" if from_film is None else "a film and a place"
        raise ParameterError(f"{what} for the result are wanted; write: mutoscope run recipe.toml clip.mp4 out/.")
    recipe = places[0] if from_film is None else ""
    return recipe, places[needed - 2 : -1], places[-1]
