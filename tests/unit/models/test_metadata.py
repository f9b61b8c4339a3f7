"""Headers of safetensors files, whole and broken."""

import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file

from mutoscope.core.errors import WeightsError
from mutoscope.models.metadata import read_metadata
from mutoscope.models.tensors import save_tensors

TENSOR = {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}


def write(path, header: bytes, data: bytes = b""):
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)
    return path


def test_texts_come_back_as_they_were(tmp_path):
    texts = {"card": '{"name": "é – 波"}', "empty": ""}

    save_tensors({"a": torch.ones(3, 5), "b": torch.ones(7).half()}, tmp_path / "w.safetensors", texts)

    assert read_metadata(tmp_path / "w.safetensors") == texts


def test_files_of_the_library_are_read(tmp_path):
    save_file({"a": torch.ones(500)}, tmp_path / "w.safetensors", {"format": "pt"})
    save_file({"a": torch.ones(500)}, tmp_path / "plain.safetensors")

    assert read_metadata(tmp_path / "w.safetensors") == {"format": "pt"}
    assert read_metadata(tmp_path / "plain.safetensors") == {}


def test_no_tensor_is_read(tmp_path):
    header = {"__metadata__": {"n": "1"}, **TENSOR}

    path = write(tmp_path / "w.safetensors", json.dumps(header).encode(), b"\xff" * 4)

    assert read_metadata(path) == {"n": "1"}


@pytest.mark.parametrize("lost", [1, 4, 20, 60])
def test_a_file_that_is_cut_off_is_told(tmp_path, lost):
    path = tmp_path / "w.safetensors"
    save_tensors({"a": torch.ones(16)}, path, {"card": "x"})
    path.write_bytes(path.read_bytes()[:-lost])

    with pytest.raises(WeightsError, match=r"w\.safetensors is not a whole safetensors file: it is cut off; get it"):
        read_metadata(path)


def test_bytes_too_many_are_told(tmp_path):
    path = tmp_path / "w.safetensors"
    save_tensors({"a": torch.ones(16)}, path)
    path.write_bytes(path.read_bytes() + b"\x00")

    with pytest.raises(WeightsError, match="not a whole safetensors file"):
        read_metadata(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x01\x00",
        b"hello, I am a text\n",
        b"\x00" * 100,
        b"\xff" * 4096,
        b"PK\x03\x04 x",
        (10**15).to_bytes(8, "little") + b"{}",
    ],
)
def test_an_impossible_length_is_told(tmp_path, content):
    (tmp_path / "w.safetensors").write_bytes(content)

    with pytest.raises(WeightsError, match="its header has an impossible length") as caught:
        read_metadata(tmp_path / "w.safetensors")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "header",
    [
        b"{]",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe{}",
        b'{"a": 5}',
        b'{"a": {}}',
        b'{"a": {"data_offsets": [0]}}',
        b'{"a": {"data_offsets": 7}}',
        b'{"a": {"data_offsets": [0, "x"]}}',
        b'{"a": {"data_offsets": [0, 1e999]}}',
        b'{"__metadata__": ["a"]}',
        b'{"__metadata__": "a"}',
        b"[" * 100_000,
    ],
    ids=lambda header: header[:24].decode(errors="replace"),
)
def test_a_broken_header_is_told_in_one_line(tmp_path, header):
    path = write(tmp_path / "w.safetensors", header)

    with pytest.raises(WeightsError, match=r"w\.safetensors is not a whole safetensors file: [^\n]+; get it again\.$"):
        read_metadata(path)


def test_what_is_missing_or_a_folder_is_told(tmp_path):
    with pytest.raises(WeightsError, match=r"no\.safetensors does not exist; give"):
        read_metadata(tmp_path / "no.safetensors")
    with pytest.raises(WeightsError, match="cannot be read"):
        read_metadata(tmp_path)


def test_it_starts_without_torch():
    code = "import sys, mutoscope.models.metadata; assert not {'torch', 'safetensors', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
