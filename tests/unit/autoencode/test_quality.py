import math

import numpy as np
import pytest
import torch
import torch.nn.functional as nnf

from mutoscope.autoencode.quality import BANDS, QualityMeter, measure_quality, psnr, ssim
from mutoscope.autoencode.spectrum import spectrum_distance, spectrum_of
from mutoscope.core.random import generator


def chance(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.rand(*shape, generator=generator(seed, 0, "test"))


def picture(num: int = 1, height: int = 37, width: int = 51, seed: int = 1) -> torch.Tensor:
    """Smooth patches with a little grain, 0..1."""
    coarse = nnf.interpolate(chance(num, 3, 5, 7, seed=seed), (height, width), mode="bilinear")
    return (0.9 * coarse + 0.1 * chance(num, 3, height, width, seed=seed + 1)).clamp(0, 1)


def blurred(x_N3HW: torch.Tensor, px: int = 3) -> torch.Tensor:
    return nnf.avg_pool2d(nnf.pad(x_N3HW, [px // 2] * 4, mode="replicate"), px, 1)


def test_psnr_is_the_formula_per_frame() -> None:
    a = torch.full((2, 3, 17, 23), 0.5)
    b = a.clone()
    b[1] += 0.1
    assert psnr(a, b).tolist() == pytest.approx([60.0, 20.0], abs=1e-3)


def slow_ssim(a_HW: np.ndarray, b_HW: np.ndarray) -> float:
    """Wang et al. (2004), equation 13, window by window."""
    offsets = np.arange(11) - 5
    weights = np.exp(-(offsets[:, None] ** 2 + offsets[None] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    found = []
    for y in range(a_HW.shape[0] - 10):
        for x in range(a_HW.shape[1] - 10):
            p, q = a_HW[y : y + 11, x : x + 11], b_HW[y : y + 11, x : x + 11]
            mean_p, mean_q = (weights * p).sum(), (weights * q).sum()
            var_p, var_q = (weights * (p - mean_p) ** 2).sum(), (weights * (q - mean_q) ** 2).sum()
            both = (weights * (p - mean_p) * (q - mean_q)).sum()
            up = (2 * mean_p * mean_q + 1e-4) * (2 * both + 9e-4)
            found.append(up / ((mean_p**2 + mean_q**2 + 1e-4) * (var_p + var_q + 9e-4)))
    return float(np.mean(found))


def test_ssim_is_that_of_its_paper_on_luma() -> None:
    a, b = picture(2, 19, 25), picture(2, 19, 25, seed=5)
    b = (a + b) / 2
    weights = np.array([0.2126, 0.7152, 0.0722])
    for i in range(2):
        grey = [np.einsum("c,chw->hw", weights, x[i].double().numpy()) for x in (a, b)]
        assert float(ssim(a, b)[i]) == pytest.approx(slow_ssim(*grey), abs=2e-4)
    assert ssim(a, a).tolist() == pytest.approx([1, 1], abs=1e-5)


def test_ssim_of_frames_smaller_than_its_window() -> None:
    a = picture(1, 6, 9)
    assert float(ssim(a, a)) == pytest.approx(1, abs=1e-5)
    assert float(ssim(a, 1 - a)) < 0.9


@pytest.mark.parametrize("size", [(37, 51), (72, 128), (16, 16)])
def test_the_spectrum_sees_blur(size: tuple[int, int]) -> None:
    x = picture(2, *size)
    little, much = (spectrum_distance(x, blurred(x, px)) for px in (3, 5))
    assert (spectrum_distance(x, x) == 0).all()
    assert (little > 1).all()
    assert (much > little).all()


def test_the_spectrum_does_not_care_where_things_are() -> None:
    x = chance(1, 3, 64, 64)
    shifted = x.roll((9, 17), (2, 3))
    assert float(spectrum_distance(x, shifted)) < float(spectrum_distance(x, blurred(x))) / 4
    assert float((x - shifted).abs().mean()) > 0.2


def test_a_wave_is_found_at_its_frequency() -> None:
    height = width = 64
    wave_W = 0.5 + 0.4 * torch.sin(2 * math.pi * torch.arange(width) / 8)
    spectrum_R = spectrum_of(wave_W.expand(1, 3, height, width))[0]
    assert len(spectrum_R) == 33
    assert int(spectrum_R.argmax()) == round(2 * 32 / 8)
    assert float(spectrum_R.max() - spectrum_R.median()) > 30


def test_power_below_the_noise_of_eight_bits_does_not_count() -> None:
    flat = torch.full((1, 3, 32, 32), 0.3)
    assert float(spectrum_distance(flat, flat + 1e-4 * chance(1, 3, 32, 32))) < 0.1


def moving(steps: list[float], keep: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Frames that change by `steps` of 255 from each to the next, and a copy that keeps a share of each change."""
    still = torch.full((3, 17, 23), 0.3)
    levels = torch.tensor([0.0, *steps]).cumsum(0)[:, None, None, None] / 255
    return still + levels, still + keep * levels


def test_motion_that_is_kept_is_told_by_speed() -> None:
    source, half = moving([1, 1, 4, 4, 4, 10, 20], 0.5)
    found = measure_quality([(source, half, [0] * 8)]).numbers()
    assert [found[f"motion_{band}"] for band in BANDS] == pytest.approx([0.5, 0.5, 0.5], abs=1e-3)
    kept = measure_quality([(source, source, [0] * 8)]).numbers()
    assert kept["motion_slow"] == pytest.approx(1, abs=1e-5)


def test_bands_of_speed_are_apart() -> None:
    source, _ = moving([1, 4, 10])
    recon = source.clone()
    recon[2:] -= 2 / 255  # the step of 4 loses 2
    found = measure_quality([(source, recon, [0] * 4)]).numbers()
    assert found["motion_still"] == pytest.approx(1, abs=1e-3)
    assert found["motion_slow"] == pytest.approx(0.5, abs=1e-3)
    assert found["motion_fast"] == pytest.approx(1, abs=1e-3)


def test_movement_is_not_measured_across_cuts_nor_where_frames_stand_alone() -> None:
    source, recon = moving([4, 4, 4], 0)
    assert "motion_slow" not in measure_quality([(source, recon, [0, 1, 2, 3])]).numbers()
    assert "motion_slow" not in measure_quality([(source, recon, [-1] * 4)]).numbers()
    assert "motion_slow" in measure_quality([(source, recon, [0, 0, 1, 1])]).numbers()


def test_a_film_that_stands_still_has_no_motion_to_keep() -> None:
    source, recon = moving([0, 0])
    found = measure_quality([(source, recon, [0, 0, 0])]).numbers()
    assert not any(name.startswith("motion") for name in found)
    assert found["psnr"] == 60


@pytest.mark.parametrize("cut", [1, 2, 5])
def test_how_frames_are_batched_does_not_matter(cut: int) -> None:
    source, recon = picture(7), blurred(picture(7))
    shots = [0, 0, 0, 1, 1, -1, 2]
    whole, parts = QualityMeter(), QualityMeter()
    whole.add(source, recon, shots)
    for start in range(0, 7, cut):
        parts.add(source[start : start + cut], recon[start : start + cut], torch.tensor(shots[start : start + cut]))
    assert parts.result().numbers() == pytest.approx(whole.result().numbers(), rel=1e-4)
    assert len(parts.result().frames) == 7
    assert [frame.motion is None for frame in parts.result().frames] == [True, False, False, True, False, True, True]


def test_psnr_is_told_by_contrast() -> None:
    flat, strong = torch.full((1, 3, 17, 23), 0.4), torch.zeros(1, 3, 17, 23)
    strong[..., ::2] = 1
    source = torch.cat([flat, strong])
    found = measure_quality([(source, (source - torch.tensor([0.1, 0.01])[:, None, None, None]), [0, 1])]).numbers()
    assert found["psnr_low_contrast"] == pytest.approx(20, abs=0.01)
    assert found["psnr_high_contrast"] == pytest.approx(40, abs=0.01)
    assert "psnr_mid_contrast" not in found
    assert found["psnr"] == pytest.approx(30, abs=0.01)


def test_nothing_measured_tells_nothing() -> None:
    assert QualityMeter().result().numbers() == {}
    meter = QualityMeter()
    assert meter.add(torch.zeros(0, 3, 9, 9), torch.zeros(0, 3, 9, 9), []) == []


def test_pictures_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="differ"):
        QualityMeter().add(torch.zeros(1, 3, 9, 9), torch.zeros(1, 3, 9, 8), [0])
