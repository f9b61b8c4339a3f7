"""What is wrong with a recipe or its surroundings is told in one line, before anything runs, and nothing is left."""

import os
import resource
import socket
import subprocess
import sys
import threading
import time

import pytest

from mutoscope.storage.lock import only_writer
from mutoscope.testing.media import make_clip

STEP = '[[step]]\neffect = "frame.identity"\n'


@pytest.fixture(autouse=True)
def _own_work(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_WORK", str(tmp_path / "work"))


@pytest.fixture
def refuse(clip, tmp_path, mutoscope_command):
    """Run a recipe that must be refused; give the line."""

    def run(text, *more, code=2, name="recipe.toml", result=None) -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        out = result or tmp_path / "out.mp4"
        done = mutoscope_command("run", path, clip, out, *more)
        assert done.code == code, done.out + done.err
        assert len(done.err.strip().splitlines()) == 1, done.err
        assert "Traceback" not in done.err
        assert not out.exists()
        assert not [path for path in tmp_path.glob(".*") if path.suffix != ".lock"]
        return done.err

    return run


RECIPES = {
    "a circle": (
        f'mutoscope = 1\n{STEP}name = "a"\ninput = "b"\n{STEP}name = "b"\ninput = "a"\n',
        ["circle", "a -> b -> a", "line"],
    ),
    "an unknown step": (f'mutoscope = 1\n{STEP}{STEP}input = "nobody"\n', ["line 6", "step 2", "nobody"]),
    "an unknown effect": ('mutoscope = 1\n[[step]]\neffect = "stylise.optimise"\n', ["line 3", "did you mean"]),
    "a future version": (f"mutoscope = 99\n{STEP}", ["line 1", "newer"]),
    "no version": (STEP, ["mutoscope = 1"]),
    "no step": ("mutoscope = 1\n", ["no step"]),
    "a file that is missing": (
        'mutoscope = 1\n[[step]]\neffect = "stylize.optimise"\nparams = { style = "gone.jpg" }\n',
        ["gone.jpg", "does not exist"],
    ),
    "a value out of bounds": (
        'mutoscope = 1\n[[step]]\neffect = "stylize.optimise"\n[step.params]\nstyle = "style.png"\nstrength = 7\n',
        ["line 6", "strength=7"],
    ),
    "a field that does not exist": (f"mutoscope = 1\n{STEP}inptu = 1\n", ["line 4", "inptu", "did you mean"]),
    "broken TOML": (f"mutoscope = 1\n{STEP}x = = 1\ny = 2\n", ["line 4"]),
    "a range that ends before it begins": (f'mutoscope = 1\n{STEP}start = "4s"\nend = "1s"\n', ["not before"]),
}


@pytest.mark.parametrize("what", RECIPES)
def test_a_bad_recipe_is_told_with_line_and_field(what, refuse, style):
    del style
    text, told = RECIPES[what]

    line = refuse(text)

    assert all(part in line for part in told), line


def test_a_missing_recipe(clip, tmp_path, mutoscope_command):
    done = mutoscope_command("run", tmp_path / "none.toml", clip, tmp_path / "out.mp4")

    assert done.code == 2
    assert "none.toml" in done.err


def test_two_runs_that_write_the_same_output(refuse, tmp_path):
    with only_writer(tmp_path / "out.mp4"):
        line = refuse(f"mutoscope = 1\n{STEP}")

    assert f"another run (process {os.getpid()}" in line


def test_a_result_that_would_be_the_source(clip, tmp_path, mutoscope_command):
    (tmp_path / "recipe.toml").write_text(f"mutoscope = 1\n{STEP}", encoding="utf-8")
    before = clip.read_bytes()

    done = mutoscope_command("run", tmp_path / "recipe.toml", clip, tmp_path)

    assert done.code == 2
    assert "source itself" in done.err
    assert clip.read_bytes() == before


def test_two_films_of_one_name(clip, tmp_path, mutoscope_command):
    (tmp_path / "recipe.toml").write_text(f"mutoscope = 1\n{STEP}", encoding="utf-8")
    (tmp_path / "b").mkdir()
    other = make_clip(tmp_path / "b" / clip.name)

    done = mutoscope_command("run", tmp_path / "recipe.toml", clip, other, tmp_path / "out")

    assert done.code == 2
    assert "would both become" in done.err


def test_workers_and_cluster_together_and_numbers_that_make_no_sense(refuse):
    assert "give one of them" in refuse(f"mutoscope = 1\n{STEP}", "--workers", 2, "--cluster", "tcp://x:1")
    assert "workers=9999" in refuse(f"mutoscope = 1\n{STEP}", "--workers", 9999)


@pytest.fixture
def stranger():
    """A port whose owner is no dask scheduler."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.2)
        over = threading.Event()

        def answer():
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 4)

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        thread.join()


def test_an_address_that_is_not_dask(refuse, stranger, monkeypatch):
    monkeypatch.setattr("mutoscope.engine.cluster._CONNECT_S", 0.5)
    start = time.monotonic()

    for address in (f"tcp://127.0.0.1:{stranger}", "tcp://127.0.0.1:1", "gopher://x:1", "nonsense"):
        assert "no dask scheduler" in refuse(f"mutoscope = 1\n{STEP}", "--cluster", address)
    assert time.monotonic() - start < 60


def test_clocks_that_disagree_change_nothing(clip, style, tmp_path, mutoscope_command):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f'mutoscope = 1\n[film]\npiece_frames = 2\n[[step]]\neffect = "stylize.optimise"\n[step.params]\n'
        f'style = "{style.name}"\nbackbone = "tiny"\niterations = 1\niterations_next = 1\ncoarsest = 16\n',
        encoding="utf-8",
    )
    mutoscope_command("run", recipe, clip, tmp_path / "out.mp4")
    first = (tmp_path / "out.mp4").read_bytes()
    for i, path in enumerate(sorted((tmp_path / "work").rglob("*"))):
        os.utime(path, (0, 0) if i % 2 else (2**33, 2**33))
    os.utime(clip, (2**33, 2**33))

    done = mutoscope_command("run", recipe, clip, tmp_path / "out.mp4")

    assert done.code == 0, done.err
    assert "3 of 3 pieces were there already" in done.out
    assert (tmp_path / "out.mp4").read_bytes() == first


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    noisy = make_clip(tmp_path / "in.mp4", width=320, height=240, num_frames=40, options={"qp": "4"}, pixels=noise)
    (tmp_path / "recipe.toml").write_text(f"mutoscope = 1\n{STEP}", encoding="utf-8")
    code = "from mutoscope.cli.main import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", code, "run", tmp_path / "recipe.toml", noisy, tmp_path / "out.mp4", "-q"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )

    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.mp4").exists()
    assert "disk is full" in done.stderr
    assert not list((tmp_path / "work").rglob("*.piece"))
    assert not list(tmp_path.glob(".*"))


def noise(index, height, width):
    import numpy as np

    return np.random.default_rng(index).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_result_that_would_be_an_input(clip, style, tmp_path, mutoscope_command):
    picture = tmp_path / "in.png"
    picture.write_bytes(style.read_bytes())
    (tmp_path / "recipe.toml").write_text(f'mutoscope = 1\n{STEP}mask = "style.png"\n', encoding="utf-8")
    before = style.read_bytes()

    done = mutoscope_command("run", tmp_path / "recipe.toml", picture, style)

    assert done.code == 2
    assert "an input itself (step 1 mask)" in done.err
    assert style.read_bytes() == before


def test_an_address_whose_owner_keeps_silent(refuse, monkeypatch):
    monkeypatch.setattr("mutoscope.engine.cluster._CONNECT_S", 0.5)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        line = refuse(f"mutoscope = 1\n{STEP}", "--cluster", f"tcp://127.0.0.1:{server.getsockname()[1]}")

    assert "no dask scheduler" in line
