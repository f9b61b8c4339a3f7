"""Filters in files: safetensors with a card."""

import copy
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from mutoscope.core.errors import WeightsError
from mutoscope.filters.card import Card
from mutoscope.filters.network import PROFILES, FilterNetwork, empty_network
from mutoscope.filters.shelf import NETWORK_FILE, read_card, shipped_folder
from mutoscope.models.metadata import read_metadata
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder

__all__ = ["Filter", "load_filter", "network_digest", "save_filter", "shipped_network"]

_MOST_BYTES = 50_000_000
_STYLE = "style/"
_NETWORK = "network/"


@dataclass(frozen=True)
class Filter:
    """A filter that can paint.

    Attributes:
        card: what it says about itself.
        network: in evaluation mode.
        style: its numbers.

    """

    card: Card
    network: FilterNetwork
    style: Mapping[str, Tensor]

    def to(self, device: str) -> "Filter":
        """Give it on another device; the network is copied."""
        if device == "cpu":
            return self
        style = {name: value.to(device) for name, value in self.style.items()}
        return Filter(self.card, copy.deepcopy(self.network).to(device), style)


def save_filter(path: Path, card: Card, style: Mapping[str, Tensor], network: FilterNetwork | None = None) -> None:
    """Write a filter; with a network of its own, that is kept with half the bits.

    Raises:
        OutputError: the place cannot be written.
        WeightsError: a number is not finite.

    """
    tensors = {f"{_STYLE}{name}": value for name, value in style.items()}
    if network is not None:
        tensors |= {f"{_NETWORK}{name}": value.half() for name, value in network.state_dict().items()}
    _check_finite(tensors, str(path))
    make_folder(path.parent)
    with atomic_path(path) as temp:
        save_tensors(tensors, temp, {"card": card.model_dump_json(exclude_defaults=False)})


def load_filter(path: Path) -> Filter:
    """Read a filter.

    Raises:
        WeightsError: it is not a filter, is broken, or belongs to a network that is not here.

    """
    card = read_card(path)
    if path.stat().st_size > _MOST_BYTES:
        raise WeightsError(f"{path} has more than {_MOST_BYTES / 1e6:.0f} MB; that is no filter of ours.")
    try:
        tensors = load_tensors(path)
    except Exception as error:  # the library raises its own kinds for each thing that can be wrong with a file
        raise WeightsError(f"{path} is not a whole safetensors file; get it again.") from error
    _check_finite(tensors, str(path))
    own = {k.removeprefix(_NETWORK): v.float() for k, v in tensors.items() if k.startswith(_NETWORK)}
    network = _network(card, own, path)
    style = {k.removeprefix(_STYLE): v.float() for k, v in tensors.items() if k.startswith(_STYLE)}
    wanted = {name: value.shape for name, value in network.new_style(torch.Generator().manual_seed(0)).items()}
    if {name: style[name].shape for name in wanted if name in style} != wanted:
        raise WeightsError(
            f"{path} does not fit its network: other sizes than {card.profile!r} has; get the file again."
        )
    return Filter(card, network, style)


def network_digest(network: FilterNetwork) -> str:
    """Digest the numbers of a network, as cards name it."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode() + value.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.hexdigest()


@functools.lru_cache(maxsize=1)
def shipped_network() -> tuple[FilterNetwork, str]:
    """Load the network that the shipped styles share, and its digest. Do not change it: copy it.

    Raises:
        WeightsError: it is not here.

    """
    path = shipped_folder() / NETWORK_FILE
    if not path.is_file():
        raise WeightsError("the network of the shipped filters is missing; install Mutoscope again.")
    tensors = load_tensors(path)
    network = empty_network(PROFILES[read_metadata(path).get("profile", "cpu")])
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return network.eval().requires_grad_(False), network_digest(network)


def _network(card: Card, own: dict[str, Tensor], path: Path) -> FilterNetwork:
    if own:
        network = empty_network(PROFILES[card.profile])
        try:
            network.load_state_dict(own)
        except RuntimeError:
            raise WeightsError(f"{path} holds a network of other sizes than {card.profile!r}; get it again.") from None
        return network.eval().requires_grad_(False)
    if card.kind == "network":
        raise WeightsError(f"{path} should hold a network of its own and has none; get it again.")
    network, digest = shipped_network()
    if digest != card.network:
        raise WeightsError(
            f"{path} belongs to a network that this version does not have; install the version that made it "
            f"({card.training.version or 'unknown'}), or train the filter again."
        )
    return network


def _check_finite(tensors: Mapping[str, Tensor], where: str) -> None:
    for name, value in tensors.items():
        if not bool(torch.isfinite(value.float()).all()):
            raise WeightsError(f"{where} has numbers that are not finite in {name!r}; train it again.")
