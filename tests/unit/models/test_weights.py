"""The table of weights: what is where, and what a person is told."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from mutoscope.core.errors import ParameterError, WeightsError
from mutoscope.models import weights
from mutoscope.models.backbones import BACKBONES
from mutoscope.models.weights import WEIGHTS, locate, state

SHA256_OF_HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path))
    folder = tmp_path / "weights"
    folder.mkdir()
    return folder


@pytest.fixture
def hello(monkeypatch):
    """Make ResNet18's row want the five bytes "hello"."""
    row = replace(WEIGHTS["resnet18"], sha256=SHA256_OF_HELLO, size_bytes=5)
    monkeypatch.setitem(weights.WEIGHTS, "resnet18", row)
    return row


def test_every_backbone_that_has_weights_has_a_row():
    assert set(WEIGHTS) == set(BACKBONES) - {"tiny"}


@pytest.mark.parametrize("row", WEIGHTS.values(), ids=WEIGHTS)
def test_a_row_is_complete(row):
    assert re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{8}", row.sha256)
    # Other people's sources publish the first 8 digits of the digest in the file's name.
    is_ours = (row.package or "").startswith("mutoscope")
    assert is_ours or row.file.rsplit("-", 1)[1] == f"{row.sha256[:8]}.pth"
    assert row.licence
    assert (row.url is None) != (row.package is None)
    assert row.url is None or row.url == f"https://download.pytorch.org/models/{row.file}"
    assert row.kind == ("embedded" if row.package else "fetched")


@pytest.mark.parametrize("name", ["efficientnet_lite0", "squeezenet1_1"])
def test_what_is_embedded_needs_no_network(monkeypatch, name):
    monkeypatch.setattr(weights, "fetch", lambda *_: pytest.fail("fetched"))
    path = locate(name)
    assert path.stat().st_size == WEIGHTS[name].size_bytes


def test_a_damaged_file_of_our_own_says_to_install_us_again(monkeypatch):
    monkeypatch.setitem(weights.WEIGHTS, "squeezenet1_1", replace(WEIGHTS["squeezenet1_1"], sha256=SHA256_OF_HELLO))
    with pytest.raises(WeightsError, match=r"is damaged .* pip install --force-reinstall --no-deps mutoscope$"):
        locate("squeezenet1_1")


def test_a_cached_file_is_checked_and_given(cache, hello):
    (cache / hello.file).write_bytes(b"hello")
    assert locate("resnet18") == cache / hello.file


def test_a_damaged_cached_file_is_not_given(cache, hello):
    (cache / hello.file).write_bytes(b"hellO")
    with pytest.raises(WeightsError, match=r"resnet18-f37072fd\.pth is damaged .* delete it and run again"):
        locate("resnet18")


def test_what_is_missing_is_fetched_into_the_cache(cache, hello, monkeypatch):
    calls = []
    monkeypatch.setattr(weights, "fetch", lambda *args: calls.append(args) or args[1])
    assert locate("resnet18") == cache / hello.file
    assert calls[0][:4] == (hello.url, cache / hello.file, SHA256_OF_HELLO, 5)


def test_a_given_file_goes_before_everything(tmp_path):
    (tmp_path / "mine.pth").write_bytes(b"mine")
    assert locate("vgg19", tmp_path / "mine.pth") == tmp_path / "mine.pth"


def test_a_given_file_must_exist(tmp_path):
    with pytest.raises(WeightsError, match=r"nowhere\.pth does not exist"):
        locate("vgg19", tmp_path / "nowhere.pth")
    with pytest.raises(WeightsError, match="does not exist"):
        locate("vgg19", tmp_path)


def test_an_unknown_name_tells_those_there_are():
    with pytest.raises(ParameterError, match="'alexnet'; there are those of efficientnet_lite0, squeezenet1_1, vgg19"):
        locate("alexnet")


def test_a_package_that_is_not_installed_is_named(monkeypatch, tmp_path):
    row = replace(WEIGHTS["efficientnet_lite0"], package="mutoscope_no_such_package")
    monkeypatch.setitem(weights.WEIGHTS, "efficientnet_lite0", row)
    monkeypatch.chdir(tmp_path)
    (tmp_path / row.file).write_bytes(b"not this one")  # a file of that name in the working folder is not meant
    with pytest.raises(WeightsError, match="run: pip install mutoscope-no-such-package"):
        locate("efficientnet_lite0")
    assert "pip install mutoscope-no-such-package" in state()["efficientnet_lite0"]


def test_a_damaged_package_is_told(monkeypatch):
    row = replace(WEIGHTS["efficientnet_lite0"], sha256=SHA256_OF_HELLO)
    monkeypatch.setitem(weights.WEIGHTS, "efficientnet_lite0", row)
    with pytest.raises(WeightsError, match=r"is damaged .* pip install --force-reinstall"):
        locate("efficientnet_lite0")


def test_state_tells_what_is_here(cache, hello):
    found = state()
    assert found["efficientnet_lite0"] == "present, embedded, 19 MB"
    assert found["vgg19"] == f"not here; fetched when needed from {WEIGHTS['vgg19'].url}, 575 MB"
    (cache / hello.file).write_bytes(b"hello")
    assert state()["resnet18"] == "present, fetched, 0 MB"
    (cache / hello.file).write_bytes(b"hell")
    assert "wrong size" in state()["resnet18"]


def test_a_user_without_a_home_is_told(monkeypatch):
    def no_home():
        raise RuntimeError

    monkeypatch.setattr(weights, "cache_folder", no_home)
    with pytest.raises(WeightsError, match="set MUTOSCOPE_CACHE"):
        locate("vgg19")
    assert "MUTOSCOPE_CACHE" in state()["vgg19"]


def test_the_table_starts_without_torch():
    code = (
        "import sys, mutoscope.models.weights as w; w.state(); assert not {'torch', 'safetensors'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
