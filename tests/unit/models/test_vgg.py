"""VGG19 loads torchvision's table, whose names count convolutions, activations and poolings through."""

import pytest
import torch
from torch import nn

from mutoscope.models.backbones import load_backbone

WIDTHS = [64, 64, "M", 128, 128, "M", *[256] * 4, "M", *[512] * 4, "M", *[512] * 4, "M"]


def torchvision_features(pool: type[nn.Module]) -> nn.Sequential:
    modules, fan_in = [], 3
    for width in WIDTHS:
        if width == "M":
            modules.append(pool(2))
            continue
        modules += [nn.Conv2d(fan_in, width, 3, padding=1), nn.ReLU()]
        fan_in = width
    return nn.Sequential(*modules)


@pytest.fixture(scope="module")
def state():
    with torch.device("meta"):
        shapes = {f"features.{k}": v.shape for k, v in torchvision_features(nn.MaxPool2d).state_dict().items()}
    generator = torch.Generator().manual_seed(5)
    values = {k: torch.randn(s, generator=generator) * (2 / max(1, s[1:].numel())) ** 0.5 for k, s in shapes.items()}
    for position, (fan_in, fan_out) in {0: (25088, 4096), 3: (4096, 4096), 6: (4096, 1000)}.items():
        # One number repeated: the classifier is only moved, and has 124 million of them.
        values[f"classifier.{position}.weight"] = torch.full((1, 1), 1e-4).expand(fan_out, fan_in)
        values[f"classifier.{position}.bias"] = torch.zeros(fan_out)
    return values


@pytest.mark.parametrize(("pooling", "pool"), [("max", nn.MaxPool2d), ("avg", nn.AvgPool2d)])
def test_a_torchvision_table_computes_what_it_says(monkeypatch, state, pooling, pool):
    monkeypatch.setattr("mutoscope.models.backbones.locate", lambda *_: None)
    monkeypatch.setattr("mutoscope.models.backbones.read_state", lambda _: dict(state))
    backbone = load_backbone("vgg19", pooling=pooling)
    x = torch.rand(1, 3, 33, 47, generator=torch.Generator().manual_seed(7))
    plain = torchvision_features(pool)
    plain.load_state_dict({k.removeprefix("features."): v for k, v in state.items() if k.startswith("features.")})
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    y, wanted = (x - mean) / torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1), []
    with torch.no_grad():
        for module in plain:
            y = module(y)
            if isinstance(module, nn.ReLU):
                wanted.append(y)
        ours = backbone.features(x, backbone.layers)
        assert torch.isfinite(backbone.logits(x)).all()
    assert backbone.layers[:3] == ("relu1_1", "relu1_2", "relu2_1")
    assert backbone.layers[-1] == "relu5_4"
    for layer, value in zip(backbone.layers, wanted, strict=True):
        assert (ours[layer] - value).abs().max() < 1e-4 * max(1, value.abs().max()), layer
