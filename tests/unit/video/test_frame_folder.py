from fractions import Fraction

import pytest
import torch

from mutoscope.core.errors import InputError, OutputError
from mutoscope.testing.clips import gradient_clip
from mutoscope.testing.media import make_picture
from mutoscope.video.frame_folder import FrameFolder, first_few, list_pictures, load_frame, measure

OWNER = "a" * 64
OTHER = "b" * 64
MARK = "whole.json"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fill(folder, count, owner=OWNER, older=()):
    with FrameFolder(folder, owner, ".png") as place:
        for frame in gradient_clip(count, 17, 23).frames():
            place.add(frame)
        place.move(older, MARK)
        place.finish()


def test_pictures_are_numbered_from_one_in_order(tmp_path):
    fill(tmp_path / "deep" / "frames", 3)

    assert names(tmp_path / "deep" / "frames") == ["frame_000001.png", "frame_000002.png", "frame_000003.png"]


def test_nothing_appears_before_all_is_written(tmp_path):
    with FrameFolder(tmp_path / "frames", OWNER, ".png") as place:
        place.add(gradient_clip(1, 17, 23))

        assert list_pictures(tmp_path / "frames") == []


def test_a_failed_run_leaves_nothing_not_even_the_folder(tmp_path):
    with pytest.raises(KeyboardInterrupt), FrameFolder(tmp_path / "frames", OWNER, ".png") as place:
        place.add(gradient_clip(1, 17, 23))
        raise KeyboardInterrupt

    assert not (tmp_path / "frames").exists()


def test_a_failed_run_leaves_a_folder_that_it_did_not_make(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(KeyboardInterrupt), FrameFolder(tmp_path, OWNER, ".png"):
        raise KeyboardInterrupt

    assert names(tmp_path) == ["notes.txt"]


def test_older_pictures_that_no_new_one_replaces_go(tmp_path):
    fill(tmp_path, 3)

    fill(tmp_path, 2, older=["frame_000001.png", "frame_000002.png", "frame_000003.png"])

    assert names(tmp_path) == ["frame_000001.png", "frame_000002.png"]


def test_a_list_of_older_files_removes_nothing_but_pictures_and_sound_of_ours(tmp_path):
    (tmp_path / "notes.txt").touch()
    (tmp_path / "sound.mka").touch()

    fill(tmp_path, 1, older=["notes.txt", "sound.mka", "../frame_000009.png"])

    assert names(tmp_path) == ["frame_000001.png", "notes.txt"]


def test_the_mark_of_wholeness_goes_before_anything_moves(tmp_path):
    (tmp_path / MARK).touch()

    break_off_while_moving(tmp_path)

    assert not (tmp_path / MARK).exists()
    assert (tmp_path / "frame_000001.png").exists()


def break_off_while_moving(folder):
    with pytest.raises(KeyboardInterrupt), FrameFolder(folder, OWNER, ".png") as place:
        place.add(gradient_clip(1, 17, 23))
        place.move([], MARK)
        raise KeyboardInterrupt


def test_pictures_of_a_run_broken_off_while_moving_belong_to_the_next_run(tmp_path):
    break_off_while_moving(tmp_path)

    with FrameFolder(tmp_path, OWNER, ".png") as place:
        assert place.unfinished
        assert place.strangers(()) == []
        assert place.leftover_names() == {"frame_000001.png"}
        place.move(place.leftover_names(), MARK)
        place.finish()

    assert names(tmp_path) == []


def test_a_run_of_another_film_does_not_take_them(tmp_path):
    break_off_while_moving(tmp_path)

    with FrameFolder(tmp_path, OTHER, ".png") as place:
        assert place.strangers(()) == ["frame_000001.png"]


def test_pictures_and_sound_of_others_are_strangers(tmp_path):
    make_picture(tmp_path / "holiday.png")
    (tmp_path / "sound.mp4").write_bytes(b"mine")
    (tmp_path / "notes.txt").write_text("mine")

    with FrameFolder(tmp_path, OWNER, ".png") as place:
        assert place.strangers(["frame_000001.png"]) == ["holiday.png", "sound.mp4"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "frames").touch()

    with pytest.raises(OutputError, match="is a file"):
        FrameFolder(tmp_path / "frames", OWNER, ".png")
    with pytest.raises(InputError, match="is a file"):
        list_pictures(tmp_path / "frames")
    with pytest.raises(InputError, match="does not exist"):
        list_pictures(tmp_path / "nothing")


def test_jpeg_says_that_it_holds_no_transparency(tmp_path):
    clip = gradient_clip(1, 17, 23)
    clip = type(clip)(clip.pixels_TCHW, clip.pts_T, clip.time_base, torch.zeros(1, 1, 17, 23))

    with FrameFolder(tmp_path, OWNER, ".jpg") as place:
        place.add(clip)

        assert "transparency" in place.notices[0]


def test_natural_order_puts_2_before_10(tmp_path):
    for name in ("shot10.png", "shot2.PNG", "shot2b.png", "a.jpg", "0.png", ".hidden.png"):
        make_picture(tmp_path / "x.png").rename(tmp_path / name)
    (tmp_path / "notes.txt").touch()

    assert [p.name for p in list_pictures(tmp_path)] == ["0.png", "a.jpg", "shot2.PNG", "shot2b.png", "shot10.png"]


def test_sizes_must_be_alike(tmp_path):
    paths = [make_picture(tmp_path / "a.png"), make_picture(tmp_path / "b.png", width=17, height=23)]

    with pytest.raises(InputError, match=r"b\.png is 17x23 and a\.png is 23x17"):
        measure(paths)
    with pytest.raises(InputError, match="no picture"):
        measure([])


def test_an_upright_picture_counts_as_it_is_shown(tmp_path):
    pictures = measure([make_picture(tmp_path / "a.jpg", orientation=6)])

    assert (pictures.width, pictures.height) == (17, 23)


def test_an_opaque_picture_among_transparent_ones_is_solid(tmp_path):
    paths = [make_picture(tmp_path / "a.png"), make_picture(tmp_path / "b.png", alpha=0)]
    pictures = measure(paths)

    frames = [load_frame(path, pts, Fraction(1, 90_000), pictures) for pts, path in enumerate(paths)]

    assert pictures.has_alpha
    assert frames[0].alpha_T1HW.min() == 1
    assert frames[1].alpha_T1HW.min() == 0
    assert frames[1].pts_T == (1,)
    assert frames[1].time_base == Fraction(1, 90_000)


def test_long_lists_are_named_in_short():
    assert first_few(["a", "b"]) == "a, b"
    assert first_few(list("abcde")) == "a, b, c and 2 more"
