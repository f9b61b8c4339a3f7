import torch

from mutoscope.stylize.params import OptimiseParams
from mutoscope.stylize.temporal import Past, Window, carry_over, hold, settled_age
from mutoscope.testing.motion import smooth_noise

HEIGHT, WIDTH = 48, 64


def params(**given):
    return OptimiseParams(style="wave.jpg", **given)


def past(content, result=None, age=3.0):
    result = content if result is None else result
    return Past(content, result, torch.full_like(content[:, :1], age))


def plain(value):
    return torch.full((1, 3, HEIGHT, WIDTH), value)


def test_a_window_looks_back_as_far_as_it_is_told_and_no_farther():
    window = Window((1, 3, 5))
    for i in range(9):
        window.push(past(plain(i / 10)))

    seen = [round(float(one.content_1CHW.mean()) * 10) for one in window.look_back()]

    assert seen == [8, 6, 4]


def test_a_window_holds_no_more_frames_than_its_longest_look():
    window = Window((1, 4))
    for i in range(50):
        window.push(past(plain(i / 50)))

    assert len(window.pack()["older.content"]) == 3
    assert window.pack()["older.result"].dtype == torch.uint8


def test_what_is_packed_and_unpacked_is_the_same_to_the_bit():
    window, again = Window((1, 2, 4)), Window((1, 2, 4))
    for i in range(5):
        window.push(past(smooth_noise(HEIGHT, WIDTH, i)[None], smooth_noise(HEIGHT, WIDTH, i + 9)[None]))

    again.unpack(window.pack(), "cpu")

    for one, two in zip(window.look_back(), again.look_back(), strict=True):
        assert torch.equal(one.content_1CHW, two.content_1CHW)
        assert torch.equal(one.result_1CHW, two.result_1CHW)
        assert torch.equal(one.age_11HW, two.age_11HW)


def test_a_cleared_window_remembers_nothing():
    window = Window((1, 2))
    window.push(past(plain(0.5)))
    window.clear()

    assert window.last is None
    assert window.look_back() == []
    assert window.pack() == {}


def test_the_nearest_reliable_frame_wins():
    ground = smooth_noise(HEIGHT, WIDTH)[None]
    covered = ground.clone()
    covered[..., 10:30, 20:40] = plain(1.0)[..., 10:30, 20:40]
    near, far = past(covered, plain(0.2)), past(ground, plain(0.8))

    memory = carry_over([near, far], ground, None, params(), "cpu").memory

    assert torch.allclose(memory.warped_omega_1CHW[..., 14:26, 24:36], torch.tensor(0.8), atol=1e-3)
    assert torch.allclose(memory.warped_omega_1CHW[..., 40:, 50:], torch.tensor(0.2), atol=1e-3)
    assert (memory.weights_c_11HW[..., 14:26, 24:36] > 0.99).all()
    assert memory.weights_c_11HW.max() <= 1 + 1e-6


def test_what_no_frame_shows_starts_in_the_colours_of_the_painting_around_it():
    ground = smooth_noise(HEIGHT, WIDTH)[None] * 0.3 + 0.35
    covered = ground.clone()
    covered[..., 10:30, 20:40] = 1.0

    memory = carry_over([past(covered, 1 - covered)], ground, None, params(), "cpu").memory
    inside = (slice(None), slice(None), slice(14, 26), slice(24, 36))

    assert (memory.weights_c_11HW[inside] < 0.01).all()
    assert (memory.start_1CHW[inside] - (1 - ground)[inside]).abs().mean() < 0.03


def test_what_stands_still_is_held_wholly_and_fresh_paint_is_not_held():
    ground = smooth_noise(HEIGHT, WIDTH)[None]
    fresh = past(ground, plain(0.2), age=0.0)
    old = past(ground, plain(0.2), age=10.0)

    settled = hold(plain(0.8), carry_over([old], ground, None, params(), "cpu"), 0.5)
    young = hold(plain(0.8), carry_over([fresh], ground, None, params(), "cpu"), 0.5)

    assert torch.allclose(settled, plain(0.2), atol=0.015)
    assert torch.allclose(young, plain(0.8), atol=0.01)


def test_without_hold_the_descent_has_the_last_word():
    ground = smooth_noise(HEIGHT, WIDTH)[None]
    said = carry_over([past(ground, plain(0.2))], ground, None, params(), "cpu")

    assert torch.equal(hold(plain(0.8), said, 0.0), plain(0.8))


def test_a_frame_painted_at_once_has_settled():
    assert (settled_age(plain(0.1), "cpu") == 10).all()
