"""Labelled sets: class folders, tables, the CERTH set and its traps."""

import zipfile

import pytest

from mutoscope.core.errors import InputError
from mutoscope.sort.certh import find_certh, read_certh
from mutoscope.sort.dataset import class_of, read_labelled
from mutoscope.sort.xlsx import read_first_sheet
from mutoscope.testing.labelled_pictures import (
    black,
    blur_folders,
    certh_folder,
    exposure_folders,
    save_plain,
    write_xlsx,
)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Blurred_images", "blurred"),
        ("not_blurred", "sharp"),
        ("NoBlur", "sharp"),
        ("noblur", "sharp"),
        ("unblurred", "sharp"),
        ("Undistorted", "sharp"),
        ("Naturally-Blurred", "blurred"),
        ("defocused_blurred", "defocus"),
        ("motion_blurred", "camera"),
        ("1", "blurred"),
        ("-1.0", "sharp"),
        ("0", "sharp"),
        ("7", None),
        ("holiday", None),
    ],
)
def test_names_of_blur_mean_what_they_say(text, label):
    assert class_of(text, "blur") == label


@pytest.mark.parametrize(
    ("text", "label"),
    [("Overexposed_images", "over"), ("Underexposed", "under"), ("Good", "good"), ("2", "over"), ("sea", None)],
)
def test_names_of_exposure_mean_what_they_say(text, label):
    assert class_of(text, "exposure") == label


def test_plain_class_folders(tmp_path):
    found = read_labelled(blur_folders(tmp_path, 3), "blur")
    assert found.counts() == {"blurred": 3, "sharp": 3}
    assert not any(picture.is_test for picture in found.pictures)


def test_the_seeds_folders_keep_training_and_test_apart(tmp_path):
    found = read_labelled(exposure_folders(tmp_path / "footage", 2), "exposure")
    assert found.counts() == {"good": 4, "over": 4, "under": 4}
    assert sum(picture.is_test for picture in found.pictures) == 6


def test_what_is_no_picture_or_has_no_class_is_listed(tmp_path):
    blur_folders(tmp_path, 1)
    (tmp_path / "sharp" / "notes.txt").write_text("x")
    (tmp_path / "sharp" / ".DS_Store").write_bytes(b"x")
    black(tmp_path / "stray.png")
    found = read_labelled(tmp_path, "blur")
    assert {s.name: s.reason for s in found.skipped} == {
        "sharp/notes.txt": "it is no picture by its name",
        "stray.png": "no folder above it names a class of blur",
    }
    assert len(found.pictures) == 2


def test_a_table_finds_names_with_and_without_extension_and_lists_the_rest(tmp_path):
    save_plain(tmp_path / "a.jpg")
    save_plain(tmp_path / "B.JPG")
    save_plain(tmp_path / "deep" / "c.png")
    save_plain(tmp_path / "x" / "twice.png")
    save_plain(tmp_path / "y" / "twice.png")
    table = tmp_path / "labels.csv"
    table.write_text(
        "Image Name,Blur Label\n a ,1\nb,-1\nc.png,blurred\nmissing,1\ntwice,0\na,0\n,1\nb\nx/twice,holiday\n"
        "x/twice.png,0\n",
        encoding="utf-8-sig",
    )
    found = read_labelled(table, "blur")
    assert [(p.path.name, p.label) for p in found.pictures] == [
        ("a.jpg", "blurred"),
        ("B.JPG", "sharp"),
        ("c.png", "blurred"),
        ("twice.png", "sharp"),
    ]
    assert {s.name: s.reason for s in found.skipped} == {
        "row 5": f"there is no picture missing in {tmp_path.name}",
        "row 6": "there are 2 pictures called twice; give the folder too",
        "row 7": "a was named before",
        "row 8": "it has no name",
        "row 9": "b has no label",
        "row 10": "the label 'holiday' of x/twice means nothing here",
    }


def test_a_table_without_head_and_with_semicolons(tmp_path):
    save_plain(tmp_path / "a.jpg")
    save_plain(tmp_path / "b.jpg")
    table = tmp_path / "labels.csv"
    table.write_text("a.jpg;0\nb.jpg;1\n", encoding="latin-1")
    assert read_labelled(table, "blur").counts() == {"blurred": 1, "sharp": 1}


@pytest.mark.parametrize("what", ["missing", "empty", "useless.csv"])
def test_nothing_to_use_is_told_in_one_line(tmp_path, what):
    (tmp_path / "empty").mkdir()
    (tmp_path / "useless.csv").write_text("name,label\nnobody,1\n")
    with pytest.raises(InputError) as told:
        read_labelled(tmp_path / what, "blur")
    assert "\n" not in str(told.value)


def test_certh_is_read_with_all_its_traps(tmp_path):
    certh = read_certh(certh_folder(tmp_path / "CERTH_ImageBlurDataset").parent)
    assert certh.training.counts() == {"blurred": 7, "sharp": 6}
    natural = certh.evaluation["natural"]
    assert [(p.path.name, p.label) for p in natural.pictures] == [
        ("IMG_1.jpg", "sharp"),
        ("IMG_2.JPG", "blurred"),
        ("IMG_3.JPG", "sharp"),
    ]
    assert [s.name for s in natural.skipped] == ["row 5", "row 6"]
    assert certh.evaluation["digital"].counts() == {"blurred": 1, "sharp": 1}
    assert certh.notices == ()


def test_a_part_of_certh_that_is_missing_is_told(tmp_path):
    certh_folder(tmp_path)
    (tmp_path / "EvaluationSet" / "DigitalBlurSet.xlsx").unlink()
    certh = read_certh(tmp_path)
    assert list(certh.evaluation) == ["natural"]
    assert "DigitalBlurSet" in certh.notices[0]
    assert find_certh(tmp_path / "TrainingSet") is None
    with pytest.raises(InputError, match="not the CERTH set"):
        read_certh(tmp_path / "TrainingSet")


def test_a_spreadsheet_keeps_rows_and_empty_cells_in_place(tmp_path):
    path = write_xlsx(tmp_path / "t.xlsx", [["a & b", None, 3.0], [None, "x"], [2.5]])
    assert read_first_sheet(path) == [(1, ["a & b", "", "3"]), (2, ["", "x"]), (3, ["2.5"])]


@pytest.mark.parametrize("damage", ["no zip", "no sheet", "entities"])
def test_a_damaged_spreadsheet_is_refused_in_one_line(tmp_path, damage):
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"name,label")
    if damage != "no zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("other.xml", "<a/>")
            if damage == "entities":
                archive.writestr("xl/worksheets/sheet1.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(InputError) as told:
        read_first_sheet(path)
    assert "\n" not in str(told.value)
