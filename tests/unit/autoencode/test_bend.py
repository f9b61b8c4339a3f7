"""Network bending: each transform on features by formula, and which features are meant."""

import pytest
import torch

from mutoscope.autoencode.bend import bent
from mutoscope.autoencode.bend_params import TRANSFORMS, BendParams, along, parse_bends
from mutoscope.autoencode.clusters import cluster_features, k_means
from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.params import AutoencodeParams
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.errors import ParameterError
from mutoscope.core.random import generator
from mutoscope.effects.params import make_params
from mutoscope.effects.sound_curve import Envelope

PROFILE = Profile(name="test", width=40, height=24, base=8, latent=8, levels=3)
NOTHING = {
    "scale": 1,
    "rotate": 0,
    "move-x": 0,
    "move-y": 0,
    "flip-x": 0,
    "flip-y": 0,
    "erode": 0,
    "dilate": 0,
    "invert": 0,
    "ablate": 0,
    "multiply": 1,
}


def features(height: int = 13, width: int = 21) -> torch.Tensor:
    return torch.randn(2, 3, height, width, generator=generator(0, height))


def blob(height: int = 25, width: int = 41, y: float = 12, x: float = 20, size: float = 3) -> torch.Tensor:
    """A hill at a place, the rest flat: N,1,h,w."""
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None]
    return torch.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * size**2))[None, None]


def peak(x_NCHW: torch.Tensor) -> tuple[int, int]:
    """Row and column of the brightest place."""
    return divmod(int(x_NCHW[0, 0].argmax()), x_NCHW.shape[3])


@pytest.fixture(scope="module")
def codec(film_model) -> Codec:
    return Codec(film_model(PROFILE), precision="float32")


def num_features(codec: Codec, layer: int = 1) -> int:
    found: dict[int, int] = {}

    def look(number: int, x_NCHW: torch.Tensor) -> torch.Tensor:
        found[number] = x_NCHW.shape[1]
        return x_NCHW

    codec.model.decoder(torch.zeros(1, PROFILE.latent), look)
    return found[layer]


def decoded(codec: Codec, bends: str = "") -> torch.Tensor:
    return codec.decode(codec.model.latents.z_TL[:2], parse_bends(bends))


def test_every_transform_has_a_test_of_doing_nothing():
    assert {*NOTHING, "threshold"} == set(TRANSFORMS)


@pytest.mark.parametrize("transform", NOTHING)
def test_amount_of_nothing_changes_no_bit(transform, codec):
    x = features()

    assert bent(x, transform, NOTHING[transform], 0.5) is x
    assert torch.equal(decoded(codec, f"decoder.1[0.5]:{transform}:{NOTHING[transform]}"), decoded(codec))


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("amount", [-7.5, 0.4, 1, 3, 400])
def test_any_amount_gives_finite_features_and_leaves_its_input(transform, amount):
    x = features(3, 5)
    before = x.clone()

    y = bent(x, transform, amount, 0.125)

    assert y.shape == x.shape
    assert y.isfinite().all()
    assert torch.equal(x, before)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_features_of_one_pixel_can_be_bent(transform):
    assert bent(torch.ones(1, 2, 1, 1), transform, 0.7, 0.1).isfinite().all()


def test_full_turn_changes_nothing_and_its_halves_nearly_nothing():
    x = blob()

    assert bent(x, "rotate", 360, 1) is x
    there_and_back = bent(bent(x, "rotate", 30, 1), "rotate", -30, 1)
    torch.testing.assert_close(there_and_back[..., 3:-3, 9:-9], x[..., 3:-3, 9:-9], atol=0.05, rtol=0)


def test_rotation_is_clockwise_and_keeps_shapes():
    assert peak(bent(blob(x=26), "rotate", 90, 1)) == (18, 20)
    straight = bent(blob(size=2), "rotate", 45, 1)
    torch.testing.assert_close(straight[..., 9:-9], blob(size=2)[..., 9:-9], atol=0.05, rtol=0)


def test_scale_is_about_the_middle():
    assert peak(bent(blob(y=9, x=26), "scale", 2, 1)) == (6, 32)


