"""mutoscope submit: have a server run a recipe, by the same API that the page uses."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mutoscope.cli import options as o
from mutoscope.cli.progress import show_progress
from mutoscope.core.errors import IncompleteError, InputError, MutoscopeError, ParameterError
from mutoscope.core.progress import Listener

if TYPE_CHECKING:
    from mutoscope.service.client import Client

__all__ = ["submit"]

_SERVER = "http://127.0.0.1:8094"
_INTERRUPTED = 130


def submit(
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="RECIPE CLIP…",
            help="Recipe, .toml or .json, and films or pictures. They and the files that the recipe names are sent.",
        ),
    ] = None,
    server: Annotated[
        str, typer.Option("--server", metavar="URL", envvar="MUTOSCOPE_SERVER", help="As 'mutoscope serve' prints it.")
    ] = _SERVER,
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file",
            metavar="FILE",
            help="Holds the token; else MUTOSCOPE_TOKEN does, or the address, as 'mutoscope serve' prints it.",
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Watch the job, and fetch what it makes.")] = False,
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="With --wait: where results and manifests go.")
    ] = Path(),
    job: Annotated[
        str | None, typer.Option("--job", metavar="ID", help="A job that was submitted before, instead of a recipe.")
    ] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="With --job: stop it; what it has made is kept.")] = False,
    again: Annotated[bool, typer.Option("--again", help="A new job even where the same was submitted today.")] = False,
    max_cost: o.MaxCost = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the job as JSON.")] = False,
    quiet: o.Quiet = False,
) -> None:
    """Have a server run a recipe. Uploads go on where they broke off; the same submitted twice makes one job.

    mutoscope submit recipe.toml clip.mp4 --server http://127.0.0.1:8094 --wait --out results/
    mutoscope submit --job j_… --wait
    """
    from mutoscope.service.client import Client
    from mutoscope.storage.folders import cache_folder

    given = places or []
    if (job is None) == (len(given) < 2) or (job is not None and given):
        raise ParameterError(
            "a recipe and films are wanted, or --job ID; write: mutoscope submit recipe.toml clip.mp4."
        )
    if cancel and job is None:
        raise ParameterError("--cancel wants --job ID.")
    if wait and not out.is_dir():
        raise ParameterError(f"--out {out} is no folder; make it, or choose another one.")
    with Client(server, _token(token_file), uploads=cache_folder() / "sent") as client:
        if not client.is_private:
            _tell("the token goes to that server unencrypted; have it served by https.")
        with show_progress(quiet=quiet) as report:
            if job is None:
                told = _submit(client, given[0], given[1:], max_cost, again=again, report=report)
            else:
                told = client.cancel(job) if cancel else client.job(job)
        if wait:
            told = _wait(client, told["id"], out, quiet=quiet, as_json=as_json)
    if as_json:
        import json

        typer.echo(json.dumps(told, indent=2))
    elif not wait:
        typer.echo(f"{told['id']} is {told['state']}: {client.url}/api/jobs/{told['id']}")
    if told["state"] in ("partial", "failed") or (wait and told["state"] == "cancelled"):
        raise _failure(told)


def _submit(
    client: "Client", recipe: Path, sources: list[Path], max_cost: float | None, *, again: bool, report: Listener
) -> dict[str, Any]:
    """Send files and recipe."""
    from mutoscope.recipes.paths import move_paths
    from mutoscope.recipes.recipe import load_recipe
    from mutoscope.storage.uris import is_uri

    sent: dict[str, str] = {}

    def reference(path: str) -> str:
        if is_uri(path):
            return path  # the server has stores of its own; it says so where it has not
        if "%" in Path(path).name:
            raise InputError(f"{path} stands for many pictures; send a film: mutoscope film {path} film.mp4.")
        if path not in sent:
            sent[path] = client.upload(Path(path), report)["id"]
        return f"media:{sent[path]}"

    plain = move_paths(load_recipe(recipe).as_plain(), reference)
    body: dict[str, Any] = {
        "kind": "recipe",
        "inputs": {"source": [client.upload(source, report)["id"] for source in sources]},
        "recipe": plain,
        "result": {"name": recipe.stem} if len(sources) > 1 else {},
    }
    if not body["result"]:
        del body["result"]
    if max_cost is not None:
        body["max_cost"] = max_cost
    return client.submit(body, fresh=again)


def _wait(client: "Client", job: str, out: Path, *, quiet: bool, as_json: bool) -> dict[str, Any]:
    """Watch a job and fetch what it has made."""
    try:
        with show_progress(quiet=quiet) as report:
            told = client.wait(job, report)
            for made in client.outputs(job):
                place = client.download(made, out, report)
                if not as_json:
                    typer.echo(str(place))
    except KeyboardInterrupt:
        back = f"mutoscope submit --job {job} --server {client.url}"
        _tell(f"the job goes on without you; come back with: {back} --wait; or stop it with: {back} --cancel")
        raise typer.Exit(_INTERRUPTED) from None
    for notice in told.get("notices") or ():
        _tell(f"notice: {notice}")
    return told


def _failure(told: dict[str, Any]) -> MutoscopeError:
    detail = (told.get("problem") or {}).get("detail", "")
    if told["state"] == "partial":
        return IncompleteError(detail or "something of the result is missing; the notices tell what.")
    return MutoscopeError(detail or f"the job {told['id']} was {told['state']}; submit it with --again to run it anew.")


def _token(file: Path | None) -> str:
    if file is None:
        import os

        return os.environ.get("MUTOSCOPE_TOKEN", "").strip()
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise InputError(f"the token file {file} cannot be read; it holds the token in one line.") from None


def _tell(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201 # this is the command line
