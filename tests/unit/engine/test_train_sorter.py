"""`train sorter` from folders to a file that sorts, on the tiny backbone."""

import pytest
import torch

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.engine.labelled import targets_of
from mutoscope.engine.measure_sorter import measure_labelled
from mutoscope.engine.train_sorter import train_sorter
from mutoscope.sort.degrade import Degradation
from mutoscope.sort.head import new_head
from mutoscope.sort.head_training import Examples, with_own_answers
from mutoscope.sort.learned import Learned
from mutoscope.testing.labelled_pictures import blur_folders, certh_folder, exposure_folders, save_plain
from mutoscope.video.read import read_picture

QUICK = {"backbone": "tiny", "epochs": 15, "rate": 0.01}


@pytest.fixture(autouse=True)
def _own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTOSCOPE_DATA", str(tmp_path / "data"))


def test_blur_and_exposure_are_learned_from_folders(tmp_path):
    blur_folders(tmp_path / "blur", 6)
    exposure_folders(tmp_path / "exposure", 3)
    out = tmp_path / "my.safetensors"
    done = train_sorter(out=out, blur=tmp_path / "blur", exposure=tmp_path / "exposure", **QUICK)
    assert done.path == out
    assert done.counts == {"blurred": 6, "sharp": 6, "good": 6, "over": 6, "under": 6}
    assert done.right["exposure"].value > 0.8
    dark = save_plain(tmp_path / "dark.png", Degradation(stops=-3), 77)
    p = Learned.load(out).classify(read_picture(dark).pixels_TCHW)
    assert p["p_under"][0] > 0.5 > p["p_over"][0]
    assert (done.folder / "log.csv").is_file()


def test_it_goes_on_where_it_was_and_gives_the_same_file(tmp_path):
    blur_folders(tmp_path / "blur", 6)
    whole = train_sorter(out=tmp_path / "a.safetensors", blur=tmp_path / "blur", **QUICK)
    train_sorter(out=tmp_path / "b.safetensors", blur=tmp_path / "blur", **{**QUICK, "epochs": 4})
    parted = train_sorter(out=tmp_path / "b.safetensors", blur=tmp_path / "blur", **QUICK)
    assert parted.fitted["head"].rows == whole.fitted["head"].rows
    assert parted.path.read_bytes() == whole.path.read_bytes()


def test_a_damaged_picture_is_listed_and_the_rest_is_learned_from(tmp_path):
    blur_folders(tmp_path / "blur", 6)
    (tmp_path / "blur" / "sharp" / "broken.png").write_bytes(b"no picture")
    done = train_sorter(out=tmp_path / "a.safetensors", blur=tmp_path / "blur", **QUICK)
    assert [s.name for s in done.skipped] == ["broken.png"]


def test_the_certh_set_is_learned_from_its_training_part(tmp_path):
    done = train_sorter(out=tmp_path / "a.safetensors", blur=certh_folder(tmp_path / "certh"), **QUICK)
    assert done.counts == {"blurred": 7, "sharp": 6}


def test_the_manner_of_the_seed_learns_and_sorts(tmp_path):
    exposure_folders(tmp_path / "exposure", 2)
    (tmp_path / "exposure" / "Train" / "Good_images" / "broken.jpg").write_bytes(b"no picture")
    out = tmp_path / "seed.safetensors"
    options = {"backbone": "tiny", "manner": "seed", "crop": 32, "epochs": 2, "batch": 2}
    done = train_sorter(out=out, exposure=tmp_path / "exposure", **options)
    assert len(done.fitted["exposure"].rows) == 2
    assert [s.name for s in done.skipped] == ["broken.jpg"]
    learned = Learned.load(out)
    p = learned.classify(torch.rand(2, 3, 50, 70, generator=torch.Generator().manual_seed(1)))
    assert torch.isnan(torch.from_numpy(p["p_blurred"])).all()
    assert bool(((p["p_under"] > 0) & (p["p_under"] < 1)).all())


def test_what_was_learned_can_be_measured(tmp_path):
    blur_folders(tmp_path / "blur", 6)
    out = train_sorter(out=tmp_path / "a.safetensors", blur=tmp_path / "blur", **QUICK).path
    report = measure_labelled(tmp_path / "blur", weights=out)
    learned, laplacian = report.scores
    assert (learned.what, laplacian.what) == ("learned", "Laplacian")
    assert learned.auc is not None
    assert learned.auc.value > 0.9
    assert sum(sum(row.values()) for row in learned.confusion.values()) == 12
    report.write_json(tmp_path / "report.json")
    assert '"schema": "mutoscope.sorter-report/1"' in (tmp_path / "report.json").read_text()
    assert len(report.head()) == len(report.rows()[0])


@pytest.mark.parametrize(
    ("options", "told"),
    [({}, "nothing to learn from"), ({"blur": "few"}, "too few"), ({"blur": "none"}, "does not exist")],
)
def test_what_cannot_be_done_is_told_in_one_line(tmp_path, options, told):
    blur_folders(tmp_path / "few", 2)
    given = {name: tmp_path / value for name, value in options.items()}
    with pytest.raises((InputError, ParameterError), match=told) as error:
        train_sorter(out=tmp_path / "a.safetensors", **given, **QUICK)
    assert "\n" not in str(error.value)


def test_a_name_that_is_no_sorters_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"ends in \.safetensors"):
        train_sorter(out=tmp_path / "a.pth", blur=tmp_path)


def test_what_nobody_said_is_filled_in_by_what_was_known():
    features_NF = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    head = new_head(features_NF, 0, width=3)
    targets_N5 = torch.full((6, 5), float("nan"))
    targets_N5[:, 0] = 1
    filled = with_own_answers(head, Examples(features_NF, targets_N5, torch.arange(6))).targets_N5
    assert bool((filled[:, 0] == 1).all())
    assert torch.equal(filled[:, 1:], head(features_NF).detach().sigmoid()[:, 1:])


def test_labels_say_what_they_know_and_no_more():
    assert targets_of("blurred").isnan().tolist() == [False, True, True, True, True]
    assert targets_of("camera").tolist()[:3] == [1, 0, 1]
    assert targets_of("under")[3:].tolist() == [1, 0]
