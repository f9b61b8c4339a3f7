"""A frame's latents and pixels are its own, however many are asked for at once."""

import pytest
import torch

from mutoscope.autoencode.bend_params import parse_bends
from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.files import FilmModel
from mutoscope.autoencode.params import AutoencodeParams
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.random import generator
from mutoscope.testing.clips import gradient_clip

PROFILES = [
    Profile(name="narrow", width=40, height=24, base=4, latent=8, levels=3),
    Profile(name="seed", width=40, height=24, base=4, latent=8, levels=3, kernel=5, bottleneck=0),
]


KINDS = [(profile, precision) for profile in PROFILES for precision in ("float32", "bfloat16")]


@pytest.fixture(params=KINDS, ids=lambda kind: f"{kind[0].name}, {kind[1]}")
def codec(request, film_model) -> Codec:
    profile, precision = request.param
    return Codec(film_model(profile), precision=precision)


def test_frames_are_encoded_alike_in_any_company(codec):
    x = gradient_clip(7, 37, 51).pixels_TCHW
    together = codec.encode(x)

    assert together.shape == (7, 8)
    assert together.dtype == torch.float32
    for parts in ([1] * 7, [3, 4], [5, 2]):
        assert torch.equal(torch.cat([codec.encode(part) for part in torch.split(x, parts)]), together)
    # A view into a larger tensor lies elsewhere in memory, and may have other strides.
    assert torch.equal(codec.encode(x.flip(0)[:3]), together.flip(0)[:3])


def test_latents_are_decoded_alike_in_any_company(codec):
    z = torch.randn(7, 8, generator=generator(0, 2))
    bends = parse_bends("decoder.1[0.5]:rotate:30; decoder.0:dilate:4")
    for size in (None, (37, 51)):
        together = codec.decode(z, bends, size)
        assert together.shape == (7, 3, *(size or (24, 40)))
        assert 0 <= together.min() <= together.max() <= 1
        assert torch.equal(torch.cat([codec.decode(row, bends, size) for row in z.split(1)]), together)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_number_of_threads_changes_no_bit(film_model, precision):
    # The layers of 2016 unfold by transposed convolutions, whose sums do depend on it: a run settles the number.
    codec = Codec(film_model(PROFILES[0]), precision=precision)
    x = gradient_clip(2, 37, 51).pixels_TCHW
    before, done = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            z = codec.encode(x)
            done.append((z, codec.decode(z)))
    finally:
        torch.set_num_threads(before)

    for z, y in done[1:]:
        assert torch.equal(z, done[0][0])
        assert torch.equal(y, done[0][1])


def test_precision_changes_little(film_model):
    exact, fast = (Codec(film_model(PROFILES[0]), precision=precision) for precision in ("float32", "bfloat16"))
    z = exact.encode(gradient_clip(3, 24, 40).pixels_TCHW)

    assert (fast.encode(gradient_clip(3, 24, 40).pixels_TCHW) - z).abs().max() < 0.02 * z.abs().max()
    assert (fast.decode(z) - exact.decode(z)).abs().max() < 0.02


def test_precision_follows_the_processor_and_no_race(film_model, monkeypatch):
    for features, chosen in ((("avx2", "avx512_bf16"), "bfloat16"), (("avx2",), "float32")):
        monkeypatch.setattr("mutoscope.autoencode.params.cpu_features", lambda features=features: features)
        assert Codec(film_model(PROFILES[0])).precision == chosen
        assert AutoencodeParams(model="m").settled("cpu").precision == chosen
    assert AutoencodeParams(model="m", precision="float32").settled("cpu").precision == "float32"
    assert AutoencodeParams(model="m").settled("cuda").precision == "float32"


def test_nothing_becomes_nothing(codec):
    assert codec.encode(torch.empty(0, 3, 5, 7)).shape == (0, 8)
    assert codec.decode(torch.empty(0, 8)).shape == (0, 3, 24, 40)
    assert codec.decode(torch.empty(0, 8), size=(5, 7)).shape == (0, 3, 5, 7)


def test_latents_can_be_learned_from(codec):
    z = codec.encode(gradient_clip(2).pixels_TCHW)
    weight = torch.ones(8, requires_grad=True)

    (z @ weight).sum().backward()

    torch.testing.assert_close(weight.grad, z.sum(0))


def test_moments_are_those_of_the_films_latents(codec):
    z = codec.model.latents.z_TL

    torch.testing.assert_close(codec.mean_L, z.mean(0))
    torch.testing.assert_close(codec.spread_L, z.std(0, correction=0))
    torch.testing.assert_close(codec.covariance_LL, torch.cov(z.T, correction=0))


def test_model_that_knows_no_film_has_plain_moments(film_model):
    bare = film_model(PROFILES[0])
    codec = Codec(FilmModel(bare.card, bare.encoder, bare.decoder))

    assert codec.mean_L.tolist() == [0] * 8
    assert torch.equal(codec.covariance_LL, torch.eye(8))
    assert codec.decode(torch.zeros(1, 8), parse_bends("decoder.0[cluster1/2]:multiply:2")).shape == (1, 3, 24, 40)


def test_model_is_left_as_it_was(film_model):
    model = film_model(PROFILES[0])
    before = {name: value.clone() for name, value in model.decoder.state_dict().items()}

    codec = Codec(model)
    codec.decode(codec.encode(gradient_clip(1).pixels_TCHW), parse_bends("decoder.1:multiply:3"))

    assert all(torch.equal(value, before[name]) for name, value in model.decoder.state_dict().items())
    assert next(model.decoder.parameters()).dtype == torch.float32
