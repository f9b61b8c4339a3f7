"""Files that carry their own history: what is caught, what survives, what stays whole."""

import random
import shutil

import av
import pytest
from PIL import Image

from mutoscope.core.errors import InputError, OutputError
from mutoscope.provenance.history import history_of, recipe_of, unsigned_sha256
from mutoscope.provenance.record import History
from mutoscope.provenance.sign import sign_file
from mutoscope.provenance.verify import verify_file
from mutoscope.storage.hashing import hash_file

NAMES = ("film.mp4", "film.mov", "still.png", "still.jpg", "still.webp", "still.gif")


@pytest.mark.parametrize("name", NAMES)
def test_a_signed_file_verifies_and_tells_its_record(name, ada, media, record):
    source, path = media("film.mp4", "source.mp4"), media(name)
    digest = hash_file(path)
    signed = sign_file(path, record, [source])
    verdict = verify_file(path)
    assert (signed.name, signed.place) == ("Ada Lovelace", path)
    assert (verdict.state, verdict.exit_code, verdict.generation.signer) == ("trusted", 0, "Ada Lovelace")
    assert verdict.generation.record.steps == record.steps
    assert verdict.generation.record.materials == record.materials
    assert verdict.generation.record.sources[0].sha256 == hash_file(source)
    assert verdict.generation.actions == ("c2pa.opened", "c2pa.filtered", "c2pa.transcoded")
    assert recipe_of(path) == '{"mutoscope":1}'
    assert unsigned_sha256(path) == digest


@pytest.mark.parametrize("name", NAMES)
def test_a_flipped_byte_is_caught(name, ada, media, record):
    path = media(name)
    plain = path.read_bytes()
    sign_file(path, record)
    signed, chance = path.read_bytes(), random.Random(7)
    for _ in range(10):
        # A byte of what is shown: it stands in the unsigned file too, once.
        while (at := chance.randrange(len(plain) // 4, len(plain) - 40)) and signed.count(plain[at : at + 16]) != 1:
            pass
        changed = bytearray(signed)
        changed[signed.index(plain[at : at + 16])] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        assert verify_file(path).exit_code == 3


@pytest.mark.parametrize("name", NAMES)
def test_a_signed_file_still_plays(name, ada, media, record):
    path = media(name)
    sign_file(path, record)
    if path.suffix in (".mp4", ".mov"):
        with av.open(str(path)) as film:
            assert len(list(film.decode(video=0))) == 5
    else:
        with Image.open(path) as picture:
            picture.load()
            assert picture.size == (17, 23)


def test_a_remux_takes_the_history_away_and_verify_says_so(ada, media, record, tmp_path):
    path, again = media("film.mp4"), tmp_path / "again.mp4"
    sign_file(path, record)
    with av.open(str(path)) as source, av.open(str(again), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    verdict = verify_file(again)
    assert (verdict.state, verdict.exit_code) == ("unsigned", 2)
    assert "a remux" in verdict.lines()[0]


def test_a_forged_record_is_caught_and_not_repeated(ada, media, record):
    path = media("still.png")
    sign_file(path, record)
    path.write_bytes(path.read_bytes().replace(b"Katsushika Hokusai", b"Katsushika Hokusaj"))
    verdict = verify_file(path)
    assert (verdict.state, verdict.exit_code) == ("forged", 3)
    assert "Hokusa" not in "".join(verdict.lines())


@pytest.mark.parametrize("name", ["film.mp4", "still.png", "still.jpg"])
def test_a_truncated_file_is_altered(name, ada, media, record):
    path = media(name)
    sign_file(path, record)
    path.write_bytes(path.read_bytes()[:-200])
    assert verify_file(path).exit_code == 3


def test_a_history_of_another_file_does_not_fit(ada, media, record, tmp_path):
    path = media("still.png")
    sign_file(path, record)
    signed = path.read_bytes()
    Image.new("RGB", (17, 23)).save(path)
    other = path.read_bytes()
    at = signed.index(b"caBX") - 4
    chunk = signed[at : at + 12 + int.from_bytes(signed[at : at + 4], "big")]
    path.write_bytes(other[:33] + chunk + other[33:])
    assert verify_file(path).state == "altered"
    with pytest.raises(InputError, match="cannot be believed"):
        recipe_of(path)
    assert unsigned_sha256(path) is None


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"#!/bin/sh\n" * 99])
@pytest.mark.parametrize("suffix", [".mp4", ".png", ".jpg", ".txt"])
def test_what_is_no_film_has_no_history(content, suffix, tmp_path):
    path = tmp_path / f"thing{suffix}"
    path.write_bytes(content)
    assert verify_file(path).exit_code == 2
    assert len(verify_file(path).lines()) == 3


def test_what_is_no_film_cannot_be_signed_and_stays(ada, tmp_path, record):
    path = tmp_path / "thing.png"
    path.write_bytes(b"hello")
    with pytest.raises(InputError, match="could not be signed"):
        sign_file(path, record)
    assert path.read_bytes() == b"hello"
    assert [one.name for one in tmp_path.iterdir() if "part" in one.name] == []


def test_a_missing_file_is_told(ada, tmp_path, record, media):
    with pytest.raises(InputError, match="does not exist"):
        verify_file(tmp_path / "gone.png")
    with pytest.raises(InputError, match="does not exist"):
        sign_file(tmp_path / "gone.png", record)
    with pytest.raises(InputError, match="was made from"):
        sign_file(media("still.png"), record, [tmp_path / "gone.png"])


def test_a_folder_that_cannot_be_written_leaves_the_file_whole(ada, media, record, monkeypatch):
    path = media("still.png")
    before = path.read_bytes()
    monkeypatch.setattr("mutoscope.storage.atomic.os.access", lambda *_: False)
    with pytest.raises(OutputError, match="cannot be written"):
        sign_file(path, record)
    assert path.read_bytes() == before


def test_a_disk_that_fills_leaves_the_file_whole(ada, media, record, monkeypatch):
    path = media("film.mp4")
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mutoscope.provenance.c2pa_sign.shutil.copymode", full)
    with pytest.raises(OutputError, match="disk is full"):
        sign_file(path, record)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir() if "part" in one.name] == []


