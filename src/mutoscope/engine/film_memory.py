"""What a model, or a file of latents, knows of a film: where walks and dreams find their times."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mutoscope.autoencode.codec import Codec
from mutoscope.autoencode.files import FilmModel, load_model
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.latents_file import read_latents
from mutoscope.core.errors import InputError, WeightsError
from mutoscope.engine.device import choose_device
from mutoscope.engine.latent_film import film_rate
from mutoscope.recipes.film_params import FilmParams

__all__ = ["Memory", "check_size", "open_memory"]


@dataclass(frozen=True)
class Memory:
    """A model that is ready, and the latents of a film.

    Attributes:
        codec: the model.
        latents: of the film; None where nobody has kept them.
        names: of the films.
        rate: frames per second of the first film.

    """

    codec: Codec
    latents: Latents | None
    names: tuple[str, ...]
    rate: Fraction

    @property
    def model(self) -> FilmModel:
        """The model."""
        return self.codec.model

    def needed_latents(self, path: Path) -> Latents:
        """Give the latents.

        Raises:
            WeightsError: there are none.

        """
        if self.latents is None:
            raise WeightsError(
                f"{path} keeps no latents of its film, and so no times of it; make them with 'mutoscope latents FILM "
                "film.npz' and name them, or train the model again."
            )
        return self.latents


def open_memory(model: Path, latents: Path | None, film: FilmParams) -> Memory:
    """Open a model, and the latents of a film: those of a file, else those that the model has kept.

    Raises:
        InputError: the latents cannot be read, or are of other numbers than the model's.
        ParameterError: there is no such device.
        WeightsError: the model cannot be read.

    """
    loaded = load_model(model)
    codec = Codec(loaded, choose_device(film.device))
    if latents is None:
        films = loaded.card.films
        rate = film_rate(films[0].frame_rate if films else None)
        return Memory(codec, loaded.latents, tuple(one.name for one in films), rate)
    content = read_latents(latents)
    check_size(content.latents, loaded, latents)
    return Memory(codec, content.latents, content.sources, content.rate)


def check_size(latents: Latents, model: FilmModel, path: Path) -> None:
    """See that latents have as many numbers as a model wants.

    Raises:
        InputError: they have not.

    """
    wanted, found = model.card.profile.latent, latents.z_TL.shape[1]
    if found != wanted:
        raise InputError(f"{path} has {found} numbers a frame and the model wants {wanted}; name the model it is of.")
