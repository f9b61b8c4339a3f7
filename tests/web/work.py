"""Work that is there before somebody visits."""

from typing import Any

from service_client import RunningService


def accept(running: RunningService) -> None:
    """Say that one keeps to the guidelines."""
    version = running.ask("GET", "/api/guidelines").json()["version"]
    assert running.ask("POST", "/api/guidelines/accept", {"version": version}).status < 300


def submit(running: RunningService, body: dict[str, Any], timeout: float = 300) -> dict[str, Any]:
    """Run a job to its end."""
    answer = running.ask("POST", "/api/jobs", body)
    assert answer.status == 202, answer.body
    done = running.wait(answer.json()["id"], timeout)
    assert done["state"] == "done", done["problem"]
    return done
