import hashlib
from fractions import Fraction

import av
import pytest

from mutoscope.core.errors import InputError
from mutoscope.testing.media import Sound, make_clip
from mutoscope.video.sound_file import save_sound

HALF = Fraction(1, 2)
CHAPTERS = [(0, 100, "One"), (100, 240, "Two")]


def packets(path):
    """Of each sound track: time in seconds and digest of each packet."""
    with av.open(str(path)) as film:
        tracks = {stream.index: [] for stream in film.streams.audio}
        for packet in film.demux(list(film.streams.audio)):
            if packet.size:
                digest = hashlib.sha256(bytes(packet)).hexdigest()
                tracks[packet.stream.index].append((packet.pts * packet.time_base, digest))
    return list(tracks.values())


@pytest.mark.parametrize(
    ("name", "codec", "sounds", "kept_in"),
    [
        ("a.mp4", "libx264", [Sound("aac", HALF)], "sound.mp4"),
        ("b.mov", "mpeg4", [Sound("pcm_s16le", HALF)], "sound.mov"),
        ("c.mkv", "libx264", [Sound("libopus", HALF)], "sound.mka"),
        ("d.webm", "libvpx-vp9", [Sound("libopus", HALF)], "sound.mka"),
        ("e.mkv", "libx264", [Sound("libmp3lame", HALF, sample_rate=44_100)], "sound.mka"),
        ("f.mp4", "libx264", [Sound("aac", HALF, 44_100, start=Fraction(1, 3)), Sound("libopus", HALF)], "sound.mp4"),
        ("g.avi", "mpeg4", [Sound("pcm_s16le", HALF)], "sound.mov"),
        ("h.mkv", "libx264", [Sound("flac", HALF), Sound("pcm_s16le", HALF, layout="mono")], "sound.mka"),
    ],
)
def test_every_packet_keeps_its_bytes_and_its_time(tmp_path, name, codec, sounds, kept_in):
    source = make_clip(tmp_path / name, codec=codec, sounds=sounds)

    made = save_sound(source, tmp_path)

    assert made.path == tmp_path / kept_in
    assert made.notices == ()
    assert packets(made.path) == packets(source)
    assert all(packets(source))


def test_chapters_and_languages_are_kept(tmp_path):
    source = make_clip(tmp_path / "clip.mp4", sounds=[Sound("aac", HALF, language="deu")], chapters=CHAPTERS)

    made = save_sound(source, tmp_path)

    assert made.notices == ()
    with av.open(str(made.path)) as sound:
        assert sound.streams.audio[0].metadata["language"] == "deu"
        assert [chapter["metadata"]["title"] for chapter in sound.chapters()] == ["One", "Two"]
        assert not sound.streams.video


def test_a_silent_film_has_no_sound_file(tmp_path):
    made = save_sound(make_clip(tmp_path / "clip.mp4"), tmp_path)

    assert made.path is None
    assert made.notices == ()
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_chapters_without_sound_are_not_dropped_in_silence(tmp_path):
    made = save_sound(make_clip(tmp_path / "clip.mkv", chapters=CHAPTERS), tmp_path)

    assert "chapters of clip.mkv were not kept" in made.notices[0]


def test_the_same_film_gives_the_same_bytes(tmp_path):
    source = make_clip(tmp_path / "clip.mkv", sounds=[Sound("libopus", HALF)])

    first = save_sound(source, tmp_path).path.read_bytes()

    assert save_sound(source, tmp_path).path.read_bytes() == first


def test_only_one_candidate_stays(tmp_path):
    # ADTS headers of a transport stream fit into no other container: no candidate is exact, the best one stays.
    source = make_clip(tmp_path / "clip.ts", sounds=[Sound("aac", HALF)], container="mpegts")

    made = save_sound(source, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.ts", made.path.name]
    assert [time for time, _ in packets(made.path)[0]] == [time for time, _ in packets(source)[0]]


def test_a_missing_source_is_one_line(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        save_sound(tmp_path / "nothing.mp4", tmp_path)
