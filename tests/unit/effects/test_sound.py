"""A film is listened to once for each sound; what was heard is the same numbers ever after."""

from fractions import Fraction

import pytest

from mutoscope.core.errors import ParameterError
from mutoscope.effects import sound
from mutoscope.effects.sound import check_sound, listen
from mutoscope.storage.cache import Cache
from mutoscope.testing.media import Sound, clicks, make_clip, make_picture
from mutoscope.video.info import probe


@pytest.fixture
def film(tmp_path):
    track = Sound(seconds=Fraction(1), wave=clicks(0.3, 0.7))
    return make_clip(tmp_path / "a.mp4", sounds=[track])


def test_a_second_run_does_not_listen_again(film, tmp_path, monkeypatch):
    cache, calls = Cache(tmp_path / "cache"), []
    measure = sound.measure_sound
    monkeypatch.setattr(sound, "measure_sound", lambda path, bands, report: calls.append(bands) or measure(path, bands))

    first = listen({"bass", "onset"}, film, "a" * 64, cache)
    second = listen({"onset", "bass", "60-90hz"}, film, "a" * 64, cache)

    assert calls == [[(20.0, 250.0)], [(60.0, 90.0)]]
    assert first.envelopes == {name: second.envelopes[name] for name in ("bass", "onset")}


def test_another_film_is_listened_to(film, tmp_path):
    cache = Cache(tmp_path / "cache")
    other = make_clip(tmp_path / "b.mp4", sounds=[Sound(seconds=Fraction(1), wave=clicks(0.5))])

    one, two = (listen(["onset"], path, digest * 64, cache) for path, digest in ((film, "a"), (other, "b")))

    assert one.envelopes != two.envelopes


@pytest.mark.parametrize("make", [make_clip, make_picture])
def test_what_has_no_sound_is_refused(tmp_path, make):
    path = make(tmp_path / ("a.mp4" if make is make_clip else "a.png"))

    with pytest.raises(ParameterError, match=r"is a .*, and a number follows bass, onset; give a film that has sound"):
        check_sound(probe(path), path, {"onset", "bass"})
