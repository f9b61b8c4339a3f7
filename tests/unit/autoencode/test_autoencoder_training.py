"""Steps of the phases: who learns, what the next step needs, what is fed, what is watched."""

from fractions import Fraction

import numpy as np
import pytest
import torch

from mutoscope.autoencode import feed as feed_module
from mutoscope.autoencode.card import FilmSeen
from mutoscope.autoencode.feed import Batch, Feed
from mutoscope.autoencode.frame_store import FrameStore
from mutoscope.autoencode.judging import latents_of, probe_of, quality_of
from mutoscope.autoencode.networks import new_networks
from mutoscope.autoencode.phases import Moment
from mutoscope.autoencode.profiles import Profile
from mutoscope.autoencode.steps import finish_step, variational_step
from mutoscope.autoencode.train_params import TrainAutoencoderParams
from mutoscope.autoencode.training import Training
from mutoscope.autoencode.watch import Reading, Watch
from mutoscope.core.random import generator
from mutoscope.models.fabric import make_fabric
from mutoscope.models.tensors import load_tensors, save_tensors
from mutoscope.testing.motion import smooth_noise

PROFILE = Profile(name="test", width=32, height=16, base=4, latent=8, levels=2, critic=4)
FIRST, FINISH = Moment("variational", 0.5, 1.0, 0.0), Moment("finish", 0.5, 1.0, 1.0)
CPU = torch.device("cpu")


def params(**said: object) -> TrainAutoencoderParams:
    return TrainAutoencoderParams(**{"batch": 4, "latent": 8, **said})


def training(**said: object) -> Training:
    return Training(PROFILE, params(**said), make_fabric("cpu"))


def batch(seed: int = 0, num_pairs: int = 1) -> Batch:
    return Batch(torch.stack([smooth_noise(16, 32, 10 * seed + i) for i in range(4)]), num_pairs)


def store(shots: list[int], films: list[int] | None = None, bases: tuple[str, ...] = ("1/25",)) -> FrameStore:
    num = len(shots)
    values = np.arange(num, dtype=np.uint8)[:, None, None, None]
    return FrameStore(
        np.broadcast_to(values, (num, 16, 32, 3)).copy(),
        np.arange(num),
        pts_N=np.arange(num) * 2,
        film_N=np.array(films or [0] * num),
        shot_N=np.array(shots),
        group_N=np.arange(num),
        contrast_N=np.full(num, 0.2),
        films=tuple(FilmSeen(name="a film", time_base=base) for base in bases),
    )


def numbers(trained: Training, part: str) -> dict[str, torch.Tensor]:
    return {n: v.clone() for n, v in trained.state().items() if n.startswith(f"{part}/") and "direction" not in n}


def changed(trained: Training, before: dict[str, dict[str, torch.Tensor]]) -> set[str]:
    return {
        part
        for part, values in before.items()
        if not all(torch.equal(v, numbers(trained, part)[n]) for n, v in values.items())
    }


def parts(trained: Training) -> dict[str, dict[str, torch.Tensor]]:
    return {part: numbers(trained, part) for part in ("encoder", "decoder", "discriminator")}


def test_in_the_first_phase_the_discriminator_looks_on_and_learns_now_and_then():
    trained, learned = training(), []
    for i in range(12):
        before = parts(trained)
        variational_step(trained, batch(i), FIRST)
        trained.end_step()
        learned.append(changed(trained, before))

    assert all({"encoder", "decoder"} <= who for who in learned)
    assert ["discriminator" in who for who in learned] == [i % 6 == 0 for i in range(12)]


def test_in_the_finish_encoder_and_latents_stay_and_the_others_learn():
    trained = training()
    before = parts(trained)
    finish_step(trained, batch(), FINISH, 1.0)

    assert changed(trained, before) == {"decoder", "discriminator"}


