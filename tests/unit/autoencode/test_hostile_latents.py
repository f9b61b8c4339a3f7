"""Files of numbers and timelines that mean harm: one line each, never a crash."""

import numpy as np
import pytest
from numpy.random import default_rng

from mutoscope.autoencode.edit_list import read_edits
from mutoscope.autoencode.latents_file import read_latents
from mutoscope.core.errors import InputError


def npz(path, **arrays):
    np.savez(path, z=np.zeros((3, 4), np.float32), **arrays)
    return path


@pytest.mark.parametrize(
    "arrays",
    [
        {"rate": np.array([1, 2**62])},
        {"time_base": np.array([2**62, 1])},
        {"pts": np.array([-(2**62), 0, 2**62])},
        {"shot": np.array([0.0, 1, 2])},
    ],
    ids=lambda one: next(iter(one)),
)
def test_impossible_numbers_are_told(arrays, tmp_path):
    with pytest.raises(InputError, match="damaged"):
        read_latents(npz(tmp_path / "x.npz", **arrays))


def test_a_number_that_is_too_large_for_the_network_is_brought_within_reach(tmp_path):
    np.savez(tmp_path / "x.npz", z=np.full((2, 4), 1e300))

    assert bool((read_latents(tmp_path / "x.npz").latents.z_TL.abs() <= 1e4).all())


def test_damaged_bytes_are_told(tmp_path):
    np.savez_compressed(tmp_path / "x.npz", z=default_rng(0).normal(size=(50, 8)).astype(np.float32))
    data = bytearray((tmp_path / "x.npz").read_bytes())
    data[200:400] = bytes(200)
    (tmp_path / "x.npz").write_bytes(bytes(data))

    with pytest.raises(InputError, match=r"x\.npz"):
        read_latents(tmp_path / "x.npz")


def test_brackets_that_stand_too_deep_do_not_end_the_program(tmp_path):
    (tmp_path / "deep.otio").write_text('{"a":' * 100_000)

    with pytest.raises(InputError, match="too deep"):
        read_edits(tmp_path / "deep.otio", 25)
