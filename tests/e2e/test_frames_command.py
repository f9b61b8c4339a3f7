"""mutoscope frames and mutoscope film: a film taken apart and put together is the same film."""

import hashlib
import json
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from mutoscope.engine.frames import join_frames, write_frames
from mutoscope.testing.media import Sound, make_clip, make_picture, patches, solid
from mutoscope.video.info import probe

SECOND = Fraction(1)
MANIFEST = "frames.mutoscope.json"


def times(path):
    with av.open(str(path)) as film:
        return [frame.pts * frame.time_base for frame in film.decode(video=0)]


def pts_of(path):
    with av.open(str(path)) as film:
        return [frame.pts for frame in film.decode(video=0)]


def pixels(path):
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in film.decode(video=0)]


def packets(path):
    """Of each sound track: time in seconds and digest of each packet."""
    with av.open(str(path)) as film:
        tracks = {stream.index: [] for stream in film.streams.audio}
        for packet in film.demux(list(film.streams.audio)):
            if packet.size and packet.stream.index in tracks:  # no track at all means every track to PyAV
                digest = hashlib.sha256(bytes(packet)).hexdigest()
                tracks[packet.stream.index].append((packet.pts * packet.time_base, digest))
    return list(tracks.values())


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def manifest_of(folder):
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "frames"


@pytest.fixture
def again(folder, tmp_path, mutoscope_command):
    """Take a film apart and put it together again with the two commands; give the new film."""

    def run(source, suffix=None, more=()):
        assert mutoscope_command("frames", source, folder, "-q").code == 0
        result = tmp_path / f"again{suffix or source.suffix}"
        done = mutoscope_command("film", folder, result, "-q", *more)
        assert done.code == 0, done.err
        return result

    return run


def test_a_clip_there_and_back_is_the_same_clip(again, folder, tmp_path):
    tags = {"title": "Orchard", "comment": "seven takes", "creation_time": "2024-05-06T07:08:09.000000Z"}
    source = make_clip(tmp_path / "clip.mp4", width=46, height=34, num_frames=7, sounds=[Sound()], tags=tags)

    result = again(source)

    assert pts_of(result) == pts_of(source)
    assert times(result) == times(source)
    assert packets(result) == packets(source)
    old, new = probe(source), probe(result)
    assert new.tags == old.tags
    assert {key: new.tags[key] for key in tags} == tags
    assert (new.time_base, new.frame_rate, new.duration) == (old.time_base, old.frame_rate, old.duration)
    assert names(folder) == [*(f"frame_{n:06d}.png" for n in range(1, 8)), MANIFEST, "sound.mp4"]
    for before, after in zip(pixels(source), pixels(result), strict=True):
        assert np.abs(before - after).mean() < 2


@pytest.mark.parametrize(
    ("name", "codec", "sound"),
    [
        ("a.mp4", "libx264", Sound("aac", SECOND, 44_100, start=Fraction(1, 3), language="deu")),
        ("b.mov", "mpeg4", Sound("pcm_s16le", SECOND)),
        ("c.mp4", "libx264", Sound("libopus", SECOND)),
        ("d.mkv", "libx264", Sound("flac", SECOND)),
        ("e.mkv", "libx264", Sound("pcm_s16le", SECOND, layout="mono")),
    ],
)
def test_sound_packets_come_back_untouched(again, tmp_path, name, codec, sound):
    source = make_clip(tmp_path / name, codec=codec, sounds=[sound])

    result = again(source)

    assert packets(result) == packets(source)
    assert packets(source)[0]


@pytest.mark.parametrize(
    ("name", "codec", "sound", "preroll"),
    [
        ("a.mkv", "libx264", "libopus", 1),
        ("b.webm", "libvpx-vp9", "libopus", 1),
        ("c.mkv", "libx264", "libmp3lame", 1),
        ("d.mkv", "libx264", "aac", 1),
    ],
)
def test_matroska_moves_the_preroll_only(again, tmp_path, name, codec, sound, preroll):
    # A packet that begins before zero would make Matroska shift the whole film (see video/audio.py).
    source = make_clip(tmp_path / name, codec=codec, sounds=[Sound(sound, SECOND)])

    before, after = packets(source)[0], packets(again(source))[0]

    assert [packet for packet in after if packet[0] > 0] == [packet for packet in before[preroll:] if packet[0] > 0]
    assert before[0][0] < 0 <= after[0][0]


def test_variable_rates_and_late_starts_keep_their_times(again, tmp_path):
    pts = [900, 4500, 4600, 99_000, 180_001]
    source = make_clip(tmp_path / "clip.mp4", pts=pts, time_base=Fraction(1, 90_000), sounds=[Sound()])

    result = again(source)

    assert times(result) == [Fraction(p, 90_000) for p in pts]
    assert packets(result) == packets(source)


