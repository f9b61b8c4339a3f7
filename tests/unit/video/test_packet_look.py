from array import array
from fractions import Fraction
from pathlib import Path

import pytest

from mutoscope.video.info import VideoInfo
from mutoscope.video.packet_look import PacketLook, starts_anew

INFO = VideoInfo(Path("a.mp4"), "video", "mp4", "h264", 48, 32, Fraction(25), Fraction(1, 25))


def look(order, keys):
    places = array("q", [order.index(key) for key in keys])
    return PacketLook(INFO, array("q", order), array("q", sorted(order)), places, ("h264",), max(order) + 1)


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (0, None, range(12)),
        (1, None, range(6, 12)),
        (0, 6, range(6)),
        # 3 is decoded before 1 and 2, and shown after them: without it they are lost too.
        (0, 3, range(1)),
        (0, 4, range(4)),
        (7, 12, None),
    ],
)
def test_a_run_is_shown_without_a_gap(start, end, shown):
    run = look([0, 3, 1, 2, 5, 4, 6, 9, 7, 8, 11, 10], [0, 6]).run(start, end)

    assert run is None if shown is None else sorted(run.pts) == list(shown)
    if run is not None:
        assert run.end == run.key + len(run.pts)
        assert run.seconds == Fraction(len(run.pts), 25)


def test_frames_that_are_decoded_late_leave_no_hole():
    # 2 and 4 come before 1 and 3; where 4 is beyond the end, 1 is not yet there and 2 would follow 0.
    run = look([0, 2, 4, 1, 3, 5], [0]).run(0, 4)

    assert run.pts == (0,)


def test_leading_pictures_of_a_key_frame_are_left_out():
    run = look([0, 3, 1, 2, 6, 4, 5, 7, 8], [0, 6]).run(4, None)

    assert run.pts == (6, 7, 8)


LENGTHS = b"\x01" + bytes(3) + b"\xff" + bytes(16) + b"\xff"


@pytest.mark.parametrize(
    ("codec", "extradata", "data", "anew"),
    [
        ("h264", LENGTHS, b"\0\0\0\2\x09\x10\0\0\0\2\x65\x88", True),
        ("h264", LENGTHS, b"\0\0\0\2\x06\x10\0\0\0\2\x41\x88", False),
        ("h264", b"", b"\0\0\0\1\x67\x42\0\0\1\x65\x88", True),
        ("h264", b"", b"\0\0\0\1\x06\x42\0\0\1\x41\x88", False),
        ("hevc", LENGTHS, b"\0\0\0\3\x26\x01\x88", True),
        ("hevc", LENGTHS, b"\0\0\0\3\x2a\x01\x88", False),
        ("h264", LENGTHS, b"", False),
        ("h264", b"", b"\0\0\1", False),
        ("vp9", b"", b"\x82", True),
    ],
)
def test_key_frames_that_forget_the_past_are_told_from_those_that_do_not(codec, extradata, data, anew):
    assert starts_anew(codec, data, extradata) == anew
