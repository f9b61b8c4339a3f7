"""mutoscope frames and mutoscope film: what is refused, and runs that are stopped."""

import hashlib
import json

import av
import pytest

from mutoscope.engine.frames import join_frames, write_frames
from mutoscope.storage.lock import only_writer
from mutoscope.testing.media import make_clip, make_picture

MANIFEST = "frames.mutoscope.json"


def packets(path):
    """Of each sound track: time in seconds and digest of each packet."""
    with av.open(str(path)) as film:
        tracks = {stream.index: [] for stream in film.streams.audio}
        for packet in film.demux(list(film.streams.audio)):
            if packet.size and packet.stream.index in tracks:  # no track at all means every track to PyAV
                digest = hashlib.sha256(bytes(packet)).hexdigest()
                tracks[packet.stream.index].append((packet.pts * packet.time_base, digest))
    return list(tracks.values())


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def manifest_of(folder):
    return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "frames"


@pytest.fixture
def refuse(mutoscope_command):
    """Run a command, expect a refusal of one line with exit code 2, give the line."""

    def run(*arguments):
        done = mutoscope_command(*arguments)
        assert done.code == 2, done.err
        lines = done.err.strip().splitlines()
        assert len(lines) == 1, done.err
        assert lines[0].startswith("mutoscope: ")
        return lines[0]

    return run


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--every", "0s"], "every=0s is not allowed"),
        (["--every", "0f"], "every=0f is not allowed"),
        (["--every", "often"], "'often' is no time"),
        (["--every", "-1s"], "is no time"),
        (["--format", "xcf"], "format 'xcf' is not written here"),
        (["--size", "3"], "size=3 is not allowed"),
    ],
)
def test_a_bad_option_of_frames(refuse, clip, folder, more, words):
    assert words in refuse("frames", clip, folder, *more)
    assert not folder.exists()


def test_a_missing_source(refuse, folder, tmp_path):
    assert "does not exist" in refuse("frames", tmp_path / "nothing.mp4", folder)
    assert not folder.exists()


def test_a_source_of_pictures(refuse, folder, style):
    assert "made of pictures already" in refuse("frames", style, folder)


