"""Thresholds from decisions."""

import json
from fractions import Fraction

import numpy as np
import pytest

from mutoscope.core.errors import InputError, ParameterError
from mutoscope.engine import train_decisions
from mutoscope.engine.train_decisions import train_from_decisions
from mutoscope.sort.model import COLUMNS, FrameTable

HEAD = "path,first,end,decision\n"


def write(path, rows):
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def shaken_table():
    """Ten shots of 50 frames, each shaken a little more than the one before."""
    columns = {name: np.zeros(500, np.float32) for name in COLUMNS if name.startswith("p_")}
    columns |= {name: np.full(500, 0.9, np.float32) for name in ("sharpness", "sharpness_best")}
    columns["shake"] = np.repeat(np.linspace(0.1, 1.0, 10), 50).astype(np.float32)
    return FrameTable(np.arange(500), Fraction(1, 25), columns, tuple(range(50, 500, 50)))


def test_keeps_of_what_was_rejected_make_thresholds_milder(tmp_path, monkeypatch):
    monkeypatch.setattr(train_decisions, "_table", lambda *_, **__: shaken_table())
    (tmp_path / "a.mp4").touch()
    # The shipped threshold of shake is 0.3 %; this person keeps up to 0.7 %.
    rows = [
        f"a.mp4,{50 * i + 25 * half},{50 * i + 25 * half + 25},{'keep' if i < 7 else 'reject'}"
        for i in range(10)
        for half in (0, 1)
    ]
    done = train_from_decisions(
        write(tmp_path / "decisions.csv", rows), footage=tmp_path, out=tmp_path / "own" / "mine.json"
    )
    assert done.num_decisions == 20
    assert done.multipliers["shaky"] > 1.5
    assert json.loads(done.path.read_text())["multipliers"] == done.multipliers


def test_clips_that_were_not_sorted_are_told(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"x")
    rows = ["a.mp4,0,10,keep", "gone.mp4,0,10,reject"]
    with pytest.raises(InputError, match="none of the clips"):
        train_from_decisions(
            write(tmp_path / "d.csv", rows), footage=tmp_path, out=tmp_path / "o.json", work=tmp_path / "work"
        )
    with pytest.raises(ParameterError, match=r"ends in \.json"):
        train_from_decisions(tmp_path / "d.csv", footage=tmp_path, out=tmp_path / "o.txt")
