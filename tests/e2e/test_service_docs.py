"""The session in the documentation is typed as it stands."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "everything-by-rest.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page is about curl, which is not on this machine")
def test_the_page_runs_as_written(tmp_path, clip):
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bin_folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", f"trap 'kill $SERVER' ERR\nset -eEuo pipefail\n{commands}"],
        check=False,
        cwd=clip.parent,
        env={**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "PORT": str(port), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-3000:])
    folder = clip.parent
    for name in ("frame.png", "poster.jpg", "waves.mp4", "waves.mutoscope.json", "one.png", "again.mp4"):
        assert (folder / name).stat().st_size > 100, name
    assert '"state":"done"' in done.stdout.replace(" ", "")
