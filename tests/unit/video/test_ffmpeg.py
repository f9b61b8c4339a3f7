"""Which FFmpeg is safe."""

import pytest

from mutoscope.video.ffmpeg import known_bad, parse_version, version_in_use


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("8.1.2", False),
        ("8.1.1", True),
        ("8.1", True),
        ("n7.1.5", False),
        ("7.1.4-2+deb13", True),
        ("6.1.6", False),
        ("5.1.9-0+deb12u1", True),
        ("5.1.10", False),
        ("4.4.6", True),
        ("9.0.2", False),
        ("N-118000-g1234567", False),
    ],
)
def test_versions_with_the_hole_are_known(text, bad):
    assert (known_bad(parse_version(text)) is not None) == bad


def test_the_ffmpeg_in_use_is_not_a_known_bad_one():
    assert version_in_use().numbers
    assert known_bad(version_in_use()) is None
