"""An address means one place below a root, or it is refused."""

from pathlib import Path

import pytest

from mutoscope.core.errors import InputError
from mutoscope.storage.uris import check_path, is_uri, join, parse_uri

HOSTILE = [
    "../secret",
    "a/../../secret",
    "a/..",
    ".",
    "a/./b",
    "/etc/passwd",
    "a//b",
    "%2e%2e/secret",
    "%2E%2e/secret",
    ".%2e/secret",
    "a/%252e%252e/secret",
    "a/%25252e./secret",
    "a%2f..%2fsecret",
    "a%5c..%5csecret",
    "..\\secret",
    "a\\b",
    "a\0b",
    "a%00b",
    "a\nb",
    "x" * 2000,
]


@pytest.mark.parametrize("path", HOSTILE)
@pytest.mark.parametrize(
    "root", ["s3://bucket/", "data://", "dropbox://", "https://host/", "store://name/", "file:///"]
)
def test_a_path_that_could_leave_its_root_is_refused(root, path):
    with pytest.raises(InputError) as told:
        if root == "dropbox://" and path.startswith("/"):
            path = f"/{path}"  # one slash more stands for the root of a Dropbox
        parse_uri(root + path)
    assert "\n" not in str(told.value)
    assert "\0" not in str(told.value)


@pytest.mark.parametrize(
    "name", ["․․", "．．", "..a", "a..", "...", "%2e", "100%", "frame_%05d.png", "naïve ✓.mp4", "a b"]
)
def test_what_only_looks_like_dots_is_a_name(name):
    if name == "%2e":
        name = "%2ea"
    assert parse_uri(f"s3://bucket/folder/{name}").path == f"folder/{name}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://b/k.mp4", True),
        ("s3:/b/k.mp4", True),
        ("gs://b/k", True),
        ("clip.mp4", False),
        ("/a/b.mp4", False),
        ("C://films/a.mp4", False),
        ("0s: wave.jpg, 3s: b.jpg", False),
        ("a:b", False),
    ],
)
def test_addresses_are_told_from_paths(text, expected):
    assert is_uri(text) is expected


def test_a_path_object_keeps_its_address():
    assert str(parse_uri(Path("s3://bucket/a/b.mp4"))) == "s3://bucket/a/b.mp4"


def test_an_address_with_a_password_is_refused_and_not_repeated():
    with pytest.raises(InputError, match="leave it out") as told:
        parse_uri("s3://KEY:hunter2@bucket/a.mp4")
    assert "hunter2" not in str(told.value)


def test_a_signed_address_is_shown_without_its_query():
    uri = parse_uri("https://host/a.mp4?X-Amz-Signature=hunter2#t")
    assert uri.query == "X-Amz-Signature=hunter2"
    assert "hunter2" not in f"{uri} {uri!r}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gs://b/k", "not known here"),
        ("s3:///k", "names no bucket"),
        ("store:///k", "names no store"),
        ("s3://..", "names no bucket"),
        ("file://host/x", "another machine"),
        ("clip.mp4", "no address"),
    ],
)
def test_what_is_no_address_is_told(text, why):
    with pytest.raises(InputError, match=why):
        parse_uri(text)


def test_a_name_is_joined_below_its_folder():
    assert str(join(parse_uri("s3://b/out/"), "a.mp4")) == "s3://b/out/a.mp4"
    assert str(join(parse_uri("data://"), "a.mp4")) == "data://a.mp4"
    with pytest.raises(InputError):
        join(parse_uri("s3://b/out/"), "../a.mp4")


def test_a_message_shows_the_whole_address():
    with pytest.raises(InputError, match=r"^s3://bucket/a/\.\./b leads out of its folder"):
        parse_uri("s3://bucket/a/../b")
    assert check_path("") == ""
