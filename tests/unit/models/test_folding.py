"""A folded batch norm is the same function."""

import pytest
import torch
import torch.nn.functional as nnf
from hypothesis import given, settings
from hypothesis import strategies as st

from mutoscope.models.folding import fold_batch_norm, fold_state


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    channels=st.integers(1, 5),
    kernel=st.sampled_from([1, 3, 5]),
    epsilon=st.sampled_from([1e-5, 1e-3]),
)
def test_convolution_then_norm_is_one_convolution(seed, channels, kernel, epsilon):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(2, 3, 17, 23, generator=generator)
    weight = torch.randn(channels, 3, kernel, kernel, generator=generator)
    gamma, beta, mean = torch.randn(3, channels, generator=generator)
    variance = torch.rand(channels, generator=generator) + 0.05
    padding = kernel // 2
    wanted = nnf.batch_norm(nnf.conv2d(x, weight, padding=padding), mean, variance, gamma, beta, eps=epsilon)
    folded = fold_batch_norm(weight, gamma, beta, mean, variance, epsilon=epsilon)
    assert folded[0].dtype == torch.float32
    torch.testing.assert_close(nnf.conv2d(x, *folded, padding=padding), wanted, rtol=1e-4, atol=1e-4)


def test_other_tensors_keep_their_names_and_counters_go():
    one = torch.ones(1)
    state = {"c.weight": torch.ones(1, 1, 1, 1), "fc.bias": one, "n.num_batches_tracked": torch.tensor(9)}
    state |= {f"n.{part}": one for part in ("weight", "bias", "running_mean", "running_var")}
    assert set(fold_state(state, [("conv", "c", "n")], 0)) == {"conv.weight", "conv.bias", "fc.bias"}


def test_a_missing_tensor_is_named():
    with pytest.raises(KeyError, match=r"n\.weight"):
        fold_state({"c.weight": torch.ones(1, 1, 1, 1)}, [("conv", "c", "n")], 0)
