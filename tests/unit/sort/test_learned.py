"""The learned part: the shipped head and files of a person's own."""

import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch

from mutoscope.core.errors import WeightsError
from mutoscope.models.backbones import load_backbone
from mutoscope.models.state_dict import read_state
from mutoscope.models.tensors import save_tensors
from mutoscope.ops.resize import resize
from mutoscope.sort.about import read_about, write_sorter
from mutoscope.sort.degrade import OUTPUTS, Degradation, degrade
from mutoscope.sort.features import VIEWS, look, num_features
from mutoscope.sort.head import HeadFile, load_head, new_head, save_head
from mutoscope.sort.learned import Learned, shipped_digest, shipped_path, with_calibration
from mutoscope.sort.model import COLUMNS
from mutoscope.sort.statistics import NUM_STATISTICS, statistics
from mutoscope.testing.motion import smooth_noise
from mutoscope.video.read import read_picture


@pytest.fixture(scope="module")
def shipped() -> Learned:
    return Learned.load()


@pytest.fixture
def own(tmp_path):
    """Path of a head on the tiny backbone."""
    backbone = load_backbone("tiny")
    features_NF = torch.stack([look(backbone, smooth_noise(31, 43, i)[None], VIEWS["tiny"]) for i in range(6)])
    path = tmp_path / "own.safetensors"
    save_head(HeadFile(new_head(features_NF, 0), "tiny", VIEWS["tiny"]), path)
    return path


def test_it_gives_the_columns_of_the_table_as_probabilities(shipped):
    found = shipped.classify(torch.stack([smooth_noise(71, 95, i) for i in range(3)]))
    assert list(found) == [name for name in COLUMNS if name.startswith("p_")]
    for p_N in found.values():
        assert p_N.shape == (3,)
        assert p_N.dtype == np.float32
        assert bool(((p_N >= 0) & (p_N <= 1)).all())


def test_no_frames_give_no_probabilities(shipped):
    assert all(p_N.shape == (0,) for p_N in shipped.classify(torch.zeros(0, 3, 40, 60)).values())


def test_it_does_not_matter_how_frames_are_cut_into_batches(shipped):
    x_N3HW = torch.stack([smooth_noise(67, 91, i) for i in range(4)])
    whole = shipped.probabilities(x_N3HW)
    assert torch.equal(whole, shipped.probabilities(x_N3HW))
    assert torch.equal(whole, torch.cat([shipped.probabilities(x_N3HW[:1]), shipped.probabilities(x_N3HW[1:])]))


def test_it_does_not_matter_how_many_threads_there_are(shipped):
    x_N3HW = smooth_noise(137, 201, 1)[None]
    before, found = torch.get_num_threads(), []
    for num in (1, 2):
        torch.set_num_threads(num)
        found.append(shipped.probabilities(x_N3HW))
    torch.set_num_threads(before)
    assert float((found[0] - found[1]).abs().max()) < 1e-4


@pytest.mark.parametrize("size", [(17, 23), (8, 640), (1, 1)])
def test_any_size_is_judged(shipped, size):
    assert bool(torch.isfinite(shipped.probabilities(torch.full((1, 3, *size), 0.4))).all())


def test_faults_of_a_photograph_are_told(shipped, photograph_3HW):
    spoiled = {
        "blurred": degrade(photograph_3HW, Degradation("defocus", 3.5)),
        "under": degrade(photograph_3HW, Degradation(stops=-3)),
        "over": degrade(photograph_3HW, Degradation(stops=3.2)),
    }
    p_good = shipped.classify(photograph_3HW[None])
    for name, x_3HW in spoiled.items():
        assert shipped.classify(x_3HW[None])[f"p_{name}"][0] > 0.5, name
        assert p_good[f"p_{name}"][0] < 0.5, name


def test_noise_does_not_read_as_sharpness(shipped, photograph_3HW):
    blurred = Degradation("defocus", 4.0, read_noise=0.02, shot_noise=1e-3, seed=2)
    assert shipped.classify(degrade(photograph_3HW, blurred)[None])["p_blurred"][0] > 0.5


@pytest.fixture(scope="module")
def photograph_3HW():
    folder = Path(str(files("mutoscope.data"))) / "photographs"
    x_1CHW = read_picture(folder / "reims-cathedral.jpg").pixels_TCHW
    return resize(x_1CHW, 288, round(288 * x_1CHW.shape[3] / x_1CHW.shape[2]))[0]


def test_a_file_of_ones_own_is_used(own):
    learned = Learned.load(own)
    assert learned.digest != shipped_digest()
    assert len(learned.probabilities(smooth_noise(31, 43)[None])[0]) == len(OUTPUTS)


def test_another_calibration_moves_the_threshold(own, tmp_path):
    x_N3HW = torch.stack([smooth_noise(31, 43, i) for i in range(3)])
    before = Learned.load(own).classify(x_N3HW)
    calibration = {**dict.fromkeys(OUTPUTS, (1.0, 0.0)), "blurred": (1.0, 2.0)}
    with_calibration(own, calibration, tmp_path / "moved.safetensors")
    after = Learned.load(tmp_path / "moved.safetensors").classify(x_N3HW)
    assert bool((after["p_blurred"] > before["p_blurred"]).all())
    assert np.array_equal(after["p_over"], before["p_over"])


@pytest.mark.parametrize("damage", ["cut off", "other kind", "not there", "one tensor less"])
def test_a_file_that_is_none_is_refused_in_one_line(own, damage):
    if damage == "cut off":
        own.write_bytes(own.read_bytes()[:-9])
    elif damage == "other kind":
        save_tensors({"x": torch.zeros(3)}, own, {"kind": "something else"})
    elif damage == "not there":
        own.unlink()
    else:
        state = read_state(own)
        del state["out.bias"]
        write_sorter(state, read_about(own), own)
    with pytest.raises(WeightsError) as told:
        Learned.load(own)
    assert "\n" not in str(told.value)


def test_the_shipped_head_is_small_and_says_what_it_learned_from(tmp_path):
    path = tmp_path / "copy.safetensors"
    shutil.copy(shipped_path(), path)
    assert path.stat().st_size < 500_000
    record = load_head(path).record
    assert record["photographs"] > 100
    assert "CREDITS" in record["licences"]


def test_statistics_have_their_length_and_no_holes():
    for size in ((3, 16, 16), (3, 37, 53), (3, 270, 480)):
        found = statistics(torch.zeros(size))
        assert found.shape == (NUM_STATISTICS,)
        assert bool(torch.isfinite(found).all())
    backbone = load_backbone("tiny")
    assert len(look(backbone, torch.rand(1, 3, 40, 50), VIEWS["tiny"])) == num_features(backbone, VIEWS["tiny"].layers)
