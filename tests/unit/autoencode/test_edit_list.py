"""Edit lists, and latents cut by them."""

from fractions import Fraction

import opentimelineio as otio
import pytest
import torch

from mutoscope.autoencode.conform import conform
from mutoscope.autoencode.edit_list import Edit, read_edits
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.timecode import frame_of
from mutoscope.core.errors import InputError

R25 = Fraction(25)
NTSC = Fraction(30000, 1001)


def ramp(num=500, rate=R25, cut=250):
    """Latents that tell their own number."""
    z = torch.arange(float(num))[:, None] * torch.tensor([1.0, -2.0])
    return Latents(z, tuple(range(num)), 1 / rate, tuple(int(i >= cut) for i in range(num)), (0,) * num)


def cmx(folder, *lines, fcm="NON-DROP FRAME"):
    path = folder / "cut.edl"
    path.write_text("\r\n".join(["TITLE: CUT", f"FCM: {fcm}", *lines]) + "\r\n")
    return path


def numbers(latents):
    return latents.z_TL[:, 0].tolist()


ONE = "001  AX       V     C        00:00:04:00 00:00:04:05 01:00:00:00 01:00:00:05"
TWO = "002  AX       V     C        00:00:01:00 00:00:01:03 01:00:00:05 01:00:00:08"


def test_cuts_take_the_frames_bit_by_bit(tmp_path):
    edits = read_edits(cmx(tmp_path, ONE, "* FROM CLIP NAME: PROXY", TWO), R25)
    cut = conform(ramp(), edits)
    assert numbers(cut) == [100, 101, 102, 103, 104, 25, 26, 27]
    assert cut.pts_T == tuple(range(8))
    assert cut.time_base == Fraction(1, 25)
    assert cut.shot_T == (0,) * 5 + (1,) * 3
    assert edits.notices == ()


def test_events_come_in_the_order_of_the_record_and_sound_is_passed_over(tmp_path):
    sound = "003  AX       A     C        00:00:09:00 00:00:10:00 01:00:00:00 01:00:01:00"
    both = TWO.replace(" V ", " B ")
    assert numbers(conform(ramp(), read_edits(cmx(tmp_path, both, sound, ONE), R25)))[:2] == [100, 101]


def test_the_films_own_cuts_stay_cuts(tmp_path):
    line = "001  AX       V     C        00:00:09:23 00:00:10:02 01:00:00:00 01:00:00:04"
    assert conform(ramp(), read_edits(cmx(tmp_path, line), R25)).shot_T == (0, 0, 1, 1)


def test_a_dissolve_goes_from_latent_to_latent(tmp_path):
    lines = [
        "001  AX       V     C        00:00:04:00 00:00:04:05 01:00:00:00 01:00:00:05",
        "002  AX       V     C        00:00:04:05 00:00:04:05 01:00:00:05 01:00:00:05",
        "002  BX       V     D    003 00:00:01:00 00:00:01:06 01:00:00:05 01:00:00:11",
    ]
    found = read_edits(cmx(tmp_path, *lines), R25)
    cut = numbers(conform(ramp(), found))
    mixed = [0.75 * 105 + 0.25 * 25, 0.5 * 106 + 0.5 * 26, 0.25 * 107 + 0.75 * 27]
    assert cut == pytest.approx([100, 101, 102, 103, 104, *mixed, 28, 29, 30])
    assert "2 reels" in found.notices[0]


@pytest.mark.parametrize(
    ("speed", "trigger", "wanted"),
    [
        ("012.5", "00:00:04:00", [100, 100.5, 101, 101.5, 102]),
        ("050.0", "00:00:04:00", [100, 102, 104, 106, 108]),
        ("-025.0", "00:00:04:10", [110, 109, 108, 107, 106]),
        ("000.0", "00:00:04:02", [102] * 5),
        ("050.0", "", [100, 102, 104, 106, 108]),
    ],
)
def test_speeds_resample(tmp_path, speed, trigger, wanted):
    found = read_edits(cmx(tmp_path, ONE, f"M2   AX       {speed}                {trigger}"), R25)
    assert numbers(conform(ramp(), found)) == pytest.approx(wanted)


def test_a_speed_that_only_the_lengths_tell_is_taken(tmp_path):
    line = "001  AX       V     C        00:00:04:00 00:00:04:10 01:00:00:00 01:00:00:05"
    assert numbers(conform(ramp(), read_edits(cmx(tmp_path, line), R25))) == [100, 102, 104, 106, 108]


def test_gaps_and_black_hold_what_was_shown(tmp_path):
    late = TWO.replace("01:00:00:05 01:00:00:08", "01:00:00:07 01:00:00:10")
    black = "003  BL       V     C        00:00:00:00 00:00:00:02 01:00:00:10 01:00:00:12"
    found = read_edits(cmx(tmp_path, ONE, late, black), R25)
    assert numbers(conform(ramp(), found)) == [100, 101, 102, 103, 104, 104, 104, 25, 26, 27, 27, 27]
    assert any("hold" in notice for notice in found.notices)


def test_timecode_of_the_first_frame_is_taken_off(tmp_path):
    line = ONE.replace("00:00:04:00 00:00:04:05", "10:00:00:02 10:00:00:07")
    assert numbers(conform(ramp(), read_edits(cmx(tmp_path, line), R25, "10:00:00:00")))[0] == 2