def test_another_container_keeps_the_times_it_can_count(again, tmp_path):
    source = make_clip(tmp_path / "clip.mkv", num_frames=5, rate=25, sounds=[Sound("libopus")])

    result = again(source, ".mp4")

    assert times(result) == times(source)
    assert packets(result) == packets(source)


def test_rotation_is_applied_and_pixel_shape_kept(again, folder, tmp_path):
    source = make_clip(tmp_path / "clip.mp4", width=48, height=32, rotation=90, sample_aspect_ratio=Fraction(4, 3))

    result = probe(again(source))

    assert size_of(folder / "frame_000001.png") == (32, 48)
    assert (result.width, result.height, result.rotation) == (32, 48, 0)
    assert result.sample_aspect_ratio == Fraction(3, 4)


def test_pictures_hold_what_the_formula_says(folder, tmp_path):
    source = make_clip(tmp_path / "clip.mp4", width=46, height=34, num_frames=3)

    write_frames(source, folder)

    for index in range(3):
        with Image.open(folder / f"frame_{index + 1:06d}.png") as picture:
            got = np.asarray(picture).astype(int)
        assert np.abs(got - patches(index, 34, 46))[4:12, 4:18].max() <= 3


def test_alpha_comes_back_where_the_container_holds_it(again, tmp_path):
    source = make_clip(
        tmp_path / "clip.mov", codec="prores_ks", pix_fmt="yuva444p10le", options={"profile": "4"}, alpha=0
    )

    result = again(source, more=["--codec", "prores"])

    with av.open(str(result)) as film:
        alpha_HW = next(film.decode(video=0)).to_ndarray(format="rgba")[..., 3]
    assert alpha_HW[:, :20].max() <= 2
    assert alpha_HW[:, 28:].min() >= 253


def test_the_manifest_tells_times_hashes_and_where_it_came_from(folder, clip):
    write_frames(clip, folder)

    told = manifest_of(folder)

    assert told["kind"] == "frames"
    assert [picture["pts"] for picture in told["pictures"]] == pts_of(clip)
    for picture in told["pictures"]:
        assert picture["sha256"] == hashlib.sha256((folder / picture["file"]).read_bytes()).hexdigest()
    assert told["inputs"][0]["sha256"] == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert Fraction(told["time_base"]) == probe(clip).time_base
    assert told["film"]["num_frames"] == 5


def test_the_same_film_gives_the_same_bytes(tmp_path, clip):
    for name in ("a", "b"):
        write_frames(clip, tmp_path / name)

    for name in names(tmp_path / "a"):
        if name != MANIFEST:
            assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_moved_folder_still_makes_the_film(folder, tmp_path, clip):
    write_frames(clip, folder)
    expected = join_frames(folder, tmp_path / "one.mp4").path.read_bytes()
    (tmp_path / "elsewhere").mkdir()
    moved = folder.rename(tmp_path / "elsewhere" / "pictures")
    clip.unlink()

    assert join_frames(moved, tmp_path / "two.mp4").path.read_bytes() == expected


@pytest.mark.parametrize(
    ("every", "kept"),
    [("1s", [0, 25, 50]), ("500ms", [0, 13, 25, 38, 50]), ("10f", [0, 10, 20, 30, 40, 50]), ("00:02", [0, 50])],
)
def test_every_takes_the_first_frame_of_each_stretch(folder, tmp_path, every, kept):
    source = make_clip(tmp_path / "clip.mp4", num_frames=51, rate=25)

    done = write_frames(source, folder, every=every)

    all_pts = pts_of(source)
    assert done.frames == len(kept)
    assert [picture["pts"] for picture in manifest_of(folder)["pictures"]] == [all_pts[index] for index in kept]


def test_a_gap_in_a_film_is_not_filled_by_every(folder, tmp_path):
    source = make_clip(tmp_path / "clip.mp4", pts=[0, 5, 35, 36, 40], time_base=Fraction(1, 10), rate=10)

    write_frames(source, folder, every="1s")

    base = probe(source).time_base
    assert [p["pts"] * base for p in manifest_of(folder)["pictures"]] == [0, Fraction(35, 10), 4]


def test_pictures_of_every_second_last_a_second_each(folder, tmp_path):
    source = make_clip(tmp_path / "clip.mp4", num_frames=75, rate=25, sounds=[Sound(seconds=Fraction(3))])
    write_frames(source, folder, every="1s")

    result = probe(join_frames(folder, tmp_path / "again.mp4").path)

    assert times(result.path) == [0, 1, 2]
    assert result.duration == 3


