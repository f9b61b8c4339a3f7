import numpy as np
import pytest
import torch

from mutoscope.testing.motion import smooth_noise
from mutoscope.testing.planted_faults import PLANTS, Manner, draw_manner, plan_film
from mutoscope.testing.planted_film import film_frame, over_film, over_photographs
from mutoscope.testing.planted_tables import planted_table

SIZE = (41, 73)
SCENERY = over_photographs([smooth_noise(97, 161)], SIZE)


def test_the_same_seed_gives_the_same_film():
    a, b = (plan_film(draw_manner(5), 5, 60) for _ in range(2))
    assert torch.equal(film_frame(a, SCENERY, 33), film_frame(b, SCENERY, 33))
    assert (planted_table(a).column("shake") == planted_table(b).column("shake")).all()


@pytest.mark.parametrize("plant", PLANTS)
def test_a_plant_is_true_within_one_place_and_frames_stay_in_range(plant):
    plan = plan_film(Manner(plants=(plant,)), 1, 60)
    found = np.flatnonzero(plan.bad_T() == 1)
    assert len(found) == 0 or found.max() - found.min() < 60
    picture = film_frame(plan, SCENERY, 30)
    assert picture.shape == (3, *SIZE)
    assert 0 <= picture.min() <= picture.max() <= 1


def test_a_frozen_film_stands_grain_and_all():
    plan = plan_film(Manner(plants=("frozen",), noise_levels=3.0), 2, 60)
    first, *_, last = np.flatnonzero(plan.truth["frozen"])
    assert torch.equal(film_frame(plan, SCENERY, int(first)), film_frame(plan, SCENERY, int(last)))
    assert not torch.equal(film_frame(plan, SCENERY, int(first)), film_frame(plan, SCENERY, int(first) - 1))


def test_defocus_takes_detail_and_black_takes_all():
    plan = plan_film(Manner(calm=0.0, noise_levels=0.0), 3, 60)
    sharp, soft = 3, 40
    plan.radius_T[soft] = 25
    detail = [film_frame(plan, SCENERY, i).diff(dim=2).abs().mean() for i in (sharp, soft)]
    assert detail[1] < 0.9 * detail[0]
    dark = plan_film(Manner(plants=("black",), noise_levels=0.0), 3, 60)
    assert film_frame(dark, SCENERY, int(dark.black_T.argmax())).max() == 0


def test_a_real_film_goes_there_and_back():
    frames = torch.stack([torch.full((3, 45, 79), 0.2 * i) for i in range(4)])
    look = over_film(frames).look
    greys = [round(float(look(0, i).mean()), 3) for i in range(7)]
    assert greys == [greys[0], greys[1], greys[2], greys[3], greys[2], greys[1], greys[0]]


def test_people_differ_about_a_rest_too_short_for_anything():
    plan = plan_film(Manner(plants=("black",)), 0, 60)
    plan.truth["black"][:] = 1
    plan.truth["black"][20:26] = 0
    plan.truth["underexposed"][:] = 0
    bad = plan.bad_T()
    assert np.isnan(bad[20:26]).all()
    assert (np.delete(bad, range(20, 26)) == 1).all()


def test_a_table_has_a_row_for_each_frame_and_no_frame_is_measured_twice():
    plan = plan_film(draw_manner(9), 9, 75, 30.0)
    table = planted_table(plan)
    assert len(table) == 75
    assert table.cuts == plan.cuts
    assert (np.diff(table.pts_T) > 0).all()
    assert not np.isfinite(planted_table(plan, learned=False).column("p_blurred")).any()
