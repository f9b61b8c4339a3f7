"""Logs are JSON lines and never hold a secret."""

import io
import json
import logging
import subprocess
import sys

import pytest

from mutoscope.service.operations.logs import JsonLines, hide, redacted


@pytest.fixture
def lines():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("mutoscope.test_logs")
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    yield logger, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_a_record_is_one_object_in_one_line(lines):
    logger, told = lines
    logger.info("took %s\nin two lines", "a job", extra={"job_id": "j_1", "status": 202, "ms": 1.5})
    (one,) = told()
    assert one["message"] == "took a job\nin two lines"
    assert (one["level"], one["logger"], one["job_id"], one["status"], one["ms"]) == (
        "info",
        "mutoscope.test_logs",
        "j_1",
        202,
        1.5,
    )
    assert one["time"].endswith("Z")


def test_only_known_extras_are_told(lines):
    logger, told = lines
    logger.info("asked", extra={"headers": "Authorization: Bearer abcdef"})
    assert set(told()[0]) == {"time", "level", "logger", "message"}


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer SECRETWORD",
        "{'authorization': 'Bearer SECRETWORD'}",
        "authorization: SECRETWORD",
        "GET /?token=SECRETWORD HTTP/1.1",
        "GET /x?a=1&token=SECRETWORD&b=2",
        "https://bucket.s3.example/x?X-Amz-Signature=SECRETWORD",
        "postgresql+psycopg://me:SECRETWORD@db:5432/mutoscope",
        "postgresql://me:p@SECRETWORD@db/mutoscope",
        "cookie: mutoscope_token=SECRETWORD; a=b",
        "signed with whsec_SECRETWORD",
        "connection failed: password=SECRETWORD host=db",
        '{"secret": "SECRETWORD"}',
        "refresh_token='SECRETWORD'",
    ],
)
def test_what_looks_like_a_secret_is_masked(text, lines):
    logger, told = lines
    logger.info("%s", text, extra={"route": text})
    try:
        raise ValueError(text)
    except ValueError:
        logger.exception("unforeseen")
    written = json.dumps(told())
    assert "SECRETWORD" not in written
    assert written.count("***") >= 3


def test_hidden_words_are_masked_wherever_they_stand():
    hide("an-owner-token-of-some-length")
    assert redacted("x an-owner-token-of-some-length y") == "x *** y"


def test_short_words_are_not_looked_for():
    hide("a")
    assert redacted("a plain sentence") == "a plain sentence"


@pytest.mark.parametrize(
    "text",
    [
        "POST /api/jobs 202",
        "http://127.0.0.1:8094/",
        "job j_abc: 12 of 40 frames, 3.2 frames/s",
        "the token is not known here, or was revoked",
        "mailbox a@b.example is full",
    ],
)
def test_plain_lines_stay_as_they_are(text):
    assert redacted(text) == text


def test_every_line_of_a_process_is_an_object_whatever_happens_in_it():
    program = """
import logging, threading, warnings
from mutoscope.service.operations.logs import hide, set_up_logs
set_up_logs()
hide("hidden-word-of-the-owner")
def fail(): raise ValueError("hidden-word-of-the-owner")
thread = threading.Thread(target=fail, name="slot 0")
thread.start(); thread.join()
warnings.warn("a warning")
logging.getLogger("uvicorn.error").info("started")
logging.getLogger("uvicorn.access").info("GET /?token=hidden-word-of-the-owner")
logging.getLogger("sqlalchemy.engine").info("SELECT hidden")
logging.getLogger("somebody.else").info("chatter")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [one["logger"] for one in told] == ["mutoscope.threads", "py.warnings", "uvicorn.error"]
    assert "the thread slot 0 has ended" in told[0]["message"]
    assert "ValueError: ***" in told[0]["error"]
    assert done.stdout == ""
