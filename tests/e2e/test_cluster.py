"""Worker processes: the same bytes everywhere, a piece that kills its workers, Ctrl-C, a scheduler that goes away."""

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mutoscope.testing.media import make_clip
from mutoscope.video.info import probe

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CODE = "from mutoscope.cli.main import main; main()"
PAINT = """mutoscope = 1
[film]
size = 64
piece_frames = 4
[[step]]
effect = "stylize.optimise"
[step.params]
style = "style.png"
backbone = "tiny"
iterations = 6
iterations_next = 6
coarsest = 32
"""


@pytest.fixture
def film(tmp_path):
    return make_clip(tmp_path / "film.mp4", width=64, height=48, num_frames=60, options={"g": "10"})


@pytest.fixture
def recipe(tmp_path, style):
    del style
    path = tmp_path / "recipe.toml"
    path.write_text(PAINT, encoding="utf-8")
    return path


@pytest.fixture
def start():
    """Start a command in a session of its own; what is left is killed at the end."""
    started = []

    def run(*arguments, program=None, plugin=False):
        command = [*(program or [sys.executable, "-c", CODE]), *map(str, arguments)]
        path = str(ROOT / "tests" / "plugin_package") if plugin else ""
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        finally:
            process.communicate()


@pytest.fixture
def scheduler(start):
    """Address of a dask scheduler, and a function that kills it and starts another there."""
    with socket.socket() as probe_socket:
        probe_socket.bind(("127.0.0.1", 0))
        port = probe_socket.getsockname()[1]
    program = [str(Path(sys.executable).parent / "dask"), "scheduler", "--host", "127.0.0.1", "--no-dashboard"]

    def begin():
        process = start("--port", port, program=program)
        for _ in range(100):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    return process
            time.sleep(0.1)
        raise AssertionError("no scheduler came up")

    return f"tcp://127.0.0.1:{port}", begin


def wait_for_pieces(work, num):
    for _ in range(600):
        if len(list(work.glob("results/*/*.piece"))) >= num:
            return
        time.sleep(0.05)
    raise AssertionError("no progress")


def test_a_piece_that_kills_three_workers_is_set_aside(film, tmp_path, start):
    recipe = tmp_path / "deadly.toml"
    recipe.write_text(
        'mutoscope = 1\n[film]\npiece_frames = 10\n[[step]]\neffect = "fake.deadly"\nparams = { number = 33 }\n',
        encoding="utf-8",
    )
    out = tmp_path / "out.mp4"

    process = start("run", recipe, film, out, "-q", "--workers", 2, "--work", tmp_path / "work", plugin=True)
    said, told = process.communicate(timeout=120)

    assert process.returncode == 3, told
    assert "killed 3 workers" in told
    assert "Traceback" not in told
    assert str(out) in said
    manifest = json.loads((tmp_path / "out.mutoscope.json").read_text())
    assert len(manifest["set_aside"]) == 1
    assert sum(shot["frames"] for shot in manifest["shots"]) == probe(out, count_frames=True).num_frames == 50


def test_a_scheduler_that_is_killed_delays_a_run_and_no_more(film, recipe, scheduler, tmp_path, start):
    address, begin = scheduler
    calm = start("run", recipe, film, tmp_path / "calm.mp4", "-q", "--work", tmp_path / "calm")
    assert calm.wait(timeout=120) == 0
    first = begin()
    start("worker", address)
    time.sleep(1)
    run = start("run", recipe, film, tmp_path / "out.mp4", "-q", "--work", tmp_path / "work", "--cluster", address)
    wait_for_pieces(tmp_path / "work", 3)
    first.kill()
    begin()

    told = run.communicate(timeout=120)[1]

    assert run.returncode == 0, told
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "calm.mp4").read_bytes()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopping_a_run_is_prompt_and_leaves_nothing(how, film, recipe, tmp_path, start):
    run = start("run", recipe, film, tmp_path / "out.mp4", "-q", "--workers", 2, "--work", tmp_path / "work")
    wait_for_pieces(tmp_path / "work", 2)

    run.send_signal(how)
    began = time.monotonic()
    told = run.communicate(timeout=30)[1]

    assert time.monotonic() - began < 6
    assert run.returncode == 130
    assert told.strip() == "mutoscope: stopped; nothing was written under the final name."
    assert not (tmp_path / "out.mp4").exists()
    assert not list(tmp_path.glob(".*.lock"))


def test_a_run_that_was_killed_goes_on(film, recipe, tmp_path, start):
    options = ("-q", "--workers", 2, "--work", tmp_path / "work")
    run = start("run", recipe, film, tmp_path / "out.mp4", *options)
    wait_for_pieces(tmp_path / "work", 4)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()

    again = start("run", recipe, film, tmp_path / "out.mp4", *options)
    said, told = again.communicate(timeout=120)

    assert again.returncode == 0, told
    assert "pieces were there already" in said


def test_the_example_cluster_runs(film, recipe, tmp_path):
    with socket.socket() as knock:
        knock.bind(("127.0.0.1", 0))
        port = knock.getsockname()[1]
    example = runpy.run_path(str(ROOT / "examples" / "local_cluster.py"))

    done = example["main"](recipe, film, tmp_path / "out.mp4", f"tcp://127.0.0.1:{port}", work=tmp_path / "work")

    assert done.frames == 60


def test_a_folder_that_workers_do_not_see_is_told(film, recipe, scheduler, tmp_path, start, monkeypatch):
    address, begin = scheduler
    begin()
    start("worker", address)
    time.sleep(5)
    from mutoscope.core.errors import MutoscopeError
    from mutoscope.engine import cluster

    monkeypatch.setattr(cluster, "look_around", lambda *_: {"code": cluster.code_digest(), "sees": False, "gpu": False})
    from mutoscope.engine.run_recipe import run_recipe

    with pytest.raises(MutoscopeError, match="does not see"):
        run_recipe(recipe, film, tmp_path / "out.mp4", cluster=address, work=tmp_path / "work")
