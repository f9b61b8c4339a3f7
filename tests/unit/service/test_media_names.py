"""Names of strangers' files: what is shown is harmless, and nothing of it is a path."""

import pytest

from mutoscope.service.media.names import MAX_BYTES, clean_name
from mutoscope.service.routes.sending import disposition


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("clip.mp4", "clip.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\clip.mp4", "clip.mp4"),
        ("a\0b\r\nSet-Cookie: x.mp4", "abSet-Cookie_ x.mp4"),
        ("gnp.\u202e4pm.exe", "gnp.4pm.exe"),
        ("zero\u200bwidth\ufeff.png", "zerowidth.png"),
        ("  .hidden. ", "hidden"),
        ("..", "unnamed"),
        ("/", "unnamed"),
        ("", "unnamed"),
        ("cafe\u0301 ä€😀.mov", "café ä€😀.mov"),
        ('say "hi" <b>.mp4', "say _hi_ _b_.mp4"),
        ("lone\ud800surrogate.mp4", "lonesurrogate.mp4"),
        ("tabs\tand\u2028lines.mp4", "tabsandlines.mp4"),
    ],
)
def test_a_name_is_its_last_part_without_what_is_invisible(sent, kept):
    assert clean_name(sent) == kept


def test_a_long_name_keeps_its_suffix_and_whole_letters():
    kept = clean_name("€" * 500 + ".mp4")
    assert len(kept.encode()) <= MAX_BYTES
    assert kept == "€" * 83 + ".mp4"


@pytest.mark.parametrize("name", ['a"b.mp4', "a;b.mp4", "x\r\nSet-Cookie: a=b", "ä €.mp4", "\\", "%0d%0a"])
def test_nothing_breaks_out_of_the_header_of_a_download(name):
    header = disposition(name, inline=False)
    assert header.isascii()
    assert "\r" not in header
    assert "\n" not in header
    assert header.startswith('attachment; filename="')
    plain = header.removeprefix('attachment; filename="').partition('"')[0]
    assert header.count('"') == 2
    assert ";" not in plain
    assert "\\" not in plain


def test_a_name_beyond_ascii_is_told_exactly_as_well():
    assert disposition("é.mp4", inline=True) == "inline; filename=\"_.mp4\"; filename*=UTF-8''%C3%A9.mp4"
