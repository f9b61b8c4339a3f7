"""`frame.keep` as the first step: only the parts are computed, and they follow each other with their sound."""

from fractions import Fraction

import av
import pytest

from mutoscope.core.clip import Clip
from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.info import probe
from mutoscope.video.read import open_video


@pytest.fixture
def long_clip(tmp_path):
    return make_clip(
        tmp_path / "in.mp4", width=64, height=48, num_frames=50, sounds=[Sound(seconds=Fraction(2))], options={"g": "9"}
    )


def keep(tmp_path, ranges, more=""):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f'mutoscope = 1\n[[step]]\neffect = "frame.keep"\nparams = {{ ranges = "{ranges}" }}\n{more}', encoding="utf-8"
    )
    return recipe


def whole(path) -> Clip:
    with open_video(path) as film:
        return Clip.join(list(film))


def test_parts_follow_each_other_without_gaps(long_clip, tmp_path, mutoscope_command):
    out = tmp_path / "out.mp4"

    done = mutoscope_command("run", keep(tmp_path, "0.2s..0.6s, 1s..1.4s"), long_clip, out)

    assert done.code == 0, done.err
    before, after = whole(long_clip), whole(out)
    assert [t * after.time_base for t in after.pts_T] == [Fraction(i, 25) for i in range(20)]
    assert probe(out).duration == Fraction(20, 25)
    gap = (after.pixels_TCHW[10:] - before.pixels_TCHW[25:35]).abs().mean()
    assert gap < 0.02


def test_sound_stays_with_its_pictures(long_clip, tmp_path, mutoscope_command):
    out = tmp_path / "out.mp4"
    mutoscope_command("run", keep(tmp_path, "0.2s..0.6s, 1s..1.4s"), long_clip, out)

    def packets(path):
        with av.open(str(path)) as film:
            return {bytes(p): float(p.pts * p.time_base) for p in film.demux(audio=0) if p.size}

    before = packets(long_clip)
    for data, seconds in packets(out).items():
        # Each packet is shifted as the pictures of its part are: by 0.2 s, or by 0.2 and 0.4 s.
        shift = 0.2 if seconds < 0.4 - 0.011 else 0.6
        assert before[data] - shift == pytest.approx(seconds, abs=0.002)
    assert len(packets(out)) == pytest.approx(0.8 / (1024 / 48000), abs=2)


def test_only_the_parts_are_computed(long_clip, tmp_path, mutoscope_command):
    out = tmp_path / "out.mp4"
    mutoscope_command("run", keep(tmp_path, "0s..0.12s, 1.9s.."), long_clip, out)

    manifest = (tmp_path / "out.mutoscope.json").read_text(encoding="utf-8")

    assert '"frames": 5' in manifest
    assert manifest.count('"first_pts"') == 2


@pytest.mark.parametrize(
    ("ranges", "more", "told"),
    [
        ("3s..4s", "", "no frame of"),
        ("1s..0.5s", "", "follow each other"),
        ("0s..1s, 0.5s..2s", "", "follow each other"),
        ("nonsense", "", "FROM..TO"),
        ("0s..1s", '[[step]]\neffect = "frame.keep"\nparams = { ranges = "0s..1s" }', "make it the first step"),
    ],
)
def test_what_cannot_be_kept_is_told_in_one_line(ranges, more, told, long_clip, tmp_path, mutoscope_command):
    done = mutoscope_command("run", keep(tmp_path, ranges, more), long_clip, tmp_path / "out.mp4")

    assert done.code == 2
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not (tmp_path / "out.mp4").exists()