@pytest.mark.parametrize(
    ("text", "drop", "frame"),
    [
        ("00:00:59:29", False, 1799),
        ("00:01:00:00", False, 1800),
        ("00:00:59;29", True, 1799),
        ("00:01:00;02", True, 1800),
        ("00:10:00;00", True, 17982),
        ("01:00:00;00", True, 107892),
    ],
)
def test_timecode_counts_as_smpte_does(text, drop, frame):
    assert frame_of(text, NTSC, drop=drop) == frame


def test_drop_frame_lists_count_drop_frame(tmp_path):
    line = "001  AX       V     C        00:01:00;02 00:01:00;05 01:00:00;00 01:00:00;03"
    latents = ramp(1900, NTSC, 1900)
    assert numbers(conform(latents, read_edits(cmx(tmp_path, line, fcm="DROP FRAME"), NTSC))) == [1800, 1801, 1802]
    plain = line.replace(";", ":").replace("00:01:00:02 00:01:00:05", "00:01:00:00 00:01:00:03")
    assert numbers(conform(latents, read_edits(cmx(tmp_path, plain), NTSC))) == [1800, 1801, 1802]


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ([], "no event"),
        (["001  AX  V  C  00:00:04:00 00:00:04:05"], "line 3: .* is no event"),
        ([ONE.replace("00:00:04:05", "00:00:04:25")], "line 3: .*does not exist"),
        ([ONE.replace("00:00:04:05", "00:00:03:05")], "ends before"),
        ([ONE, TWO.replace("01:00:00:05", "01:00:00:04")], "two events at once"),
        ([ONE, "M2 AX fast"], "line 4"),
    ],
)
def test_lists_that_make_no_sense_are_told_in_one_line(tmp_path, lines, word):
    with pytest.raises(InputError, match=word) as caught:
        read_edits(cmx(tmp_path, *lines), R25)
    assert "\n" not in str(caught.value)


def test_an_event_outside_the_film_is_told(tmp_path):
    found = read_edits(cmx(tmp_path, ONE.replace("00:00:04:00 00:00:04:05", "01:00:04:00 01:00:04:05")), R25)
    with pytest.raises(InputError, match="the film has 500; give the timecode"):
        conform(ramp(), found)


def test_other_files_are_refused(tmp_path):
    (tmp_path / "cut.xml").write_text("<x/>")
    (tmp_path / "cut.otio").write_text("{")
    for name, word in (("cut.xml", "no edit list"), ("cut.otio", "no timeline"), ("no.edl", "does not exist")):
        with pytest.raises(InputError, match=word):
            read_edits(tmp_path / name, R25)


def _clip(start, length, rate=25.0, media_start=None, effects=()):
    times = otio.opentime
    range_ = times.TimeRange(times.RationalTime(start, rate), times.RationalTime(length, rate))
    media = otio.schema.ExternalReference("film.mp4")
    if media_start is not None:
        media.available_range = times.TimeRange(times.RationalTime(media_start, rate), times.RationalTime(9000, rate))
    clip = otio.schema.Clip("film", media, range_)
    clip.effects.extend(effects)
    return clip


def _saved(folder, *items, tracks=1):
    timeline = otio.schema.Timeline("cut")
    for _ in range(tracks):
        track = otio.schema.Track("video", kind=otio.schema.TrackKind.Video)
        track.extend(items if not len(timeline.tracks) else [])
        timeline.tracks.append(track)
    path = folder / "cut.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


def _dissolve(before, after):
    times = otio.opentime
    return otio.schema.Transition("d", "SMPTE_Dissolve", times.RationalTime(before, 25), times.RationalTime(after, 25))


def test_a_timeline_is_cut_as_a_list_is(tmp_path):
    gap = otio.schema.Gap(duration=otio.opentime.RationalTime(2, 25))
    path = _saved(tmp_path, _clip(100, 3), gap, _clip(90025, 2, media_start=90000), tracks=2)
    found = read_edits(path, R25)
    assert numbers(conform(ramp(), found)) == [100, 101, 102, 102, 102, 25, 26]
    assert len(found.notices) == 2


def test_a_dissolve_of_a_timeline_takes_from_both_sides(tmp_path):
    found = read_edits(_saved(tmp_path, _clip(100, 4), _dissolve(1, 2), _clip(25, 4)), R25)
    assert found.edits[1] == Edit(3, 5, Fraction(24), Fraction(1), 3)
    mixed = [0.75 * 103 + 0.25 * 24, 0.5 * 104 + 0.5 * 25, 0.25 * 105 + 0.75 * 26]
    assert numbers(conform(ramp(), found)) == pytest.approx([100, 101, 102, *mixed, 27, 28])


def test_speeds_freezes_and_other_rates_of_a_timeline_count(tmp_path):
    slow, still = otio.schema.LinearTimeWarp(time_scalar=0.5), otio.schema.FreezeFrame()
    path = _saved(tmp_path, _clip(100, 3, effects=[slow]), _clip(50, 2, effects=[still]), _clip(48, 24, rate=24.0))
    cut = numbers(conform(ramp(), read_edits(path, R25)))
    assert cut[:5] == pytest.approx([100, 100.5, 101, 50, 50])
    assert len(cut) == 5 + 25
    assert cut[5] == 50
