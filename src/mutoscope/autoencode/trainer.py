"""The trainer: from the frames of a film to a model of it, with checkpoints, previews and curves on the way."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

import mutoscope
from mutoscope.autoencode.card import TrainingRecord
from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.judging import latents_of, quality_of
from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.networks import Decoder, Encoder, empty_networks
from mutoscope.autoencode.session import CHECKPOINT, Session, num_steps
from mutoscope.autoencode.together import learn_together
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.autoencode.training import part_of
from mutoscope.core.errors import InputError, ParameterError
from mutoscope.core.machine import processor_name
from mutoscope.core.progress import Listener, ignore
from mutoscope.models.fabric import make_fabric

__all__ = ["CHECKPOINT", "AutoencoderTrainer", "Trained", "num_steps"]


@dataclass(frozen=True)
class Trained:
    """What a training gives.

    Attributes:
        encoder: on the processor, ready to be used.
        decoder: likewise.
        latents: of all frames: the means.
        record: how it was trained.
        quality: what was measured, by name; before the finish, too.
        notices: what a person should know.

    """

    encoder: Encoder
    decoder: Decoder
    latents: Latents
    record: TrainingRecord
    quality: dict[str, float]
    notices: list[str] = field(default_factory=list)


class AutoencoderTrainer:
    """Trains one model in a folder of its own, where it goes on when it was stopped.

    Args:
        store: frames of the film.
        params: how to train. Of its minutes the share of `dream` is left to others.
        folder: for checkpoint, preview and curves.
        report: takes progress.
        clock: seconds from anywhere; a benchmark may give the processor's own.

    Raises:
        InputError: there is no frame, or frames are of another size.
        ParameterError: there are not as many GPUs.

    """

    def __init__(
        self,
        store: FrameStore,
        params: TrainAutoencoderParams,
        folder: Path,
        report: Listener = ignore,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store, self.params, self.folder, self.report = store, params, folder, report
        profile = params.shape()
        if len(store) == 0:
            raise InputError("there is no frame to learn from; give a film that plays.")
        if (store.width, store.height) != (profile.width, profile.height):
            raise InputError(
                f"the frames are {store.width}x{store.height}, the network sees {profile.width}x{profile.height}; "
                "read the films again."
            )
        _check_devices(params)
        is_cuda = params.device != "cpu" and torch.cuda.is_available()
        self.session = Session(store, params, folder, make_fabric("cuda" if is_cuda else "cpu"), report, clock)

    def run(self) -> Trained:
        """Train until the budget is spent; give the model and what was measured.

        Raises:
            OutputError: the folder cannot be written.
            WeightsError: numbers stay not finite, however slowly it learns.

        """
        if self.params.devices > 1:
            learn_together(self.store, self.params, self.folder, self.report)
        # After several processes it takes what they have left, and finds nothing to do.
        self.session.run()
        encoder, decoder, quality, rolled_back = self._chosen()
        latents = latents_of(encoder, self.store, self.session.feed)
        notices = [*self.store.notices, *self.session.notices]
        if rolled_back:
            notices.append(f"{rolled_back}; the model is that of before the finish.")
        return Trained(encoder.cpu(), decoder.cpu(), latents, self._record(rolled_back), quality, notices)

    def _chosen(self) -> tuple[Encoder, Decoder, dict[str, float], str]:
        """Take the best moment of the finish, or of the first phase where the finish gave nothing; measure both."""
        watch = self.session.watch
        encoder, decoder, quality = self._measured(watch.kept_best)
        if self.session.kept.phase != "finish":
            return encoder, decoder, quality, ""
        first = self._measured(watch.kept_before)
        before = {f"{name}_before_finish": first[2][name] for name in ("psnr", "spectrum")}
        reason = watch.reason_to_roll_back(quality, first[2])
        if reason:
            return *first[:2], first[2] | before, watch.given_up or reason
        if watch.given_up:
            self.session.notices.append(f"{watch.given_up}; it has not pushed since.")
        return encoder, decoder, quality | before, ""

    def _measured(self, kept: dict[str, Tensor]) -> tuple[Encoder, Decoder, dict[str, float]]:
        encoder, decoder = empty_networks(self.params.shape())
        device = self.session.training.fabric.device
        for network, name in ((encoder, "encoder"), (decoder, "decoder")):
            network.load_state_dict(part_of(kept, name))
            network.eval().requires_grad_(False).to(device)
        quality = quality_of(encoder, decoder, self.store, self.session.feed)
        return encoder, decoder, {name: round(value, 4) for name, value in quality.items()}

    def _record(self, rolled_back: str) -> TrainingRecord:
        params, session = self.params, self.session
        plain = params.model_dump(mode="json")
        return TrainingRecord(
            version=mutoscope.__version__,
            steps=session.training.step,
            visits=session.training.step * params.batch * params.devices,
            minutes=round(session.kept.spent / 60, 2) if session.steps is None else 0.0,
            seed=params.seed,
            phases=session.kept.steps,
            rolled_back=rolled_back,
            options={name: value for name, value in plain.items() if not isinstance(value, (list, dict))},
            machine=f"{processor_name()}, {torch.get_num_threads()} threads",
        )


def _check_devices(params: TrainAutoencoderParams) -> None:
    if params.devices == 1:
        return
    num = torch.cuda.device_count() if params.device != "cpu" else 0
    if params.devices > num:
        raise ParameterError(f"devices={params.devices}, but this machine lends {num} GPUs; give devices=1.")
