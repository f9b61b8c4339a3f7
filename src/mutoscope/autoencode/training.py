"""Training of the three networks, step by step: what is learned, and all that the next step needs."""

import copy
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from mutoscope.autoencode.discriminator import new_discriminator
from mutoscope.autoencode.larsen import Networks
from mutoscope.autoencode.networks import Decoder, Encoder, new_networks
from mutoscope.autoencode.profiles import Profile
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.core.random import generator
from mutoscope.models.fabric import Fabric

__all__ = ["Training", "part_of"]

_EMA = 0.999
_WARM_UP_STEPS = 40
_LONGEST_GRADIENT = 1.0
_RATES = {"tiny": 1.5e-3, "small": 1.5e-3, "broad2016": 2e-4}
"""Adam's step at its highest; that of broad2016 as in Broad's code."""
_CRITIC_RATE = 0.3
"""The discriminator's rate as a share of the others'."""


class Training:
    """Three networks on their way, the running mean of two of them, and their optimisers.

    Args:
        profile: sizes.
        params: how to train.
        fabric: device, arithmetic, and the processes that learn together.

    """

    def __init__(self, profile: Profile, params: TrainAutoencoderParams, fabric: Fabric) -> None:
        self.params, self.fabric = params, fabric
        encoder, decoder = new_networks(profile, generator(params.seed, 0, "networks"))
        discriminator = new_discriminator(profile, generator(params.seed, 0, "discriminator"))
        # On a processor convolutions are twice as fast in this order of bytes.
        self.networks = Networks(
            *(
                network.to(fabric.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stubs lack it
                for network in (encoder, decoder, discriminator)
            )
        )
        self.mean_encoder = copy.deepcopy(encoder).eval().requires_grad_(False)
        self.mean_decoder = copy.deepcopy(decoder).eval().requires_grad_(False)
        is_larsen = params.profile == "broad2016"
        rate = self.rate = params.rate or _RATES[params.profile]
        scales = {"encoder": 1.0, "decoder": 1.0, "discriminator": 1.0 if is_larsen else _CRITIC_RATE}
        betas = dict.fromkeys(scales, (0.5, 0.999 if is_larsen else 0.99))
        if not is_larsen:
            betas |= {"encoder": (0.9, 0.99), "decoder": (0.9, 0.99)}
        self._rates = {name: rate * scale for name, scale in scales.items()}
        self._adams = {
            name: torch.optim.Adam(network.parameters(), lr=rate, betas=betas[name], fused=True)
            for name, network in self._named().items()
        }
        self.step = 0
        self._warm_from = 0
        self.slower = 1.0

    @property
    def encoder(self) -> Encoder:
        """The one that learns; `mean_encoder` is what is kept."""
        return self.networks.encoder

    @property
    def decoder(self) -> Decoder:
        """The one that learns; `mean_decoder` is what is kept."""
        return self.networks.decoder

    def chance(self, purpose: str) -> torch.Generator:
        """Make chance that belongs to this step and this process."""
        fabric = self.fabric
        return generator(self.params.seed, self.step * fabric.world_size + fabric.global_rank, purpose)

    def noise(self, shape: tuple[int, ...], purpose: str) -> Tensor:
        """Draw standard normal numbers of this step, on the device."""
        return torch.randn(shape, generator=self.chance(purpose)).to(self.fabric.device)

    def apply(self, name: str, gradients: Iterable[Tensor], rate: float) -> None:
        """Let one network learn: `encoder`, `decoder` or `discriminator`.

        Args:
            name: which.
            gradients: one for each of its parameters, in their order.
            rate: factor of its highest learning rate.

        """
        network, adam = self._named()[name], self._adams[name]
        for parameter, gradient in zip(network.parameters(), gradients, strict=True):
            parameter.grad = gradient
        self._share(network)
        nn.utils.clip_grad_norm_(network.parameters(), _LONGEST_GRADIENT)
        warm = min(1.0, (self.step - self._warm_from + 1) / _WARM_UP_STEPS)
        adam.param_groups[0]["lr"] = self._rates[name] * rate * warm * self.slower
        adam.step()
        adam.zero_grad(set_to_none=True)

    def end_step(self) -> None:
        """Move the running means on, and count."""
        since = self.step - self._warm_from
        decay = min(_EMA, (1 + since) / (10 + since))
        pairs = ((self.mean_encoder, self.encoder), (self.mean_decoder, self.decoder))
        with torch.no_grad():
            for mean, network in pairs:
                torch._foreach_lerp_(list(mean.parameters()), list(network.parameters()), 1 - decay)
        self.step += 1

    def snapshot(self) -> dict[str, Tensor]:
        """Copy what is kept of a moment: the running means, and the discriminator."""
        kept = {
            "encoder": self.mean_encoder,
            "decoder": self.mean_decoder,
            "discriminator": self._named()["discriminator"],
        }
        return {f"{part}/{name}": value.clone() for part, n in kept.items() for name, value in n.state_dict().items()}

    def go_back(self, snapshot: Mapping[str, Tensor]) -> None:
        """Go on from a moment that was kept; the optimisers begin anew, slowly."""
        for part, network in self._named().items():
            network.load_state_dict(part_of(snapshot, part))
        self.mean_encoder.load_state_dict(part_of(snapshot, "encoder"))
        self.mean_decoder.load_state_dict(part_of(snapshot, "decoder"))
        for adam in self._adams.values():
            adam.state.clear()
        self._warm_from = self.step

    def state(self) -> dict[str, Tensor]:
        """Give everything that the next step needs."""
        tensors = {
            "step": torch.tensor([self.step, self._warm_from]),
            "slower": torch.tensor([self.slower], dtype=torch.float64),
        }
        for part, network in self._all().items():
            tensors |= {f"{part}/{name}": value for name, value in network.state_dict().items()}
        for part, adam in self._adams.items():
            for i, moments in adam.state_dict()["state"].items():
                tensors |= {f"adam/{part}/{i}/{name}": value for name, value in moments.items()}
        return tensors

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a state, as if there had been no break.

        Raises:
            KeyError: the state is of another training.

        """
        self.step, self._warm_from = tensors["step"].tolist()
        self.slower = tensors["slower"].item()
        for part, network in self._all().items():
            network.load_state_dict(part_of(tensors, part))
        for part, adam in self._adams.items():
            adam.state.clear()
            parameters = adam.param_groups[0]["params"]
            for key, value in part_of(tensors, f"adam/{part}").items():
                i, name = key.split("/")
                of = parameters[int(i)]
                # Copied into tensors of the parameter's own order of bytes.
                like = torch.zeros_like(of) if value.shape == of.shape else torch.zeros(value.shape, device=of.device)
                adam.state[of][name] = like.to(value.dtype).copy_(value)

    def is_finite(self) -> bool:
        """Tell whether all numbers of all networks are."""
        values = [v for network in self._all().values() for v in network.parameters()]
        return bool(torch.isfinite(torch.stack([v.detach().sum() for v in values])).all())

    def _named(self) -> dict[str, nn.Module]:
        networks = self.networks
        return {"encoder": networks.encoder, "decoder": networks.decoder, "discriminator": networks.discriminator}

    def _all(self) -> dict[str, nn.Module]:
        return {**self._named(), "mean_encoder": self.mean_encoder, "mean_decoder": self.mean_decoder}

    def _share(self, network: nn.Module) -> None:
        """Average the gradients of all processes.

        By hand, in one message: the hooks of DistributedDataParallel want one loss that reaches all networks.
        """
        if self.fabric.world_size == 1:
            return
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        flat = self.fabric.all_reduce(torch.cat([g.flatten() for g in gradients]), reduce_op="mean")
        assert isinstance(flat, Tensor)
        for gradient, part in zip(gradients, torch.split(flat, [g.numel() for g in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))


def part_of(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """Take the tensors whose names begin with `name/`, without that."""
    return {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
