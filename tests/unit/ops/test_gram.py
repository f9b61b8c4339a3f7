"""Gram matrices and covariances against numpy."""

import numpy as np
import torch

from mutoscope.ops.gram import gram_matrix, mean_covariance


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