def test_edited_and_resized_pictures_are_taken(folder, tmp_path, clip):
    write_frames(clip, folder)
    for path in folder.glob("*.png"):
        Image.new("RGB", (64, 48), (200, 40, 40)).save(path)

    result = join_frames(folder, tmp_path / "again.mp4").path

    assert (probe(result).width, probe(result).height) == (64, 48)
    assert np.abs(pixels(result)[2] - np.array([200, 40, 40])).max() <= 4
    assert times(result) == times(clip)


def test_a_picture_left_out_leaves_a_gap(folder, tmp_path, mutoscope_command, clip):
    write_frames(clip, folder)
    (folder / "frame_000002.png").unlink()

    done = mutoscope_command("film", folder, tmp_path / "again.mp4", "-q")

    assert done.code == 0
    assert "1 of 5 pictures are left out" in done.err
    whole = times(clip)
    assert times(tmp_path / "again.mp4") == [whole[0], *whole[2:]]
    assert packets(tmp_path / "again.mp4") == packets(clip)


def test_sound_left_out_is_told(folder, tmp_path, clip):
    write_frames(clip, folder)
    (folder / "sound.mp4").unlink()

    done = join_frames(folder, tmp_path / "again.mp4")

    assert "the film is silent" in done.notices[0]
    assert packets(done.path) == []


def test_running_again_takes_surplus_pictures_of_its_own_away(folder, clip):
    write_frames(clip, folder, picture_format="jpg")

    write_frames(clip, folder, every="2f")

    assert names(folder) == ["frame_000001.png", "frame_000002.png", "frame_000003.png", MANIFEST, "sound.mp4"]


def test_without_a_manifest_pictures_follow_in_natural_order(folder, tmp_path, mutoscope_command):
    folder.mkdir()
    for name, level in (("p10.png", 200), ("p9.png", 100), ("p1.png", 10)):
        make_picture(folder / name, width=46, height=34, pixels=solid(level, level, level))

    done = mutoscope_command("film", folder, tmp_path / "out.mp4", "--rate", "24000/1001", "-q")

    assert done.code == 0, done.err
    assert times(tmp_path / "out.mp4") == [0, Fraction(1001, 24000), Fraction(2002, 24000)]
    assert [round(frame.mean(), -1) for frame in pixels(tmp_path / "out.mp4")] == [10, 100, 200]


@pytest.mark.parametrize("form", ["png", "jpg", "tiff", "webp"])
def test_every_format_is_written_and_read(folder, tmp_path, clip, form):
    write_frames(clip, folder, picture_format=form, size=24)

    assert size_of(folder / f"frame_000005.{form}") == (24, 18)
    assert join_frames(folder, tmp_path / "again.mp4").frames == 5


def test_deep_films_say_that_pictures_hold_8_bits(folder, tmp_path):
    source = make_clip(tmp_path / "clip.mp4", pix_fmt="yuv420p10le")

    assert "10 bits" in write_frames(source, folder).notices[0]


def test_progress_counts_every_frame(folder, tmp_path, clip):
    told = []
    write_frames(clip, folder, report=told.append)
    join_frames(folder, tmp_path / "again.mp4", report=told.append)

    assert [(p.done, p.total) for p in told if p.stage == "frames"] == [(n, 5) for n in range(1, 6)] * 2


def test_chapters_come_back(again, tmp_path):
    chapters = [(0, 100, "One"), (100, 240, "Two")]
    source = make_clip(tmp_path / "clip.mkv", sounds=[Sound("libopus")], chapters=chapters)

    with av.open(str(again(source))) as film:
        found = film.chapters()

    assert [(c["start"] * c["time_base"], c["metadata"]["title"]) for c in found] == [
        (0, "One"),
        (Fraction(1, 10), "Two"),
    ]


def test_a_film_that_breaks_off_is_delivered_with_exit_code_3(folder, tmp_path, mutoscope_command):
    whole = make_clip(
        tmp_path / "whole.mp4", width=160, height=120, num_frames=40, container_options={"movflags": "faststart"}
    )
    (tmp_path / "cut.mp4").write_bytes(whole.read_bytes()[:-2000])

    done = mutoscope_command("frames", tmp_path / "cut.mp4", folder, "-q")

    assert done.code == 3
    assert "breaks off" in done.err
    assert 0 < len(manifest_of(folder)["pictures"]) < 40
    assert mutoscope_command("film", folder, tmp_path / "again.mp4", "-q").code == 0
