"""The description at /openapi.json and the real server say the same: schemathesis asks every operation.

All of schemathesis's checks are on. It sends what the description allows and what it forbids, and looks at each
answer: no 5xx, a described status, type, headers and body, forbidden things refused, allowed ones taken, nothing
without a token, deleted things gone. The server holds a film, a picture, a recipe, a job and a frameset whose ids it
is told, so that it comes past the first look-up.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mutoscope.testing.media import make_clip, make_picture
from service_client import TOKEN, RunningService, running_service

_HOOKS = """
from schemathesis.transport.requests import REQUESTS_TRANSPORT


@REQUESTS_TRANSPORT.serializer("application/offset+octet-stream")
def as_bytes(context, value):
    return {"data": value if isinstance(value, bytes) else str(value).encode()}
"""

# Nothing is left out but for the statuses below, each with its reason.
_CONFIG = """
hooks = "hooks.py"

[generation]
# The token is sent by --header; a random cookie beside it would only be refused as a foreign page's (403).
with-security-parameters = false

[checks]
# tus 1.0 wants 412 where Tus-Resumable is missing; RFC 6585 wants 428 where If-Match is. 400 and 422 are FastAPI's.
missing_required_header.expected-statuses = [400, 401, 412, 422, 428]
# 412 for another version of tus, and for an If-Match that is no ETag; 460 of tus for a checksum that is none.
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 428, 429, 460]

[[operations]]
# Requests that name things by id, or bring a recipe as text: whether they hold is no matter of their shape, and where
# they do not, the field at fault is told with 422; likewise a cursor that nobody gave (400). A job that made no
# manifest or has lost its result tells so (410).
include-path-regex = "^/api/(jobs|recipes|cost|filters|models|framesets|stores|provenance|sort|tokens)"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 410, 412, 422, 429]

[[operations]]
# Random bytes are no film (400, 415, 422), nor do they have the checksum that was sent with them (460); a random
# If-Match is not what one has seen (412); addresses to fetch from are off by default (422).
include-path-regex = "^/api/(media|uploads)"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 412, 415, 422, 460]
"""

_IDS = {"media": ("media_id", "media"), "job": ("job",), "recipe": ("recipe",), "frameset": ("frameset_id",)}
_ROLES = {"media": ("media", "painting", "source", "file"), "frameset": ("frameset",)}


def _seed(service: RunningService, folder: Path) -> dict[str, list[str]]:
    """Give the server something to ask about; tell its ids."""
    clip = service.upload(make_clip(folder / "clip.mp4", num_frames=12))["id"]
    picture = service.upload(make_picture(folder / "picture.png"))["id"]
    made = service.ask("POST", "/api/framesets", {"media": clip}).json()
    name = {"recipe": 'mutoscope = 1\n[[step]]\neffect = "filter.play"\n[step.params]\nname = "great-wave"\n'}
    recipe = service.ask("POST", "/api/recipes", {"name": "wave", **name}).json()["id"]
    job = service.ask("POST", "/api/jobs", {"kind": "sort", "inputs": {"footage": [clip]}}).json()["id"]
    for one in (job, *([made["job"]] if isinstance(made.get("job"), str) else [])):
        service.wait(one)
    frameset = made.get("frameset") or made.get("id")
    return {"media": [clip, picture], "job": [job], "recipe": [recipe], "frameset": [str(frameset)]}


def _config(ids: dict[str, list[str]]) -> str:
    lines = [_CONFIG]
    lines += [f"[dictionaries.{name}]\nvalues = {values}" for name, values in ids.items()]
    lines.append("[parameters]")
    for name, fields in _IDS.items():
        lines += [f'"path.{field}" = {{ dictionary = "{name}", probability = 0.7 }}' for field in fields]
    for name, fields in _ROLES.items():
        lines += [f'"body.{field}" = {{ dictionary = "{name}", probability = 0.7 }}' for field in fields]
    return "\n".join(lines)


def ask_everything(folder: Path, *options: str, timeout: float) -> tuple[int, str, str]:
    """Let schemathesis look at a real server; give its exit status, its report and the server's log."""
    with running_service(folder, "--jobs", "1") as service:
        ids = _seed(service, folder)
        (folder / "schemathesis.toml").write_text(_config(ids))
        (folder / "openapi.json").write_bytes(service.ask("GET", "/openapi.json").body)
        (folder / "hooks.py").write_text(_HOOKS)
        done = subprocess.run(
            [
                *(str(Path(sys.executable).parent / "schemathesis"), "--config-file", "schemathesis.toml", "run"),
                *("openapi.json", "--url", service.url, "--header", f"Authorization: Bearer {TOKEN}"),
                *(
                    "--checks",
                    "all",
                    "--workers",
                    "1",
                    "--request-timeout",
                    "30",
                    "--no-color",
                    "--continue-on-failure",
                ),
                *("--generation-deterministic", "--no-shrink", "--suppress-health-check", "all"),
                *options,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
            cwd=folder,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
    return done.returncode, done.stdout, service.log()


def test_a_short_look_at_every_operation_finds_no_fault(tmp_path):
    status, report, log = ask_everything(tmp_path, "--phases", "examples,fuzzing", "--max-examples", "2", timeout=120)
    assert status == 0, report[-8000:]
    assert "Traceback" not in log, log[-3000:]


@pytest.mark.slow
def test_a_long_look_at_every_operation_finds_no_fault(tmp_path):
    """Minutes: thousands of requests, every boundary of every value, chains of operations that belong together."""
    phases = "examples,coverage,fuzzing,stateful"
    status, report, log = ask_everything(tmp_path, "--phases", phases, "--max-examples", "30", timeout=3000)
    assert status == 0, report[-20_000:]
    assert "Traceback" not in log, log[-3000:]
