"""Starts the server: the token, the one port, uvicorn, a calm end on SIGTERM."""

import os
import signal
import socket
import stat
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn
from sqlalchemy.engine import make_url

from mutoscope.core.errors import InputError, OutputError, ParameterError
from mutoscope.service.app import make_app
from mutoscope.service.operations.logs import hide, set_up_logs
from mutoscope.service.security.callers import new_secret
from mutoscope.service.security.guards import is_loopback
from mutoscope.service.settings import Settings
from mutoscope.service.state import GRACE_S, Service

__all__ = ["owner_token", "serve"]

_SHORTEST = 16


def serve(
    settings: Settings,
    token_file: Path | None = None,
    *,
    say: Callable[[str], None],
    open_page: bool = False,
) -> None:
    """Serve until SIGTERM or Ctrl-C; then running jobs come to rest and go on at the next start.

    Args:
        settings: as the owner has set it up.
        token_file: holds the owner's token; made in the data folder without it.
        say: takes the lines that a person is told.
        open_page: whether to open the browser.

    Raises:
        MutoscopeError: the port is taken, the token is too short, the folder cannot be written …

    """
    if not is_loopback(settings.host) and token_file is None:
        raise ParameterError(
            f"--host {settings.host} can be reached by others; give --token-file with a token of your own for that."
        )
    os.umask(0o077)  # what is kept here is nobody else's
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutputError(f"{settings.data} cannot be made: {error.strerror}; choose another --data.") from None
    secret = owner_token(settings, token_file)
    with _listening(settings) as listener:
        service = Service(settings)
        service.callers.admit(secret, "owner")
        hide(secret, make_url(settings.url()).password or "")
        set_up_logs()
        app = make_app(settings)
        app.state.service = service
        host = settings.hosts[0] if settings.hosts else _written(settings.host)
        address = f"http://{host}:{listener.getsockname()[1]}"
        page = f"{address}/?token={secret}" if token_file is None else f"{address}/"
        server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=round(GRACE_S),
                timeout_keep_alive=30,
                lifespan="on",
            ),
            service,
            lambda: _tell(page, say, open_page=open_page),
        )
        server.run(sockets=[listener])


def owner_token(settings: Settings, token_file: Path | None) -> str:
    """Read the owner's token, or make one that stays the same from start to start.

    Raises:
        InputError: the file cannot be read, others may read it, or the token is too short to be one.

    """
    path = settings.data / "owner-token" if token_file is None else token_file
    if token_file is None and not path.exists():
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(new_secret() + "\n")
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror}; choose another --data.") from None
    try:
        secret = path.read_text(encoding="utf-8").strip()
        mode = path.stat().st_mode
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the token file {path} cannot be read ({error}); it holds the token in one line.") from None
    # systemd's LoadCredential= shows an access list of one user as rights of the group.
    is_lent = path.parent == Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nowhere"))
    if mode & (stat.S_IRGRP | stat.S_IROTH) and not is_lent:
        raise InputError(f"others may read the token file {path}; say: chmod 600 {path}")
    if len(secret) < _SHORTEST or not secret.isascii() or any(char.isspace() for char in secret):
        raise InputError(
            f"the token in {path} is too short or has spaces; make one: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return secret


def _listening(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is said: else each answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise ParameterError(
            f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}); choose another --port, or 0."
        ) from None
    return listener


def _written(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 # read, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _tell(page: str, say: Callable[[str], None], *, open_page: bool) -> None:
    say(f"Mutoscope is at {page}")
    if open_page:
        webbrowser.open(page)


class _Server(uvicorn.Server):
    """Tells when it listens; on the way out it first ends the event streams, which would hold it up."""

    def __init__(self, config: uvicorn.Config, service: Service, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._service = service
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        del frame
        self._service.is_ready = False
        self._service.bus.close()
        if sig == signal.SIGINT and self.should_exit:
            self.force_exit = True
        self.should_exit = True
