import torch

from mutoscope.keyframes.carry import borrow_from_itself
from mutoscope.keyframes.fill import BORROWED
from mutoscope.keyframes.network import SIZES, new_network
from mutoscope.keyframes.training import Other, Pair, Settings, Training
from mutoscope.models.backbones import load_backbone
from mutoscope.testing.motion import smooth_noise

SETTINGS = Settings(steps=8, patch=32, batch=2)


def new_training(settings=SETTINGS, *, has_others: bool = True) -> Training:
    frame = smooth_noise(41, 57)
    painted = 0.3 * frame
    network = new_network(SIZES["tiny"], torch.Generator().manual_seed(0))
    pair = Pair(frame, painted, borrow_from_itself(painted, frame))
    other = Other(smooth_noise(41, 57, seed=2), 1 - smooth_noise(41, 57, seed=2), torch.full((1, 41, 57), 0.4))
    return Training(network, [pair], load_backbone("tiny"), settings, [other] if has_others else [])


def test_it_learns_to_paint_what_is_only_borrowed():
    training = new_training(Settings(steps=60, patch=32, batch=2, rate=2e-2, feature=0, style=0), has_others=False)
    frame = smooth_noise(41, 57)
    painted, trust = (0.3 * frame)[None], torch.full((1, 1, 41, 57), BORROWED)
    carried = borrow_from_itself(painted[0], frame)[None]

    def error() -> float:
        with torch.no_grad():
            return float((training.network(frame[None], carried, trust) - painted).abs().mean())

    before = error()
    for _ in range(60):
        training.advance()

    assert error() < 0.7 * before


def test_a_training_goes_on_as_if_there_had_been_no_break():
    whole, first, second = new_training(), new_training(), new_training()
    for _ in range(4):
        whole.advance()
    for _ in range(2):
        first.advance()
    second.restore({name: value.clone() for name, value in first.state().items()})
    for _ in range(2):
        second.advance()

    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name]), name


def test_chance_is_its_own():
    before = torch.get_rng_state()

    first = new_training().advance()
    torch.rand(3)

    assert new_training().advance() == first
    torch.set_rng_state(before)


def test_an_untrained_network_gives_what_is_carried_and_the_frame_elsewhere():
    network = new_network(SIZES["tiny"], torch.Generator().manual_seed(0)).requires_grad_(False)
    frame, carried = smooth_noise(17, 23)[None], smooth_noise(17, 23, seed=1)[None]
    trust = torch.zeros(1, 1, 17, 23)
    trust[..., :9] = 1

    painted = network(frame, carried, trust)

    assert torch.allclose(painted[..., :9], carried[..., :9], atol=1e-6)
    assert torch.allclose(painted[..., 9:], frame[..., 9:], atol=1e-6)
