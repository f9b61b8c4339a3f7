"""mutoscope submit against a real server: files go there, results come back, interruptions lose nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mutoscope.testing.media import make_clip, make_picture
from mutoscope.video.info import probe
from service_client import TOKEN, running_service

BIN = Path(sys.executable).parent
RECIPE = """
mutoscope = 1
[[step]]
effect = "filter.play"
mask = "mask.png"
feather = 0
[step.params]
name = "great-wave"
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with running_service(tmp_path_factory.mktemp("served"), "--jobs", "1", "--no-sign") as running:
        yield running


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place")
    make_clip(folder / "clip.mp4", width=64, height=48, num_frames=12)
    make_picture(folder / "mask.png", width=64, height=48)
    (folder / "recipe.toml").write_text(RECIPE)
    return folder


def _command(service, *arguments):
    return [str(part) for part in (BIN / "mutoscope", "submit", *arguments, "--server", service.url)]


def _env(service):
    cache = str(service.data.parent / "client-cache")
    return {**os.environ, "MUTOSCOPE_TOKEN": TOKEN, "MUTOSCOPE_CACHE": cache}


def _submit(service, place, *arguments):
    return subprocess.run(
        _command(service, *arguments),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=place,
        env=_env(service),
    )


def test_results_come_back_and_the_same_submitted_again_is_the_same_job(service, place, tmp_path):
    done = _submit(service, place, "recipe.toml", "clip.mp4", "--wait", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    results = [Path(line) for line in done.stdout.splitlines()]
    films = [path for path in results if path.suffix == ".mp4"]
    assert len(films) == 1
    assert films[0].parent == tmp_path
    assert probe(films[0]).num_frames == 12
    manifests = [path for path in results if path.suffix == ".json"]
    assert json.loads(manifests[0].read_text())["recipe"]["step"][0]["effect"] == "filter.play"
    before = service.ask("GET", "/api/media?role=upload").json()
    again = _submit(service, place, "recipe.toml", "clip.mp4", "--json")
    assert json.loads(again.stdout)["state"] == "done"
    listed = service.ask("GET", "/api/jobs?kind=recipe").json()
    assert sum(len(value) for value in listed.values() if isinstance(value, list)) == 1
    assert service.ask("GET", "/api/media?role=upload").json() == before  # nothing was sent twice


def test_ctrl_c_leaves_the_job_and_says_how_to_come_back(service, place, tmp_path):
    steps = "".join(f'[[step]]\neffect = "filter.play"\n[step.params]\nname = "{name}"\n' for name in ("mosaic",) * 3)
    (place / "long.toml").write_text("mutoscope = 1\n[film]\nsize = 1280\n" + steps)
    make_clip(place / "long.mp4", width=640, height=360, num_frames=250)
    command = _command(service, "long.toml", "long.mp4", "--wait", "--out", tmp_path)
    waiting = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=place, env=_env(service)
    )
    job = _newest(service, "running")
    time.sleep(0.5)
    waiting.send_signal(signal.SIGINT)
    out, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert out == ""
    assert f"mutoscope submit --job {job} --server {service.url} --wait" in err
    assert "Traceback" not in err
    assert service.ask("GET", f"/api/jobs/{job}").json()["state"] == "running"
    stopped = _submit(service, place, "--job", job, "--cancel")
    assert stopped.returncode == 0, stopped.stderr
    assert service.wait(job)["state"] == "cancelled"
    told = _submit(service, place, "--job", job, "--wait", "--out", tmp_path)
    assert told.returncode == 2
    assert "--again" in told.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["recipe.toml"], "a recipe and films are wanted"),
        (["recipe.toml", "clip.mp4", "--cancel"], "--cancel wants --job"),
        (["recipe.toml", "none.mp4"], "none.mp4 is no file"),
        (["none.toml", "clip.mp4"], "none.toml"),
        (["recipe.toml", "clip.mp4", "--wait", "--out", "nowhere"], "is no folder"),
        (["recipe.toml", "clip.mp4", "--token-file", "nowhere"], "cannot be read"),
        (["--job", "j_0123456789abcdefghijkl"], "no such job"),
        (["recipe.toml", "recipe.toml"], "that is text"),
    ],
)
def test_a_mistake_is_told_in_one_line(service, place, arguments, told):
    done = _submit(service, place, *arguments)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert told in done.stderr


def test_a_wrong_token_is_told_and_not_repeated(service, place):
    done = subprocess.run(
        _command(service, "recipe.toml", "clip.mp4"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=place,
        env={**_env(service), "MUTOSCOPE_TOKEN": "wrong-token-word"},
    )
    assert done.returncode == 2
    assert "not known here" in done.stderr
    assert "wrong-token-word" not in done.stderr


def _newest(service, state):
    """Wait for a job in a state; give its id."""
    for _ in range(600):
        page = service.ask("GET", f"/api/jobs?state={state}").json()
        for jobs in page.values():
            if isinstance(jobs, list) and jobs:
                return jobs[0]["id"]
        time.sleep(0.05)
    raise AssertionError(f"no job is {state}")
