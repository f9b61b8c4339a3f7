"""The headers of tus, read as the protocol writes them and no other way."""

import base64
import hashlib

import pytest

from mutoscope.service.media import tus
from mutoscope.service.problems import Problem


def test_metadata_comes_back_as_it_was_sent():
    told = {"filename": "Öl & Wasser.mp4", "filetype": "video/mp4", "is_confidential": ""}
    assert tus.read_metadata(tus.write_metadata(told)) == told
    assert tus.read_metadata("filename d29ybGQ=, empty") == {"filename": "world", "empty": ""}
    assert tus.read_metadata("") == {}
    assert tus.read_metadata(None) == {}


@pytest.mark.parametrize(
    "text",
    [
        "filename ***",
        "filename d29ybGQ=,filename d29ybGQ=",
        ",",
        "filename /w==",  # no UTF-8
        "name\x01 d29ybGQ=",
        "filename d29y bGQ=",
        "a " + "QUFB" * 2000,
        ",".join(f"k{number} QQ==" for number in range(40)),
    ],
)
def test_metadata_that_is_written_otherwise_is_refused(text):
    with pytest.raises(Problem) as met:
        tus.read_metadata(text)
    assert met.value.kind.status == 400


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_checksum_is_read(algorithm):
    digest = hashlib.new(algorithm, b"bytes").digest()
    found = tus.read_checksum(f"{algorithm} {base64.b64encode(digest).decode()}")
    assert found is not None
    counted = found.begin()
    counted.update(b"bytes")
    assert counted.digest() == found.digest


@pytest.mark.parametrize("text", ["", "sha1", "crc32 AAAA", "sha1 AAAA", "sha256 ***", "SHA1 " + "A" * 28])
def test_a_checksum_of_another_kind_is_refused(text):
    with pytest.raises(Problem) as met:
        tus.read_checksum(text)
    assert met.value.kind.status == 400


@pytest.mark.parametrize("text", [None, "", "-1", "1.5", "1e3", "٣", "9" * 30, " 1"])
def test_only_a_plain_number_of_bytes_is_one(text):
    with pytest.raises(Problem) as met:
        tus.read_number(text, "Upload-Length")
    assert met.value.errors[0].pointer == "Upload-Length"


def test_another_version_is_told_which_one_is_spoken():
    tus.check_version("1.0.0")
    for given in (None, "0.2.2", "1.0.0 "):
        with pytest.raises(Problem) as met:
            tus.check_version(given)
        assert met.value.kind.status == 412
        assert met.value.headers["Tus-Version"] == "1.0.0"
