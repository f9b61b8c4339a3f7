"""Who we are at Dropbox: a refresh token, since access tokens live four hours. Nothing here is ever shown."""

import os
import stat
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mutoscope.core.errors import InputError
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import data_folder, make_folder
from mutoscope.storage.protocol import DeniedError, RefusedError

__all__ = ["Login", "begin_login", "find_login", "login_file"]

_HOW = "run 'mutoscope stores login dropbox', or set DROPBOX_REFRESH_TOKEN and DROPBOX_APP_KEY"


@dataclass(frozen=True)
class Login:
    """Credentials of an account; its text shows none of them."""

    app_key: str = field(default="", repr=False)
    app_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)


def login_file() -> Path:
    """Name the file of credentials; `MUTOSCOPE_DROPBOX` where it is set."""
    own = os.environ.get("MUTOSCOPE_DROPBOX")
    return Path(os.path.expanduser(own)).absolute() if own else data_folder() / "dropbox.toml"  # noqa: PTH111 - raises without a home


def find_login(profile: str | None = None) -> Login:
    """Find credentials: of a profile in the file; else of the environment; else at the top of the file.

    Raises:
        DeniedError: there are none.
        RefusedError: others could read the file, or it is none.

    """
    from_environment = Login(
        app_key=os.environ.get("DROPBOX_APP_KEY", ""),
        app_secret=os.environ.get("DROPBOX_APP_SECRET", ""),
        refresh_token=os.environ.get("DROPBOX_REFRESH_TOKEN", ""),
        access_token=os.environ.get("DROPBOX_ACCESS_TOKEN", ""),
    )
    if profile is None and (from_environment.refresh_token or from_environment.access_token):
        return _complete(from_environment)
    plain = _read(login_file())
    table = plain.get(profile) if profile else plain
    if not isinstance(table, dict) or not (table.get("refresh_token") or table.get("access_token")):
        where = f"[{profile}] of {login_file()}" if profile else "the environment or in " + str(login_file())
        raise DeniedError(f"no credentials in {where}: {_HOW}")
    fields = ("app_key", "app_secret", "refresh_token", "access_token")
    return _complete(Login(**{name: str(table[name]) for name in fields if name in table}))


def begin_login(app_key: str, profile: str | None = None) -> tuple[str, Callable[[str], Path]]:
    """Begin to let a person allow access: give the page that they open, and what takes the code that it shows.

    No secret of the app is needed (PKCE). The second part asks Dropbox for a refresh token and keeps it in
    `login_file`, which only its owner can read.

    Raises:
        InputError: (of the second part) the code is not accepted.

    """
    from dropbox.oauth import DropboxOAuth2FlowNoRedirect

    flow = DropboxOAuth2FlowNoRedirect(app_key, use_pkce=True, token_access_type="offline")  # noqa: S106 - a kind, no token

    def finish(code: str) -> Path:
        try:
            token = flow.finish(code.strip()).refresh_token
        except Exception as error:  # noqa: BLE001 - requests', the SDK's, and its asserts; their text holds the code
            raise InputError(
                f"Dropbox did not accept the code ({type(error).__name__}); open the page once more."
            ) from None
        return _write(profile, {"app_key": app_key, "refresh_token": str(token)})

    return flow.start(), finish


def _complete(login: Login) -> Login:
    if login.refresh_token and not login.app_key:
        raise DeniedError("a refresh token is of no use without the key of its app: set DROPBOX_APP_KEY")
    return login


def _read(path: Path) -> dict[str, Any]:
    try:
        mode = path.stat().st_mode
        if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
            raise RefusedError(f"{path} can be read by others; run chmod 600 {path}")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        # The parser's own words would show a part of the file.
        raise RefusedError(f"{path} cannot be read as TOML; {_HOW}") from None


def _write(profile: str | None, table: dict[str, str]) -> Path:
    path = login_file()
    plain = _read(path)
    plain.update({profile: table} if profile else table)
    flat = [(key, value) for key, value in plain.items() if not isinstance(value, dict)]
    lines = [f"{key} = {_quoted(value)}" for key, value in flat]
    for name, inner in plain.items():
        if isinstance(inner, dict):
            lines += ["", f"[{name}]", *(f"{key} = {_quoted(value)}" for key, value in inner.items())]
    make_folder(path.parent)
    with atomic_path(path) as temp:
        temp.touch(mode=0o600)  # before there is anything in it
        temp.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _quoted(value: object) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
