"""Histories beside files that cannot carry their own."""

import base64
import datetime
import json
import random

import pytest

from mutoscope.core.errors import InputError
from mutoscope.provenance.history import recipe_of, unsigned_sha256
from mutoscope.provenance.issue import init_certificate
from mutoscope.provenance.sidecar import read_sidecar, sidecar_path
from mutoscope.provenance.sign import sign_file
from mutoscope.provenance.verify import verify_file
from mutoscope.storage.hashing import hash_file


@pytest.fixture
def film(ada, media, record):
    path = media("film.webm")
    sign_file(path, record, [media("still.png")])
    return path


@pytest.fixture
def frames(ada, media, record, tmp_path):
    pictures = []
    for number in range(4):
        path = media("still.png", f"frame_{number:02d}.png")
        path.write_bytes(path.read_bytes() + bytes([number]))
        pictures.append(path)
    sign_file(tmp_path / "frame_%02d.png", record, pictures=pictures)
    return tmp_path / "frame_%02d.png"


def change(place, edit):
    plain = json.loads(place.read_text())
    edit(plain)
    place.write_text(json.dumps(plain))


def test_a_sidecar_stands_beside_its_file(tmp_path):
    assert sidecar_path(tmp_path / "film.webm").name == "film.webm.history.json"
    assert sidecar_path(tmp_path / "painted_%05d.png").name == "painted.history.json"
    assert sidecar_path(tmp_path / "%05d.png").name == "frames.history.json"
    assert sidecar_path(tmp_path) == tmp_path / "frames.history.json"


def test_a_film_with_its_sidecar_verifies(film, record):
    verdict = verify_file(film)
    assert (verdict.state, verdict.generation.signer) == ("trusted", "Ada Lovelace")
    assert verdict.generation.record.steps == record.steps
    assert recipe_of(film) == '{"mutoscope":1}'
    assert unsigned_sha256(film) == hash_file(film)
    assert film.read_bytes()[:4] == b"\x1aE\xdf\xa3"


def test_flipped_bytes_of_the_film_are_caught(film):
    whole, chance = film.read_bytes(), random.Random(1)
    for _ in range(10):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        film.write_bytes(changed)
        assert verify_file(film).state == "altered"


def test_every_edit_of_the_statement_is_caught(film):
    place = sidecar_path(film)
    whole = place.read_text()

    def material(plain):
        plain["statement"]["record"]["materials"][0]["artist"] = "Somebody else"

    def digest(plain):
        film.write_bytes(b"other")
        plain["statement"]["sha256"] = hash_file(film)

    def signature(plain):
        plain["signature"] = base64.b64encode(b"x" * 70).decode()

    def certificate(plain):
        plain["certificates"] = "nonsense"

    def nothing_left(plain):
        plain.clear()

    def algorithm(plain):
        plain["algorithm"] = "none"

    for edit in (material, digest, signature, certificate, nothing_left, algorithm):
        place.write_text(whole)
        change(place, edit)
        assert verify_file(film).state == "forged", edit
    place.write_text("{")
    assert verify_file(film).state == "forged"


def test_another_signature_makes_another_signer(film, record, tmp_path, monkeypatch):
    """Whoever edits a sidecar and signs it anew is named: the person's own name they cannot have."""
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "mallory"))
    init_certificate(name="Ada Lovelace")  # the same words, another key
    sign_file(film, record)
    assert verify_file(film).state == "trusted"
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))
    assert verify_file(film).state == "unknown"


def test_a_certificate_that_has_run_out_is_told(film, monkeypatch):
    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2090, 1, 1, tzinfo=tz)

    monkeypatch.setattr("mutoscope.provenance.sidecar.datetime.datetime", Later)
    verdict = verify_file(film)
    assert (verdict.state, verdict.exit_code) == ("expired", 3)
    assert "certificate has run out" in verdict.lines()[0]


def test_a_sequence_verifies_whole_and_each_picture_alone(frames):
    assert verify_file(frames).state == "trusted"
    assert verify_file(frames.parent).state == "trusted"
    alone = verify_file(frames.parent / "frame_02.png")
    assert (alone.state, alone.generation.name) == ("trusted", "frame_02.png")


def test_a_picture_of_a_sequence_that_changed_or_went_is_named(frames):
    one = frames.parent / "frame_02.png"
    one.write_bytes(one.read_bytes() + b"x")
    assert "frame_02.png" in verify_file(frames).lines()[0]
    assert verify_file(one).state == "altered"
    assert verify_file(frames.parent / "frame_01.png").state == "trusted"
    one.unlink()
    assert "frame_02.png is missing" in verify_file(frames).lines()[0]


def test_a_list_of_pictures_cannot_be_edited(frames):
    one = frames.parent / "frame_02.png"
    one.write_bytes(b"other")
    change(sidecar_path(frames), lambda plain: plain["pictures"].update({"frame_02.png": hash_file(one)}))
    assert verify_file(one).state == "altered"


def test_a_forged_list_reads_nothing_elsewhere(frames, tmp_path):
    change(sidecar_path(frames), lambda plain: plain["pictures"].update({"../../etc/passwd": "0"}))
    assert verify_file(frames).state == "altered"


def test_a_sidecar_of_another_film_does_not_fit(film, media, ada):
    other = media("film.webm", "other.webm")
    other.write_bytes(other.read_bytes() + b"\0")
    assert read_sidecar(sidecar_path(film), other, "")[-1].state == "altered"
    assert verify_file(other).state == "unsigned"


def test_a_missing_film_is_told(film):
    film.unlink()
    with pytest.raises(InputError, match="does not exist"):
        verify_file(film)
