"""Gram matrices and covariances against numpy."""

import numpy as np
import torch

from mutoscope.ops.gram import covariance_of, gram_matrix, mean_covariance, moments


def rand(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def features() -> torch.Tensor:
    return torch.randn(2, 5, 17, 23, generator=torch.Generator().manual_seed(1))


def test_gram_matrix_is_the_sum_of_outer_products():
    x = features()

    gram = gram_matrix(x)

    maps = x[1].flatten(1).double().numpy()
    np.testing.assert_allclose(gram[1].numpy(), maps @ maps.T, rtol=1e-4)


def test_gram_matrix_forgets_where_things_are():
    x = features()
    shuffled = x.flatten(2)[:, :, torch.randperm(17 * 23, generator=torch.Generator().manual_seed(2))]

    assert torch.allclose(gram_matrix(x), gram_matrix(shuffled.view_as(x)), rtol=1e-4, atol=1e-2)


def test_mean_covariance_agrees_with_numpy():
    x = features() + 3

    mean, covariance = mean_covariance(x)

    maps = x[0].flatten(1).double().numpy()
    np.testing.assert_allclose(mean[0].numpy(), maps.mean(1), rtol=1e-5)
    np.testing.assert_allclose(covariance[0].numpy(), np.cov(maps, bias=True), rtol=1e-4, atol=1e-5)


def test_gram_is_covariance_plus_outer_product_of_means():
    x = features() + 1
    mean, covariance = mean_covariance(x)

    gram = gram_matrix(x) / (17 * 23)

    assert torch.allclose(gram, covariance + mean[:, :, None] * mean[:, None, :], atol=1e-4)


def test_moments_of_parts_add_up_to_those_of_the_whole():
    x = rand(1, 4, 5, 7)

    whole, left, right = moments(x), moments(x[..., :3]), moments(x[..., 3:])

    for w, a, b in zip(whole, left, right, strict=True):
        torch.testing.assert_close(a + b, w)


def test_moments_of_a_mask_are_those_of_what_it_shows():
    x, mask = rand(1, 4, 5, 7), torch.zeros(1, 1, 5, 7, dtype=torch.float64)
    mask[..., :3] = 1

    for got, wanted in zip(moments(x, mask), moments(x[..., :3]), strict=True):
        torch.testing.assert_close(got, wanted)


def test_a_position_of_half_weight_counts_half():
    x = rand(1, 4, 1, 2)

    first, second = moments(x, torch.tensor([[[[1.0, 0.5]]]], dtype=torch.float64))

    torch.testing.assert_close(first, x[..., 0, 0] + 0.5 * x[..., 0, 1])
    v, w = x[0, :, 0, 0], x[0, :, 0, 1]
    torch.testing.assert_close(second[0], torch.outer(v, v) + 0.5 * torch.outer(w, w))


def test_the_covariance_comes_out_of_the_moments():
    x = rand(2, 4, 5, 7)
    first, second = moments(x)

    torch.testing.assert_close(covariance_of(first / 35, second / 35), mean_covariance(x)[1])