def test_moves_are_shares_of_the_frame_to_the_right_and_down():
    x = blob(20, 40, y=8, x=10)

    assert peak(bent(x, "move-x", 0.25, 1)) == (8, 20)
    assert peak(bent(x, "move-y", 0.2, 1)) == (12, 10)


def test_flipped_twice_is_as_before_and_half_a_flip_is_both():
    x = features()
    for transform, dim in (("flip-x", 3), ("flip-y", 2)):
        assert torch.equal(bent(x, transform, 1, 1), x.flip(dim))
        assert torch.equal(bent(bent(x, transform, 1, 1), transform, 1, 1), x)
        torch.testing.assert_close(bent(x, transform, 0.5, 1), (x + x.flip(dim)) / 2)


def box(half: int) -> torch.Tensor:
    x = torch.zeros(1, 1, 25, 41)
    x[:, :, 12 - half : 13 + half, 20 - half : 21 + half] = 1
    return x


def is_lit(x: torch.Tensor) -> torch.Tensor:
    return x > (x.max() + x.min()) / 2


@pytest.mark.parametrize(("transform", "after"), [("dilate", 6), ("erode", 2)])
def test_light_grows_and_shrinks_by_pixels_of_the_frame(transform, after):
    # Four pixels of the frame are two of a layer of half its size.
    assert torch.equal(is_lit(bent(box(4), transform, 4, 0.5)), is_lit(box(after)))


def test_dilating_by_less_than_nothing_erodes():
    x = features()

    torch.testing.assert_close(bent(x, "dilate", -3, 1), bent(x, "erode", 3, 1))


def test_growing_and_shrinking_keep_each_features_level_and_spread():
    x = features(24, 40)
    for transform in ("dilate", "erode"):
        y = bent(x, transform, 1, 1)
        torch.testing.assert_close(y.mean((2, 3)), x.mean((2, 3)), atol=1e-5, rtol=0)
        torch.testing.assert_close(y.std((2, 3)), x.std((2, 3)), atol=1e-4, rtol=0)


def test_fraction_of_a_pixel_lies_between():
    x = features()

    none, half, whole = (bent(x, "dilate", amount, 1) for amount in (0, 0.5, 1))

    torch.testing.assert_close(half, (none + whole) / 2)


def test_threshold_leaves_two_levels_a_spread_above_and_below_the_mean():
    x = features()
    mean, spread = x.mean((2, 3), keepdim=True), x.std((2, 3), correction=0, keepdim=True)

    y = bent(x, "threshold", 0.5, 1)

    torch.testing.assert_close(y, torch.where(x > mean + 0.5 * spread, mean + spread, mean - spread))


def test_invert_mirrors_about_the_mean_and_ablate_silences():
    x = features()

    torch.testing.assert_close(bent(x, "invert", 1, 1), 2 * x.mean((2, 3), keepdim=True) - x)
    torch.testing.assert_close(bent(x, "invert", 0.5, 1), x.mean((2, 3), keepdim=True).expand_as(x))
    assert bent(x, "ablate", 1, 1).abs().max() == 0
    torch.testing.assert_close(bent(x, "ablate", 0.25, 1), 0.75 * x)
    torch.testing.assert_close(bent(x, "multiply", -3, 1), -3 * x)


def test_all_listed_features_are_all_features(codec):
    listed = ",".join(map(str, range(num_features(codec))))

    assert torch.equal(decoded(codec, f"decoder.1[{listed}]:multiply:2"), decoded(codec, "decoder.1:multiply:2"))
    assert torch.equal(decoded(codec, "decoder.1[1.0]:multiply:2"), decoded(codec, "decoder.1:multiply:2"))
    assert not torch.equal(decoded(codec, "decoder.1[1]:multiply:2"), decoded(codec, "decoder.1:multiply:2"))


def test_clusters_are_all_features_once(codec):
    parts = "; ".join(f"decoder.1[cluster{number}/3]:multiply:2" for number in (1, 2, 3))

    torch.testing.assert_close(decoded(codec, parts), decoded(codec, "decoder.1:multiply:2"))
    assert not torch.equal(decoded(codec, "decoder.1[cluster1/3]:multiply:2"), decoded(codec, parts))


def test_seed_draws_the_features(codec):
    z = codec.model.latents.z_TL[:1]

    a, b, again = (codec.decode(z, [BendParams(layer=1, features="0.5", amount=3, seed=seed)]) for seed in (1, 2, 1))

    assert torch.equal(a, again)
    assert not torch.equal(a, b)


