"""Levels of bands and onsets, from films whose sound is known by formula."""

from fractions import Fraction

import numpy as np
import pytest

from mutoscope.core.errors import InputError
from mutoscope.testing.media import Sound, clicks, make_clip, swelling, tone
from mutoscope.video.sound_levels import LEVELS_PER_S, measure_sound

BASS, MIDS, TREBLE = (20, 250), (250, 4000), (4000, 16000)


def film(path, *, codec="aac", seconds=4, start=0, rate=48_000, layout="stereo", wave=None):
    sound = Sound(
        codec, Fraction(seconds), start=Fraction(start), sample_rate=rate, layout=layout, wave=wave, hertz=440.0
    )
    return make_clip(path, num_frames=4, sounds=[sound])


def onsets(levels):
    return levels.start_s + np.flatnonzero(levels.onsets_N) / LEVELS_PER_S


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {}),
        ("a.mov", {"codec": "pcm_s16le", "layout": "mono"}),
        ("a.mkv", {"codec": "libopus"}),
        ("b.mp4", {"rate": 22_050}),
        ("b.mov", {"codec": "pcm_s16le", "start": "0.5"}),
    ],
)
def test_clicks_are_found_within_40_ms(tmp_path, name, options):
    times = np.array([0.5, 0.9, 1.37, 2.0, 2.25, 3.1])
    path = film(tmp_path / name, wave=clicks(*times), **options)

    found = onsets(measure_sound(path, []))

    assert len(found) == len(times)
    assert np.abs(found - times - float(options.get("start", 0))).max() <= 0.04


def test_a_new_tone_is_an_onset_and_a_held_one_is_none(tmp_path):
    def wave(num_samples, sample_rate):
        low, high = tone(num_samples, sample_rate, 220.0), tone(num_samples, sample_rate, 330.0)
        return np.where(np.arange(num_samples) < 2 * sample_rate, low, high).astype(np.float32)

    found = onsets(measure_sound(film(tmp_path / "a.mov", codec="pcm_s16le", wave=wave), []))

    assert [round(float(at), 1) for at in found] in ([2.0], [0.0, 2.0])


def test_steady_noise_has_no_onset_but_its_first(tmp_path):
    def wave(num_samples, _):
        return (0.2 * np.random.default_rng(1).standard_normal(num_samples)).astype(np.float32)

    assert (onsets(measure_sound(film(tmp_path / "a.mp4", wave=wave), [])) < 0.05).all()


def test_a_bass_tone_moves_bass_and_not_treble(tmp_path):
    path = film(tmp_path / "a.mp4", wave=swelling(80.0, 1.0, 3.0))

    levels_BN = measure_sound(path, [BASS, TREBLE, (60, 100), (100.5, 101)]).bands_BN

    at = [round(t * LEVELS_PER_S) for t in (0.5, 1.5, 2.0, 2.5, 3.5)]
    assert levels_BN[0, at] == pytest.approx([0, 0.5, 1, 0.5, 0], abs=0.05)
    assert levels_BN[1].max() < 0.05
    assert levels_BN[2, at] == pytest.approx(levels_BN[0, at], abs=0.05)


def test_a_treble_tone_moves_treble_and_not_bass(tmp_path):
    path = film(tmp_path / "a.mp4", wave=swelling(6000.0, 1.0, 3.0))

    levels_BN = measure_sound(path, [BASS, MIDS, TREBLE]).bands_BN

    assert levels_BN[2, 2 * LEVELS_PER_S] > 0.95
    assert levels_BN[:2].max() < 0.05


def test_a_steady_tone_stays_up(tmp_path):
    levels_BN = measure_sound(film(tmp_path / "a.mov", codec="pcm_s16le"), [MIDS]).bands_BN

    assert levels_BN[0, 10:-10].min() > 0.9


def test_levels_are_as_many_as_the_sound_is_long(tmp_path):
    levels = measure_sound(film(tmp_path / "a.mov", codec="pcm_s16le", seconds=3), [BASS])

    assert levels.bands_BN.shape[1] == len(levels.onsets_N)
    assert len(levels.onsets_N) == pytest.approx(3 * LEVELS_PER_S, abs=2)
    assert levels.bands_BN.dtype == np.float32


def test_a_film_without_sound_is_told_in_one_line(tmp_path):
    path = make_clip(tmp_path / "a.mp4")

    with pytest.raises(InputError, match=r"has no sound that a number could follow; give numbers or keyframes"):
        measure_sound(path, [BASS])


def test_a_silent_film_is_told_in_one_line(tmp_path):
    path = film(tmp_path / "a.mp4", wave=lambda n, _: np.zeros(n, np.float32))

    with pytest.raises(InputError, match=r"is silent, so nothing can follow it; give numbers"):
        measure_sound(path, [BASS])
