"""What a person reads: exactly three lines, and no more than is known."""

import datetime

from mutoscope.provenance.generation import Generation, state_of
from mutoscope.provenance.record import History, Material, Origin, Step
from mutoscope.provenance.sign import sign_file
from mutoscope.provenance.verify import Verdict, verify_file
from mutoscope.provenance.words import about_materials, about_state

NOW = datetime.datetime.now(datetime.UTC)
DAY = f"{NOW.day} {NOW:%B %Y}"


def test_the_three_lines_of_a_signed_film(ada, media, record):
    path = media("film.mp4", "out.mp4")
    sign_file(path, record, [media("film.mov", "clip.mov")], now=NOW)
    assert verify_file(path).lines() == (
        f"out.mp4: unchanged since Ada Lovelace signed it on {DAY} with Mutoscope 0.1.0 "
        "(this signer is known here, on no public list).",
        "Made from clip.mov by filter.play (name great-wave, strength 0.8).",
        "The filter great-wave was trained from 'The Great Wave' by Katsushika Hokusai, 1829 (public domain).",
    )


def test_a_stranger_is_not_vouched_for(ada, media, record):
    path = media("film.mp4", "out.mp4")
    sign_file(path, record, now=NOW)
    assert verify_file(path, anchors="").lines()[0] == (
        f"out.mp4: unchanged since somebody called Ada Lovelace signed it on {DAY} with Mutoscope 0.1.0; "
        "whether that is their name, nobody vouches for here."
    )


def test_an_altered_film_says_what_it_was(ada, media, record):
    path = media("film.mp4", "out.mp4")
    sign_file(path, record, [media("film.mov", "clip.mov")], now=NOW)
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"mdat") + 600] ^= 1
    path.write_bytes(whole)
    first, second, _ = verify_file(path).lines()
    assert first == (
        f"out.mp4: ALTERED since Ada Lovelace signed it on {DAY}: its bytes are not those that were signed."
    )
    assert second.startswith("What was signed was made from clip.mov by filter.play")


def test_a_film_without_history_promises_nothing(media):
    assert verify_file(media("film.mp4", "out.mp4")).lines() == (
        "out.mp4: has no signed history: it was never signed, or writing it anew (a remux, an upload, an editor) has "
        "stripped it.",
        "What was done to it, nobody can tell from the file.",
        "Which filters took part, and whose paintings they were trained from, nobody can tell either.",
    )


def materials(*found):
    return about_materials(Generation("a", "trusted", record=History(materials=found)))


def test_materials_in_words():
    assert materials(Material("filter", "mosaic", title="mosaic", artist="code", licence="Apache-2.0")) == (
        "The filter mosaic was trained from a pattern made by code (Apache-2.0)."
    )
    assert materials(Material("model", "m.safetensors", title="holiday.mp4")) == (
        "The model m.safetensors has seen only holiday.mp4."
    )
    assert materials(Material("filter", "mine", licence="unknown")) == (
        "From whose painting the filter mine was trained is not recorded."
    )
    assert materials(Material("style picture", "a.jpg", "12" * 32)) == (
        "The style picture a.jpg took part; whose it is was not recorded, sha256 121212121212…."
    )
    assert materials(Material("weights", "vgg19", licence="BSD")) == "The network vgg19 looked on (BSD)."
    assert materials() == "No filter, network or painting that somebody else has made is recorded."


def test_signs_that_move_a_cursor_are_not_repeated():
    evil = Generation("a\x1b[2J\nb", "trusted", signer="Eve\r\x1b]0;x\x07", record=History(signed="x\x1b"))
    verdict = Verdict(evil)
    assert all(line.isprintable() for line in verdict.lines())


def test_an_unnamed_signer_reads_well():
    assert "since an unnamed signer signed it." in about_state(
        Generation("a", "altered", signer="unnamed signer")
    ).replace(": it does not fit its signature", "")


def test_many_steps_and_sources_stay_a_line():
    record = History(
        steps=tuple(Step(f"corrupt.{n}", {f"p{i}": i for i in range(9)}) for n in range(20)),
        sources=tuple(Origin(f"{n}.mp4") for n in range(9)),
    )
    line = Verdict(Generation("a", "trusted", record=record)).lines()[1]
    assert "0.mp4, 1.mp4, 2.mp4 and 6 more files" in line
    assert line.endswith("14 more steps.")
    assert len(line) < 500


def test_codes_become_states():
    assert state_of([]) == ("trusted", "")
    assert state_of(["signingCredential.untrusted"]) == ("unknown", "")
    assert state_of(["signingCredential.untrusted", "assertion.dataHash.mismatch"])[0] == "altered"
    assert state_of(["assertion.bmffHash.mismatch"])[0] == "altered"
    assert state_of(["assertion.hashedURI.mismatch", "assertion.dataHash.mismatch"])[0] == "forged"
    assert state_of(["signingCredential.expired"])[0] == "expired"
    assert state_of(["something.new"])[0] == "forged"


def test_files_of_other_programs_say_what_they_say():
    camera = Generation("a.jpg", "unknown", "Leica", "M11 2.0", ("c2pa.created", "c2pa.color_adjustments"))
    assert Verdict(camera).lines() == (
        "a.jpg: unchanged since somebody called Leica signed it with M11 2.0; whether that is their name, nobody "
        "vouches for here.",
        "Made by M11 2.0, which says: created, color_adjustments.",
        "It was not made by Mutoscope; of filters and paintings it says nothing.",
    )