def test_bends_of_a_layer_follow_each_other(codec):
    x = decoded(codec, "decoder.1:multiply:2; decoder.1:multiply:0.5")

    torch.testing.assert_close(x, decoded(codec))


@pytest.mark.parametrize(
    ("bend", "told"),
    [
        ("decoder.3:rotate:30", r"has 3 layers; give decoder\.0 to decoder\.2"),
        ("decoder.1[NUM]:rotate:30", "has NUM features; give numbers from 0 to "),
        ("decoder.1[cluster4/3]:rotate:30", "at most NUM clusters"),
        ("decoder.1[cluster1/60]:rotate:30", "at most NUM clusters"),
        ("decoder.1[cluster0/3]:rotate:30", "at most NUM clusters"),
    ],
)
def test_what_the_decoder_does_not_have_is_told_in_one_line(codec, bend, told):
    num = str(num_features(codec))
    with pytest.raises(ParameterError, match=told.replace("NUM", num)):
        decoded(codec, bend.replace("NUM", num))


@pytest.mark.parametrize("bend", ["encoder.1:rotate:3", "decoder.1", "decoder.1:spin:3", "decoder.1[half]:rotate:3"])
def test_what_is_no_bend_is_told_with_its_text(bend):
    with pytest.raises(ParameterError, match=r"^bend '(decoder|encoder)"):
        parse_bends(bend)


def test_features_that_light_up_together_are_a_cluster():
    left, right = blob(x=5), blob(x=35)
    maps = torch.cat([left, 3 * right, 0.1 * left, right + 7, 2 * left])

    assert cluster_features(maps, 2).tolist() == [0, 1, 0, 1, 0]


def test_k_means_finds_what_is_apart_and_leaves_no_cluster_empty():
    points = torch.tensor([[0.0, 0], [0, 1], [10, 0], [0, 0.5], [10, 1], [50, 50]])

    assert k_means(points, 3).tolist() == [0, 0, 1, 0, 1, 2]
    assert sorted(k_means(points, 6).tolist()) == [0, 1, 2, 3, 4, 5]
    assert sorted(k_means(torch.zeros(4, 2), 4).tolist()) == [0, 1, 2, 3]
    assert k_means(points, 1).tolist() == [0] * 6


def test_amount_along_the_film_becomes_a_curve_and_sounds_stay():
    text = "decoder.2[0.5]:rotate:0..90; decoder.1:scale:bass:1..2;decoder.0:dilate:-1.5 .. 4 ease;decoder.1:invert:1"

    made = along(text, 12.5)

    assert made == (
        "decoder.2[0.5]:rotate:0.0s:0, 12.5s:90; decoder.1:scale:bass:1..2;"
        "decoder.0:dilate:0.0s:-1.5 ease, 12.5s:4;decoder.1:invert:1"
    )
    assert [bend.is_animated for bend in parse_bends(made)] == [True, True, True, False]
    assert parse_bends(made)[0].at(6.25).amount == 45
    assert along(made, 3) == made


def test_amount_along_a_picture_is_a_curve_too():
    assert parse_bends(along("decoder.2:rotate:0..90", 0.0))[0].at(0).amount == 0
    assert parse_bends(along("decoder.2:rotate:0..90", 2.0, start_s=10.0))[0].at(11).amount == 45


def test_bends_of_a_moment_are_numbers():
    params = make_params(
        AutoencodeParams, {"model": "m", "bends": "decoder.1:rotate:0s:0, 4s:90", "noise": "0s:0, 4s:1"}
    )

    now = params.at(1.0)

    assert (now.bends[0].amount, now.noise) == (22.5, 0.25)
    assert not now.is_animated
    assert params.at(2.0).bends[0].amount == 45


def test_bend_may_follow_a_sound():
    params = make_params(AutoencodeParams, {"model": "m", "bends": "decoder.1:rotate:bass:0..90"})
    heard = params.with_sound({"bass": Envelope([0.0, 1.0], rate=1.0)})

    assert params.sounds() == {"bass"}
    assert heard.at(1.0).bends[0].amount == 90
    assert params.model_validate_json(params.model_dump_json()) == params
