"""Training of a head on numbers that were taken from pictures once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as nnf
from torch import Tensor

from mutoscope.core.errors import InputError
from mutoscope.core.random import generator
from mutoscope.sort.degrade import OUTPUTS
from mutoscope.sort.head import Head
from mutoscope.sort.scoring import fit_platt

__all__ = ["Examples", "HeadTraining", "calibration_of", "fitted_calibration", "split_groups", "with_own_answers"]


@dataclass(frozen=True)
class Examples:
    """Pictures as numbers.

    Attributes:
        features_NF: what was seen.
        targets_N5: 0..1 by OUTPUTS; NaN where nobody said.
        groups_N: number of the photograph that each was made of; one photograph is never on both sides of a split.

    """

    features_NF: Tensor
    targets_N5: Tensor
    groups_N: Tensor

    def __len__(self) -> int:
        return len(self.features_NF)

    def part(self, rows_N: Tensor) -> "Examples":
        """Take some."""
        return Examples(self.features_NF[rows_N], self.targets_N5[rows_N], self.groups_N[rows_N])


def split_groups(groups_N: Tensor, share: float, seed: int) -> Tensor:
    """Choose the examples that nothing is learned from: bool N, whole groups, at least one and not all of them.

    Raises:
        InputError: there is only one group.

    """
    names = torch.unique(groups_N)
    if len(names) < 2:
        raise InputError("one picture is too few to learn from and to judge by; give at least two.")
    order = names[torch.randperm(len(names), generator=generator(seed, 0, "validation"))]
    num = min(len(names) - 1, max(1, round(share * len(names))))
    return torch.isin(groups_N, order[:num])


class HeadTraining:
    """A head on its way.

    Args:
        head: changed in place.
        examples: what is learned from.
        held: what it is judged by.
        rate: step of AdamW (Loshchilov & Hutter 2019).
        decay: weight decay.
        batch: examples per step.
        seed: of the order and of silent units.

    """

    def __init__(
        self, head: Head, examples: Examples, held: Examples, rate: float, decay: float, batch: int, seed: int
    ) -> None:
        self.head, self._examples, self._held = head.requires_grad_(True), examples, held
        self._batch, self._seed = batch, seed
        self._adam = torch.optim.AdamW(head.parameters(), lr=rate, weight_decay=decay)

    def epoch(self, number: int) -> float:
        """Learn from every example once."""
        order = torch.randperm(len(self._examples), generator=generator(self._seed, number, "order"))
        chance = generator(self._seed, number, "silence")
        total = 0.0
        for rows in torch.split(order, self._batch):
            logits_N5 = self.head(self._examples.features_NF[rows], chance)
            loss = _loss(logits_N5, self._examples.targets_N5[rows])
            self._adam.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call] # torch leaves backward untyped
            self._adam.step()
            total += float(loss.detach()) * len(rows)
        return total / len(order)

    def judge(self) -> tuple[float, float]:
        """Give loss and share of right answers on what is held back."""
        with torch.no_grad():
            logits_N5 = self.head(self._held.features_NF)
        targets_N5 = self._held.targets_N5
        known = ~targets_N5.isnan()
        right = ((logits_N5 > 0) == (targets_N5 > 0.5))[known].float().mean()
        return float(_loss(logits_N5, targets_N5)), float(right)

    def state(self) -> dict[str, Tensor]:
        """Give head and moments."""
        tensors = {f"net/{name}": value for name, value in self.head.state_dict().items()}
        for i, moments in self._adam.state_dict()["state"].items():
            tensors |= {f"adam/{i}/{key}": value for key, value in moments.items()}
        return tensors

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state."""
        self.head.load_state_dict({k.removeprefix("net/"): v for k, v in state.items() if k.startswith("net/")})
        moments: dict[int, dict[str, Tensor]] = {}
        for key, value in state.items():
            if key.startswith("adam/"):
                _, i, part = key.split("/")
                moments.setdefault(int(i), {})[part] = value
        if moments:
            self._adam.load_state_dict({**self._adam.state_dict(), "state": moments})


def calibration_of(head: Head, held: Examples) -> dict[str, tuple[float, float]]:
    """Fit slope and offset of each output on pictures that nothing was learned from; none where nobody said."""
    with torch.no_grad():
        return fitted_calibration(head(held.features_NF), held.targets_N5)


def fitted_calibration(logits_N5: Tensor, targets_N5: Tensor) -> dict[str, tuple[float, float]]:
    """Do the same for logits."""
    found = {}
    for i, name in enumerate(OUTPUTS):
        targets_N = targets_N5[:, i].double().numpy()
        known = ~np.isnan(targets_N)
        logits_N = logits_N5[:, i].detach().double().numpy()
        found[name] = fit_platt(logits_N[known], targets_N[known]) if known.any() else (1.0, 0.0)
    return found


def with_own_answers(head: Head, examples: Examples) -> Examples:
    """Fill in what nobody said by what the head says now, so that it does not forget (Li & Hoiem 2017)."""
    with torch.no_grad():
        own_N5 = head(examples.features_NF).sigmoid()
    targets_N5 = torch.where(examples.targets_N5.isnan(), own_N5, examples.targets_N5)
    return Examples(examples.features_NF, targets_N5, examples.groups_N)


def _loss(logits_N5: Tensor, targets_N5: Tensor) -> Tensor:
    known = ~targets_N5.isnan()
    each = nnf.binary_cross_entropy_with_logits(logits_N5, targets_N5.nan_to_num(0), reduction="none")
    return (each * known).sum() / known.sum().clamp_min(1)
