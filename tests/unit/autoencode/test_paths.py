"""Ways through a latent space, and the times of a film in it."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest
import torch

from mutoscope.autoencode.latents import Latents
from mutoscope.autoencode.moments import Timeline
from mutoscope.autoencode.paths import AlongFilm, Stations, catmull_rom, places_of, slerp, smoothed
from mutoscope.autoencode.walk import Cloud, draw_seen, draw_unseen, plan_walk, smooth_latents
from mutoscope.autoencode.walk_params import WalkParams
from mutoscope.core.errors import ParameterError
from mutoscope.effects.params import make_params

L = 6


def noise(num, seed=0):
    return torch.randn(num, L, generator=torch.Generator().manual_seed(seed))


def film(num=50, cut=30, rate=25, films=1):
    z = noise(num * films)
    shots = tuple((0 if i < cut else 1) + 2 * f for f in range(films) for i in range(num))
    return Latents(
        z, tuple(range(num)) * films, Fraction(1, rate), shots, tuple(f for f in range(films) for _ in range(num))
    )


CLOUD = Cloud(torch.zeros(L), torch.ones(L), torch.eye(L))


@pytest.mark.parametrize("way", ["sphere", "line", "spline"])
@pytest.mark.parametrize("closed", [False, True])
def test_stations_are_passed_bit_by_bit(way, closed):
    points = noise(4)
    path = Stations(points, torch.full((L,), 0.3), way, "linear", closed)
    num = 16 if closed else 13
    gone = path.at(places_of(0, num, num, closed=closed))
    assert torch.equal(gone[::4], points)


@pytest.mark.parametrize("way", ["sphere", "line", "spline"])
def test_a_loop_closes_as_evenly_as_it_goes(way):
    path = Stations(noise(5), torch.zeros(L), way, "ease", closed=True)
    z = path.at(places_of(0, 100, 100, closed=True))
    steps = (z.roll(-1, 0) - z).norm(dim=1)
    assert steps[-1] <= steps[:-1].max()
    assert torch.equal(path.at(torch.tensor([0.0])), z[:1])


def test_a_spline_has_no_corners_and_ease_rests_at_stations():
    z = Stations(noise(5), torch.zeros(L), "spline", "linear", closed=True).at(places_of(0, 500, 500, closed=True))
    turns = (z.roll(-1, 0) - 2 * z + z.roll(1, 0)).norm(dim=1)
    line = Stations(noise(5), torch.zeros(L), "line", "linear", closed=True).at(places_of(0, 500, 500, closed=True))
    corners = (line.roll(-1, 0) - 2 * line + line.roll(1, 0)).norm(dim=1)
    assert turns.max() < 0.2 * corners.max()
    eased = Stations(noise(3), torch.zeros(L), "line", "ease").at(places_of(0, 201, 201, closed=False))
    speed = (eased[1:] - eased[:-1]).norm(dim=1)
    assert speed[100] < 0.05 * speed.max()


def test_the_sphere_keeps_its_distance_from_the_mean_where_the_line_does_not():
    mean = torch.full((L,), 2.0)
    a, b = torch.zeros(L), torch.zeros(L)
    a[0] = b[1] = 3.0
    points = torch.stack([a, b]) + mean
    half = torch.tensor([0.5])
    assert (Stations(points, mean, "sphere").at(half) - mean).norm() == pytest.approx(3.0, rel=1e-6)
    assert (Stations(points, mean, "line").at(half) - mean).norm() == pytest.approx(3 / math.sqrt(2), rel=1e-6)


def test_slerp_goes_straight_where_there_is_no_angle():
    a = noise(3).double()
    for b in (a, -a, 2 * a, torch.zeros_like(a)):
        mixed = slerp(a, b, torch.full((3, 1), 0.25, dtype=torch.float64))
        assert torch.allclose(mixed, a + 0.25 * (b - a))


def test_catmull_rom_keeps_straight_lines_and_parabolas():
    t = torch.linspace(0, 1, 11, dtype=torch.float64)[:, None]
    for f in (lambda x: 3 * x + 1, lambda x: x * x - x):
        points = [torch.tensor([[float(f(x))]], dtype=torch.float64) for x in (-1, 0, 1, 2)]
        assert torch.allclose(catmull_rom(*points, t), f(t))


def test_how_many_are_asked_for_at_once_does_not_matter():
    latents = film()
    seconds = tuple(i / 25 for i in range(50))
    paths = [Stations(noise(4), torch.zeros(L), way, "ease", closed=True) for way in ("sphere", "line", "spline")] + [
        AlongFilm(latents.z_TL, seconds, latents.shot_T, 0.1, 1.7)
    ]
    for path in paths:
        whole = path.at(places_of(0, 37, 37, closed=True))
        parts = torch.cat([path.at(places_of(a, min(a + 5, 37), 37, closed=True)) for a in range(0, 37, 5)])
        assert torch.equal(whole, parts)


def test_along_the_film_its_own_frames_come_bit_by_bit_and_cuts_stay_cuts():
    latents = film()
    seconds = tuple(i / 25 for i in range(50))
    path = AlongFilm(latents.z_TL, seconds, latents.shot_T, 0.0, 49 / 25)
    assert torch.equal(path.at(places_of(0, 50, 50, closed=False)), latents.z_TL)
    assert torch.equal(path.at(places_of(0, 99, 99, closed=False))[::2], latents.z_TL)
    # Nothing lies between the two sides of the cut: the frame before it is held.
    assert torch.equal(path.at_times([29.5 / 25]), latents.z_TL[29:30])
    changed = latents.z_TL.clone()
    changed[30:] += 100
    other = AlongFilm(changed, seconds, latents.shot_T, 0.0, 1.0)
    assert torch.equal(other.at_times([28.4 / 25]), path.at_times([28.4 / 25]))


def test_along_backwards_and_there_and_back():
    latents = film(cut=50)
    seconds = tuple(i / 25 for i in range(50))
    back = AlongFilm(latents.z_TL, seconds, latents.shot_T, 49 / 25, 0.0)
    assert torch.equal(back.at(places_of(0, 50, 50, closed=False)), latents.z_TL.flip(0))
    loop = AlongFilm(latents.z_TL, seconds, latents.shot_T, 0.0, 49 / 25, closed=True)
    z = loop.at(places_of(0, 98, 98, closed=True))
    assert torch.allclose(z[1:49], z[50:].flip(0), atol=1e-5)
    assert torch.equal(z[49], latents.z_TL[49])


def test_smoothing_stays_within_shots_and_leaves_what_does_not_move():
    z = torch.cat([torch.zeros(20, L), torch.ones(15, L), noise(1)])
    shots = (0,) * 20 + (1,) * 15 + (2,)
    assert torch.allclose(smoothed(z, shots, 3.0), z)
    wild = smoothed(noise(40), (0,) * 40, 2.0)
    assert wild.std() < 0.6 * noise(40).std()
    assert smoothed(z, shots, 0) is z
    both = smooth_latents(film(films=2), 0.1)
    assert torch.equal(both.z_TL[50:], smooth_latents(film(films=2).of_film(1), 0.1).z_TL)


@pytest.mark.parametrize(
    ("text", "frame"), [("0s", 0), ("00:01", 25), ("1.04s", 26), ("1.05s", 26), ("00:02", 49), ("1s@b", 25)]
)
def test_times_find_the_frame_that_is_shown(text, frame):
    timeline = Timeline(film(films=2), ["a.mp4", "b.mp4"])
    span, index = timeline.frame(text)
    assert index == frame
    assert span is timeline.spans["@" in text]


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [("0s..1s", 0, 25), ("1s..1s", 25, 26), ("1.9s..2s", 47, 50), ("0s..2s@2", 0, 50), ("0s@2..2s", 0, 50)],
)
def test_ranges_end_before_their_end(text, first, end):
    assert Timeline(film(films=2), ["a.mp4", "b.mp4"]).frames(text)[1:] == (first, end)


def test_a_time_outside_tells_how_long_the_film_is():
    timeline = Timeline(film(), ["bikes.mp4"])
    with pytest.raises(ParameterError, match=r"00:10 lies outside bikes.mp4, which goes from 00:00 to 00:02") as caught:
        timeline.frame("00:10")
    assert "\n" not in str(caught.value)
    for wrong, word in (("10", "no time"), ("0s@other", "no film is called 'other'")):
        with pytest.raises(ParameterError, match=word):
            timeline.frame(wrong)
    for wrong in ("1s..0s", "1s", "0s..", "..1s"):
        with pytest.raises(ParameterError, match="range"):
            timeline.frames(wrong)


def test_latents_that_were_thinned_are_found_by_their_times():
    thinned = film(num=200).take(list(range(0, 200, 7)))
    span, index = Timeline(thinned).frame("2s")
    assert index == 7  # frame 49, shown until frame 56 comes
    assert span.step_s == pytest.approx(7 / 25)


def test_frames_are_drawn_from_each_shot_before_any_comes_again():
    z = torch.arange(12.0)[:, None].expand(12, L).contiguous()
    latents = Latents(z, tuple(range(12)), Fraction(1, 25), tuple(i // 3 for i in range(12)), (0,) * 12)
    for seed in range(5):
        shots = [int(point[0]) // 3 for point in draw_seen(Timeline(latents), 10, seed)]
        assert set(shots[:4]) == {0, 1, 2, 3}
        assert all(a != b for a, b in pairwise(shots))
    assert not torch.equal(draw_seen(Timeline(latents), 10, 0), draw_seen(Timeline(latents), 10, 1))


def test_points_of_the_prior_lie_as_the_film_does():
    root = torch.randn(L, L, generator=torch.Generator().manual_seed(5))
    covariance = root @ root.T
    cloud = Cloud(torch.arange(float(L)), covariance.diagonal().sqrt(), covariance)
    drawn = draw_unseen(cloud, 20_000, 0, "film")
    assert torch.allclose(drawn.mean(0), cloud.mean_L, atol=0.1)
    assert torch.allclose(torch.cov(drawn.T), covariance, atol=0.35)
    alone = torch.cov(draw_unseen(cloud, 20_000, 0, "normal").T)
    assert torch.allclose(alone, torch.diag(covariance.diagonal()), atol=0.35)


def test_a_walk_with_nothing_said_goes_from_the_first_frame_to_the_last():
    timeline = Timeline(film())
    path, seconds = plan_walk(WalkParams(), timeline, CLOUD, 0)
    ends = path.at(torch.tensor([0.0, 1.0]))
    assert seconds == 10
    assert torch.allclose(ends, film().z_TL[[0, -1]], atol=1e-6)


def test_a_walk_passes_what_it_is_told_to():
    params = WalkParams(start="0.2s", via="1s, 1.2s", end="0s")
    path, _ = plan_walk(params, Timeline(film()), CLOUD, 0)
    assert torch.allclose(path.at(torch.arange(4) / 3), film().z_TL[[5, 25, 30, 0]], atol=1e-5)


def test_a_sum_lasts_as_long_as_its_last_range_and_is_its_frames():
    path, seconds = plan_walk(WalkParams(of="0s..0.2s - 0s..0.2s + 0.4s..1s"), Timeline(film()), CLOUD, 0)
    assert seconds == pytest.approx(0.6)
    assert torch.allclose(path.at(places_of(0, 15, 15, closed=False)), film().z_TL[10:25], atol=1e-5)


def test_a_film_of_one_frame_can_be_walked_in():
    latents = film(num=1)
    for options in ({}, {"loop": True}, {"random": True}, {"along": True}, {"of": "0s"}):
        path, seconds = plan_walk(WalkParams(**options), Timeline(latents), CLOUD, 0)
        z = path.at(places_of(0, 5, 5, closed=bool(options.get("loop"))))
        assert seconds > 0
        assert torch.allclose(z, latents.z_TL.expand(5, -1), atol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"along": True, "random": True},
        {"prior": "film", "start": "0s"},
        {"along": True, "via": "1s"},
        {"random": True, "end": "1s"},
    ],
)
def test_two_kinds_of_walk_do_not_go_together(options):
    with pytest.raises(ParameterError):
        make_params(WalkParams, options)
