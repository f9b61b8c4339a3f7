from fractions import Fraction

import pytest
import torch

from mutoscope.core.errors import WeightsError
from mutoscope.keyframes.files import GuideReader, GuideWriter, Key, load_learned, save_learned
from mutoscope.keyframes.guides import Guide
from mutoscope.keyframes.network import SIZES, new_network


def make(path):
    network = new_network(SIZES["tiny"], torch.Generator().manual_seed(4))
    save_learned(path, "tiny", network, [Key(torch.full((3, 5, 7), 0.4), 1.25)])
    return network


def test_what_was_learned_comes_back(tmp_path):
    network = make(tmp_path / "a.safetensors")

    learned = load_learned(tmp_path / "a.safetensors")

    for name, value in network.state_dict().items():
        assert torch.equal(learned.network.state_dict()[name], value)
    assert learned.keys[0].seconds == 1.25
    assert (learned.keys[0].painted_CHW - 0.4).abs().max() < 1 / 255


def test_guides_come_back_to_a_32nd_of_a_pixel_in_any_order(tmp_path):
    generator = torch.Generator().manual_seed(0)
    guides = [
        Guide(60 * torch.randn(2, 17, 23, generator=generator), torch.rand(1, 17, 23, generator=generator))
        for _ in range(3)
    ]
    with GuideWriter(tmp_path / "a.guides", Fraction(1, 240)) as writer:
        for number, guide in enumerate(guides):
            writer.add(number % 2, 10 * number, guide)

    with GuideReader(tmp_path / "a.guides") as reader:
        assert reader.time_base == Fraction(1, 240)
        assert reader.read(7) == {}
        for number in (2, 0, 1):
            (found,) = reader.read(10 * number).values()
            assert (found.offset_2HW - guides[number].offset_2HW).abs().max() <= 1 / 64 + 1e-4
            assert (found.trust_1HW - guides[number].trust_1HW).abs().max() <= 1 / 255


def test_same_guides_same_bytes(tmp_path):
    guide = Guide(torch.ones(2, 5, 7), torch.ones(1, 5, 7))
    for name in ("a", "b"):
        with GuideWriter(tmp_path / name, Fraction(1, 25)) as writer:
            writer.add(0, 3, guide)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("cut", [10, 300])
def test_a_broken_file_is_told(tmp_path, cut):
    make(tmp_path / "a.safetensors")
    (tmp_path / "b.safetensors").write_bytes((tmp_path / "a.safetensors").read_bytes()[:-cut])
    (tmp_path / "b.guides").write_bytes(b"PK and no more")

    with pytest.raises(WeightsError):
        load_learned(tmp_path / "b.safetensors")
    with pytest.raises(WeightsError, match="guides"):
        GuideReader(tmp_path / "b.guides")


def test_another_network_is_refused(tmp_path):
    from mutoscope.models.tensors import save_tensors

    save_tensors({"x": torch.zeros(2)}, tmp_path / "x.safetensors")

    with pytest.raises(WeightsError, match="not learned from keyframes"):
        load_learned(tmp_path / "x.safetensors")