def test_a_playlist_is_not_followed(refuse, folder, tmp_path, clip):
    (tmp_path / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:1,\nfile://{clip}\n")

    assert "opened" in refuse("frames", tmp_path / "list.mp4", folder)


def test_a_folder_that_is_a_file(refuse, clip, style):
    assert "is a file" in refuse("frames", clip, style)


def test_a_folder_with_the_frames_of_another_film(refuse, clip, folder, tmp_path):
    other = make_clip(tmp_path / "other.mp4", num_frames=2)
    write_frames(other, folder)
    before = names(folder)

    assert "another film" in refuse("frames", clip, folder)
    assert names(folder) == before


def test_a_folder_with_pictures_of_ones_own(refuse, clip, folder):
    folder.mkdir()
    make_picture(folder / "holiday.png")

    assert "holiday.png" in refuse("frames", clip, folder)
    assert names(folder) == ["holiday.png"]


def test_a_picture_that_the_manifest_does_not_know(refuse, clip, folder, tmp_path):
    write_frames(clip, folder)
    make_picture(folder / "frame_000099.png", width=46, height=34)

    assert "frame_000099.png" in refuse("film", folder, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_all_pictures_missing(refuse, clip, folder, tmp_path):
    write_frames(clip, folder)
    for path in folder.glob("*.png"):
        path.unlink()

    assert "none of the 5 pictures" in refuse("film", folder, tmp_path / "out.mp4")


def test_sizes_that_differ(refuse, clip, folder, tmp_path):
    write_frames(clip, folder)
    make_picture(folder / "frame_000003.png", width=48, height=34)

    assert "make all pictures alike" in refuse("film", folder, tmp_path / "out.mp4", "-q")


def test_a_picture_that_is_a_pointer_of_git_lfs(refuse, clip, folder, tmp_path):
    write_frames(clip, folder)
    (folder / "frame_000003.png").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")

    assert "frame_000003.png is not a picture" in refuse("film", folder, tmp_path / "out.mp4", "-q")


def test_a_manifest_of_a_future_format(refuse, clip, folder, tmp_path):
    write_frames(clip, folder)
    path = folder / MANIFEST
    path.write_text(path.read_text().replace("mutoscope.manifest/1", "mutoscope.manifest/9"))

    assert "newer" in refuse("film", folder, tmp_path / "out.mp4")


@pytest.mark.parametrize(
    "damage",
    [
        lambda told: told.update(time_base="soon"),
        lambda told: told.update(time_base="0"),
        lambda told: told["film"].update(sample_aspect_ratio="-1"),
        lambda told: told["film"].update(frame_rate="1/0"),
        lambda told: told["film"].update(audio=[{"loud": True}]),
        lambda told: told["film"].update(tags="none"),
        lambda told: told["film"].update(start_pts="first"),
        lambda told: told["pictures"][1].update(pts=told["pictures"][0]["pts"]),
        lambda told: told.update(film=None),
    ],
)
def test_a_manifest_whose_film_is_damaged(refuse, clip, folder, tmp_path, damage):
    write_frames(clip, folder)
    told = manifest_of(folder)
    damage(told)
    (folder / MANIFEST).write_text(json.dumps(told))

    assert "damaged" in refuse("film", folder, tmp_path / "out.mp4", "-q")


def test_a_manifest_of_a_result_is_none_of_frames(refuse, clip, folder, tmp_path):
    write_frames(clip, folder)
    told = manifest_of(folder)
    (folder / MANIFEST).write_text(json.dumps({**told, "kind": "film"}))

    assert "no manifest of frames" in refuse("film", folder, tmp_path / "out.mp4")


def test_a_manifest_opens_nothing_outside_its_folder(folder, tmp_path, clip):
    write_frames(clip, folder)
    told = manifest_of(folder)
    (folder / MANIFEST).write_text(json.dumps({**told, "sound": str(clip)}))

    done = join_frames(folder, tmp_path / "out.mp4")

    assert packets(done.path) == []
    assert "clip.mp4 is not in" in done.notices[0]


@pytest.mark.parametrize("rate", ["0", "-25", "many", "1/0", "nan"])
def test_a_bad_rate(refuse, folder, tmp_path, rate):
    folder.mkdir()
    make_picture(folder / "a.png")

    assert "rate=" in refuse("film", folder, tmp_path / "out.mp4", "--rate", rate)


def test_a_rate_where_the_manifest_tells_the_times(refuse, clip, folder, tmp_path):
    write_frames(clip, folder)

    assert "means nothing here" in refuse("film", folder, tmp_path / "out.mp4", "--rate", "25")


def test_folders_that_cannot_be_a_film(refuse, folder, tmp_path, clip):
    assert "does not exist" in refuse("film", folder, tmp_path / "out.mp4")
    folder.mkdir()
    assert "holds no picture" in refuse("film", folder, tmp_path / "out.mp4")
    assert "is a file" in refuse("film", clip, tmp_path / "out.mp4")
    make_picture(folder / "a.png")
    assert "is a picture" in refuse("film", folder, tmp_path / "out.png")
    assert "not written here" in refuse("film", folder, tmp_path / "out.xyz", "-q")


def test_a_run_that_is_stopped_leaves_nothing(folder, clip):
    def stop(progress):
        if progress.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_frames(clip, folder, report=stop)

    assert not folder.exists()


def test_a_run_that_dies_while_moving_is_no_whole_folder_and_can_be_repeated(folder, tmp_path, clip, monkeypatch):
    def die(manifest, path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("mutoscope.engine.frames.write_manifest", die)
        write_frames(clip, folder)
    assert not (folder / MANIFEST).exists()

    write_frames(clip, folder, every="2f")

    assert names(folder) == ["frame_000001.png", "frame_000002.png", "frame_000003.png", MANIFEST, "sound.mp4"]


def test_two_runs_do_not_write_one_folder_at_once(refuse, folder, clip):
    folder.mkdir()

    with only_writer(folder / MANIFEST):
        assert "another run" in refuse("frames", clip, folder, "-q")

    assert write_frames(clip, folder).frames == 5


def test_a_second_run_that_dies_while_moving_leaves_no_old_manifest(folder, clip, monkeypatch):
    write_frames(clip, folder)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("mutoscope.video.frame_folder.sync_folder", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        write_frames(clip, folder, every="2f")

    assert not (folder / MANIFEST).exists()
    write_frames(clip, folder, size=24)
    assert len(names(folder)) == 7


def test_one_bar_for_one_stage(folder, clip, mutoscope_command):
    done = mutoscope_command("frames", clip, folder)

    assert done.err == ""
    assert done.out.startswith(f"{folder}: 5 frames in ")
