"""Latents in files."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.latents_file import LatentsFile, read_latents, write_latents
from mutoscope.core.errors import InputError, OutputError


def _content(num=7, latent=5):
    z = torch.randn(num, latent, generator=torch.Generator().manual_seed(3))
    film = (0,) * (num - 2) + (1, 1)
    pts = (*range(-3, num * 100, 100)[: num - 2], 4, 9)
    found = Latents(z, pts, Fraction(1001, 30000), (0, 0, 1, 1, 2, 3, 3)[:num], film)
    return LatentsFile(found, Fraction(30000, 1001), "a" * 64, ("Übung.mp4", "two.mov"), "01:00:00;00")


def _rewritten(path, **changed):
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    np.savez(path, **{name: value for name, value in (arrays | changed).items() if value is not None})
    return path


def test_what_was_written_comes_back_bit_by_bit(tmp_path):
    written = _content()
    write_latents(written, tmp_path / "film.npz")
    read = read_latents(tmp_path / "film.npz")
    assert torch.equal(read.latents.z_TL, written.latents.z_TL)
    for name in ("pts_T", "time_base", "shot_T", "film_T"):
        assert getattr(read.latents, name) == getattr(written.latents, name)
    assert (read.rate, read.model, read.sources, read.timecode) == (
        written.rate,
        written.model,
        written.sources,
        written.timecode,
    )


def test_same_latents_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_latents(_content(), tmp_path / f"{name}.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_seconds_count_from_each_films_first_frame(tmp_path):
    write_latents(_content(), tmp_path / "film.npz")
    with np.load(tmp_path / "film.npz", allow_pickle=False) as archive:
        seconds = archive["seconds"]
    assert seconds[0] == 0.0
    assert seconds[1] == pytest.approx(100 * 1001 / 30000)
    assert list(seconds[-2:]) == [0.0, pytest.approx(5 * 1001 / 30000)]


def test_numbers_alone_are_enough(tmp_path):
    np.savez(tmp_path / "own.npz", z=np.zeros((4, 3)))
    read = read_latents(tmp_path / "own.npz")
    assert read.latents.z_TL.dtype == torch.float32
    assert read.latents.pts_T == (0, 1, 2, 3)
    assert read.latents.time_base == Fraction(1, 25)
    assert read.sources == ()


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"z": np.full((7, 5), np.nan, np.float32)}, "not finite"),
        ({"z": np.zeros((7, 5, 1), np.float32)}, "N,L"),
        ({"z": np.zeros((7, 5), np.int32)}, "N,L"),
        ({"z": np.zeros((0, 5), np.float32)}, "N,L"),
        ({"z": None}, "no array z"),
        ({"pts": np.zeros(7, np.int64)}, "do not increase"),
        ({"pts": np.zeros(6, np.int64)}, "7 whole numbers"),
        ({"shot": np.zeros(7)}, "7 whole numbers"),
        ({"film": np.array([-1] * 5 + [0] * 2)}, "from 0"),
        ({"time_base": np.array([1, 0])}, "from 1 to"),
        ({"rate": np.array([25])}, "two whole numbers"),
        ({"format": np.array("other/9")}, "other/9"),
        ({"z": np.array([["a", None]], object)}, "latents"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(tmp_path, changed, word):
    write_latents(_content(), tmp_path / "film.npz")
    with pytest.raises(InputError, match=word) as caught:
        read_latents(_rewritten(tmp_path / "film.npz", **changed))
    assert "\n" not in str(caught.value)
    assert "film.npz" in str(caught.value)


@pytest.mark.parametrize("kept", [0, 10, 200, -30])
def test_a_file_that_is_cut_off_is_told_in_one_line(tmp_path, kept):
    path = tmp_path / "film.npz"
    write_latents(_content(), path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"film\.npz"):
        read_latents(path)


def test_a_missing_file_and_another_suffix_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_latents(tmp_path / "no.npz")
    with pytest.raises(OutputError, match=r"film\.npz"):
        write_latents(_content(), tmp_path / "film.txt")
