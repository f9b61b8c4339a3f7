"""The effect that shows a film as a model remembers it."""

from fractions import Fraction
from pathlib import Path

import pytest
import torch

from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.files import load_model, save_model
from mutoscope.autoencode.noise import held_noise, noise_of
from mutoscope.autoencode.params import AutoencodeParams
from mutoscope.autoencode.play import Play
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.clip import Clip
from mutoscope.core.errors import ParameterError, WeightsError
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.testing.check_effect import CHECKS, Case
from mutoscope.testing.clips import gradient_clip

PROFILE = Profile(name="test", width=32, height=16, base=4, latent=8, levels=2)
CLIP = gradient_clip(5)

SETTINGS = {
    "plain": {},
    "all": {
        "noise": "0s:0.2, 100ms:1",
        "noise_hold": 0.05,
        "smooth": 0.6,
        "exaggerate": 1.4,
        "bends": "decoder.0[0.5]:rotate:0s:0, 100ms:90; decoder.1[cluster1/2]:dilate:3",
        "strength": 0.7,
        "fit": "letterbox",
    },
    "noisy": {"noise": 0.5},
    "smoothed by a curve": {"smooth": "0s:0, 100ms:0.9"},
}


@pytest.fixture(scope="module")
def path(tmp_path_factory, film_model) -> str:
    place = tmp_path_factory.mktemp("model") / "film.safetensors"
    save_model(film_model(PROFILE), place)
    return str(place)


def play(path: str, clip: Clip = CLIP, context: Context | None = None, **said: object) -> torch.Tensor:
    params = make_params(AutoencodeParams, {"model": path, **said})
    return Clip.join(list(Play(params)(clip.frames(), context or Context()))).pixels_TCHW


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("settings", SETTINGS)
def test_effect_keeps_the_rule(settings, check, path):
    clip = gradient_clip(6, alpha=True)
    context = Context(seed=3, side={"shots": Shots((clip.pts_T[4],), clip.time_base)})
    params = make_params(AutoencodeParams, {"model": path, **SETTINGS[settings]})

    assert check(Case(Play, params, clip, context, tolerance=0)) is None


def test_film_of_one_pixel_stays_one(path):
    dot = Clip(torch.full((2, 3, 1, 1), 0.5), (0, 1), CLIP.time_base)

    assert play(path, dot).shape == (2, 3, 1, 1)


def test_size_may_change_within_a_film(path):
    params = make_params(AutoencodeParams, {"model": path})
    later = gradient_clip(2, 40, 30)
    later = Clip(later.pixels_TCHW, tuple(pts + 100 for pts in later.pts_T), later.time_base)

    done = list(Play(params)(iter([CLIP, later]), Context()))

    assert [clip.size for clip in done] == [(17, 23)] * 5 + [(40, 30)] * 2


def test_plain_result_is_what_the_codec_gives(path):
    codec = Codec(load_model(Path(path)))

    expected = codec.decode(codec.encode(CLIP.pixels_TCHW), size=CLIP.size)

    assert torch.equal(play(path), expected)


def test_strength_of_nothing_gives_the_source_bit_by_bit(path):
    assert torch.equal(play(path, strength=0, noise=1), CLIP.pixels_TCHW)


def test_strength_mixes(path):
    whole, half = play(path), play(path, strength=0.5)

    torch.testing.assert_close(half, (whole + CLIP.pixels_TCHW) / 2)


def test_exaggerated_by_nothing_every_frame_is_the_mean(path):
    codec = Codec(load_model(Path(path)))

    done = play(path, exaggerate=0)

    torch.testing.assert_close(done, codec.decode(codec.mean_L[None], size=CLIP.size).expand_as(done))


def test_smoothing_begins_anew_at_a_cut(path):
    shots = Shots((CLIP.pts_T[3],), CLIP.time_base)

    plain, smoothed = play(path), play(path, context=Context(side={"shots": shots}), smooth=0.9)

    for number in (0, 3):
        assert torch.equal(smoothed[number], plain[number])
    for number in (1, 2, 4):
        assert not torch.equal(smoothed[number], plain[number])


def test_memory_and_cuts_are_wanted_only_where_latents_are_smoothed(path):
    for said, memory in (({}, "none"), ({"smooth": 0.5}, "carried"), ({"smooth": "0s:0, 1s:0.5"}, "carried")):
        effect = Play(make_params(AutoencodeParams, {"model": path, **said}))
        assert effect.memory == memory
        assert effect.analyses == (("shots",) if memory == "carried" else ())


def test_noise_is_another_on_each_frame_and_the_seed_decides(path):
    still = Clip(CLIP.pixels_TCHW[:1].expand(3, -1, -1, -1).clone(), CLIP.pts_T[:3], CLIP.time_base)

    done, other = (play(path, still, Context(seed=seed), noise=0.5) for seed in (1, 2))

    assert not torch.equal(done[0], done[1])
    assert not torch.equal(done[0], other[0])


def test_held_noise_moves_smoothly_with_the_variance_of_noise():
    places = torch.linspace(0, 40, 1201)
    walk = torch.stack([held_noise(Context(seed=5).generator, float(place), 50) for place in places])

    assert walk.diff(dim=0).abs().max() < 0.2
    assert walk.diff(n=2, dim=0).abs().max() < 0.02
    assert abs(float(walk.square().mean()) - 1) < 0.05
    assert abs(float((walk[0] * walk[-1]).mean())) < 0.5


def test_held_noise_depends_on_the_time_alone():
    chance = Context(seed=5).generator

    a, b = (noise_of(chance, pts, 1.25, 2.0, 8) for pts in (1, 2))

    assert torch.equal(a, b)


def test_still_film_with_held_noise_drifts_less_than_with_noise(path):
    still = Clip(CLIP.pixels_TCHW[:1].expand(5, -1, -1, -1).clone(), (0, 1, 2, 3, 4), Fraction(1, 25))

    steps = [play(path, still, noise=0.5, noise_hold=hold).diff(dim=0).abs().mean() for hold in (0, 1)]

    assert steps[1] < steps[0] / 3


def test_transparency_does_not_colour_what_is_visible(path):
    clip = gradient_clip(2, alpha=True)
    hidden = clip.alpha_T1HW == 0
    other = clip.with_pixels(torch.where(hidden, 1 - clip.pixels_TCHW, clip.pixels_TCHW))

    assert torch.equal(play(path, clip), play(path, other))


def test_bend_that_does_not_exist_is_told_before_the_first_frame(path):
    params = make_params(AutoencodeParams, {"model": path, "bends": "decoder.7:rotate:30"})

    with pytest.raises(ParameterError, match=r"has 2 layers; give decoder\.0 to decoder\.1"):
        list(Play(params)(iter([]), Context()))


def test_missing_model_is_told_in_one_line(tmp_path):
    with pytest.raises(WeightsError, match="does not exist"):
        play(str(tmp_path / "none.safetensors"))


def test_model_is_a_file_of_the_manifest(path):
    assert make_params(AutoencodeParams, {"model": path}).used_files() == {"model": Path(path)}


def test_model_that_was_replaced_is_read_anew(tmp_path, film_model):
    place = tmp_path / "film.safetensors"
    save_model(film_model(PROFILE), place)
    first = play(str(place))
    save_model(film_model(PROFILE.model_copy(update={"base": 6})), place)

    assert not torch.equal(play(str(place)), first)
