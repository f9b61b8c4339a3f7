"""The first look at a file: what it is, by its bytes; what is refused, and in which words."""

import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from mutoscope.core.errors import InputError
from mutoscope.service.sandbox.tasks.look import look
from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.info import probe


def refusal(path, name, limits=None):
    with pytest.raises(InputError) as caught:
        look(str(path), name, limits)
    assert str(path) not in str(caught.value)
    return str(caught.value)


def written(tmp_path, content):
    path = tmp_path / "u_1"
    path.write_bytes(content)
    return path


def test_a_film_tells_what_info_tells_but_not_where_it_lies(tmp_path):
    path = make_clip(tmp_path / "film.mp4", num_frames=9, sounds=[Sound(seconds=Fraction(9, 25))])
    wanted = probe(path).as_json()
    del wanted["path"]

    found = look(str(path), "holiday.mp4", None, str(tmp_path / "poster.jpg"))

    assert {key: found[key] for key in wanted} == {**wanted, "num_frames": 9, "num_frames_from": "count"}
    assert (found["kind"], found["suffix"], found["content_type"]) == ("video", ".mp4", "video/mp4")
    assert found["notices"] == []
    assert found["has_poster"]
    with Image.open(tmp_path / "poster.jpg") as poster:
        assert poster.size == (48, 32)


def test_a_picture_is_decoded_and_gets_a_small_poster(tmp_path):
    path = tmp_path / "p.png"
    Image.new("RGB", (1300, 900), "teal").save(path)

    found = look(str(path), "p.png", None, str(tmp_path / "poster.jpg"))

    assert (found["kind"], found["width"], found["height"], found["suffix"]) == ("picture", 1300, 900, ".png")
    with Image.open(tmp_path / "poster.jpg") as poster:
        assert poster.size == (640, 443)


def test_sound_without_pictures_is_sound(tmp_path):
    path = make_clip(tmp_path / "film.mp4", num_frames=25, sounds=[Sound()])
    import av

    with av.open(str(path)) as film, av.open(str(tmp_path / "u"), "w", format="ipod") as out:
        track = out.add_stream_from_template(film.streams.audio[0])
        for packet in film.demux(film.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = track
                out.mux(packet)

    found = look(str(tmp_path / "u"), "song.m4a")

    assert (found["kind"], found["suffix"], found["content_type"]) == ("sound", ".m4a", "audio/mp4")
    assert found["audio"][0]["codec"] == "aac"


def test_a_wrong_suffix_is_told_and_the_right_one_given(tmp_path):
    path = make_clip(tmp_path / "film.mkv")

    found = look(str(path), "film.avi")

    assert found["suffix"] == ".mkv"
    assert found["notices"] == ["it is called .avi, but is Matroska; it is kept as what it is."]


def test_a_film_that_breaks_off_is_taken_and_says_so(tmp_path):
    whole = make_clip(tmp_path / "film.mkv", num_frames=50).read_bytes()

    found = look(str(written(tmp_path, whole[: len(whole) // 2])), "film.mkv")

    assert len(found["notices"]) == 1
    assert found["notices"][0].startswith("film.mkv breaks off after")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"pixels": 1000}, "film.mp4 is 48x32; at most 0 megapixels are taken here"),
        ({"seconds": 0.2}, "film.mp4 states 0.36 s; at most 0 s are taken here"),
        ({"frames": 8}, "film.mp4 states 9 frames; at most 8 are taken here"),
    ],
)
def test_limits_hold(tmp_path, limits, words):
    assert words in refusal(make_clip(tmp_path / "u", num_frames=9, container="mp4"), "film.mp4", limits)


def test_frames_that_no_header_states_are_counted(tmp_path):
    # Faster than any rate that is believed: nothing can be estimated.
    path = make_clip(tmp_path / "u", pts=range(60), time_base=Fraction(1, 5000), container="mpegts")

    assert "has more than 50 frames" in refusal(path, "film.ts", {"frames": 50})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "a playlist (M3U), which names other files"),
        (b"ffconcat version 1.0\nfile x.mp4\n", "a list of other files (ffconcat)"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\n", "the description of a stream (SDP)"),
        (b'<?xml version="1.0"?><MPD/>', "a page or drawing (HTML, XML, SVG)"),
        (b"\xef\xbb\xbf\n <svg/>", "a page or drawing (HTML, XML, SVG)"),
        (b"\x7fELF\x02\x01" + bytes(100), "a program (ELF)"),
        (b"MZ" + bytes(100), "a program (Windows)"),
        (b"#!/bin/sh\n", "a script"),
        (b"PK\x03\x04" + bytes(30), "an archive (zip)"),
        (pickle.dumps([1]), "a pickle, which is a program"),
        (b"only words\n", "is text, by its bytes"),
        (bytes(1000), "of no kind that is known here"),
        (b"ID3" + bytes(100), "bare sound (MP3)"),
    ],
)
def test_what_is_no_film_is_refused_by_its_name(tmp_path, content, words):
    assert words in refusal(written(tmp_path, content), "film.mp4")


