"""VGG19 (Simonyan & Zisserman 2015), with torchvision's state-dict names."""

from collections.abc import Iterator

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from mutoscope.models.backbone import Backbone, Conv
from mutoscope.models.imagenet import normalise

__all__ = ["VGG19"]

_WIDTHS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))


class VGG19(Backbone):
    """Taps "relu1_1" … "relu5_4".

    Args:
        pooling: "max" as trained, or "avg" (Gatys et al. 2016: smoother pictures).
    """

    name = "vgg19"
    num_classes = 1000

    def __init__(self, pooling: str = "max") -> None:
        super().__init__()
        modules: list[nn.Module] = []
        names, fan_in = [], 3
        for stage, (width, repeats) in enumerate(_WIDTHS, start=1):
            for i in range(1, repeats + 1):
                modules += [Conv(fan_in, width, 3), nn.ReLU()]
                names.append(f"relu{stage}_{i}")
                fan_in = width
            modules.append(nn.MaxPool2d(2) if pooling == "max" else nn.AvgPool2d(2))
        self.features_ = nn.Sequential(*modules)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(),
            nn.Linear(4096, self.num_classes),
        )  # fmt: skip
        self.layers = tuple(names)

    def _walk(self, x_NCHW: Tensor) -> Iterator[tuple[str, Tensor]]:
        x, names = normalise(x_NCHW), iter(self.layers)
        for module in self.features_:
            if isinstance(module, nn.MaxPool2d | nn.AvgPool2d) and min(x.shape[2:]) < 2:
                continue  # a frame this small has nothing left to pool
            x = module(x)
            if isinstance(module, nn.ReLU):
                yield next(names), x

    def _classify(self, deepest_NFHW: Tensor) -> Tensor:
        pooled = nnf.adaptive_avg_pool2d(nnf.max_pool2d(deepest_NFHW, 2), 7)
        scores: Tensor = self.classifier(torch.flatten(pooled, 1))
        return scores

    def load_torchvision_state(self, state: dict[str, Tensor]) -> None:
        """Take torchvision's state dict.

        Raises:
            RuntimeError: a tensor is missing or has another shape.
        """
        # `features` is the method of every backbone, so the module list has a name of its own.
        self.load_state_dict({k.replace("features.", "features_.", 1): v for k, v in state.items()})
