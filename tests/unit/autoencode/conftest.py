"""A model that has seen nothing, and speaks loudly all the same."""

from collections.abc import Callable
from fractions import Fraction

import pytest
import torch

from mutoscope.autoencode.card import Card
from mutoscope.autoencode.files import FilmModel
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.profiles import Profile
from mutoscope.core.random import generator


@pytest.fixture(autouse=True)
def _one_thread():
    # Networks this small gain nothing from a second thread, and wait long for it on a busy machine.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def film_model() -> Callable[[Profile], FilmModel]:
    """Make a model of seeded noise: untrained ones hardly say anything, and what is wrong in them does not show."""

    def make(profile: Profile, num_frames: int = 12) -> FilmModel:
        networks = new_networks(profile, generator(0, 0))
        for number, network in enumerate(networks):
            chance = generator(1, number)
            for parameter in network.parameters():
                torch.nn.init.normal_(parameter, 0, 0.2, generator=chance)
            network.eval().requires_grad_(False)
        z = torch.randn(num_frames, profile.latent, generator=generator(2, 0))
        times = tuple(7 + 10 * i for i in range(num_frames))
        latents = Latents(z, times, Fraction(1, 240), (0,) * num_frames, (0,) * num_frames)
        return FilmModel(Card(profile=profile), *networks, latents)

    return make
