"""Masks that do not fit a film are refused before anything is computed."""

import numpy as np
import pytest

from mutoscope.core.errors import InputError
from mutoscope.effects.params import make_params
from mutoscope.effects.registry import get
from mutoscope.engine.fingerprint import params_print
from mutoscope.stylize.params import OptimiseParams
from mutoscope.testing.media import make_clip, make_picture, ramp, solid

STEP = '[[step]]\neffect = "frame.identity"\n'


@pytest.mark.parametrize("field", ['mask = "m.png"', 'inputs = {region1 = "m.png"}', 'inputs = {guide = "m.png"}'])
def test_another_shape_is_refused(planned, tmp_path, field):
    make_picture(tmp_path / "m.png", width=46, height=46, pixels=ramp)

    with pytest.raises(InputError, match="is 46x46 and the frames are 46x34, which is another shape"):
        planned(STEP + field)


def test_another_size_of_the_same_shape_is_fitted(planned, tmp_path):
    make_picture(tmp_path / "m.png", width=23, height=17, pixels=ramp)

    assert planned(STEP + 'mask = "m.png"').num_frames == 23


@pytest.mark.parametrize(("level", "inverted"), [(0, "false"), (255, "true")])
def test_a_mask_that_leaves_nothing_is_refused(planned, tmp_path, level, inverted):
    make_picture(tmp_path / "m.png", width=46, height=34, pixels=solid(level, level, level))

    with pytest.raises(InputError, match="everywhere: nothing would be painted"):
        planned(STEP + f'mask = "m.png"\ninvert_mask = {inverted}')
    assert planned(STEP + f'mask = "m.png"\ninvert_mask = {"true" if inverted == "false" else "false"}')


def test_a_guide_may_be_black(planned, tmp_path):
    make_picture(tmp_path / "m.png", width=46, height=34, pixels=solid(0, 0, 0))

    assert planned(STEP + 'inputs = {guide = "m.png"}')


def test_a_mask_film_of_another_length_is_refused(planned, tmp_path):
    def film(num_frames):
        make_clip(tmp_path / "m.mp4", width=46, height=34, num_frames=num_frames, pixels=ramp)
        return STEP + 'mask = "m.mp4"'

    assert planned(film(12))
    with pytest.raises(InputError, match=r"m\.mp4 lasts 2\.4 s and the film 0\.92 s"):
        planned(film(60))


def test_another_effects_inputs_are_its_own_matter(planned, tmp_path):
    make_clip(tmp_path / "m.mp4", width=32, height=32, num_frames=60)

    assert planned('[[step]]\neffect = "fake.beside"\ninputs = {other = "m.mp4"}')


def test_style_lists_count_by_bytes_shares_and_times(tmp_path):
    for name, level in (("a.png", 10), ("copy.png", 10), ("b.png", 200)):
        make_picture(tmp_path / name, pixels=lambda i, h, w, level=level: np.full((h, w, 3), level, np.uint8))
    entry = get("stylize.optimise")

    def told(style, *regions):
        text = style.replace("@", f"{tmp_path}/")
        more = [one.replace("@", f"{tmp_path}/") for one in regions]
        return params_print(entry, make_params(OptimiseParams, {"style": text, "regions": more}))["params"]

    assert told("@a.png") == told("@copy.png") != told("@b.png")
    assert told("@a.png + @b.png") == told("@copy.png:2 + @b.png:2") != told("@a.png + @b.png:2")
    assert told("0s: @a.png, 1s: @b.png") != told("0s: @a.png, 2s: @b.png")
    assert told("@a.png", "@b.png") == told("@a.png", "@b.png:3") != told("@a.png", "@a.png")
    assert str(tmp_path) not in str(told("@a.png", "@b.png + @a.png"))
