"""Work that is there before somebody visits."""

from pathlib import Path
from typing import Any

from mutoscope.autoencode.card import Card, FilmSeen
from mutoscope.autoencode.files import FilmModel, save_model
from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.random import generator
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


def untaught(path: Path) -> Path:
    """Write a network that has seen nothing: it takes no time to make, and does what others do."""
    profile = Profile(name="test", width=32, height=16, base=4, latent=8, levels=2)
    seen = FilmSeen(name="film.mp4", frames=40, seconds=1.6, time_base="1/250", frame_rate="25")
    encoder, decoder = new_networks(profile, generator(0, 0))
    save_model(FilmModel(Card(profile=profile, films=(seen,)), encoder, decoder, None, {}), path)
    return path
