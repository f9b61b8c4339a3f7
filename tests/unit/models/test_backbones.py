"""Every backbone keeps the same promises, whatever its weights."""

import multiprocessing
import platform
from concurrent.futures import ProcessPoolExecutor

import pytest
import torch

from mutoscope.core.errors import ParameterError
from mutoscope.models.backbones import BACKBONES, Backbone, load_backbone

SMALL = ("efficientnet_lite0", "squeezenet1_1", "resnet18", "tiny")
STYLE = ("stem", "block0", "block2", "block4", "block5", "block9", "block1.dw", "block3.dw")


@pytest.fixture(scope="module")
def backbones() -> dict[str, Backbone]:
    return {name: load_backbone(name, random_seed=0) for name in BACKBONES}


def picture(height: int = 17, width: int = 23, num: int = 1) -> torch.Tensor:
    return torch.rand(num, 3, height, width, generator=torch.Generator().manual_seed(7))


def hashed_bytes(backbone: Backbone, layers: tuple[str, ...], x: torch.Tensor) -> list[bytes]:
    x = x.clone().requires_grad_()
    features = backbone.features(x, layers)
    torch.stack([f.square().mean() for f in features.values()]).sum().backward()
    return [*(f.detach().contiguous().numpy().tobytes() for f in features.values()), x.grad.numpy().tobytes()]


@pytest.mark.parametrize("name", BACKBONES)
def test_every_layer_is_given_at_odd_sizes(backbones, name):
    backbone = backbones[name]
    with torch.no_grad():
        features = backbone.features(picture(num=2), backbone.layers)
    assert tuple(features) == backbone.layers
    for value in features.values():
        assert value.dtype == torch.float32
        assert value.ndim == 4
        assert value.shape[0] == 2
        assert torch.isfinite(value).all()
        assert value.std() > 0


@pytest.mark.parametrize("name", BACKBONES)
def test_layers_stand_in_order_of_depth(backbones, name):
    backbone = backbones[name]
    with torch.no_grad():
        features = backbone.features(picture(65, 97), backbone.layers)
    areas = [f.shape[2] * f.shape[3] for f in features.values() if not name.endswith(".dw")]
    assert areas == sorted(areas, reverse=True)


@pytest.mark.parametrize("name", BACKBONES)
def test_features_come_in_the_order_asked_for(backbones, name):
    wanted = backbones[name].layers[2::-1]
    with torch.no_grad():
        assert tuple(backbones[name].features(picture(), wanted)) == wanted


@pytest.mark.parametrize("name", BACKBONES)
def test_logits_have_one_score_per_class(backbones, name):
    with torch.no_grad():
        scores = backbones[name].logits(picture(num=2))
    assert scores.shape == (2, backbones[name].num_classes)
    assert scores.dtype == torch.float32


@pytest.mark.parametrize("name", BACKBONES)
def test_gradients_reach_the_picture_and_nothing_else(backbones, name):
    backbone, x = backbones[name], picture().requires_grad_()
    backbone.features(x, backbone.layers[-1:])[backbone.layers[-1]].square().sum().backward()
    assert x.grad is not None
    assert x.grad.abs().max() > 0
    assert all(p.grad is None and not p.requires_grad for p in backbone.parameters())
    assert not backbone.training


@pytest.mark.parametrize("name", BACKBONES)
def test_the_picture_is_not_changed(backbones, name):
    x = picture()
    with torch.no_grad():
        backbones[name].features(x, backbones[name].layers)
    assert torch.equal(x, picture())


@pytest.mark.parametrize("name", BACKBONES)
def test_taps_keep_their_values_while_the_pass_goes_on(backbones, name):
    backbone = backbones[name]
    with torch.no_grad():
        together = backbone.features(picture(), backbone.layers)
        for layer in backbone.layers[:4]:
            assert torch.equal(together[layer], backbone.features(picture(), [layer])[layer]), layer


def test_the_pass_stops_behind_the_deepest_wanted_layer(backbones):
    backbone, seen = backbones["efficientnet_lite0"], []
    handles = [m.register_forward_hook(lambda m, *_: seen.append(m)) for m in backbone.modules()]
    with torch.no_grad():
        backbone.features(picture(), ["block1.dw", "stem"])
    for handle in handles:
        handle.remove()
    assert seen[-1] is backbone.blocks[1].depthwise
    assert len(seen) == len(set(seen)), "a layer was computed twice"


def test_no_layers_cost_no_pass(backbones):
    assert backbones["tiny"].features(picture(), []) == {}


