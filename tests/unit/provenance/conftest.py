"""What tests of signed histories share: a data folder and certificate of their own, small media, a record."""

import numpy as np
import pytest
from PIL import Image

from mutoscope.provenance.actions import COMPOSITE
from mutoscope.provenance.certificate import find_identity
from mutoscope.provenance.issue import init_certificate
from mutoscope.provenance.record import History, Material, Step
from mutoscope.testing.media import make_clip


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    monkeypatch.setenv("MUTOSCOPE_DATA", str(folder))
    monkeypatch.delenv("MUTOSCOPE_SIGN_CERT", raising=False)
    monkeypatch.delenv("MUTOSCOPE_SIGN_KEY", raising=False)
    return folder


@pytest.fixture
def ada(data_folder):
    init_certificate(name="Ada Lovelace")
    return find_identity()


@pytest.fixture
def record():
    wave = Material("filter", "great-wave", "ab" * 32, "The Great Wave", "Katsushika Hokusai", "1829", "public domain")
    return History(
        steps=(Step("filter.play", {"name": "great-wave", "strength": 0.8}, ("great-wave",)),),
        materials=(wave,),
        recipe='{"mutoscope":1}',
        figures={"frames": 5},
        source_type=COMPOSITE,
        version="0.1.0",
    )


@pytest.fixture(scope="session")
def _media(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    for name in ("film.mp4", "film.mov", "film.webm"):
        codec = "libvpx-vp9" if name.endswith("webm") else "libx264"
        make_clip(folder / name, width=46, height=34, num_frames=5, codec=codec)
    pixels_HWC = np.random.default_rng(1).integers(0, 255, (23, 17, 3), np.uint8)
    for name in ("still.png", "still.jpg", "still.webp", "still.gif"):
        Image.fromarray(pixels_HWC).save(folder / name)
    return folder


@pytest.fixture
def media(_media, tmp_path):
    """Give a fresh copy of a small film or picture, under its own or another name."""

    def give(name, called=None):
        path = tmp_path / (called or name)
        path.write_bytes((_media / name).read_bytes())
        return path

    return give
