"""`measure --certh` and any labelled set."""

import json

import numpy as np
import pytest

from mutoscope.core.errors import InputError
from mutoscope.engine.measure_sorter import measure_certh, score_of
from mutoscope.sort.laplacian import laplacian_variance
from mutoscope.testing.labelled_pictures import certh_folder
from mutoscope.testing.motion import smooth_noise


def test_certh_is_measured_by_parts_and_together_with_the_laplacian_beside_it(tmp_path):
    told = []
    report = measure_certh(certh_folder(tmp_path / "certh"), report=told.append)
    assert [(s.set_name, s.what) for s in report.scores] == [
        (name, what) for name in ("natural", "digital", "all") for what in ("learned", "Laplacian")
    ]
    whole = report.scores[-2]
    assert whole.counts == {"sharp": 3, "blurred": 2}
    assert sum(sum(row.values()) for row in whole.confusion.values()) == 5
    assert whole.right.low <= whole.right.value <= whole.right.high
    assert (whole.threshold, report.scores[-1].threshold) == (0.5, 400)
    assert len(report.skipped) == 2
    assert (told[-1].done, told[-1].total) == (5, 5)
    report.write_json(tmp_path / "report.json")
    assert len(json.loads((tmp_path / "report.json").read_text())["scores"]) == 6


def test_without_an_evaluation_part_nothing_can_be_measured(tmp_path):
    certh_folder(tmp_path)
    for table in (tmp_path / "EvaluationSet").glob("*.xlsx"):
        table.unlink()
    with pytest.raises(InputError, match="no EvaluationSet"):
        measure_certh(tmp_path)


def test_exposure_has_three_classes_and_the_strongest_wins():
    rows_N4 = np.array([[0, 0.1, 0.2, 0], [0, 0.9, 0.6, 0], [0, 0.1, 0.7, 0], [0, 0.4, 0.45, 0]])
    (score,) = score_of("x", "exposure", ["good", "under", "over", "over"], rows_N4)
    assert score.confusion["over"] == {"good": 1, "under": 0, "over": 1}
    assert score.right.value == 0.75
    assert score.auc is None


def test_the_laplacian_is_that_of_opencv():
    # cv2.Laplacian(cv2.resize of the same 512 x 512 grey picture, cv2.CV_64F).var(), rounded levels
    x_1CHW = smooth_noise(512, 512, 5)[None]
    grey = np.rint(np.tensordot([0.299, 0.587, 0.114], x_1CHW[0].double().numpy(), 1) * 255)
    padded = np.pad(grey, 1, mode="reflect")
    laplacian = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] - 4 * grey
    assert laplacian_variance(x_1CHW) == pytest.approx(laplacian.var(), rel=1e-3)