@pytest.mark.parametrize("more", [b"<html><script>", b"<?php ", b"PK\x05\x06" + bytes(18)])
def test_what_is_two_things_at_once_is_refused(tmp_path, more):
    picture = tmp_path / "p.png"
    Image.new("RGB", (9, 9)).save(picture)

    assert "at once" in refusal(written(tmp_path, picture.read_bytes() + more), "p.png")


def test_a_name_is_only_a_name(tmp_path):
    path = written(tmp_path, b"<svg/>")

    told = refusal(path, "../../etc/\u202epass\0wd\n" + "x" * 5000 + ".mp4")

    assert "/" not in told.split(" is ")[0]
    assert told.isprintable()
    assert len(told) < 300


def test_texts_are_read_as_what_their_names_say(tmp_path):
    for name, content in (("r.toml", b"a = 1\n"), ("r.json", b'{"a": 1}'), ("t.csv", b"a,b\n1,2\n")):
        found = look(str(written(tmp_path, content)), name)
        assert (found["kind"], found["suffix"]) == ("text", name[1:])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("r.json", b"[" * 100_000, "nested more than 64 deep"),
        ("r.toml", b".".join([b"a"] * 1000) + b" = 1", "nested more than 64 deep"),
        ("r.toml", b"a = ", "cannot be read as TOML"),
        ("r.json", b'{"a": 1' + b"0" * 10_000 + b"}", "cannot be read as JSON"),
        ("t.csv", b"\xff\xfea\0b\0", "text in UTF-16"),
    ],
)
def test_bad_texts_are_refused(tmp_path, name, content, words):
    assert words in refusal(written(tmp_path, content), name)


def tensors(header):
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text


def test_good_weights_are_taken_by_their_header(tmp_path):
    header = {
        "__metadata__": {"card": json.dumps({"format": "mutoscope.filter/1", "name": "wave"})},
        "a": {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]},
    }

    found = look(str(written(tmp_path, tensors(header) + bytes(8))), "wave.safetensors")

    assert (found["kind"], found["num_tensors"]) == ("filter", 1)
    assert found["card"] == {"format": "mutoscope.filter/1", "name": "wave"}


@pytest.mark.parametrize(
    "spec",
    [
        {"dtype": "F16", "shape": [2, 2], "data_offsets": [4, 8]},
        {"dtype": "OBJ", "shape": [2, 2], "data_offsets": [0, 8]},
        {"dtype": "F16", "shape": [2**40, 2**40], "data_offsets": [0, 8]},
        {"dtype": "F16", "shape": [-2, -2], "data_offsets": [0, 8]},
        {"dtype": "F16", "shape": [1] * 100, "data_offsets": [0, 8]},
    ],
)
def test_false_weights_are_refused(tmp_path, spec):
    content = tensors({"a": spec}) + bytes(8)

    assert "not a whole safetensors file" in refusal(written(tmp_path, content), "w.safetensors")


def test_arrays_are_taken_without_pickles(tmp_path):
    np.savez(tmp_path / "good.npz", z=np.zeros((3, 4), np.float32))
    np.savez(tmp_path / "bad.npz", z=np.array([{}], dtype=object))
    np.savez_compressed(tmp_path / "bomb.npz", z=np.zeros(10_000_000))

    assert look(str(tmp_path / "good.npz"), "good.npz")["arrays"] == {"z": {"shape": [3, 4], "dtype": "float32"}}
    assert "plain numbers" in refusal(tmp_path / "bad.npz", "bad.npz")
    assert "unpacks to 80 MB" in refusal(tmp_path / "bomb.npz", "bomb.npz")
