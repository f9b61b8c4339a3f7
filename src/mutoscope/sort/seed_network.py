"""The classifier of the seed: a pretrained network, and two layers behind its thousand classes.

Linear 1000 to 500, ReLU, dropout, Linear to the classes; SGD with momentum, random crops of 224 px of the full picture,
flips, the learning rate times 0.99 after each epoch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.core.random import generator
from mutoscope.models.backbone import Backbone
from mutoscope.ops.resize import resize
from mutoscope.sort.dataset import Labelled, Task
from mutoscope.video.read import read_picture

__all__ = ["CLASSES", "LARGEST_PX", "SeedNetwork", "SeedSettings", "SeedTraining", "crops_of"]

CLASSES: dict[Task, tuple[str, ...]] = {"blur": ("sharp", "blurred"), "exposure": ("good", "under", "over")}
"""Classes of the seed's two tasks, in its order."""

LARGEST_PX = 1920
"""Long side that pictures are read at; the seed crops films of this size."""

_WIDTH = 500
_MOST_CROPS = (2, 3)


class SeedNetwork(nn.Module):
    """A backbone's class scores, and the seed's head on them.

    Args:
        backbone: with its classes; learned too where its parameters ask for gradients.
        num_classes: of the task.

    """

    def __init__(self, backbone: Backbone, num_classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.hidden = nn.Linear(backbone.num_classes, _WIDTH)
        self.out = nn.Linear(_WIDTH, num_classes)

    def start(self, seed: int) -> None:
        """Fill both layers by chance."""
        chance = torch.Generator().manual_seed(seed)
        for layer in (self.hidden, self.out):
            bound = layer.weight.shape[1] ** -0.5
            nn.init.uniform_(layer.weight, -bound, bound, generator=chance)
            nn.init.uniform_(layer.bias, -bound, bound, generator=chance)

    def forward(self, x_N3HW: Tensor, chance: torch.Generator | None = None) -> Tensor:
        """Give class scores N,C. With a generator, half of the hidden units fall silent, as in training."""
        h_NK = torch.relu(self.hidden(self.backbone.logits(x_N3HW)))
        if chance is not None:
            h_NK = h_NK * (torch.rand(h_NK.shape, generator=chance) < 0.5) * 2
        scores: Tensor = self.out(h_NK)
        return scores


@dataclass(frozen=True)
class SeedSettings:
    """How the seed trains.

    Attributes:
        crop: side of the crops, px.
        batch: pictures per step.
        rate: of SGD at the start.
        momentum: of SGD.
        factor: of the rate after each epoch.
        seed: of crops, flips, order and silent units.

    """

    crop: int = 224
    batch: int = 4
    rate: float = 0.002
    momentum: float = 0.9
    factor: float = 0.99
    seed: int = 0


class SeedTraining:
    """One task's network on its way.

    Args:
        network: changed in place.
        task: whose classes the labels are.
        pictures: what is learned from.
        held: what it is judged by.
        settings: how.

    """

    def __init__(
        self,
        network: SeedNetwork,
        task: Task,
        pictures: Sequence[Labelled],
        held: Sequence[Labelled],
        settings: SeedSettings,
    ) -> None:
        self.network, self._task, self._pictures, self._held, self._settings = network, task, pictures, held, settings
        learned = [p for p in network.parameters() if p.requires_grad]
        self._sgd = torch.optim.SGD(learned, lr=settings.rate, momentum=settings.momentum)

    def epoch(self, number: int) -> float:
        """Learn from a crop of every picture."""
        settings = self._settings
        order = torch.randperm(len(self._pictures), generator=generator(settings.seed, number, "order"))
        chance = generator(settings.seed, number, "crops")
        for group in self._sgd.param_groups:
            group["lr"] = settings.rate * settings.factor**number
        total = 0.0
        for rows in torch.split(order, settings.batch):
            chosen = [self._pictures[int(row)] for row in rows]
            crops = torch.cat([_random_crop(_read(picture), settings.crop, chance) for picture in chosen])
            loss = nnf.cross_entropy(self.network(crops, chance), self._classes(chosen))
            self._sgd.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call] # torch leaves backward untyped
            self._sgd.step()
            total += float(loss.detach()) * len(chosen)
        return total / max(1, len(order))

    def judge(self) -> tuple[float, float]:
        """Give loss and share of right answers on what is held back."""
        # Differs from the seed, which judges by one random crop: a fixed grid gives the same answer each time.
        losses, right = 0.0, 0
        with torch.inference_mode():
            for picture in self._held:
                p_C = self.network(crops_of(_read(picture), self._settings.crop)).softmax(1).mean(0)
                target = int(self._classes([picture])[0])
                losses -= float(p_C[target].clamp_min(1e-6).log())
                right += int(p_C.argmax()) == target
        return losses / max(1, len(self._held)), right / max(1, len(self._held))

    def state(self) -> dict[str, Tensor]:
        """Give what is learned, and the momentum."""
        learned = {name for name, p in self.network.named_parameters() if p.requires_grad}
        tensors = {f"net/{name}": value for name, value in self.network.state_dict().items() if name in learned}
        for i, moments in self._sgd.state_dict()["state"].items():
            tensors |= {f"sgd/{i}": moments["momentum_buffer"]}
        return tensors

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state."""
        learned = {k.removeprefix("net/"): v for k, v in state.items() if k.startswith("net/")}
        self.network.load_state_dict(learned, strict=False)
        moments = {int(k.split("/")[1]): {"momentum_buffer": v} for k, v in state.items() if k.startswith("sgd/")}
        if moments:
            self._sgd.load_state_dict({**self._sgd.state_dict(), "state": moments})

    def _classes(self, pictures: Sequence[Labelled]) -> Tensor:
        names = CLASSES[self._task]
        # Any kind of blur is the seed's one class "blurred".
        return torch.tensor([names.index(p.label) if p.label in names else 1 for p in pictures])


def crops_of(x_1CHW: Tensor, crop: int) -> Tensor:
    """Cut a picture into at most 2 x 3 crops on a fixed grid from edge to edge: N,3,crop,crop."""
    x_1CHW = _large_enough(x_1CHW, crop)
    height, width = x_1CHW.shape[2:]
    rows, columns = (min(most, -(-side // crop)) for most, side in zip(_MOST_CROPS, (height, width), strict=True))
    tops = torch.linspace(0, height - crop, rows).round().int().tolist() if rows > 1 else [(height - crop) // 2]
    lefts = torch.linspace(0, width - crop, columns).round().int().tolist() if columns > 1 else [(width - crop) // 2]
    return torch.cat([x_1CHW[:, :, y : y + crop, x : x + crop] for y in tops for x in lefts])


def _random_crop(x_1CHW: Tensor, crop: int, chance: torch.Generator) -> Tensor:
    x_1CHW = _large_enough(x_1CHW, crop)
    height, width = x_1CHW.shape[2:]
    y, x, across, down = torch.rand(4, generator=chance).tolist()
    top, left = int(y * (height - crop + 1)), int(x * (width - crop + 1))
    part = x_1CHW[:, :, top : top + crop, left : left + crop]
    part = part.flip(3) if across < 0.5 else part
    return part.flip(2) if down < 0.5 else part


def _large_enough(x_1CHW: Tensor, crop: int) -> Tensor:
    height, width = x_1CHW.shape[2:]
    scale = crop / min(height, width)
    if scale <= 1:
        return x_1CHW
    return resize(x_1CHW, max(crop, round(height * scale)), max(crop, round(width * scale)))


def _read(picture: Labelled) -> Tensor:
    return read_picture(picture.path, size=LARGEST_PX).pixels_TCHW
