"""Encoder and decoder: a frame becomes a few hundred numbers, and the numbers a frame again.

Profiles with a kernel of 3 are made for a processor: all convolutions but the outermost work at a quarter of the
frame's size and below, where many channels are cheap, and few channels are left before the linear layers, which are
most of a file and most of the time of a single frame. No layer is normalised: that costs more than it gives here.
Other kernels give the layers of the network that saw "Blade Runner" (Broad and Grierson 2017, after Radford et al.
2016). Differs from it: group norm instead of batch norm, so that a frame does not depend on its neighbours in a
batch, and latents without bounds instead of a tanh.
"""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from mutoscope.autoencode.layers import ResidualBlock, halvings, initialise
from mutoscope.autoencode.profiles import Profile

__all__ = ["Decoder", "Encoder", "Tap", "empty_networks", "new_networks"]

Tap = Callable[[int, Tensor], Tensor]
"""Takes the number of a layer and what it gave, N,C,H,W; gives what goes on, of the same shape."""

_LOG_VARIANCE = (-12.0, 4.0)
"""Bounds of the posterior's log-variance: beyond them one frame's noise would blow up a step."""
_FIRST_LOG_VARIANCE = -4.0
"""So little noise at first that there is something to learn from."""


class Encoder(nn.Module):
    """Tells where in the latent space a frame lies, and how surely.

    Args:
        profile: its sizes.

    """

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self.profile = profile
        channels = _channels(profile)[1:] if profile.kernel == 3 else _channels(profile)
        make = _down if profile.kernel == 3 else _seed_down
        self.layers = nn.ModuleList(make(profile, *ends) for ends in pairwise([3, *channels]))
        self.narrow = nn.Conv2d(channels[-1], profile.bottleneck, 1) if profile.bottleneck else nn.Identity()
        self.project = nn.Linear(_flat(profile), 2 * profile.latent)

    def forward(self, x_N3HW: Tensor) -> tuple[Tensor, Tensor]:
        """Encode frames of the profile's size, 0..1.

        Returns:
            mean_NL and log_variance_NL of q(z|x), float32.

        """
        h = x_N3HW * 2 - 1
        for layer in self.layers:
            h = layer(h)
        mean_NL, log_variance_NL = self.project(self.narrow(h).flatten(1)).float().chunk(2, 1)
        return mean_NL, log_variance_NL.clamp(*_LOG_VARIANCE)


class Decoder(nn.Module):
    """Makes frames out of latents.

    Args:
        profile: its sizes.

    """

    def __init__(self, profile: Profile) -> None:
        super().__init__()
        self.profile = profile
        channels = _channels(profile)[::-1]
        self.sizes = halvings(profile)[::-1]
        self.project = nn.Linear(profile.latent, _flat(profile))
        self.widen = _widen(profile, channels[0])
        make = _up if profile.kernel == 3 else _seed_up
        self.layers = nn.ModuleList(make(profile, *ends) for ends in pairwise(channels))
        self.last = _last(profile, channels[-1])

    @property
    def num_layers(self) -> int:
        """How many layers a tap sees: the one at the smallest size, and one for each doubling but the last."""
        return 1 + len(self.layers)

    def forward(self, z_NL: Tensor, tap: Tap | None = None) -> Tensor:
        """Decode latents.

        Args:
            z_NL: points in the latent space.
            tap: may change what each layer gives.

        Returns:
            N,3,H,W of the profile's size, 0..1, float32.

        """
        height, width = self.sizes[0]
        h = self.widen(self.project(z_NL).unflatten(1, (-1, height, width)))
        h = h if tap is None else tap(0, h)
        for number, layer in enumerate(self.layers, start=1):
            h = _crop(layer(h), self.sizes[number])
            h = h if tap is None else tap(number, h)
        return torch.sigmoid(_crop(self.last(h), self.sizes[-1]).float())


def empty_networks(profile: Profile) -> tuple[Encoder, Decoder]:
    """Make networks without numbers, to load some into; no chance is asked for."""
    with torch.device("meta"):
        encoder, decoder = Encoder(profile), Decoder(profile)
    return encoder.to_empty(device="cpu"), decoder.to_empty(device="cpu")


def new_networks(profile: Profile, chance: torch.Generator) -> tuple[Encoder, Decoder]:
    """Make networks of seeded noise."""
    encoder, decoder = empty_networks(profile)
    initialise(encoder, chance)
    initialise(decoder, chance)
    with torch.no_grad():
        encoder.project.weight.mul_(0.5)
        encoder.project.bias[profile.latent :] = _FIRST_LOG_VARIANCE
    return encoder, decoder


def _channels(profile: Profile) -> list[int]:
    """Give the channels at a half, a quarter … of the frame's size."""
    if profile.kernel == 3:
        return [max(4, profile.base // 4), *(profile.base * 2**level for level in range(profile.levels - 1))]
    return [profile.base * 2**level for level in range(profile.levels)]


def _flat(profile: Profile) -> int:
    height, width = halvings(profile)[-1]
    return (profile.bottleneck or _channels(profile)[-1]) * height * width


def _down(_: Profile, fan_in: int, fan_out: int) -> nn.Module:
    if fan_in == 3:
        return nn.Sequential(nn.Conv2d(3, fan_out, 8, stride=4, padding=2), nn.SiLU())
    return nn.Sequential(nn.Conv2d(fan_in, fan_out, 3, stride=2, padding=1), nn.SiLU(), ResidualBlock(fan_out))


def _widen(profile: Profile, channels: int) -> nn.Module:
    if not profile.bottleneck:
        return nn.Sequential(_norm(channels), nn.ReLU())
    return nn.Sequential(nn.Conv2d(profile.bottleneck, channels, 3, padding=1), nn.SiLU(), ResidualBlock(channels))


def _up(profile: Profile, fan_in: int, fan_out: int) -> nn.Module:
    unfold = nn.Sequential(nn.Conv2d(fan_in, 4 * fan_out, 3, padding=1), nn.PixelShuffle(2), nn.SiLU())
    if fan_out < profile.base:
        # At half the size already; a block here would cost as much as all the others.
        return unfold
    return nn.Sequential(*unfold, ResidualBlock(fan_out))


def _last(profile: Profile, channels: int) -> nn.Module:
    if profile.kernel == 3:
        return nn.Sequential(nn.Conv2d(channels, 12, 3, padding=1), nn.PixelShuffle(2))
    return _transposed(profile, channels, 3)


def _seed_down(profile: Profile, fan_in: int, fan_out: int) -> nn.Module:
    strided = nn.Conv2d(fan_in, fan_out, profile.kernel, stride=2, padding=profile.kernel // 2)
    return nn.Sequential(strided, _norm(fan_out) if fan_in > 3 else nn.Identity(), nn.LeakyReLU(0.2))


def _seed_up(profile: Profile, fan_in: int, fan_out: int) -> nn.Module:
    return nn.Sequential(_transposed(profile, fan_in, fan_out), _norm(fan_out), nn.ReLU())


def _transposed(profile: Profile, fan_in: int, fan_out: int) -> nn.Module:
    return nn.ConvTranspose2d(fan_in, fan_out, profile.kernel, 2, profile.kernel // 2, output_padding=1)


def _norm(channels: int) -> nn.Module:
    return nn.GroupNorm(next(groups for groups in (8, 4, 2, 1) if channels % groups == 0), channels)


def _crop(x_NCHW: Tensor, size: tuple[int, int]) -> Tensor:
    return x_NCHW[:, :, : size[0], : size[1]]
