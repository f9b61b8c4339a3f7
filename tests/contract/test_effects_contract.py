"""Every registered effect keeps every rule of the contract."""

from pathlib import Path

import pytest
import torch

from mutoscope.autoencode.card import Card
from mutoscope.autoencode.files import FilmModel, save_model
from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.clip import Clip
from mutoscope.effects import registry
from mutoscope.effects.params import make_params
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.keyframes.files import GuideWriter, Key, save_learned
from mutoscope.keyframes.guides import carry_guides
from mutoscope.keyframes.network import SIZES, new_network
from mutoscope.storage.atomic import atomic_path
from mutoscope.testing.check_effect import CHECKS, Case
from mutoscope.testing.clips import gradient_clip
from mutoscope.video.picture import save_picture


@pytest.fixture(autouse=True)
def _one_thread():
    # Tensors of 17 x 23 pixels gain nothing from a second thread, and wait long for it on a busy machine.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def style(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("style") / "style.png"
    with atomic_path(path) as temp:
        save_picture(gradient_clip(1, 29, 31, seed=5), temp)
    with atomic_path(path.with_name("mask.png")) as temp:
        save_picture(gradient_clip(1, 34, 46), temp)
    _write_keyframes(path.parent)
    _write_model(path.parent)
    return str(path)


def _write_model(folder: Path) -> None:
    """An untrained model of a film."""
    profile = Profile(name="test", width=32, height=16, base=4, latent=8, levels=2)
    encoder, decoder = new_networks(profile, torch.Generator().manual_seed(0))
    save_model(FilmModel(Card(profile=profile), encoder, decoder, None, {}), folder / "film.safetensors")


def _write_keyframes(folder: Path) -> None:
    """What keyframe mode leaves behind: an untrained network, two keyframes of the clip, and guides of its frames."""
    clip, size = gradient_clip(), SIZES["tiny"]
    keys = [Key(1 - clip.pixels_TCHW[number], clip.seconds(number)) for number in (1, 3)]
    network = new_network(size, torch.Generator().manual_seed(0))
    torch.nn.init.normal_(network.out.weight, 0, 0.1, generator=torch.Generator().manual_seed(1))
    with atomic_path(folder / "learned.safetensors") as temp:
        save_learned(temp, "tiny", network, keys)
    with atomic_path(folder / "learned.guides") as temp, GuideWriter(temp, clip.time_base) as writer:
        for key in (0, 1):
            for number, found in enumerate(carry_guides(clip.pixels_TCHW[1:])):
                writer.add(key, clip.pts_T[1 + number], found)


def guide():
    """A side input: effects that take none do not start it."""
    yield gradient_clip(seed=3)


def needs(name: str, style: str) -> dict[str, object]:
    """What an effect must be told before it runs; small numbers, so that the checks are quick."""
    quick = {"backbone": "tiny", "iterations": 3, "iterations_next": 2, "coarsest": 16}
    told = {
        "autoencode.play": {"model": str(Path(style).with_name("film.safetensors"))},
        "stylize.optimise": {"style": style, **quick},
        "filter.play": {"name": "great-wave"},
        "frame.keep": {"ranges": "0s..20ms, 30ms.."},
        "keyframes.play": {
            "network": str(Path(style).with_name("learned.safetensors")),
            "guides": str(Path(style).with_name("learned.guides")),
        },
        "mask.track": {"mask": str(Path(style).with_name("mask.png"))},
    }
    return told.get(name, {})


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("name", [entry.name for entry in registry.BUILT_IN])
def test_effect_keeps_the_rule(name, check, style):
    entry = registry.get(name)
    params = make_params(entry.load_params(), needs(name, style))
    clip = gradient_clip()
    shots = Shots((clip.pts_T[4],), clip.time_base)

    context = Context(side={"shots": shots}, inputs={"guide": guide})

    assert check(Case(entry.load_effect(), params, clip, context)) is None


@pytest.mark.parametrize("name", [entry.name for entry in registry.BUILT_IN])
def test_effect_takes_a_film_of_one_pixel(name, style):
    entry = registry.get(name)
    params = make_params(entry.load_params(), needs(name, style))
    dot = Clip(torch.full((2, 3, 1, 1), 0.5), (0, 1), gradient_clip().time_base)

    done = list(entry.load_effect()(params)(iter([dot]), Context(inputs={"guide": guide})))

    assert Clip.join(done).pixels_TCHW.shape == (2, 3, 1, 1)
