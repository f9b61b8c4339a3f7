"""Frames to latents and back, with a trained model."""

import copy
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from mutoscope.autoencode.bend import Bender
from mutoscope.autoencode.bend_params import BendParams
from mutoscope.autoencode.files import FilmModel, Moments, moments_of
from mutoscope.autoencode.fitting import Fitting
from mutoscope.autoencode.params import Manner, Precision, choose_precision
from mutoscope.core.random import generator

__all__ = ["Codec"]

N = TypeVar("N", bound=torch.nn.Module)

_BATCH_ON_GPU = 64
_NUM_EXAMPLES = 32


class Codec:
    """Turns frames into latents, and latents into frames.

    On a processor frame by frame, so that a frame's bits do not depend on how many are asked for at once; on a GPU
    many together.

    Args:
        model: what it works with.
        device: torch device.
        precision: how exactly the networks calculate.

    Attributes:
        model: the same.
        device: the same.
        precision: what was chosen.
        size: height and width of the model's frames.
        mean_L: mean of the film's latents; 0 where they are not known.
        spread_L: their standard deviation; 1 where they are not known.
        covariance_LL: their covariance; only variances where there are too many numbers for more.

    """

    def __init__(self, model: FilmModel, device: str = "cpu", precision: Precision = "auto") -> None:
        self.model, self.device = model, device
        self.precision = choose_precision(precision, device)
        self._dtype = torch.bfloat16 if self.precision == "bfloat16" else torch.float32
        profile = model.card.profile
        self.size = profile.height, profile.width
        self._encoder = _prepared(model.encoder, device, self._dtype)
        self._decoder = _prepared(model.decoder, device, self._dtype)
        moments = _moments(model)
        self.mean_L, self.spread_L = moments.mean_L, moments.spread_L
        covariance = moments.covariance_LL
        self.covariance_LL = torch.diag(self.spread_L.square()) if covariance is None else covariance
        self._bender = Bender(self._decoder, self._examples())

    @property
    def num_layers(self) -> int:
        """How many layers of the decoder can be bent."""
        return self._decoder.num_layers

    def check_bends(self, bends: Sequence[BendParams]) -> None:
        """See that the decoder has what bends name.

        Raises:
            ParameterError: it has not; one line says what there is.

        """
        self._bender.tap(bends)

    def _examples(self) -> Tensor:
        """Give latents of a few frames from all over the film; drawn around the mean where the film is not known."""
        latents = self.model.latents
        if latents is not None and len(latents):
            places = torch.linspace(0, len(latents) - 1, min(_NUM_EXAMPLES, len(latents))).round().long()
            return latents.z_TL[places]
        drawn = torch.randn(_NUM_EXAMPLES, len(self.mean_L), generator=generator(0, 0, "examples"))
        return self.mean_L + self.spread_L * drawn

    def fitting(self, height: int, width: int, fit: Manner | None = None, pixel_shape: float = 1.0) -> Fitting:
        """Say how frames of a size are fitted; as in training, unless said otherwise."""
        return Fitting((height, width), self.size, fit or self.model.card.fit, pixel_shape)

    def encode(self, x_T3HW: Tensor, fit: Manner | None = None, pixel_shape: float = 1.0) -> Tensor:
        """Encode frames of any size, 0..1, into latents T,L (their means), float32 on the CPU."""
        if not len(x_T3HW):
            return torch.empty(0, self.model.card.profile.latent)
        fitting = self.fitting(x_T3HW.shape[2], x_T3HW.shape[3], fit, pixel_shape)
        return self._in_batches(x_T3HW, lambda x: self._encoder(self._laid_out(fitting.into(x)))[0])

    def decode(
        self,
        z_TL: Tensor,
        bends: Sequence[BendParams] = (),
        size: tuple[int, int] | None = None,
        fit: Manner | None = None,
        pixel_shape: float = 1.0,
    ) -> Tensor:
        """Decode latents into frames 0..1, float32 on the CPU.

        Args:
            z_TL: points in the latent space.
            bends: what is done to features on their way.
            size: height and width to enlarge to, undoing what fitted frames of that size; the model's own without it.
            fit: as in `fitting`; likewise the shape of the pixels.
            pixel_shape: width of a pixel over its height.

        Raises:
            ParameterError: a bend names what the decoder does not have.

        """
        if not len(z_TL):
            return torch.empty(0, 3, *(size or self.size))
        tap = self._bender.tap(bends)
        if size is None:
            return self._in_batches(z_TL, lambda z: self._decoder(z.to(self._dtype), tap))
        fitting = self.fitting(*size, fit, pixel_shape)
        return self._in_batches(z_TL, lambda z: fitting.back(self._decoder(z.to(self._dtype), tap)))

    def _laid_out(self, x_NCHW: Tensor) -> Tensor:
        return x_NCHW.to(self._dtype).contiguous(memory_format=torch.channels_last)

    def _in_batches(self, rows: Tensor, work: Callable[[Tensor], Tensor]) -> Tensor:
        batch = 1 if self.device == "cpu" else _BATCH_ON_GPU
        with torch.inference_mode():
            # Each in memory of its own: how a slice lies in a larger tensor must not decide about the last bits.
            done = [work(part.to(self.device, copy=True)).float().cpu() for part in torch.split(rows.detach(), batch)]
        return torch.cat(done)  # outside: whoever learns from latents wants plain tensors


def _prepared(network: N, device: str, dtype: torch.dtype) -> N:
    """Copy a network, with the channels of a pixel side by side: a tenth faster, a third in bfloat16."""
    copied = copy.deepcopy(network).to(device=device, dtype=dtype).eval().requires_grad_(False)
    return copied.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return] # torch's stubs lack it


def _moments(model: FilmModel) -> Moments:
    if model.moments is not None:
        return model.moments
    if model.latents is not None and len(model.latents):
        return moments_of(model.latents.z_TL)
    latent = model.card.profile.latent
    return Moments(torch.zeros(latent), torch.ones(latent))
