"""Histories by REST: read in the sandbox, told in three lines; the private key is nobody's."""

import io
import json

import pytest
from PIL import Image

from mutoscope.autoencode.card import Card, FilmSeen
from mutoscope.autoencode.profiles import PROFILES
from mutoscope.models.tensors import save_tensors
from mutoscope.provenance.issue import init_certificate
from mutoscope.provenance.record import History, Step
from mutoscope.provenance.sign import sign_file


def upload(api, name, data, headers=None):
    kind = {"Content-Type": "application/octet-stream", **(headers or {})}
    answer = api.post("/api/media", params={"name": name}, content=data, headers=kind)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def picture():
    data = io.BytesIO()
    Image.new("RGB", (23, 17), (200, 30, 60)).save(data, "PNG")
    return data.getvalue()


@pytest.fixture(scope="module")
def certificate(api, tmp_path_factory):
    return init_certificate(name="Ada")


def test_a_file_without_history_is_told_so(api):
    media = upload(api, "plain.png", picture())
    told = api.post("/api/provenance/verify", json={"media": media}).json()
    assert (told["state"], told["is_valid"], len(told["lines"])) == ("unsigned", False, 3)
    assert told["lines"][0].startswith("plain.png: has no signed history")
    assert told == api.get(f"/api/provenance/{media}").json()


def test_a_signed_file_tells_what_was_done_and_a_changed_one_that_it_was(api, certificate, tmp_path):
    path = tmp_path / "painted.png"
    path.write_bytes(picture())
    recipe = json.dumps({"mutoscope": 1, "step": [{"effect": "filter.play", "params": {"name": "great-wave"}}]})
    sign_file(path, History((Step("filter.play", {"name": "great-wave"}),), recipe=recipe), [])
    media = upload(api, "painted.png", path.read_bytes())
    told = api.get(f"/api/provenance/{media}").json()
    assert (told["state"], told["is_valid"]) == ("trusted", True)
    assert "since Ada signed it" in told["lines"][0]
    assert "filter.play" in told["lines"][1]
    assert told["generations"][-1]["signer"] == "Ada"
    assert api.get(f"/api/provenance/{media}/recipe").json()["recipe"]["step"][0]["effect"] == "filter.play"
    # Elsewhere the signer is not known: whoever asks has their own anchors.
    stranger = api.stranger()
    theirs = upload(api, "painted.png", path.read_bytes(), stranger)
    assert api.get(f"/api/provenance/{theirs}", headers=stranger).json()["state"] == "unknown"
    assert api.get(f"/api/provenance/{media}", headers=stranger).status_code == 404


def test_the_anchor_is_public_and_the_key_is_not(api, certificate):
    answer = api.get("/api/provenance/anchor")
    assert answer.text.startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in answer.text
    assert api.get("/api/provenance/anchor", headers=api.stranger()).status_code == 404


def test_models_are_listed_with_what_they_have_seen(api, tmp_path):
    import torch

    stranger = api.stranger()
    card = Card(profile=PROFILES["tiny"], films=(FilmSeen(name="rushes.mp4", frames=9),))
    path = tmp_path / "m.safetensors"
    save_tensors({"x": torch.zeros(3)}, path, {"card": card.model_dump_json()})
    media = upload(api, "rushes.safetensors", path.read_bytes(), stranger)
    told = api.get("/api/models", headers=stranger).json()["items"]
    assert [(one["media"], one["profile"], one["films"]) for one in told] == [(media, "tiny", ["rushes.mp4"])]
    assert api.get(f"/api/models/{media}", headers=stranger).json()["card"]["films"][0]["frames"] == 9
    assert api.get(f"/api/models/{media}").status_code == 404
    other = upload(api, "p.png", picture(), stranger)
    assert api.get(f"/api/models/{other}", headers=stranger).status_code == 404
    assert api.post(f"/api/models/{other}/export", headers=stranger).status_code == 404
