"""Attacks on the running server. SECURITY.md names each of these tests."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from service_client import TOKEN, running_service

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running_service(tmp_path_factory.mktemp("attacked")) as running:
        yield running


class TestTheRealServer:
    def test_an_address_that_others_reach_wants_a_token_of_one_s_own(self, tmp_path):
        done = subprocess.run(
            [BIN / "mutoscope", "serve", "--host", "0.0.0.0", "--port", "0", "--data", tmp_path / "data"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 2
        assert "--token-file" in done.stderr
        assert len(done.stderr.splitlines()) == 1

    def test_it_listens_on_one_port_of_loopback_only(self, service):
        assert _listening(service.process.pid) == {f"127.0.0.1:{service.url.rpartition(':')[2]}"}

    def test_no_token_is_in_the_log(self, service):
        service.ask("GET", "/api/effects")
        service.ask("GET", f"/?token={TOKEN}")
        service.ask("GET", f"/api/jobs?cursor={TOKEN}")
        service.ask("GET", f"/nowhere/{TOKEN}")
        service.ask("POST", "/api/jobs", {"kind": TOKEN, "webhook": {"secret": TOKEN}})
        service.ask("GET", "/api/effects", token="another-secret-word")
        service.ask("GET", "/api/media", headers={"Cookie": f"mutoscope_token={TOKEN}"})
        log = service.log()
        assert TOKEN not in log
        assert "another-secret-word" not in log
        lines = [json.loads(line) for line in log.splitlines()]
        asked = [one for one in lines if one["logger"] == "mutoscope.access"]
        assert len(asked) >= 7
        assert all(re.fullmatch(r"q_\w{22}", one["request_id"]) for one in asked)

    def test_the_server_itself_stays_small(self, service):
        """Below 250 MB: torch and the decoders live in its children."""
        service.ask("GET", "/openapi.json")
        lines = Path(f"/proc/{service.process.pid}/status").read_text().splitlines()
        assert next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) < 250_000
        loaded = Path(f"/proc/{service.process.pid}/maps").read_text()
        assert not [name for name in ("libtorch", "libavcodec", "cv2", "c2pa", "numpy") if name in loaded]

    def test_what_is_kept_is_readable_by_its_owner_alone(self, service):
        service.ask("GET", "/api/effects")
        for path in (service.data, *service.data.rglob("*")):
            assert path.is_symlink() or not path.lstat().st_mode & 0o077, path


def _listening(pid: int) -> set[str]:
    """Give the addresses that a process and those below it listen on."""
    pids, found = [pid], set()
    for one in pids:
        pids += [int(child) for task in Path(f"/proc/{one}/task").iterdir() for child in _children(task)]
    sockets = set()
    for one in pids:
        for link in Path(f"/proc/{one}/fd").iterdir():
            try:
                target = str(link.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                sockets.add(target[8:-1])
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in sockets and (fields[3] == "0A" or table.startswith("udp")):
                address, _, port = fields[1].partition(":")
                number = ".".join(str(byte) for byte in reversed(bytes.fromhex(address[:8])))
                found.add(f"{number if len(address) == 8 else address}:{int(port, 16)}")
    return found


def _children(task: Path) -> list[str]:
    return (task / "children").read_text().split()