def test_an_unknown_layer_names_those_there_are(backbones):
    with pytest.raises(ParameterError, match=r"tiny has no layer 'relu1_1'; it has block0, block1, block2"):
        backbones["tiny"].features(picture(), ["block0", "relu1_1"])


def test_an_unknown_backbone_names_those_there_are():
    with pytest.raises(ParameterError, match=r"'vgg91'; there are: efficientnet_lite0, squeezenet1_1, vgg19"):
        load_backbone("vgg91")


def test_options_that_a_backbone_lacks_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="only vgg19"):
        load_backbone("tiny", pooling="avg")
    with pytest.raises(ParameterError, match="takes no weights file"):
        load_backbone("tiny", weights=tmp_path / "x.pth")


def test_tiny_is_tiny_and_always_the_same():
    first, second = load_backbone("tiny"), load_backbone("tiny")
    assert sum(p.nbytes for p in first.parameters()) < 50_000
    assert hashed_bytes(first, first.layers, picture()) == hashed_bytes(second, second.layers, picture())


@pytest.mark.parametrize("name", SMALL)
def test_a_seed_makes_the_same_network_and_leaves_global_chance_alone(backbones, name):
    before = torch.get_rng_state()
    again, other = load_backbone(name, random_seed=0), load_backbone(name, random_seed=1)
    assert torch.equal(before, torch.get_rng_state())
    layer = again.layers[:1]
    ours = backbones[name].features(picture(), layer)[layer[0]]
    assert torch.equal(ours, again.features(picture(), layer)[layer[0]])
    assert not torch.equal(ours, other.features(picture(), layer)[layer[0]])


def unequal_at_other_thread_counts() -> list[str]:
    unequal = []
    for name in SMALL:
        backbone = load_backbone(name, random_seed=0)
        layers = backbone.layers[:12]
        for size in [(17, 23), (128, 96), (136, 139)]:
            results = []
            for count in (1, 2, 4):
                torch.set_num_threads(count)
                results.append(hashed_bytes(backbone, layers, picture(*size)))
            # Gradients come last. Those of networks with few channels may be rounded in another order.
            compared = len(layers) + (name == "efficientnet_lite0")
            if not results[0][:compared] == results[1][:compared] == results[2][:compared]:
                unequal.append(f"{name} {size}")
    return unequal


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="promised for x86")
def test_bytes_do_not_depend_on_the_number_of_threads():
    # In a process of its own: threads once started would slow down all other tests.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(unequal_at_other_thread_counts).result() == []


@pytest.mark.parametrize("name", SMALL)
def test_memory_layout_changes_rounding_only(backbones, name):
    plain = load_backbone(name, random_seed=0, channels_last=False)
    x = picture(65, 97)
    with torch.no_grad():
        ours, theirs = backbones[name].features(x, plain.layers), plain.features(x, plain.layers)
    for layer in plain.layers:
        # SqueezeNet takes 0..255: its features are larger, and so is their rounding.
        scale = max(1.0, float(ours[layer].abs().max()))
        torch.testing.assert_close(theirs[layer], ours[layer], rtol=1e-4, atol=1e-4 * scale)


@pytest.mark.parametrize("channels_last", [True, False])
def test_bfloat16_stays_inside(channels_last):
    exact = load_backbone("efficientnet_lite0")
    rough = load_backbone("efficientnet_lite0", dtype=torch.bfloat16, channels_last=channels_last)
    x = picture(65, 97).requires_grad_()
    features = rough.features(x, STYLE)
    torch.stack([f.square().mean() for f in features.values()]).sum().backward()
    assert x.grad.dtype == torch.float32
    for layer, wanted in exact.features(picture(65, 97), STYLE).items():
        assert features[layer].dtype == torch.float32
        error = (features[layer] - wanted).square().mean().sqrt() / wanted.std()
        assert 1e-6 < error < 0.05, layer
    assert rough.logits(x).dtype == torch.float32


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no accelerator")
@pytest.mark.parametrize("name", SMALL)
def test_an_accelerator_gives_the_same_features(backbones, name):
    there = load_backbone(name, random_seed=0, device="cuda")
    x = picture(65, 97)
    with torch.no_grad():
        for layer, wanted in backbones[name].features(x, there.layers[:6]).items():
            got = there.features(x.cuda(), [layer])[layer].cpu()
            assert (got - wanted).square().mean().sqrt() < 5e-3 * wanted.std()  # convolutions run in TF32
