"""Weights files are data: nothing in them is executed, and what does not fit is refused in one line."""

import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from mutoscope.core.errors import WeightsError
from mutoscope.models.state_dict import read_state

TABLE = {"a.weight": torch.arange(6.0).view(2, 3), "a.bias": torch.tensor([1.0, -1.0])}


def assert_table(found):
    assert set(found) == set(TABLE)
    assert all(torch.equal(found[name], TABLE[name]) for name in TABLE)


@pytest.mark.parametrize("is_zip", [True, False])
def test_torchs_two_formats_are_read(tmp_path, is_zip):
    # VGG19's official file is of the older format, from 2017.
    torch.save(TABLE, tmp_path / "w.pth", _use_new_zipfile_serialization=is_zip)
    assert_table(read_state(tmp_path / "w.pth"))


@pytest.mark.parametrize("name", ["w.safetensors", "W.SAFETENSORS"])
def test_safetensors_are_read(tmp_path, name):
    save_file(TABLE, tmp_path / name)
    assert_table(read_state(tmp_path / name))


class Hostile:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("is_zip", [True, False])
def test_nothing_in_a_file_is_executed(tmp_path, is_zip):
    torch.save({"a": Hostile(tmp_path / "bad")}, tmp_path / "w.pth", _use_new_zipfile_serialization=is_zip)
    with pytest.raises(WeightsError, match="holds more than tensors"):
        read_state(tmp_path / "w.pth")
    assert not (tmp_path / "bad").exists()


def test_a_plain_pickle_is_not_executed(tmp_path):
    (tmp_path / "w.pth").write_bytes(pickle.dumps(Hostile(tmp_path / "bad")))
    with pytest.raises(WeightsError):
        read_state(tmp_path / "w.pth")
    assert not (tmp_path / "bad").exists()


@pytest.mark.parametrize("value", [[torch.ones(1)], {"epoch": 3}, torch.ones(2), {1: torch.ones(1)}])
def test_what_is_no_table_of_tensors_is_refused(tmp_path, value):
    torch.save(value, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="holds no table of tensors"):
        read_state(tmp_path / "w.pth")


def zip_without_tensors(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")


@pytest.mark.parametrize("suffix", [".pth", ".safetensors", ""])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello, I am a text\n",
        b"\x00" * 100,
        b"<html><body>404</body></html>",
        b"\xff" * 4096,
        b"PK\x03\x04 x",
    ],
)
def test_what_is_no_weights_file_is_refused_in_one_line(tmp_path, suffix, content):
    path = tmp_path / f"w{suffix}"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="damaged") as caught:
        read_state(path)
    assert "\n" not in str(caught.value)


def test_a_zip_of_something_else_is_refused(tmp_path):
    zip_without_tensors(tmp_path / "w.pth")
    with pytest.raises(WeightsError, match="damaged"):
        read_state(tmp_path / "w.pth")


@pytest.mark.parametrize("is_zip", [True, False])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
def test_a_truncated_file_is_refused(tmp_path, is_zip, kept):
    path = tmp_path / "w.pth"
    torch.save({"a": torch.ones(500)}, path, _use_new_zipfile_serialization=is_zip)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(WeightsError, match="damaged"):
        read_state(path)


def test_truncated_safetensors_are_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file({"a": torch.ones(500)}, path)
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(WeightsError, match="damaged"):
        read_state(path)
