"""The three networks: sizes, chance, taps, and that a frame depends on itself alone."""

import pytest
import torch
import torch.nn.functional as nnf

from mutoscope.autoencode.discriminator import empty_discriminator, new_discriminator
from mutoscope.autoencode.layers import SpectralConv2d, initialise
from mutoscope.autoencode.networks import empty_networks, new_networks
from mutoscope.autoencode.profiles import PROFILES, Profile
from mutoscope.core.random import generator

OURS = Profile(name="test", width=40, height=24, base=8, latent=10, levels=3, bottleneck=4)
SEED = Profile(name="seed", width=40, height=24, base=8, latent=10, levels=3, kernel=5, bottleneck=0)
BOTH = pytest.mark.parametrize("profile", [OURS, SEED], ids=["ours", "seed"])


def frames(num: int, profile: Profile = OURS, seed: int = 0) -> torch.Tensor:
    return torch.rand(num, 3, profile.height, profile.width, generator=generator(seed, 0, "frames"))


def count(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@BOTH
@pytest.mark.parametrize(("width", "height", "levels"), [(40, 24, 2), (40, 24, 5), (16, 16, 6), (24, 56, 4)])
def test_frames_keep_their_size_however_often_it_is_halved(profile, width, height, levels):
    profile = profile.model_copy(update={"width": width, "height": height, "levels": levels, "base": 2})
    encoder, decoder = new_networks(profile, generator(0, 0))

    mean_NL, log_variance_NL = encoder(frames(2, profile))
    y_N3HW = decoder(mean_NL)

    assert mean_NL.shape == log_variance_NL.shape == (2, 10)
    assert y_N3HW.shape == (2, 3, height, width)
    assert y_N3HW.min() >= 0
    assert y_N3HW.max() <= 1


@BOTH
def test_a_frame_depends_on_itself_alone(profile):
    encoder, decoder = new_networks(profile, generator(0, 0))
    x_N3HW = frames(20, profile)

    with torch.inference_mode():
        together = decoder(encoder(x_N3HW)[0])
        alone = torch.cat([decoder(encoder(x)[0]) for x in x_N3HW.split(1)])

    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)
    assert (together[0] - together[1]).abs().max() > 1e-3


def test_one_frame_is_the_same_picture_in_a_batch_of_64_in_short_numbers_too():
    encoder, decoder = new_networks(PROFILES["tiny"], generator(0, 0))
    x_N3HW = frames(64, PROFILES["tiny"])

    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        together = decoder(encoder(x_N3HW)[0] * 10)
        alone = torch.cat([decoder(encoder(x)[0] * 10) for x in x_N3HW[:3].split(1)])

    torch.testing.assert_close(together[:3], alone, rtol=0, atol=1 / 255)


@BOTH
def test_chance_alone_decides_about_the_first_numbers(profile):
    before = torch.random.get_rng_state()
    first, again, other = (new_networks(profile, generator(seed, 0))[0].state_dict() for seed in (0, 0, 1))
    first |= new_discriminator(profile, generator(0, 0)).state_dict()
    again |= new_discriminator(profile, generator(0, 0)).state_dict()

    assert torch.equal(before, torch.random.get_rng_state())
    for name, value in first.items():
        assert torch.equal(value, again[name])
        assert torch.isfinite(value).all()
    assert not torch.equal(first["project.weight"], other["project.weight"])


@BOTH
def test_what_passes_a_new_network_neither_dies_nor_explodes(profile):
    profile = profile.model_copy(update={"base": 16, "bottleneck": 8 if profile.bottleneck else 0})
    encoder, decoder = new_networks(profile, generator(0, 0))
    z_NL = torch.randn(16, 10, generator=generator(0, 0, "z"))

    with torch.inference_mode():
        spread_of_latents = encoder(frames(16, profile))[0].std(0).mean()
        spread_of_pixels = decoder(z_NL).std(0).mean()

    assert 0.01 < spread_of_latents < 3
    assert 0.01 < spread_of_pixels < 0.4


