"""EfficientNet-Lite0 is the trained network, not only its shape."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as nnf
from PIL import Image

from mutoscope.models.backbones import load_backbone
from mutoscope.models.imagenet import labels
from mutoscope.models.state_dict import read_state
from mutoscope.models.weights import locate

PHOTOGRAPHS = Path(__file__).parents[2] / "data"

# What the photograph shows, the classes that say so, and the least probability of them together.
ANSWERS = [
    ("cat.jpg", {"tabby", "tiger cat", "Egyptian cat"}, 0.8),
    ("espresso.jpg", {"espresso"}, 0.6),
    ("koala.jpg", {"koala"}, 0.7),
    ("panda.jpg", {"giant panda"}, 0.9),
]


def photograph(name: str) -> torch.Tensor:
    with Image.open(PHOTOGRAPHS / name) as image:
        pixels_HWC = np.asarray(image.convert("RGB"))
    return torch.from_numpy(pixels_HWC.copy()).permute(2, 0, 1)[None, :, 16:240, 16:240] / 255


def plain_lite0(state: dict[str, torch.Tensor], x: torch.Tensor) -> dict[str, torch.Tensor]:
    """The network as the package's state dict spells it: nothing folded, nothing in place."""

    def conv(x, name, stride=1, groups=1):
        weight = state[f"{name}.weight"]
        return nnf.conv2d(x, weight, None, stride, weight.shape[-1] // 2, groups=groups)

    def norm(x, name):
        mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        return nnf.batch_norm(x, mean, variance, state[f"{name}.weight"], state[f"{name}.bias"], eps=1e-3)

    found = {}
    x = (x * 255 - 127) / 128
    x = found["stem"] = nnf.relu6(norm(conv(x, "_conv_stem", 2), "_bn0"))
    strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
    for i, stride in enumerate(strides):
        block, h = f"_blocks.{i}", x
        if i:
            h = nnf.relu6(norm(conv(h, f"{block}._expand_conv"), f"{block}._bn0"))
        h = nnf.relu6(norm(conv(h, f"{block}._depthwise_conv", stride, h.shape[1]), f"{block}._bn1"))
        found[f"block{i}.dw"] = h
        h = norm(conv(h, f"{block}._project_conv"), f"{block}._bn2")
        x = found[f"block{i}"] = h + x if h.shape == x.shape else h
    found["head"] = nnf.relu6(norm(conv(x, "_conv_head"), "_bn1"))
    found["logits"] = found["head"].mean((2, 3)) @ state["_fc.weight"].T + state["_fc.bias"]
    return found


@pytest.fixture(scope="module")
def lite0():
    return load_backbone("efficientnet_lite0")


@pytest.mark.parametrize(("name", "classes", "least"), ANSWERS)
def test_photographs_get_their_names(lite0, name, classes, least):
    with torch.no_grad():
        probability = lite0.logits(photograph(name)).softmax(1)[0]
    names = [label.split(",")[0] for label in labels()]
    assert names[int(probability.argmax())] in classes
    assert sum(p for n, p in zip(names, probability.tolist(), strict=True) if n in classes) > least


@pytest.mark.parametrize("name", ["cat.jpg", "panda.jpg"])
def test_folding_batch_norms_changes_rounding_only(lite0, name):
    state, x = read_state(locate("efficientnet_lite0")), photograph(name)
    with torch.no_grad():
        plain = plain_lite0(state, x)
        ours = {**lite0.features(x, lite0.layers), "logits": lite0.logits(x)}
    assert set(plain) == set(ours)
    for layer, wanted in plain.items():
        assert (ours[layer] - wanted).abs().max() < 1e-4 * max(1, wanted.abs().max()), layer


def test_folding_keeps_the_gradient(lite0):
    state, gradients = read_state(locate("efficientnet_lite0")), []
    layers = ("block1.dw", "block4", "block9")
    for network in (lambda x: plain_lite0(state, x), lambda x: lite0.features(x, layers)):
        x = photograph("cat.jpg").requires_grad_()
        features = network(x)
        torch.stack([features[n].square().mean() for n in layers]).sum().backward()
        gradients.append(x.grad)
    # In the mean: a value at the kink of a ReLU6 may fall on the other side.
    assert (gradients[0] - gradients[1]).norm() < 1e-3 * gradients[0].norm()


def test_layers_lie_at_their_strides(lite0):
    with torch.no_grad():
        features = lite0.features(torch.zeros(1, 3, 64, 96), lite0.layers)
    strides = {name: 64 // value.shape[2] for name, value in features.items() if not name.endswith(".dw")}
    expected = [2, 2, 4, 4, 8, 8, *[16] * 6, *[32] * 5, 32]
    assert list(strides.values()) == expected
    assert all(64 * f.shape[3] == 96 * f.shape[2] for f in features.values())
