"""The `mutoscope` command. One file per verb; each loads its heavy modules when it runs."""

from typing import Annotated, NoReturn

import typer

import mutoscope
from mutoscope.cli import (
    autoencode,
    corrupt,
    cross,
    datamosh,
    demo,
    diff,
    doctor,
    dream,
    effects,
    estimate,
    film,
    filters,
    find,
    frames,
    info,
    latents,
    measure,
    model,
    publish,
    replay,
    run,
    serve,
    sign,
    sort,
    stores,
    stylize,
    submit,
    texture,
    train,
    walk,
    worker,
)
from mutoscope.cli import filter as filter_verb
from mutoscope.cli.errors import run_guarded

__all__ = ["app", "main"]

app = typer.Typer(
    name="mutoscope",
    help="Take film apart into frames, let machine vision remake each frame, put it back together in sync.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("stylize")(stylize.stylize)
app.command("filter")(filter_verb.filter_)
app.add_typer(filters.app, name="filters")
app.command("texture")(texture.texture)
app.command("corrupt")(corrupt.corrupt)
app.command("datamosh")(datamosh.datamosh)
app.add_typer(train.app, name="train")
app.command("autoencode")(autoencode.autoencode)
app.command("walk")(walk.walk)
app.command("dream")(dream.dream)
app.command("cross")(cross.cross)
app.command("latents")(latents.latents)
app.command("model")(model.model)
app.command("sort")(sort.sort)
app.command("find")(find.find)
app.command("run")(run.run)
app.command("estimate")(estimate.estimate)
app.command("publish")(publish.publish)
app.add_typer(stores.app, name="stores")
app.command("sign")(sign.sign)
app.command("verify")(sign.verify)
app.command("history")(sign.history)
app.command("replay")(replay.replay)
app.command("diff")(diff.diff)
app.command("serve")(serve.serve)
app.command("submit")(submit.submit)
app.command("worker")(worker.worker)
app.command("frames")(frames.frames)
app.command("film")(film.film)
app.command("info")(info.info)
app.command("measure")(measure.measure)
app.add_typer(effects.app, name="effects")
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mutoscope {mutoscope.__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command line; every error leaves as one line and an exit code."""
    run_guarded(lambda: app(standalone_mode=False))