@BOTH
def test_a_tap_sees_each_layer_once_and_can_change_it(profile):
    decoder = new_networks(profile, generator(0, 0))[1]
    z_NL = torch.randn(2, 10, generator=generator(0, 0, "z"))
    seen = []

    def look(number: int, h: torch.Tensor) -> torch.Tensor:
        seen.append((number, tuple(h.shape[2:])))
        return h

    with torch.inference_mode():
        plain, tapped = decoder(z_NL), decoder(z_NL, look)
        without = [decoder(z_NL, lambda n, h, i=i: h * 0 if n == i else h) for i in range(decoder.num_layers)]

    assert torch.equal(plain, tapped)
    assert seen == [(0, (3, 5)), (1, (6, 10)), (2, (12, 20))]
    for changed in without:
        assert (changed[0] - changed[1]).abs().max() < 1e-6
        assert (changed - plain).abs().max() > 1e-4


@BOTH
def test_numbers_of_one_network_fill_an_empty_one(profile):
    encoder, decoder = new_networks(profile, generator(0, 0))
    discriminator = new_discriminator(profile, generator(0, 0)).eval()
    empty = (*empty_networks(profile), empty_discriminator(profile).eval())
    for made, one in zip((encoder, decoder, discriminator), empty, strict=True):
        one.load_state_dict(made.state_dict())

    x_N3HW = frames(2, profile)

    assert torch.equal(decoder(encoder(x_N3HW)[0]), empty[1](empty[0](x_N3HW)[0]))
    assert torch.equal(discriminator(x_N3HW)[0], empty[2](x_N3HW)[0])


def test_unsureness_has_bounds():
    encoder = new_networks(OURS, generator(0, 0))[0]
    with torch.no_grad():
        encoder.project.bias[10:15] = 1e6
        encoder.project.bias[15:] = -1e6

    variance_NL = encoder(frames(1))[1].exp()

    assert variance_NL.max() < 100
    assert variance_NL.min() > 1e-6


def test_broad2016_has_the_sizes_of_the_network_that_saw_blade_runner():
    with torch.device("meta"):
        networks = (*empty_networks(PROFILES["broad2016"]), empty_discriminator(PROFILES["broad2016"]))

    # Counted of the original code: 43.59 M, 25.25 M, 6.82 M; batch norm there has as many numbers as group norm here.
    assert [round(count(network) / 1e6, 2) for network in networks] == [43.59, 25.25, 6.82]
    assert networks[1].num_layers == 4


@pytest.mark.parametrize("name", ["tiny", "small"])
def test_a_model_for_a_processor_leaves_room_for_dreams_in_20_megabytes(name):
    encoder, decoder = empty_networks(PROFILES[name])

    assert 4 * (count(encoder) + count(decoder)) < 15.5e6
    assert decoder.num_layers >= 3


@BOTH
def test_the_discriminator_gives_a_score_a_frame_and_four_levels_of_features(profile):
    discriminator = new_discriminator(profile, generator(0, 0))

    scores_N, features = discriminator(frames(3, profile))

    assert scores_N.shape == (3,)
    assert [f.shape[1] for f in features] == [8, 16, 32, 64]
    assert [len(f) for f in features] == [3] * 4


def test_a_score_depends_on_its_own_frame():
    discriminator = new_discriminator(OURS, generator(0, 0)).eval()
    x_N3HW = frames(4)

    alone = torch.cat([discriminator(x)[0] for x in x_N3HW.split(1)])

    torch.testing.assert_close(discriminator(x_N3HW)[0], alone, rtol=0, atol=1e-5)


def test_spectral_norm_gives_a_largest_singular_value_of_one():
    layer = SpectralConv2d(5, 7, 3, 1)
    initialise(torch.nn.Sequential(layer), generator(0, 0))
    for _ in range(30):
        layer.normed_weight()

    values = torch.linalg.svdvals(layer.normed_weight().detach().flatten(1))

    assert values[0] == pytest.approx(1, abs=1e-3)
    assert torch.linalg.svdvals(layer.weight.detach().flatten(1))[0] > 1.2


def test_spectral_norm_learns_in_training_only_and_goes_backward_twice():
    discriminator = new_discriminator(OURS, generator(0, 0))
    before = {name: value.clone() for name, value in discriminator.state_dict().items() if "direction" in name}

    discriminator.eval()(frames(1))
    assert all(torch.equal(discriminator.state_dict()[name], value) for name, value in before.items())

    discriminator.train()
    # Two passes, then both go backward: the buffers of the first must not be those of the second.
    scores = discriminator(frames(2))[0], discriminator(frames(2, seed=1))[0]
    nnf.relu(1 - scores[0]).mean().add(nnf.relu(1 + scores[1]).mean()).backward()
    assert any(not torch.equal(discriminator.state_dict()[name], value) for name, value in before.items())
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in discriminator.parameters())