@pytest.mark.parametrize("similarity", [0.0, 1.0])
def test_the_push_leads_elsewhere_and_without_it_the_discriminator_has_no_say(similarity):
    def decoder_after(push: float, seed_of_critic: int) -> dict[str, torch.Tensor]:
        trained = training(similarity=similarity)
        for i, parameter in enumerate(trained.networks.discriminator.parameters()):
            noise = torch.randn(parameter.shape, generator=generator(seed_of_critic, i, "critic"))
            parameter.data.add_(0.1 * noise)
        for i in range(3):
            finish_step(trained, batch(i), FINISH, push)
            trained.end_step()
        return numbers(trained, "decoder")

    silent, other_silent = decoder_after(0.0, 1), decoder_after(0.0, 2)
    pushed, other_pushed = decoder_after(1.0, 1), decoder_after(1.0, 2)

    assert all(torch.equal(v, other_silent[n]) for n, v in silent.items())
    assert not all(torch.equal(v, pushed[n]) for n, v in silent.items())
    assert not all(torch.equal(v, other_pushed[n]) for n, v in pushed.items())


def test_a_state_read_from_disk_goes_on_bit_by_bit(tmp_path):
    one, other = training(), training(seed=3)
    for i in range(4):
        variational_step(one, batch(i), FIRST)
        one.end_step()
    save_tensors(one.state(), tmp_path / "state.safetensors")
    other.params = one.params
    other.restore(load_tensors(tmp_path / "state.safetensors"))
    for trained in (one, other):
        for i in range(4, 8):
            finish_step(trained, batch(i), FINISH, 0.5)
            trained.end_step()

    assert one.state().keys() == other.state().keys()
    assert all(torch.equal(value, other.state()[name]) for name, value in one.state().items())


def test_the_running_mean_lags_behind_and_ends_where_the_network_rests():
    trained = training()
    for i in range(5):
        variational_step(trained, batch(i), FIRST)
        trained.end_step()
    weight, mean = trained.decoder.project.weight, trained.mean_decoder.project.weight
    assert not torch.equal(weight, mean)
    for _ in range(10_000):
        trained.end_step()

    assert torch.allclose(weight, mean, atol=1e-4)


def test_going_back_takes_the_running_mean_and_forgets_the_optimisers():
    trained = training()
    variational_step(trained, batch(), FIRST)
    trained.end_step()
    kept = trained.snapshot()
    trained.decoder.project.weight.data.fill_(float("nan"))
    assert not trained.is_finite()
    trained.go_back(kept)

    assert trained.is_finite()
    assert torch.equal(trained.decoder.project.weight, trained.mean_decoder.project.weight)
    assert not any(name.startswith("adam/") for name in trained.state())


def test_a_batch_has_its_size_and_neighbours_side_by_side():
    feed = Feed(store([0] * 9 + [1] * 8), params(batch=12), CPU)
    for step in range(30):
        given = feed.batch(step)
        values = (given.x_N3HW[:, 0, 0, 0] * 255).round().int()
        first, second = values[: given.num_pairs], values[given.num_pairs : 2 * given.num_pairs]
        assert len(values) == 12
        assert given.num_pairs == 3
        assert torch.equal(second, first + 1)
        assert 8 not in first.tolist()  # the last of its shot


def test_the_same_step_feeds_the_same_frames_and_parts_differ():
    one, again = (Feed(store([0] * 40), params(batch=12), CPU).batch(7) for _ in range(2))
    other = Feed(store([0] * 40), params(batch=12), CPU, (1, 2)).batch(7)

    assert torch.equal(one.x_N3HW, again.x_N3HW)
    assert not torch.equal(one.x_N3HW, other.x_N3HW)


@pytest.mark.parametrize("said", [{"motion": 0}, {"profile": "broad2016"}])
def test_who_does_not_ask_for_neighbours_gets_none(said):
    assert Feed(store([0] * 9), params(**said), CPU).batch(0).num_pairs == 0


def test_single_frames_of_shots_make_no_pairs_and_a_short_film_fills_a_batch():
    given = Feed(store([0, 1, 2]), params(batch=12), CPU).batch(0)

    assert given.num_pairs == 0
    assert len(given.x_N3HW) == 12


def test_frames_that_lie_on_the_device_are_those_of_the_store(monkeypatch):
    film = store([0] * 9)
    plain = Feed(film, params(), CPU).batch(3)
    monkeypatch.setattr(feed_module, "_resident", lambda store, _: store.batch(range(len(store))).permute(0, 2, 3, 1))

    assert torch.equal(Feed(film, params(), CPU).batch(3).x_N3HW, plain.x_N3HW)


