"""mutoscope stores: the named places that films are read from and written to."""

from typing import Annotated

import typer

from mutoscope.core.errors import InputError

__all__ = ["app"]

app = typer.Typer(help="Named places for films: folders, S3, Dropbox, the web.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """List the stores: name, address, whether they may be written to."""
    from mutoscope.storage.stores import load_stores

    stores = load_stores()
    width = max(map(len, stores))
    for name, store in sorted(stores.items()):
        told = [f"endpoint {store.endpoint}"] if store.endpoint else []
        told += [f"profile {store.profile}"] if store.profile else []
        mode = "read and write" if store.mode == "rw" else "read only"
        typer.echo(f"{name:<{width}}  {store.uri}  {', '.join([mode, *told])}")


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Small letters, digits, - and _.")],
    uri: Annotated[
        str, typer.Argument(help="Its root: a folder, s3://bucket/folder, dropbox://folder, https://host/folder.")
    ],
    write: Annotated[bool, typer.Option("--write", help="It may be written to; without it, only read.")] = False,
    endpoint: Annotated[
        str | None, typer.Option("--endpoint", metavar="URL", help="An S3 server that is not Amazon's.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="Section of your AWS or Dropbox settings.")
    ] = None,
) -> None:
    """Name a place. Its keys stay where they are: in the usual AWS variables and files, or Dropbox's.

    mutoscope stores add rushes s3://my-bucket/2026 --profile film
    """
    from mutoscope.storage.stores import add_store

    added = add_store(name, uri, write=write, endpoint=endpoint, profile=profile)
    typer.echo(f"{added.name}: {added.uri}; use it as store://{added.name}/…, try it: mutoscope stores check {name}")


@app.command("check")
def check(name: Annotated[str, typer.Argument(help="Of a store.")]) -> None:
    """Try a store: read from it, and write and remove a small file where that is allowed."""
    from mutoscope.storage.places import check_store

    state = check_store(name)
    if not state.ok:
        raise InputError(state.text)
    typer.echo(state.text)


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="Of a store.")]) -> None:
    """Forget a store; what lies in it stays."""
    from mutoscope.storage.stores import remove_store

    remove_store(name)


@app.command("login")
def login(
    service: Annotated[str, typer.Argument(help="dropbox")],
    app_key: Annotated[
        str, typer.Option("--app-key", metavar="KEY", help="Of your app, from dropbox.com/developers/apps.")
    ],
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="NAME", help="Where you have several accounts: a name for this one."),
    ] = None,
) -> None:
    """Allow this machine to reach your Dropbox: open a page, allow it, and type the code that it shows.

    mutoscope stores login dropbox --app-key abc123
    """
    if service != "dropbox":
        raise InputError(f"{service!r} needs no login here; expected dropbox. S3 takes the usual AWS settings.")
    from mutoscope.storage.dropbox_login import begin_login

    page, finish = begin_login(app_key, profile)
    typer.echo(f"open this page and allow access: {page}")
    kept = finish(typer.prompt("the code that it shows", hide_input=True))
    typer.echo(f"kept in {kept}, which only you can read.")
