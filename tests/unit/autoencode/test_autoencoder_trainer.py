"""A training goes on exactly where it stopped, keeps the best, goes back when it goes astray, and is told in a line."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mutoscope.autoencode import session
from mutoscope.autoencode.card import FilmSeen
from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.profiles import PROFILES
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.autoencode.trainer import CHECKPOINT, AutoencoderTrainer, Trained, num_steps
from mutoscope.core.errors import InputError, WeightsError
from mutoscope.core.progress import Progress
from mutoscope.testing.motion import smooth_noise

STEPS = 12
SMALL = {"base": 4, "critic": 4, "levels": 2}
WIDTH, HEIGHT = 32, 16


def store_of(frames_NHW3: np.ndarray) -> FrameStore:
    num = len(frames_NHW3)
    return FrameStore(
        frames_NHW3,
        np.arange(num),
        pts_N=np.arange(num) * 512,
        film_N=np.zeros(num, np.int64),
        shot_N=np.arange(num) * 2 // max(1, num),
        group_N=np.arange(num),
        contrast_N=np.full(num, 0.2),
        films=(FilmSeen(name="film.mp4", sha256="0" * 64, frames=num, time_base="1/12800"),),
    )


def film(num: int = 9) -> FrameStore:
    wide_3HW = smooth_noise(HEIGHT, WIDTH + 2 * num, 4)
    frames = [(wide_3HW[:, :, 2 * i : 2 * i + WIDTH] * 255).byte().permute(1, 2, 0).numpy() for i in range(num)]
    return store_of(np.stack(frames))


def params(**said: object) -> TrainAutoencoderParams:
    given = {"size": f"{WIDTH}x{HEIGHT}", "latent": 8, "steps": STEPS, "batch": 4, "device": "cpu", **said}
    return TrainAutoencoderParams(**given)


def train(folder: Path, store: FrameStore | None = None, listen=lambda _: None, **said: object) -> Trained:
    return AutoencoderTrainer(store or film(), params(**said), folder, listen).run()


def numbers(trained: Trained) -> dict[str, torch.Tensor]:
    parts = {"encoder": trained.encoder.state_dict(), "decoder": trained.decoder.state_dict()}
    return {f"{part}/{name}": value for part, state in parts.items() for name, value in state.items()}


def are_equal(a: Trained, b: Trained) -> bool:
    one, other = numbers(a), numbers(b)
    return all(torch.equal(one[name], other[name]) for name in one) and torch.equal(a.latents.z_TL, b.latents.z_TL)


def stop_at(step: int):
    def listen(progress: Progress) -> None:
        if progress.done == step:
            raise KeyboardInterrupt

    return listen


@pytest.fixture(autouse=True)
def _small_networks(monkeypatch):
    for name in ("tiny", "broad2016"):
        monkeypatch.setitem(PROFILES, name, PROFILES[name].model_copy(update=SMALL))


@pytest.fixture
def often(monkeypatch):
    """A checkpoint after each step."""
    monkeypatch.setattr(session, "_KEEP_EVERY_LOOKS", 1)
    monkeypatch.setattr(session.Session, "_draw", lambda self: None)


@pytest.mark.parametrize("step", [3, 10])
def test_a_training_that_was_stopped_goes_on_bit_by_bit(tmp_path, often, step):
    whole = train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "stopped", listen=stop_at(step))
    told: list[int] = []
    again = train(tmp_path / "stopped", listen=lambda progress: told.append(progress.done))

    assert told[0] == step  # the step that was stopped after had not been kept
    assert are_equal(whole, again)
    assert whole.quality == again.quality
    assert whole.record == again.record


def test_another_seed_trains_another_model(tmp_path, often):
    assert not are_equal(train(tmp_path / "a"), train(tmp_path / "b", seed=1))


def test_other_parameters_begin_anew_and_keep_the_earlier_checkpoint(tmp_path, often):
    train(tmp_path)
    trained = train(tmp_path, kl=2.0)

    assert len(list(tmp_path.glob("before-*.safetensors"))) == 1
    assert "began anew" in trained.notices[0]


def test_a_broken_checkpoint_is_set_aside(tmp_path, often):
    (tmp_path / CHECKPOINT).write_bytes(b"half of it")

    assert "broken" in train(tmp_path).notices[0]


def test_more_steps_go_on_from_the_model_that_is_there(tmp_path, often):
    train(tmp_path, steps=8)
    told: list[int] = []
    trained = train(tmp_path, steps=16, listen=lambda progress: told.append(progress.done))

    assert told == list(range(9, 17))
    assert trained.record.phases == {"variational": 10, "finish": 6}


def test_the_encoder_is_frozen_in_the_finish(tmp_path, often):
    trainer = AutoencoderTrainer(film(), params(), tmp_path)
    trained = trainer.run()
    before, now = trainer.session.watch.kept_before, trainer.session.training.snapshot()

    encoder = [name for name in before if name.startswith("encoder/")]
    assert all(torch.equal(before[name], now[name]) for name in encoder)
    assert not all(torch.equal(before[name], now[name]) for name in before if name.startswith("decoder/"))
    assert trained.record.phases == {"variational": 9, "finish": 3}


def test_sheet_curves_and_table_are_there_while_it_trains(tmp_path):
    train(tmp_path)

    assert {"losses.csv", "losses.png", "preview.jpg", CHECKPOINT} == {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "losses.csv").read_text().startswith("step,seconds,psnr,spectrum,pixels")


def test_quality_and_record_say_what_came_of_it(tmp_path, often):
    trained = train(tmp_path)

    assert {"psnr", "ssim", "spectrum", "psnr_before_finish", "spectrum_before_finish"} <= set(trained.quality)
    assert trained.record.steps == STEPS
    assert trained.record.visits == STEPS * 4
    assert trained.record.options["steps"] == STEPS
    assert trained.latents.pts_T == tuple(range(0, 9 * 512, 512))
    assert trained.latents.z_TL.shape == (9, 8)
    assert not trained.encoder.training
    assert not any(p.requires_grad for p in trained.decoder.parameters())


def test_a_finish_that_gives_nothing_is_rolled_back_and_says_so(tmp_path, often, monkeypatch):
    def ruin(training, batch, moment, push):
        with torch.no_grad():
            for parameter in [*training.decoder.parameters(), *training.mean_decoder.parameters()]:
                parameter.mul_(0.2)
        return {}

    monkeypatch.setattr(session, "finish_step", ruin)
    trained = train(tmp_path)

    assert trained.record.rolled_back
    assert trained.record.rolled_back in trained.notices[0]
    assert trained.quality["psnr"] == trained.quality["psnr_before_finish"]


def test_numbers_that_are_not_finite_once_are_gone_back_from(tmp_path, often, monkeypatch):
    step = session.variational_step

    def stumble(training, batch, moment):
        losses = step(training, batch, moment)
        if training.step == 5 and training.slower == 1:
            next(training.decoder.parameters()).data.fill_(float("nan"))
        return losses

    monkeypatch.setattr(session, "variational_step", stumble)
    trained = train(tmp_path)

    assert all(bool(torch.isfinite(value).all()) for value in numbers(trained).values())


def test_numbers_that_stay_not_finite_are_told_in_one_line(tmp_path, often, monkeypatch):
    monkeypatch.setattr(session, "variational_step", lambda *_: {"pixels": torch.tensor(float("inf"))})

    with pytest.raises(WeightsError, match=r"went astray again and again.*-o rate=") as told:
        train(tmp_path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("num", [1, 2, 3])
def test_a_film_shorter_than_a_batch_is_learned(tmp_path, often, num):
    trained = train(tmp_path, film(num))

    assert len(trained.latents) == num


def test_a_film_of_one_frame_shows_that_frame(tmp_path, often):
    trained = train(tmp_path, film(1), steps=120, finish=0, rate=0.02)

    assert trained.quality["psnr"] > 20


def test_a_black_film_stays_black(tmp_path, often):
    trained = train(tmp_path, store_of(np.zeros((5, HEIGHT, WIDTH, 3), np.uint8)), steps=60, rate=0.02)

    assert all(bool(torch.isfinite(value).all()) for value in numbers(trained).values())
    assert trained.decoder(trained.latents.z_TL).mean() < 0.1


def test_a_store_without_frames_or_of_another_size_is_told(tmp_path):
    with pytest.raises(InputError, match="no frame"):
        AutoencoderTrainer(store_of(np.zeros((0, HEIGHT, WIDTH, 3), np.uint8)), params(), tmp_path)
    with pytest.raises(InputError, match="32x16, the network sees 48x16"):
        AutoencoderTrainer(film(), params(size="48x16"), tmp_path)


def test_the_seeds_profile_learns_by_larsens_losses_alone(tmp_path, often):
    trained = train(tmp_path, profile="broad2016", steps=4)

    assert trained.record.phases == {"larsen": 4}
    assert "psnr_before_finish" not in trained.quality


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        ({"profile": "tiny"}, None),
        ({"profile": "broad2016"}, 600),
        ({"profile": "broad2016", "minutes": 5}, None),
        ({"profile": "tiny", "epochs": 2.5}, 250),
        ({"profile": "tiny", "epochs": 2.5, "batch": 24}, 125),
        ({"profile": "broad2016", "steps": 7}, 7),
    ],
)
def test_the_budget_is_what_was_asked_for_and_six_epochs_for_the_seed(said, steps):
    assert num_steps(TrainAutoencoderParams(**said), 1200) == steps


def test_time_is_shared_with_the_dream(tmp_path, often):
    ticks = iter(range(10_000))
    trained = AutoencoderTrainer(
        film(), params(steps=None, minutes=1, dream=0.5), tmp_path, clock=lambda: float(next(ticks))
    ).run()

    assert trained.record.steps == 30
    assert trained.record.minutes == 0.5
