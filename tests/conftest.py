"""What several tests share: a cache of their own, a small clip, a style picture, the command in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from mutoscope.cli.main import main as run_command
from mutoscope.testing.clips import gradient_clip
from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.picture import save_picture

QUICK = ["-o", "backbone=tiny", "-o", "iterations=3", "-o", "iterations_next=2", "-o", "coarsest=16"]


@dataclass(frozen=True)
class Done:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session", autouse=True)
def _two_threads():
    torch.set_num_threads(2)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path_factory.getbasetemp() / "data"))
    for name in ("MUTOSCOPE_SIGN_CERT", "MUTOSCOPE_SIGN_KEY", "MUTOSCOPE_STORES"):
        monkeypatch.delenv(name, raising=False)  # results of tests are not signed by whoever runs them


@pytest.fixture
def mutoscope_command(monkeypatch, capsys) -> Callable[..., Done]:
    """The `mutoscope` command, run in this process."""

    def run(*arguments: object) -> Done:
        monkeypatch.setattr("sys.argv", ["mutoscope", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            run_command()
        told = capsys.readouterr()
        return Done(left.value.code, told.out, told.err)

    return run


@pytest.fixture
def clip(tmp_path) -> Path:
    return make_clip(tmp_path / "clip.mp4", width=46, height=34, num_frames=5, sounds=[Sound(seconds=Fraction(1, 5))])


@pytest.fixture
def style(tmp_path) -> Path:
    path = tmp_path / "style.png"
    save_picture(gradient_clip(1, 29, 31, seed=5), path)
    return path
