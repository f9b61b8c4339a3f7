"""The shelf by REST: one's own filters are nobody else's, cards are whole, pictures are pictures."""

import shutil
import zlib

import pytest

from mutoscope.filters.shelf import shelf, shipped_folder
from mutoscope.service.jobs.folders import owner_data

SHIPPED = [item.name for item in shelf() if item.is_shipped]


def own_folder(api, headers):
    owner = api.get("/api/me", headers=headers).json()["owner"]
    return owner_data(api.service.settings, api.service.database, owner)


def give(api, headers, name):
    """Put a copy of a shipped filter on somebody's shelf, with the course of its training."""
    home = own_folder(api, headers)
    (home / "filters").mkdir(parents=True, exist_ok=True)
    shutil.copy(shipped_folder() / "great-wave.safetensors", home / "filters" / f"{name}.safetensors")
    (home / "training" / name).mkdir(parents=True)
    rows = "step,seconds,content,style\n10,1.5,3,9\n20,3,2,4.5\n"
    (home / "training" / name / "losses.csv").write_text(rows)
    return home


def test_the_shipped_ones_are_listed_for_everybody(api):
    told = api.get("/api/filters", headers=api.stranger()).json()["items"]
    assert [one["name"] for one in told] == SHIPPED
    assert all(one["is_shipped"] and one["palette"] and one["bytes"] > 1000 for one in told)


def test_a_filter_of_ones_own_is_nobody_elses(api):
    mine, theirs = api.stranger(), api.stranger()
    give(api, mine, "my-dusk")
    assert "my-dusk" in [one["name"] for one in api.get("/api/filters", headers=mine).json()["items"]]
    for headers in (theirs, {}):
        assert "my-dusk" not in api.get("/api/filters", headers=headers).text
        for path in ("", "/file", "/curve", "/preview"):
            assert api.get(f"/api/filters/my-dusk{path}", headers=headers).status_code == 404
        assert api.delete("/api/filters/my-dusk", headers=headers).status_code == 404
        assert api.post("/api/filters/my-dusk/export", headers=headers).status_code == 404
    assert api.delete("/api/filters/my-dusk", headers=mine).status_code == 204
    assert api.get("/api/filters/my-dusk", headers=mine).status_code == 404


def test_a_card_tells_painting_and_training(api):
    told = api.get("/api/filters/great-wave").json()
    assert told["artist"] == "Katsushika Hokusai"
    assert told["licence"] == "public domain"
    assert told["card"]["training"]["steps"] > 0
    assert told["has_file"]
    assert not told["has_curve"]


def test_the_file_is_given_as_it_is(api):
    answer = api.get("/api/filters/great-wave/file")
    assert answer.content == (shipped_folder() / "great-wave.safetensors").read_bytes()
    assert "attachment" in answer.headers["content-disposition"]


def test_the_curve_of_a_training_is_told_as_numbers(api):
    mine = api.stranger()
    give(api, mine, "curved")
    assert api.get("/api/filters/curved", headers=mine).json()["has_curve"]
    assert api.get("/api/filters/curved/curve", headers=mine).json() == {
        "steps": [10, 20],
        "seconds": [1.5, 3.0],
        "losses": {"content": [3.0, 2.0], "style": [9.0, 4.5]},
    }
    assert api.get("/api/filters/great-wave/curve").status_code == 404


def test_without_media_the_colours_of_the_painting_are_shown(api):
    answer = api.get("/api/filters/great-wave/preview")
    data = answer.content
    assert answer.headers["content-type"] == "image/png"
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    size = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    rows = zlib.decompress(data[data.index(b"IDAT") + 4 : data.index(b"IEND") - 8])
    assert size == (320, 180)
    assert len(rows) == 180 * (1 + 320 * 3)
    first = "#" + rows[1:4].hex()
    assert first == api.get("/api/filters/great-wave").json()["palette"][0]


def test_a_preview_of_media_of_nobody_is_not_found(api):
    answer = api.get("/api/filters/great-wave/preview", params={"media": "m_0123456789abcdefghijkl"})
    assert answer.status_code == 404


def test_a_shipped_filter_cannot_be_deleted(api):
    assert api.delete("/api/filters/great-wave").status_code == 403
    assert (shipped_folder() / "great-wave.safetensors").is_file()


@pytest.mark.parametrize("name", ["network", "..", "Great-Wave", "a" * 64, "%2e%2e%2fprices"])
def test_what_is_no_name_finds_nothing(api, name):
    assert api.get(f"/api/filters/{name}").status_code == 404


def test_a_training_wants_one_picture_and_a_free_name(api):
    for body in ({"name": "dusk"}, {"name": "dusk", "pattern": "hatching", "painting": "m_0123456789abcdefghijkl"}):
        assert api.post("/api/filters/train", json=body).json()["errors"][0]["pointer"] == "/painting"
    taken = api.post("/api/filters/train", json={"name": "great-wave", "pattern": "hatching"})
    assert taken.status_code == 409
    wrong = api.post("/api/filters/train", json={"name": "dusk", "pattern": "hatching", "parameters": {"minuets": 3}})
    assert wrong.status_code == 422
    assert "did you mean 'minutes'" in wrong.json()["detail"]
