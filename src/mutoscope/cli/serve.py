"""mutoscope serve: everything by REST, and the page, on this machine or for a studio."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mutoscope.cli import options as o
from mutoscope.core.errors import InputError, MutoscopeError

if TYPE_CHECKING:
    from mutoscope.service.settings import Settings

__all__ = ["serve"]


def serve(
    host: Annotated[
        str,
        typer.Option("--host", metavar="ADDRESS", help="Listened on; others than this machine's want --token-file."),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="N", help="Listened on, the only one; 0: any free one.")
    ] = 8094,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="FOLDER", help="Where media, results and the jobs are kept.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", metavar="URL", help="postgresql://…; SQLite in the data folder without it."),
    ] = None,
    cluster: o.Cluster = None,
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="Holds the owner's token; one is made in the data folder."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", min=1, help="Jobs at once; half the cores without it.")
    ] = None,
    host_name: Annotated[
        list[str] | None,
        typer.Option("--host-name", metavar="NAME", help="Another name of the server, as behind a proxy."),
    ] = None,
    url_host: Annotated[
        list[str] | None,
        typer.Option("--url-host", metavar="NAME", help="A host that media may be fetched from, by https."),
    ] = None,
    webhook_host: Annotated[
        list[str] | None,
        typer.Option("--webhook-host", metavar="NAME", help="A host that may be told about jobs, by https."),
    ] = None,
    sign: Annotated[bool, typer.Option("--sign/--no-sign", help="Give results a signed history.")] = True,
    keep_days: Annotated[
        float | None,
        typer.Option("--keep-days", metavar="N", help="Remove finished jobs and unused media after so long."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("-o", metavar="NAME=VALUE", help="Any other setting: upload_bytes, max_jobs, max_cost …"),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only say whether all is in order here.")] = False,
    clean: Annotated[bool, typer.Option("--dry-run", help="With --keep-days: only say what would be removed.")] = False,
) -> None:
    """Serve everything by REST, with the page and the explorer, offline, on one port.

    mutoscope serve --open
    """
    from mutoscope.service.settings import parse_settings

    named: dict[str, Any] = o.given(
        {
            "host": host,
            "port": port,
            "data": data,
            "database": database,
            "cluster": cluster,
            "slots": jobs,
            "hosts": host_name,
            "url_hosts": url_host,
            "webhook_hosts": webhook_host,
            "sign": sign,
            "keep_days": keep_days,
        }
    )
    settings = parse_settings({**named, **o.parse_set(set_)})
    if check:
        _check(settings)
        return
    if clean:
        _tell_expired(settings)
        return
    from mutoscope.service.run import serve as run

    run(settings, token_file, say=typer.echo, open_page=open_)


def _check(settings: "Settings") -> None:
    from mutoscope.service.operations.check import check

    findings = check(settings)
    for found in findings:
        typer.echo(f"{found.what:<22} {found.state}")
        if found.problem:
            typer.echo(f"{'':<22} {found.problem}", err=True)
    problems = sum(found.problem is not None for found in findings)
    if problems:
        raise MutoscopeError(f"{problems} of {len(findings)} checks failed; the lines above say what to do.")


def _tell_expired(settings: "Settings") -> None:
    import time

    from mutoscope.service.database.migrate import migrate
    from mutoscope.service.database.open import open_database
    from mutoscope.service.operations.retention import expired

    if not settings.data.is_dir():
        raise InputError(f"there is no service in {settings.data}; give its --data.")
    database = open_database(settings.url())
    migrate(database)
    try:
        items = expired(database, settings).items
    finally:
        database.close()
    for item in items:
        days = (time.time() - item.at) / 86_400
        typer.echo(f"{item.kind:<8} {item.id}  {days:6.1f} days  {item.bytes / 1e6:9.1f} MB  {item.name}")
    typer.echo(f"{len(items)} would be removed, {sum(item.bytes for item in items) / 1e6:.1f} MB")
