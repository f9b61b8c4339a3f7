"""Training of the head: it learns, stops, goes on, and keeps what it is told to."""

import csv

import pytest
import torch

from mutoscope.core.errors import InputError, WeightsError
from mutoscope.models.state_dict import read_state
from mutoscope.sort.degrade import OUTPUTS
from mutoscope.sort.head import HeadFile, load_head, merged, new_head, save_head
from mutoscope.sort.head_training import Examples, HeadTraining, calibration_of, split_groups
from mutoscope.sort.training import CHECKPOINT, LOG, fit


def examples(num: int = 160, noise: float = 0.3, seed: int = 0) -> Examples:
    """Numbers of which the first five tell the outputs, of `num / 2` photographs."""
    chance = torch.Generator().manual_seed(seed)
    features_NF = torch.randn(num, 9, generator=chance)
    targets_N5 = (features_NF[:, :5] + noise * torch.randn(num, 5, generator=chance) > 0).float()
    return Examples(features_NF * 3 + 7, targets_N5, torch.arange(num) // 2)


def training(seed: int = 0, rate: float = 0.01) -> HeadTraining:
    data = examples()
    held_N = split_groups(data.groups_N, 0.25, 0)
    head = new_head(data.features_NF[~held_N], seed, width=16)
    return HeadTraining(head, data.part(~held_N), data.part(held_N), rate, 0.01, 16, seed)


def test_it_learns_what_can_be_learned(tmp_path):
    model = training(rate=0.03)
    before, _ = model.judge()
    fitted = fit(model, tmp_path, "a", 10, 10)
    after, right = model.judge()
    assert after < 0.6 * before
    assert right > 0.85
    assert after == pytest.approx(fitted.best_loss)


def test_the_log_has_a_row_for_each_epoch(tmp_path):
    fit(training(), tmp_path, "a", 3, 5)
    rows = list(csv.DictReader((tmp_path / LOG).read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert list(rows[0]) == ["epoch", "loss", "validation_loss", "validation_accuracy"]


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not(tmp_path):
    whole, parted = training(), training()
    (tmp_path / "whole").mkdir()
    (tmp_path / "parted").mkdir()
    rows = fit(whole, tmp_path / "whole", "a", 8, 8).rows
    fit(parted, tmp_path / "parted", "a", 3, 8)
    again = training()  # a new process has nothing but the file
    resumed = fit(again, tmp_path / "parted", "a", 8, 8)
    assert resumed.rows == rows
    states = whole.state(), again.state()
    assert states[0].keys() == states[1].keys()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_it_ends_when_nothing_becomes_better_and_keeps_the_best(tmp_path):
    model = training(rate=0.5)  # much too large: it soon gets worse
    fitted = fit(model, tmp_path, "a", 200, 4)
    assert fitted.stopped_early
    assert len(fitted.rows) == fitted.best + 5
    assert model.judge()[0] == pytest.approx(min(row["validation_loss"] for row in fitted.rows))


def test_another_training_in_the_same_folder_begins_anew_and_says_so(tmp_path):
    fit(training(), tmp_path, "a", 2, 5)
    fitted = fit(training(), tmp_path, "b", 3, 5)
    assert len(fitted.rows) == 3
    assert "moved to before-a" in fitted.notices[0]
    assert (tmp_path / "before-a.safetensors").is_file()


def test_a_damaged_checkpoint_is_set_aside(tmp_path):
    fit(training(), tmp_path, "a", 2, 5)
    (tmp_path / CHECKPOINT).write_bytes((tmp_path / CHECKPOINT).read_bytes()[:100])
    fitted = fit(training(), tmp_path, "a", 2, 5)
    assert len(fitted.rows) == 2
    assert "damaged" in fitted.notices[0]


def test_a_training_that_goes_astray_is_told(tmp_path):
    with pytest.raises(WeightsError, match="smaller -o rate"):
        fit(training(rate=1e30), tmp_path, "a", 5, 5)


def test_what_nobody_said_is_not_learned():
    data = examples()
    data.targets_N5[:, 3] = float("nan")
    head = new_head(data.features_NF, 0, width=16)
    before = head.out.weight[3].clone()
    model = HeadTraining(head, data, data, 0.01, 0.0, 16, 0)
    model.epoch(0)
    assert torch.equal(head.out.weight[3], before)
    assert calibration_of(head, data)["under"] == (1.0, 0.0)


def test_a_photograph_is_never_on_both_sides():
    groups_N = torch.arange(60) // 6
    held_N = split_groups(groups_N, 0.3, 4)
    assert not set(groups_N[held_N].tolist()) & set(groups_N[~held_N].tolist())
    assert len(set(groups_N[held_N].tolist())) == 3
    with pytest.raises(InputError, match="at least two"):
        split_groups(torch.zeros(5), 0.3, 0)


def test_a_head_comes_back_from_its_file(tmp_path):
    head = new_head(examples().features_NF, 1, width=16)
    calibration = dict.fromkeys(OUTPUTS, (1.5, -0.25))
    save_head(HeadFile(head, "tiny", calibration=calibration, record={"seed": 1}), tmp_path / "h.safetensors")
    back = load_head(tmp_path / "h.safetensors")
    x_NF = examples().features_NF
    assert torch.equal(back.head(x_NF), head(x_NF))
    assert (back.backbone, dict(back.calibration), dict(back.record)) == ("tiny", calibration, {"seed": 1})


def test_merged_heads_give_the_mean_of_their_logits():
    x_NF = examples().features_NF
    heads = [new_head(x_NF, seed, width=4 + seed) for seed in range(3)]
    mean_N5 = torch.stack([head(x_NF) for head in heads]).mean(0)
    assert torch.allclose(merged(heads)(x_NF), mean_N5, atol=1e-5)


@pytest.mark.parametrize("keep", [20, 400, -4])
def test_a_damaged_head_is_refused_in_one_line(tmp_path, keep):
    path = tmp_path / "h.safetensors"
    save_head(HeadFile(new_head(examples().features_NF, 1, width=16), "tiny"), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(WeightsError) as told:
        load_head(path)
    assert "\n" not in str(told.value)


def test_a_head_with_numbers_that_are_none_is_refused(tmp_path):
    head = new_head(examples().features_NF, 1, width=16)
    head.out.bias.data[0] = float("nan")
    save_head(HeadFile(head, "tiny"), tmp_path / "h.safetensors")
    assert read_state(tmp_path / "h.safetensors")
    with pytest.raises(WeightsError, match="not finite"):
        load_head(tmp_path / "h.safetensors")
