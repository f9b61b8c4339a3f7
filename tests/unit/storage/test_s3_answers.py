"""What an S3 server says, or does not say, becomes one line. The servers here are bad ones; test_s3 has a real one."""

import socket

import pytest

from mutoscope.core.errors import InputError, OutputError
from mutoscope.storage import retries, s3_files
from mutoscope.storage.places import check_store, fetch, put, stat
from mutoscope.storage.stores import add_store
from web_server import WebServer


@pytest.fixture(autouse=True)
def _credentials(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MUTOSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "KEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(retries, "FIRST_PATIENCE_S", 1.0)
    monkeypatch.setattr(retries, "PATIENCE_S", 2.0)
    monkeypatch.setattr(s3_files, "READ_S", 0.3)


@pytest.fixture
def server():
    made = WebServer(b"film")
    add_store("bad", "s3://bucket", write=True, endpoint=made.uri)
    yield made
    made.close()


def test_an_endpoint_and_a_profile_belong_to_a_store(server):
    assert stat("s3://bucket/a.mp4").size == 4
    assert fetch("store://bad/a.mp4").read_bytes() == b"film"
    add_store("other", "s3://second", profile="nobody")
    with pytest.raises(InputError, match="profile is not in your AWS configuration"):
        stat("s3://second/a.mp4")


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("403", "may not be read; set AWS_ACCESS_KEY_ID"),
        ("404", "does not exist; check"),
        ("503", r"too busy \(the server is busy \(503\)\); try again later"),
        ("418", "the server answered 418"),
    ],
)
def test_what_a_server_says_is_told_in_one_line(server, rule, why):
    server.rules["/bucket/a.mp4"] = rule
    with pytest.raises(InputError, match=why) as told:
        fetch("s3://bucket/a.mp4")
    assert str(told.value).startswith("s3://bucket/a.mp4")
    assert not any(bad in f"{told.value!r}" for bad in ("\n", "hunter2", "Signature", "secret-of-the-server"))


def test_a_busy_server_is_asked_again(server, monkeypatch):
    monkeypatch.setattr(retries, "FIRST_PATIENCE_S", 20.0)
    server.rules["/bucket/a.mp4"] = "busy:2"
    assert fetch("s3://bucket/a.mp4").read_bytes() == b"film"


def test_a_server_that_hangs_is_told(server):
    server.rules["/bucket/a.mp4"] = "hang"
    with pytest.raises(InputError, match="its server does not answer"):
        stat("s3://bucket/a.mp4")
    with pytest.raises(OutputError, match="its server does not answer"):
        put(__file__, "s3://bucket/a.mp4")


def test_a_listener_that_never_speaks_is_told():
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        add_store("mute", "s3://silent", endpoint=f"http://127.0.0.1:{mute.getsockname()[1]}")
        assert "does not answer" in check_store("mute").text


def test_no_credentials_are_told(server, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(InputError, match=r"may not be read \(no credentials were found\); set AWS_ACCESS_KEY_ID"):
        stat("s3://bucket/a.mp4")
