"""The subject of a film is found by what a classifier sees and by what moves, and held steady."""

from fractions import Fraction
from importlib.resources import files
from pathlib import Path

import cv2
import pytest
import torch

from mutoscope.core.clip import Clip
from mutoscope.effects.mask_refine import fit_to_edges
from mutoscope.effects.protocol import Context
from mutoscope.effects.shots import Shots
from mutoscope.effects.subject import Subject, cut_out
from mutoscope.effects.subject_params import SubjectParams
from mutoscope.effects.subject_prior import class_activation, own_motion
from mutoscope.models.backbones import load_backbone
from mutoscope.testing.motion import exact_clip, smooth_noise
from mutoscope.video.read import read_picture

HEIGHT, WIDTH = 91, 161


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    # Small frames gain nothing from a second thread, and wait long for it on a busy machine.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def film() -> Clip:
    figure = smooth_noise(80, 80, seed=1) * torch.tensor([1.0, 0.4, 0.3])[:, None, None]
    clip = exact_clip(smooth_noise(160, 240), figure, HEIGHT, WIDTH, 9, pan_px=(0.8, -0.3), figure_px=(-3.0, 1.0))
    return Clip(clip.frames_TCHW, tuple(range(9)), Fraction(1, 25))


def masks(film: Clip, **context) -> torch.Tensor:
    return Clip.join(list(Subject(SubjectParams())(film.frames(), Context(**context)))).pixels_TCHW


def overlap(mask: torch.Tensor, number: int) -> float:
    y, x = torch.meshgrid(torch.arange(HEIGHT).float(), torch.arange(WIDTH).float(), indexing="ij")
    x0, y0 = (WIDTH - 1) / 2 - 3 * (number - 4), (HEIGHT - 1) / 2 + (number - 4)
    true = ((x - x0) ** 2 + (y - y0) ** 2) < (HEIGHT * 0.22) ** 2
    found = mask[0] > 0.5
    return float((found & true).sum() / (found | true).sum())


def test_what_moves_against_the_camera_is_found_within_a_few_frames(film):
    assert overlap(masks(film)[8], 8) > 0.8


def test_a_cut_drops_what_is_known(film):
    shots = Shots((5,), film.time_base)
    whole = masks(film, side={"shots": shots})

    assert torch.equal(whole[5:], masks(film[5:], side={"shots": shots}))
    assert not torch.equal(whole[5:], masks(film)[5:])


def test_the_background_is_the_rest(film):
    inverted = Clip.join(list(Subject(SubjectParams(invert=True))(film[:2].frames(), Context()))).pixels_TCHW

    torch.testing.assert_close(inverted, 1 - masks(film[:2]))


def test_the_number_of_threads_of_opencv_does_not_matter(film):
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        one = masks(film[:3])
        cv2.setNumThreads(4)
        assert torch.equal(masks(film[:3]), one)
    finally:
        cv2.setNumThreads(before)


def test_motion_of_the_camera_alone_is_nothing():
    y, x = torch.meshgrid(torch.linspace(-1, 1, 35), torch.linspace(-1, 1, 47), indexing="ij")
    flow = torch.stack([3 + 2 * x - y, 1 + x + 2 * y])[None]

    assert own_motion(flow).max() == 0
    flow[:, 0, 10:20, 10:20] += 4
    assert own_motion(flow)[0, 0, 11:19, 11:19].min() == 1
    assert own_motion(flow)[..., 25:].max() == 0


def test_a_map_of_what_is_seen_lies_in_place():
    # The network's cells do not look at the middle of their squares: a picture and its mirror image tell.
    photograph = files("mutoscope.data").joinpath("photographs", "bison.jpg")
    picture = read_picture(Path(str(photograph)), size=160).pixels_TCHW
    network = load_backbone("efficientnet_lite0")

    seen, mirrored = class_activation(network, picture), class_activation(network, picture.flip(3)).flip(3)

    # Measured: 2 px apart; 7 px without the network's offset.
    columns = torch.arange(160.0)
    centres = [float((one.mean((0, 1, 2)) * columns).sum() / one.mean((0, 1, 2)).sum()) for one in (seen, mirrored)]
    assert abs(centres[0] - centres[1]) < 5


def test_an_outline_is_found_by_colour():
    picture = torch.zeros(1, 3, 41, 53)
    picture[:, 2] = 0.8
    picture[:, :, 12:30, 15:40] = torch.tensor([0.9, 0.4, 0.1])[:, None, None]
    picture = (picture + 0.05 * torch.rand(picture.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    likely = torch.full((1, 1, 41, 53), 0.2)
    likely[..., 16:26, 20:34] = 0.6

    found = cut_out(picture, likely, 0)

    true = torch.zeros(1, 1, 41, 53)
    true[..., 12:30, 15:40] = 1
    assert torch.equal(found, true)
    assert not cut_out(picture, torch.zeros(1, 1, 41, 53), 0).any()


def test_a_coarse_mask_takes_the_edge_of_the_frame():
    frame = torch.zeros(1, 3, 60, 80)
    frame[..., 43:] = 1
    small = torch.nn.functional.interpolate(frame, (30, 40), mode="area")
    coarse = torch.zeros(1, 1, 30, 40)
    coarse[..., 20:] = 1  # a pixel and a half too far

    fitted = fit_to_edges(coarse, small, frame)

    assert fitted[..., :41].max() < 0.1
    assert fitted[..., 45:].min() > 0.9