def test_watched_frames_are_spread_over_all_shots():
    film = store([0] * 200 + [1] * 3 + [2] * 30)
    chosen = probe_of(film, most=12)

    assert np.unique(film.shot_N[chosen], return_counts=True)[1].tolist() == [4, 3, 4]
    assert len(probe_of(store(list(range(200))))) == 64


def test_latents_of_films_of_different_clocks_have_one_unit():
    encoder, _ = new_networks(PROFILE, generator(0, 0, "test"))
    film = store([0, 0, 1], [0, 0, 1], ("1/25", "1001/30000"))
    latents = latents_of(encoder, film, Feed(film, params(), CPU))

    assert latents.pts_T[1] * latents.time_base == Fraction(2, 25)
    assert latents.pts_T[2] * latents.time_base == 4 * Fraction(1001, 30000)


def test_a_long_film_is_measured_in_runs_that_are_no_neighbours(monkeypatch):
    seen: list[list[int]] = []
    monkeypatch.setattr("mutoscope.autoencode.judging._MOST_MEASURED", 64)
    monkeypatch.setattr("mutoscope.autoencode.judging.measure_quality", lambda runs: _Shots(seen, runs))
    networks, film = new_networks(PROFILE, generator(0, 0, "test")), store([0] * 200)
    quality_of(*networks, film, Feed(film, params(), CPU))

    assert [len(shots) for shots in seen] == [32, 32]
    assert set(seen[0]).isdisjoint(seen[1])


class _Shots:
    def __init__(self, seen, runs):
        seen.extend(shots for _, _, shots in runs)

    def numbers(self):
        return {}


def watch() -> Watch:
    looking = Watch(1.0)
    looking.begin_finish(Reading(30.0, 5.0), {})
    return looking


def test_a_finish_that_costs_too_much_goes_back_and_is_pushed_less():
    looking = watch()

    assert looking.judge("finish", Reading(28.9, 3.0)) == "go back"
    assert looking.push == 0.5
    assert looking.judge("finish", Reading(float("nan"), 3.0)) == "go back"
    assert not looking.given_up


def test_a_finish_that_falls_again_and_again_is_given_up():
    looking = watch()
    for _ in range(4):
        looking.judge("finish", Reading(20.0, 3.0))

    assert looking.push == 0
    assert "1 dB" in looking.given_up


def test_the_best_of_the_finish_is_the_nearest_spectrum_that_is_not_too_dear():
    looking = watch()

    assert looking.judge("finish", Reading(29.8, 4.0)) == "best"
    looking.best = Reading(29.8, 4.0)
    assert looking.judge("finish", Reading(30.5, 4.5)) == "go on"
    assert looking.judge("finish", Reading(29.1, 3.5)) == "best"
    assert looking.push < 1


def test_the_best_of_the_first_phase_is_the_highest_psnr():
    looking = Watch(1.0)

    assert looking.judge("variational", Reading(20.0, 9.0)) == "best"
    looking.best = Reading(20.0, 9.0)
    assert looking.judge("variational", Reading(19.0, 1.0)) == "go on"
    assert looking.judge("variational", Reading(float("nan"), 1.0)) == "go back"


def test_the_seeds_training_may_swing_but_not_collapse():
    looking = Watch(1.0)
    looking.best = Reading(20.0, 9.0)

    assert looking.judge("larsen", Reading(17.0, 9.0)) == "best"
    assert looking.judge("larsen", Reading(15.0, 9.0)) == "go back"


def test_a_finish_is_rolled_back_for_psnr_or_spectrum_and_says_which():
    looking, before = watch(), {"psnr": 30.0, "spectrum": 5.0}

    assert looking.reason_to_roll_back({"psnr": 29.2, "spectrum": 4.0}, before) == ""
    assert "1.2 dB" in looking.reason_to_roll_back({"psnr": 28.8, "spectrum": 4.0}, before)
    assert "spectrum" in looking.reason_to_roll_back({"psnr": 30.2, "spectrum": 5.0}, before)


def test_a_watch_is_remembered_as_text():
    looking, again = watch(), Watch(1.0)
    looking.judge("finish", Reading(20.0, 3.0))
    again.recall(looking.numbers())

    assert again.numbers() == looking.numbers()
    assert again.before == Reading(30.0, 5.0)
