"""A browser without a network beside the real service. What the page must never do fails every test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import CHROMIUM_ARGS, find_chromium
from footage import rushes
from views import addresses
from visitor import Visitor
from work import accept, submit, untaught

from mutoscope.testing.media import Sound, make_clip
from service_client import RunningService, running_service


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is among the packages for development")
    place = find_chromium()
    if place is None:
        pytest.skip("there is no Chromium here; install Debian's package or set MUTOSCOPE_CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=place, args=[*CHROMIUM_ARGS])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory) -> Iterator[RunningService]:
    """One server for all tests that do not stop it; its guidelines are accepted."""
    with running_service(tmp_path_factory.mktemp("web")) as running:
        accept(running)
        yield running


@pytest.fixture(scope="session")
def clip(service) -> dict[str, Any]:
    return service.ask("POST", "/api/samples/big-buck-bunny").json()


@pytest.fixture(scope="session")
def painted(service, clip) -> dict[str, Any]:
    """A film that a filter has painted."""
    parameters = {"name": "great-wave", "strength": 0.9, "seed": 3}
    return submit(service, {"kind": "filter", "inputs": {"source": clip["id"]}, "parameters": parameters})


@pytest.fixture(scope="session")
def picture_job(service) -> dict[str, Any]:
    """A picture that a filter has painted."""
    source = service.ask("POST", "/api/samples/starry-night").json()["id"]
    return submit(
        service, {"kind": "filter", "inputs": {"source": source}, "parameters": {"name": "woodcut", "size": 320}}
    )


@pytest.fixture(scope="session")
def corrupted(service, clip) -> dict[str, Any]:
    """A film that agents have been in, with a report."""
    parameters = {"preset": "srinivas-1", "seed": 7, "report": True}
    return submit(service, {"kind": "corrupt", "inputs": {"source": clip["id"]}, "parameters": parameters})


@pytest.fixture(scope="session")
def footage(tmp_path_factory) -> list[Path]:
    """Two short films with blurred, dark, bright and shaken seconds."""
    return rushes(tmp_path_factory.mktemp("rushes"))


@pytest.fixture(scope="session")
def sorted_job(service, footage) -> dict[str, Any]:
    uploaded = [service.upload(path)["id"] for path in footage]
    return submit(service, {"kind": "sort", "inputs": {"footage": uploaded}, "parameters": {"export": ["otio"]}})


@pytest.fixture(scope="session")
def views(clip, memory, painted, corrupted, sorted_job) -> dict[str, str]:
    """Addresses of all views; where they lead, something is there."""
    return addresses(clip, painted, corrupted, sorted_job)


@pytest.fixture(scope="session")
def memory(service, tmp_path_factory) -> dict[str, Any]:
    """A network that can remember films."""
    return service.upload(untaught(tmp_path_factory.mktemp("memory") / "a-memory.safetensors"))


@pytest.fixture
def film(tmp_path) -> Path:
    """Ten frames with sound."""
    return make_clip(tmp_path / "walk.mp4", width=96, height=54, num_frames=10, sounds=[Sound()])


@pytest.fixture
def fresh(tmp_path) -> Iterator[RunningService]:
    """A server of one's own, on which nothing has happened yet."""
    with running_service(tmp_path) as running:
        yield running


@pytest.fixture
def visitor(browser, service) -> Iterator[Visitor]:
    """Somebody at 1280 x 800 px who has come in; at the end nothing must have gone wrong."""
    with Visitor.of(browser, service) as somebody:
        yield somebody


@pytest.fixture
def guest(browser, service):
    """Further visitors: `guest(width, height, **context options)`."""
    opened: list[Visitor] = []

    def come(width: int = 1280, height: int = 800, **options: Any) -> Visitor:
        opened.append(Visitor.of(browser, service, width, height, **options).__enter__())
        return opened[-1]

    yield come
    for one in opened:
        one.__exit__(None, None, None)
