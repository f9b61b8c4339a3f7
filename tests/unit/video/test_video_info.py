"""Probing: what `mutoscope info` tells."""

import json
import subprocess
import sys
from fractions import Fraction

import pytest

from mutoscope.testing.media import Sound, make_clip, make_picture
from mutoscope.video.info import is_picture_name, is_sequence_name, probe


def test_everything_about_a_film(tmp_path):
    path = make_clip(
        tmp_path / "a.mov",
        rate=Fraction(24000, 1001),
        codec="prores_ks",
        pix_fmt="yuv422p10le",
        matrix="smpte170m",
        primaries="smpte170m",
        sounds=[Sound("pcm_s16le", Fraction(1, 4), 44_100, "mono")],
        tags={"title": "A walk", "creation_time": "2024-05-06T07:08:09Z"},
    )
    told = json.loads(json.dumps(probe(path).as_json()))
    assert told["audio"] == [
        {"codec": "pcm_s16le", "sample_rate": 44_100, "channels": 1, "layout": "mono", "duration": "1/4"}
    ]
    assert told["tags"] == {"title": "A walk", "creation_time": "2024-05-06T07:08:09.000000Z"}
    wanted = {
        "path": str(path),
        "kind": "video",
        "codec": "prores",
        "width": 48,
        "height": 32,
        "frame_rate": "24000/1001",
        "time_base": "1/24000",
        "num_frames": 6,
        "num_frames_from": "header",
        "start_pts": 0,
        "duration": "1001/4000",
        "rotation": 0,
        "sample_aspect_ratio": "1",
        "pixel_format": "yuv422p10le",
        "bit_depth": 10,
        "color_primaries": "smpte170m",
        "color_transfer": "bt709",
        "color_matrix": "smpte170m",
        "hdr": False,
        "has_alpha": False,
    }
    assert {key: told[key] for key in wanted} == wanted


def test_frames_are_counted_when_asked_and_estimated_otherwise(tmp_path):
    path = make_clip(tmp_path / "a.mkv", pts=[0, 10, 1000], time_base=Fraction(1, 1000))
    assert probe(path).num_frames_from == "estimate"
    counted = probe(path, count_frames=True)
    assert (counted.num_frames, counted.num_frames_from) == (3, "count")


def test_matroska_says_how_long_its_pictures_are_not_its_sound(tmp_path):
    path = make_clip(tmp_path / "a.mkv", num_frames=10, sounds=[Sound(seconds=Fraction(2))])
    assert (probe(path).num_frames, probe(path).duration) == (10, Fraction(2, 5))


def test_untagged_colour_is_unspecified(tmp_path):
    info = probe(make_clip(tmp_path / "a.mp4", tagged=False))
    assert (info.color_matrix, info.color_primaries, info.color_transfer) == ("unspecified",) * 3


@pytest.mark.parametrize(("transfer", "hdr"), [("smpte2084", True), ("arib-std-b67", True), ("bt709", False)])
def test_hdr_is_told_by_the_transfer(tmp_path, transfer, hdr):
    path = make_clip(
        tmp_path / "a.mp4", pix_fmt="yuv420p10le", primaries="bt2020", matrix="bt2020nc", transfer=transfer
    )
    assert probe(path).hdr is hdr


def test_a_picture(tmp_path):
    info = probe(make_picture(tmp_path / "a.png", alpha=10))
    assert (info.kind, info.codec, info.width, info.height, info.has_alpha) == ("picture", "png", 23, 17, True)
    assert (info.num_frames, info.time_base, info.frame_rate) == (1, Fraction(1), None)


def test_a_picture_is_known_by_its_bytes_not_its_name(tmp_path):
    path = make_picture(tmp_path / "a.jpg").rename(tmp_path / "a.mp4")
    assert (probe(path).kind, probe(path).codec) == ("picture", "jpeg")


def test_a_film_is_known_by_its_bytes_not_its_name(tmp_path):
    path = make_clip(tmp_path / "a.mp4").rename(tmp_path / "a.png")
    assert probe(path).kind == "video"


def test_names(tmp_path):
    from pathlib import Path

    assert is_sequence_name(Path("f_%05d.png"))
    assert is_sequence_name(Path("f%d.png"))
    assert not is_sequence_name(Path("100%.png"))
    assert is_picture_name(Path("A.JPG"))
    assert not is_picture_name(Path("f_%05d.png"))
    odd = make_picture(tmp_path / "100%done.png")
    assert probe(odd).kind == "picture"


def test_the_door_needs_neither_torch_nor_pyav():
    code = "import sys, mutoscope.video.info; print([m for m in ('torch', 'av', 'PIL', 'numpy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