def test_no_path_of_the_disk_goes_into_a_file(ada, media, record, tmp_path):
    source, path = media("film.webm", "source.webm"), media("film.mp4")
    sign_file(source, record, [media("still.png")])
    sign_file(path, record, [source])
    assert str(tmp_path).encode() not in path.read_bytes()
    assert str(tmp_path) not in (tmp_path / "source.webm.history.json").read_text()


def test_signing_once_more_keeps_what_was_there(ada, media, record):
    path = media("still.png")
    sign_file(path, record, [media("film.mp4")])
    sign_file(path, History(version="0.1.0"))
    told = history_of(path)
    assert [one.state for one in told] == ["trusted", "trusted"]
    assert told[0].record.steps == record.steps
    assert "only signed once more; before that, still.png was made from film.mp4" in verify_file(path).lines()[1]


def test_a_signed_copy_under_another_name_stays_valid(ada, media, record, tmp_path):
    path = media("still.png")
    sign_file(path, record)
    shutil.copy(path, tmp_path / "renamed.png")
    assert verify_file(tmp_path / "renamed.png").state == "trusted"


def test_large_films_are_hashed_in_parts(ada, media, record, monkeypatch):
    monkeypatch.setattr("mutoscope.provenance.c2pa_sign._LARGE_BYTES", 100)
    path, plain = media("film.mp4"), media("film.mp4", "plain.mp4")
    sign_file(path, record)
    assert verify_file(path).state == "trusted"
    changed = bytearray(path.read_bytes())
    changed[changed.index(plain.read_bytes()[200:232])] ^= 1
    path.write_bytes(changed)
    assert verify_file(path).exit_code == 3


def test_what_was_hashed_wrongly_is_signed_again(ada, media, record, monkeypatch):
    monkeypatch.setattr("mutoscope.provenance.c2pa_sign._LARGE_BYTES", 100)
    monkeypatch.setattr("mutoscope.provenance.c2pa_sign.holds", lambda *_: False)
    path = media("film.mov")
    sign_file(path, record)
    assert verify_file(path).state == "trusted"


def test_a_damaged_source_goes_in_by_its_name(ada, media, record):
    source, path = media("film.mp4", "damaged.mp4"), media("still.png")
    source.write_bytes(source.read_bytes()[:900])
    sign_file(path, record, [source])
    (only,) = history_of(path)
    assert (only.state, only.record.sources[0].name) == ("trusted", "damaged.mp4")
    assert only.actions[0] == "c2pa.opened"
