"""ResNets load torchvision's tables and compute what those tables say, batch norms and all."""

import pytest
import torch
import torch.nn.functional as nnf

from mutoscope.core.errors import WeightsError
from mutoscope.models.backbones import load_backbone

# (number of blocks, channels out, channels inside, groups, stride of the first block) per stage.
RESNET18 = [(2, 64, 64, 1, 1), (2, 128, 128, 1, 2), (2, 256, 256, 1, 2), (2, 512, 512, 1, 2)]
RESNEXT50 = [(3, 256, 128, 32, 1), (4, 512, 256, 32, 2), (6, 1024, 512, 32, 2), (3, 2048, 1024, 32, 2)]


def torchvision_state(stages, *, bottleneck):
    """Seeded tensors under torchvision's names."""
    generator, state = torch.Generator().manual_seed(3), {}

    def conv(name, norm, out, fan_in, kernel):
        spread = (fan_in * kernel**2) ** -0.5
        state[f"{name}.weight"] = torch.randn(out, fan_in, kernel, kernel, generator=generator) * spread
        state[f"{norm}.weight"] = 0.5 + torch.rand(out, generator=generator)
        state[f"{norm}.bias"] = torch.randn(out, generator=generator) * 0.1
        state[f"{norm}.running_mean"] = torch.randn(out, generator=generator) * 0.1
        state[f"{norm}.running_var"] = 0.5 + torch.rand(out, generator=generator)
        state[f"{norm}.num_batches_tracked"] = torch.tensor(1)

    conv("conv1", "bn1", 64, 3, 7)
    fan_in = 64
    for stage, (count, out, inner, groups, stride) in enumerate(stages, start=1):
        for i in range(count):
            b = f"layer{stage}.{i}"
            if bottleneck:
                conv(f"{b}.conv1", f"{b}.bn1", inner, fan_in, 1)
                conv(f"{b}.conv2", f"{b}.bn2", inner, inner // groups, 3)
                conv(f"{b}.conv3", f"{b}.bn3", out, inner, 1)
            else:
                conv(f"{b}.conv1", f"{b}.bn1", out, fan_in, 3)
                conv(f"{b}.conv2", f"{b}.bn2", out, out, 3)
            if i == 0 and (stride > 1 or fan_in != out):
                conv(f"{b}.downsample.0", f"{b}.downsample.1", out, fan_in, 1)
            fan_in = out
    state["fc.weight"] = torch.randn(1000, fan_in, generator=generator) * 0.02
    state["fc.bias"] = torch.randn(1000, generator=generator)
    return state


def plain_resnet(state, stages, x, *, bottleneck):
    def conv(x, name, norm, stride=1, groups=1):
        weight = state[f"{name}.weight"]
        x = nnf.conv2d(x, weight, None, stride, weight.shape[-1] // 2, groups=groups)
        values = [state[f"{norm}.{p}"] for p in ("running_mean", "running_var", "weight", "bias")]
        return nnf.batch_norm(x, *values)

    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    x = (x - mean) / torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    x = nnf.relu(conv(x, "conv1", "bn1", 2))
    found = {"stem": x}
    x = nnf.max_pool2d(x, 3, 2, 1)
    for stage, (count, _, _, groups, first_stride) in enumerate(stages, start=1):
        for i in range(count):
            b, stride = f"layer{stage}.{i}", first_stride if i == 0 else 1
            if bottleneck:
                h = nnf.relu(conv(x, f"{b}.conv1", f"{b}.bn1"))
                h = nnf.relu(conv(h, f"{b}.conv2", f"{b}.bn2", stride, groups))
                h = conv(h, f"{b}.conv3", f"{b}.bn3")
            else:
                h = nnf.relu(conv(x, f"{b}.conv1", f"{b}.bn1", stride))
                h = conv(h, f"{b}.conv2", f"{b}.bn2")
            if f"{b}.downsample.0.weight" in state:
                x = conv(x, f"{b}.downsample.0", f"{b}.downsample.1", stride)
            x = found[b] = nnf.relu(h + x)
    found["logits"] = x.mean((2, 3)) @ state["fc.weight"].T + state["fc.bias"]
    return found


@pytest.mark.parametrize(
    ("name", "stages", "bottleneck"),
    [("resnet18", RESNET18, False), ("resnext50_32x4d", RESNEXT50, True)],
)
def test_a_torchvision_table_computes_what_it_says(tmp_path, name, stages, bottleneck):
    state = torchvision_state(stages, bottleneck=bottleneck)
    torch.save(state, tmp_path / "weights.pth")
    backbone = load_backbone(name, weights=tmp_path / "weights.pth")
    x = torch.rand(1, 3, 65, 97, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        plain = plain_resnet(state, stages, x, bottleneck=bottleneck)
        ours = {**backbone.features(x, backbone.layers), "logits": backbone.logits(x)}
    assert list(plain) == list(ours)
    for layer, wanted in plain.items():
        assert (ours[layer] - wanted).abs().max() < 1e-4 * max(1, wanted.abs().max()), layer


def test_another_networks_weights_are_refused_in_one_line(tmp_path):
    torch.save(torchvision_state(RESNET18, bottleneck=False), tmp_path / "resnet18.pth")
    with pytest.raises(WeightsError, match=r"resnet18\.pth does not hold weights of vgg19") as caught:
        load_backbone("vgg19", weights=tmp_path / "resnet18.pth")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s: s.pop("layer3.1.bn2.running_var"), "layer3.1.bn2.running_var"),
        (lambda s: s.update({"fc.weight": torch.zeros(10, 512)}), "size mismatch for fc.weight"),
        (lambda s: s.update({"extra.weight": torch.zeros(1)}), "extra.weight"),
        (lambda s: s.update({"conv1.weight": torch.zeros(64, 1, 7, 7)}), "size mismatch for conv1.weight"),
    ],
)
def test_a_table_that_does_not_fit_is_refused_in_one_line(tmp_path, change, reason):
    state = torchvision_state(RESNET18, bottleneck=False)
    change(state)
    torch.save(state, tmp_path / "weights.pth")
    with pytest.raises(WeightsError) as caught:
        load_backbone("resnet18", weights=tmp_path / "weights.pth")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
