import pytest
import torch

from mutoscope.core.errors import InputError
from mutoscope.keyframes.check import check_belongs, check_shape
from mutoscope.testing.motion import smooth_noise


@pytest.mark.parametrize("size", [(360, 640), (720, 1280), (270, 480), (180, 320)])
def test_a_painting_of_the_films_shape_is_taken(size):
    check_shape("a.png", size, (360, 640), (360, 640))


@pytest.mark.parametrize("size", [(480, 640), (640, 360), (360, 600)])
def test_another_shape_is_refused(size):
    with pytest.raises(InputError, match="same shape"):
        check_shape("a.png", size, (360, 640), (360, 640))


def test_a_much_smaller_painting_is_refused():
    with pytest.raises(InputError, match="half"):
        check_shape("a.png", (90, 160), (360, 640), (360, 640))


def test_for_a_small_result_a_small_painting_is_enough():
    check_shape("a.png", (180, 320), (2160, 3840), (360, 640))


def test_a_painting_in_other_colours_belongs():
    frame = smooth_noise(90, 160)

    check_belongs("a.png", (1 - frame)[[2, 0, 1]] * 0.5, frame, 1.0)


def test_a_picture_of_something_else_is_refused():
    with pytest.raises(InputError, match=r"nothing of the frame at 1\.50 s"):
        check_belongs("a.png", smooth_noise(90, 160, seed=9), smooth_noise(90, 160), 1.5)


def test_on_a_black_frame_anything_may_be_painted():
    check_belongs("a.png", smooth_noise(17, 23), torch.zeros(3, 17, 23), 0.0)
