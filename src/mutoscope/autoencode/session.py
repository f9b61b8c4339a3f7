"""One sitting of a training: steps until the budget is spent, looks, checkpoints, curves."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from mutoscope.autoencode.checkpoint import Kept, load_kept, print_of, save_kept
from mutoscope.autoencode.feed import Feed
from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.judging import probe_of, read, reconstruct
from mutoscope.autoencode.phases import Moment, Phase, moment_at
from mutoscope.autoencode.steps import Numbers, finish_step, larsen_step, variational_step
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.autoencode.training import Training
from mutoscope.autoencode.training_report import write_curves, write_preview
from mutoscope.autoencode.watch import Reading, Watch
from mutoscope.core.errors import WeightsError
from mutoscope.core.onlooker import show
from mutoscope.core.progress import Listener, Progress, ignore
from mutoscope.core.random import generator
from mutoscope.models.fabric import Fabric
from mutoscope.storage.folders import make_folder

__all__ = ["CHECKPOINT", "Session", "num_steps"]

CHECKPOINT = "state.safetensors"
_KEEP_EVERY_S = 60.0
_FIRST_KEEP_S = 15.0
_LOOKS = 40
"""How often the watch looks in the whole budget; each look costs about as much as ten steps."""
_KEEP_EVERY_LOOKS = 10
"""By steps, checkpoints are written at every tenth look."""
_MOST_STUMBLES = 6
_NUM_SHOWN = 6
_BROAD_EPOCHS = 6.0


def num_steps(params: TrainAutoencoderParams, num_frames: int) -> int | None:
    """Give the exact number of steps that was asked for; None where a time was."""
    if params.steps is not None:
        return params.steps
    epochs = params.epochs
    if epochs is None and params.profile == "broad2016" and "minutes" not in params.model_fields_set:
        epochs = _BROAD_EPOCHS
    if epochs is None:
        return None
    return max(4, math.ceil(epochs * num_frames / (params.batch * params.devices)))


class Session:
    """Trains in a folder, where it goes on when it was stopped; several processes may do so together.

    Args:
        store: frames of the film.
        params: how to train. Of its minutes the share of `dream` is left to others.
        folder: for checkpoint, preview and curves.
        fabric: device, arithmetic, and this process's place among those that learn together.
        report: takes progress.
        clock: seconds from anywhere.

    """

    def __init__(
        self,
        store: FrameStore,
        params: TrainAutoencoderParams,
        folder: Path,
        fabric: Fabric,
        report: Listener = ignore,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.params, self.folder, self.report, self._clock, self._fabric = params, folder, report, clock, fabric
        self.feed = Feed(store, params, fabric.device, (fabric.global_rank, fabric.world_size))
        self.training = Training(params.shape(), params, fabric)
        self.watch = Watch(params.give_up_db, kept_best=self.training.snapshot())
        self.kept = Kept()
        self.steps, self._seconds = num_steps(params, len(store)), 60 * params.minutes * (1 - params.dream)
        self._watched_N3HW = self.feed.frames(probe_of(store))
        self._sums: dict[str, list[Tensor]] = {}
        self._print = print_of(store, params)
        self.notices: list[str] = []

    def run(self) -> None:
        """Train until the budget is spent; the checkpoint has what came of it.

        Raises:
            OutputError: the folder cannot be written.
            WeightsError: numbers stay not finite, however slowly it learns.

        """
        make_folder(self.folder)
        self._resume()
        started = self._clock() - self.kept.spent
        looked, kept = self.kept.spent, self.kept.spent - _KEEP_EVERY_S + _FIRST_KEEP_S
        has_moved = False
        while (progress := self._progress()) < 1:
            moment = moment_at(progress, self.params.finish, is_larsen=self.params.profile == "broad2016")
            self._enter(moment.phase)
            self._advance(moment)
            has_moved = True
            self.kept.spent = self._agreed(self._clock() - started)
            self._tell()
            if self._is_time(looked, self._seconds / _LOOKS, 1):
                looked = self.kept.spent
                self._look()
            if self._is_time(kept, _KEEP_EVERY_S, _KEEP_EVERY_LOOKS):
                kept = self.kept.spent
                self._keep()
        if self._sums:
            self._look()
        if has_moved:
            self._keep()

    def _agreed(self, value: float) -> float:
        """Let all processes go by the first one's number, or they would part ways."""
        return value if self._fabric.world_size == 1 else float(self._fabric.broadcast(value))

    def _progress(self) -> float:
        if self.steps is not None:
            return self.training.step / self.steps
        return self.kept.spent / self._seconds if self._seconds > 0 else 1.0

    def _is_time(self, last_s: float, every_s: float, every_looks: int) -> bool:
        if self.steps is None:
            return self.kept.spent - last_s >= every_s
        # By steps, not by the clock: which moment is the best must not depend on how busy the machine was.
        return self.training.step % (max(1, self.steps // _LOOKS) * every_looks) == 0

    def _tell(self) -> None:
        if self.steps is not None:
            self.report(Progress("train", self.training.step, self.steps, "steps"))
        else:
            total = round(self._seconds)
            self.report(Progress("train", min(total, round(self.kept.spent)), total, "seconds"))

    def _enter(self, phase: Phase) -> None:
        if phase == self.kept.phase:
            return
        if phase == "finish":
            reading = self._look()
            watch = self.watch
            watch.begin_finish(watch.best or reading, watch.kept_best)
            self.training.go_back(watch.kept_best)
        elif self.kept.phase == "finish":
            self.watch.begin_again(self.training.snapshot())
        self.kept.phase = phase

    def _advance(self, moment: Moment) -> None:
        batch = self.feed.batch(self.training.step)
        numbers: Numbers
        if moment.phase == "variational":
            numbers = variational_step(self.training, batch, moment)
        elif moment.phase == "finish":
            numbers = finish_step(self.training, batch, moment, self.watch.push)
        else:
            numbers = larsen_step(self.training, batch, moment)
        self.training.end_step()
        counts = self.kept.steps
        counts[moment.phase] = counts.get(moment.phase, 0) + 1
        for name, value in numbers.items():
            self._sums.setdefault(name, []).append(value)

    def _look(self) -> Reading:
        """Look at the watched frames, and go back when they suffer."""
        training, watch = self.training, self.watch
        losses = {name: float(torch.stack(values).mean()) for name, values in self._sums.items()}
        self._sums = {}
        with torch.no_grad(), self._fabric.autocast():
            recon_N3HW = reconstruct(training.mean_encoder, training.mean_decoder, self._watched_N3HW)
        reading = read(self._watched_N3HW, recon_N3HW)
        reading = Reading(self._agreed(reading.psnr), self._agreed(reading.spectrum))
        if self._agreed(float(training.is_finite() and all(map(math.isfinite, losses.values())))):
            row = {"step": training.step, "seconds": round(self.kept.spent, 1)}
            self.kept.add_row(row | vars(reading) | losses)
        else:
            reading = replace(reading, psnr=math.nan)
        verdict = watch.judge(self.kept.phase, reading)
        if verdict == "best":
            watch.best, watch.kept_best = reading, training.snapshot()
        elif verdict == "go back":
            self._go_back(reading)
        return reading

    def _go_back(self, reading: Reading) -> None:
        training, watch = self.training, self.watch
        if watch.falls > _MOST_STUMBLES and self.kept.phase != "finish":
            raise WeightsError(
                f"the training went astray again and again, last before step {training.step}; what was kept before is "
                f"in {self.folder}; train again with -o rate={self.training.rate / 10:.1g}."
            )
        training.go_back(watch.kept_best)
        training.slower *= 0.5 if not reading.is_finite or self.kept.phase != "finish" else 1.0

    def _keep(self) -> None:
        """Write a checkpoint from which the training goes on exactly, and draw."""
        if self._fabric.global_rank != 0:
            return
        save_kept(self.folder / CHECKPOINT, self.kept, self.training, self.watch, self._print)
        if self.kept.rows:
            self._draw()

    def _draw(self) -> None:
        write_curves(self.kept.rows, self.folder, self.folder.name)
        training, row = self.training, self.kept.rows[-1]
        with torch.no_grad(), self._fabric.autocast():
            z_NL = training.mean_encoder(self._watched_N3HW)[0]
            # Sums of frames by chance lie as all frames do: their covariance is the film's.
            chance = generator(self.params.seed, 0, "preview")
            noise_KN = torch.randn((_NUM_SHOWN, len(z_NL)), generator=chance).to(z_NL) / len(z_NL) ** 0.5
            drawn = z_NL.mean(0) + noise_KN @ (z_NL - z_NL.mean(0))
            chosen = torch.linspace(0, len(z_NL) - 1, min(_NUM_SHOWN, len(z_NL))).round().long().to(z_NL.device)
            recon, prior = training.mean_decoder(z_NL[chosen]), training.mean_decoder(drawn)
        minutes = f"{row['seconds'] / 60:.1f} min, step {row['step']:.0f}: {row['psnr']:.1f} dB"
        write_preview(self._watched_N3HW[chosen], recon, prior, self.folder, ("film", minutes, "drawn from the prior"))
        show(torch.cat([*recon.float().clamp(0, 1)], 2))

    def _resume(self) -> None:
        found = load_kept(self.folder / CHECKPOINT, self.training, self.watch, self._print)
        if isinstance(found, Kept):
            self.kept = found
        elif found:
            self.notices.append(found)
