"""Stores by REST: names and modes, never keys or addresses; what opens the machine is named on its command line."""

import pytest

from mutoscope.storage.places import open_write
from mutoscope.storage.stores import load_stores, remove_store


@pytest.fixture
def rushes(api):
    body = {"name": "rushes", "uri": "s3://my-bucket/2026", "profile": "film"}
    yield api.post("/api/stores", json=body)
    if "rushes" in load_stores():
        remove_store("rushes")


def test_a_store_is_listed_without_its_address(api, rushes):
    assert rushes.status_code == 201
    assert api.get("/api/stores").json()["items"] == [
        {"name": "data", "scheme": "data", "mode": "rw"},
        {"name": "rushes", "scheme": "s3", "mode": "ro"},
    ]
    assert load_stores()["rushes"].profile == "film"
    assert api.post("/api/stores", json={"name": "rushes", "uri": "s3://other"}).status_code == 409
    assert api.delete("/api/stores/rushes").status_code == 204
    assert api.delete("/api/stores/rushes").status_code == 404


def test_the_owners_stores_are_the_owners(api, rushes):
    stranger = api.stranger()
    assert [one["name"] for one in api.get("/api/stores", headers=stranger).json()["items"]] == ["data"]
    assert api.get("/api/stores/rushes/files", headers=stranger).status_code == 404
    assert api.post("/api/stores/rushes/check", headers=stranger).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"uri": "/etc"}, 422),
        ({"uri": "file:///etc"}, 403),
        ({"uri": "http://169.254.169.254/latest"}, 403),
        ({"uri": "https://example.org/films"}, 403),
        ({"uri": "s3://bucket", "endpoint": "http://169.254.169.254"}, 403),
        ({"uri": "s3://bucket/*"}, 422),
        ({"uri": "gdrive://films"}, 403),
        ({"uri": "s3://bucket", "name": "Bad Name"}, 422),
        ({"uri": "s3://bucket", "profile": 'x"\nmode = "rw'}, 422),
    ],
)
def test_what_opens_disk_or_network_is_not_named_here(api, body, status):
    answer = api.post("/api/stores", json={"name": "bad", **body})
    assert answer.status_code == status, answer.text
    assert "bad" not in load_stores()


def test_files_come_page_by_page(api):
    for name in ("a.mp4", "b.mov", "c.txt", "d.png", "2026/e.mp4"):
        with open_write(f"data://{name}") as stream:
            stream.write(b"x" * 7)
    first = api.get("/api/stores/data/files", params={"limit": 2}).json()
    assert [one["path"] for one in first["items"]] == ["a.mp4", "b.mov"]
    assert first["items"][0] == {"path": "a.mp4", "place": "store://data/a.mp4", "bytes": 7}
    rest = api.get("/api/stores/data/files", params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["path"] for one in rest["items"]] == ["d.png"]
    assert rest["next"] is None
    deep = api.get("/api/stores/data/files", params={"prefix": "2026/"}).json()
    assert [one["place"] for one in deep["items"]] == ["store://data/2026/e.mp4"]
    assert api.get("/api/stores/data/files", params={"prefix": "../"}).status_code == 409


def test_a_store_is_tried(api):
    told = api.post("/api/stores/data/check").json()
    assert told["ok"]
    assert "written" in told["text"]
