"""The trainer: from one picture to a filter, with checkpoints, previews and curves on the way."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

import mutoscope
from mutoscope.core.errors import WeightsError
from mutoscope.core.machine import processor_name
from mutoscope.core.onlooker import show
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.filters.card import Card, StyleSource, TrainingRecord
from mutoscope.filters.content import ContentPictures
from mutoscope.filters.files import network_digest, save_filter, shipped_network
from mutoscope.filters.judge import STYLE_SIDE_PX
from mutoscope.filters.measure import measure_touch, style_moments
from mutoscope.filters.network import PROFILES, FilterNetwork, Style, empty_network, fold_sides, new_network
from mutoscope.filters.objective import Weights
from mutoscope.filters.starting import nearest_style
from mutoscope.filters.train_params import TrainFilterParams
from mutoscope.filters.training import Settings, Training, mean_of
from mutoscope.filters.training_report import palette_of, write_curves, write_previews
from mutoscope.models.backbones import load_backbone
from mutoscope.models.fabric import make_fabric
from mutoscope.models.metadata import read_metadata
from mutoscope.models.style_statistics import style_targets
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.ops.resize import resize_to_area
from mutoscope.storage.atomic import atomic_path
from mutoscope.storage.folders import make_folder
from mutoscope.storage.hashing import hash_json

__all__ = ["CHECKPOINT", "StylePicture", "Trainer"]

CHECKPOINT = "state.safetensors"
_KEEP_EVERY_S = 60.0
_FIRST_KEEP_S = 15.0
_KEEP_EVERY_STEPS = 250
_NUM_SHOWN = 3


@dataclass(frozen=True)
class StylePicture:
    """What a filter is trained from.

    Attributes:
        pixels_1CHW: 0..1.
        source: title, artist, licence, digest.

    """

    pixels_1CHW: Tensor
    source: StyleSource


class Trainer:
    """Trains one filter in a folder of its own, where it goes on when it was stopped.

    Args:
        name: of the filter.
        picture: what is learned.
        content: frames that are painted: photographs, and the person's own footage.
        content_said: the same in words, for the card.
        params: how to train.
        folder: for checkpoint, previews and curves.
        report: takes progress.

    """

    def __init__(
        self,
        name: str,
        picture: StylePicture,
        content: tuple[Sequence[Tensor], Sequence[Tensor]],
        content_said: str,
        params: TrainFilterParams,
        folder: Path,
        report: Listener = ignore,
    ) -> None:
        self.name, self.picture, self.params, self.folder, self.report = name, picture, params, folder, report
        self.content_said = content_said
        self._fabric = make_fabric("cuda" if torch.cuda.is_available() else "cpu")
        self._backbone = load_backbone(params.backbone, device=self._fabric.device)
        a_1CHW = resize_to_area(picture.pixels_1CHW, (STYLE_SIDE_PX * params.brush) ** 2).to(self._fabric.device)
        self._targets = style_targets(self._backbone, a_1CHW, "mean_covariance", rim=1)
        self._moments = style_moments(self._backbone, a_1CHW)
        pictures = ContentPictures(*content)
        network, style, self._based_on = self._start(pictures)
        weights = Weights(params.content, params.style, params.lightness, params.consistency, params.total_variation)
        settings = Settings(
            params.size, params.batch, params.rate, params.trains == "all" or params.from_scratch, params.seed, weights
        )
        self.training = Training(network, {name: style}, {name: self._targets}, pictures, self._backbone, settings)
        self._shown = pictures.batch(_NUM_SHOWN, 256, params.seed, -1)
        self._rows: list[dict[str, float]] = []
        self._spent = 0.0
        self._best: tuple[float, dict[str, Tensor]] | None = None
        # What must not change from one sitting to the next; a longer time is no other training.
        said = params.model_dump(
            mode="json", exclude={"minutes", "threads", "title", "artist", "year", "licence", "source"}
        )
        self._print = hash_json(
            [picture.source.sha256, _digest([*content[0], *content[1]]), self._based_on, said, mutoscope.__version__]
        )
        self.notices: list[str] = []

    def run(self) -> Path:
        """Train until the budget is spent; give the path of the filter in the training's folder.

        Raises:
            OutputError: the folder cannot be written.
            WeightsError: the training has gone astray: numbers are not finite.

        """
        make_folder(self.folder)
        self._resume()
        started, spent_before, kept = time.monotonic(), self._spent, self._spent - _KEEP_EVERY_S + _FIRST_KEEP_S
        recent: list[dict[str, float]] = []
        while (progress := self._progress()) < 1:
            losses = self.training.advance(progress, self._fabric.autocast())
            recent.append(losses.floats())
            self._spent = spent_before + time.monotonic() - started
            self._tell()
            if self._is_time_to_keep(kept):
                kept = self._spent
                self._keep(recent)
                recent = []
        self._keep(recent)
        path = self.folder / f"{self.name}.safetensors"
        style, network = self._best_one()
        save_filter(path, self._card(style, network), style, network if self._is_own else None)
        return path

    def _is_time_to_keep(self, kept: float) -> bool:
        if self.params.steps is None:
            return self._spent - kept >= _KEEP_EVERY_S
        # By steps, not by the clock: which state is the best must not depend on how busy the machine was.
        return self.training.step % max(1, min(_KEEP_EVERY_STEPS, self.params.steps // 4)) == 0

    @property
    def _is_own(self) -> bool:
        return self.training.settings.trains_network

    def _start(self, pictures: ContentPictures) -> tuple[FilterNetwork, dict[str, Tensor], str]:
        params, device = self.params, self._fabric.device
        chance = torch.Generator().manual_seed(params.seed)
        if params.from_scratch:
            network = new_network(PROFILES[params.profile], chance)
            return network.to(device), _on(network.new_style(chance), device), ""
        shipped, digest = shipped_network()
        network = empty_network(shipped.profile)
        network.load_state_dict(shipped.state_dict())
        network.to(device)
        sample = pictures.batch(2, params.size, params.seed, -2).to(device)
        style = nearest_style(network, self._backbone, self._targets, sample, params.style)
        return network, _on(style, device), digest

    def _progress(self) -> float:
        if self.params.steps is not None:
            return self.training.step / self.params.steps
        return self._spent / (60 * self.params.minutes)

    def _tell(self) -> None:
        if self.params.steps is not None:
            self.report(Progress("train", self.training.step, self.params.steps, "steps"))
        else:
            total = round(60 * self.params.minutes)
            self.report(Progress("train", min(total, round(self._spent)), total, "seconds"))

    def _keep(self, recent: list[dict[str, float]]) -> None:
        """Judge, remember the best, draw, and write a checkpoint from which the training goes on exactly."""
        if not recent:
            return
        judged = self.training.judge(self._shown)
        if not all(bool(torch.isfinite(value).all()) for value in self.training.state().values()):
            raise WeightsError(
                f"the training went astray before step {self.training.step}: numbers are not finite. "
                f"What was kept before is in {self.folder}; train again with -o rate={self.params.rate / 3:.1g}."
            )
        row = {"step": self.training.step, "seconds": round(self._spent, 1), "judged": judged, **mean_of(recent)}
        self._rows.append(row)
        if self._best is None or judged <= self._best[0]:
            state = self.training.state().items()
            self._best = judged, {k: v.detach().clone() for k, v in state if k.startswith(("network/", "style/"))}
        tensors = {**self.training.state(), **{f"best/{k}": v for k, v in self._best[1].items()}}
        about = {
            "print": self._print,
            "spent": repr(self._spent),
            "best": repr(self._best[0]),
            "rows": json.dumps(self._rows),
        }
        with atomic_path(self.folder / CHECKPOINT) as temp:
            save_tensors(tensors, temp, about)
        self._draw()

    def _draw(self) -> None:
        write_curves(self._rows, self.folder, self.name)
        with torch.inference_mode(), self._fabric.autocast():
            shown = fold_sides(self._shown.to(self._fabric.device))
            painted = self.training.network(shown, self.training.styles[self.name]).float().cpu()
        write_previews(self._rows[-1], self.folder, self.picture.pixels_1CHW, self._shown, painted)
        show(torch.cat([*painted.clamp(0, 1)], 2))

    def _resume(self) -> None:
        path = self.folder / CHECKPOINT
        if not path.is_file():
            return
        about = read_metadata(path)
        if about.get("print") != self._print:
            aside = path.with_name(f"before-{about.get('print', 'unknown')[:8]}.safetensors")
            path.replace(aside)
            self.notices.append(
                f"an earlier training of this name had other parameters or footage; it was moved to {aside} and "
                "this one began anew."
            )
            return
        tensors = load_tensors(path)
        best = {k.removeprefix("best/"): v for k, v in tensors.items() if k.startswith("best/")}
        self.training.restore({k: v for k, v in tensors.items() if not k.startswith("best/")})
        self._spent, self._rows = float(about["spent"]), json.loads(about["rows"])
        self._best = float(about["best"]), best

    def _best_one(self) -> tuple[dict[str, Tensor], FilterNetwork]:
        assert self._best is not None
        best = self._best[1]
        network = empty_network(self.training.network.profile)
        network.load_state_dict(
            {k.removeprefix("network/"): v.cpu() for k, v in best.items() if k.startswith("network/")}
        )
        prefix = f"style/{self.name}/"
        style = {k.removeprefix(prefix): v.detach().cpu() for k, v in best.items() if k.startswith(prefix)}
        return style | self._moments, network.eval()

    def _card(self, style: Style, network: FilterNetwork) -> Card:
        params, last = self.params, self._rows[-1]
        profile = next(name for name, p in PROFILES.items() if p == network.profile)
        return Card(
            name=self.name,
            kind="network" if self._is_own else "style",
            network="" if self._is_own else network_digest(network),
            profile=profile,
            touch=measure_touch(network, style, self._shown),
            palette=palette_of(self.picture.pixels_1CHW),
            style=self.picture.source,
            training=TrainingRecord(
                version=mutoscope.__version__,
                steps=self.training.step,
                minutes=round(self._spent / 60, 2) if params.steps is None else 0.0,
                seed=params.seed,
                size=params.size,
                batch=params.batch,
                style_size=round(STYLE_SIDE_PX * params.brush),
                weights=vars(self.training.settings.weights),
                losses={k: round(v, 4) for k, v in last.items() if k not in ("step", "seconds")},
                content=self.content_said,
                based_on=self._based_on,
                machine=f"{processor_name()}, {torch.get_num_threads()} threads",
            ),
        )


def _digest(pictures: Sequence[Tensor]) -> str:
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(picture.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _on(style: dict[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    return {name: value.to(device) for name, value in style.items()}
